from contextlib import closing

from goodies_mcp.storage.sqlite_engine import connect
from goodies_mcp.storage.sqlite_sums import Asked, OwnDots, Sums


def test_a_copy_is_changed_apart_and_asks_anew():
    sums = Sums(Asked())
    sums.tallies["a"] += 1
    sums.widen(300, "m")
    sums.places["id"] = 7
    copy = sums.copy()
    copy.tallies["a"] += 1
    copy.widen(300, "z")
    assert (sums.tallies["a"], sums.spans) == (1, {1: ("m", "m")})
    assert (copy.asked, copy.places, copy.spans) == (sums.asked, {}, {1: ("m", "z")})


def test_spans_and_clocks_only_grow():
    sums = Sums(Asked())
    for seq, edited_at in ((1, "m"), (2, "c"), (3, "x"), (4, "k"), (256, "a")):
        sums.widen(seq, edited_at)
    for n in (3, 9, 4):
        sums.advance(1, n)
    assert (sums.spans, sums.clocks) == ({0: ("c", "x"), 1: ("a", "a")}, {1: 9})


def test_writing_adds_to_what_is_there_and_begins_anew(opening, run, path):
    run(opening().close())
    with closing(connect(path)) as connection:
        for _ in range(2):
            sums = Sums(Asked())
            sums.tallies["entity:room"] += 2
            sums.widen(1, "b")
            sums.write(connection, "now")
            sums.write(connection, "now")
        assert connection.execute("SELECT n FROM tallies WHERE kind = 'entity:room'").fetchone() == (4,)
        assert connection.execute("SELECT * FROM edit_spans").fetchall() == [(0, "b", "b")]


def test_dots_count():
    dots = OwnDots("name", 1, 7)
    assert [dots.take().n, dots.take().n, dots.before] == [8, 9, 7]


def test_own_dots_that_come_from_elsewhere_are_not_made_again():
    sums = Sums(Asked())
    sums.asked.dots = OwnDots("name", 1, 7)
    sums.advance(2, 20)
    assert sums.asked.dots.taken == 7
    sums.advance(1, 9)
    assert sums.asked.dots.take().n == 10
