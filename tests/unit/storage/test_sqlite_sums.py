from contextlib import closing
from random import Random

from goodies_mcp.clock import SystemClock
from goodies_mcp.core.models import Dot
from goodies_mcp.storage.sqlite_engine import connect
from goodies_mcp.storage.sqlite_sums import Asked, OwnDots, Sums
from tests.support.build import entity_version, record
from tests.support.clock import moment


def test_a_copy_is_changed_apart_and_asks_anew():
    sums = Sums(Asked())
    sums.tallies["a"] += 1
    sums.places["id"] = 7
    copy = sums.copy()
    copy.tallies["a"] += 1
    copy.give(300)
    assert (sums.tallies["a"], sums.first_seq) == (1, -1)
    assert (copy.asked, copy.places, copy.first_seq) == (sums.asked, {}, 300)


def test_clocks_only_grow():
    sums = Sums(Asked())
    for n in (3, 9, 4):
        sums.advance(1, n)
    assert sums.clocks == {1: 9}


def test_writing_adds_to_what_is_there_and_begins_anew(opening, run, path):
    run(opening().close())
    with closing(connect(path)) as connection:
        for _ in range(2):
            sums = Sums(Asked())
            sums.tallies["entity:room"] += 2
            sums.write(connection, SystemClock())
            sums.write(connection, SystemClock())
        assert connection.execute("SELECT n FROM tallies WHERE kind = 'entity:room'").fetchone() == (4,)


def test_full_blocks_have_the_span_of_their_edits_and_the_last_one_room_for_any(opening, path):
    engines = opening()._engine, opening()._engine
    chance, n = Random(1), 0
    edited = []
    for turn in range(40):
        made = []
        for _ in range(chance.choice((1, 2, 40, 300, 255 - n % 256))):
            edited.append(moment(chance.randrange(10_000)))
            n += 1
            made.append(entity_version(record(n), dot=Dot("peer", n), edited_at=edited[-1]))
        engines[chance.randrange(2)].write(lambda tx, made=made: tx.apply(made, local=True))
        if turn % 10 == 0:
            since, until = sorted((moment(chance.randrange(10_000)), moment(chance.randrange(10_000))))
            found = engines[0].read(lambda view: view.edited(since, until, after=None, limit=n))  # noqa: B023
            assert [each.seq for each in found] == [i for i, when in enumerate(edited, 1) if since < when <= until]
    with closing(connect(path)) as connection:
        spans = connection.execute("SELECT block, first, last FROM edit_spans ORDER BY block").fetchall()
    blocks = [edited[max(start - 1, 0) : start + 255] for start in range(0, n + 1, 256)]
    assert spans[:-1] == [(block, min(each), max(each)) for block, each in enumerate(blocks[:-1])]
    assert spans[-1] == (len(blocks) - 1, "", "\U0010ffff")


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
