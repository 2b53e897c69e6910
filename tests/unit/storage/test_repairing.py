"""What a repair puts right, and what it leaves alone."""

from contextlib import closing
from datetime import datetime, timedelta

import pytest

from goodies_mcp.core.models import Dot
from goodies_mcp.errors import NotFound
from goodies_mcp.storage import maintenance
from goodies_mcp.storage.interface import TextQuery
from goodies_mcp.storage.repairing import repair
from goodies_mcp.storage.sqlite_engine import connect
from tests.support.build import Device, a_file, record
from tests.support.clock import moment
from tests.support.observed import everything

LAMP, PLACE = record(1), record(2)
OLD, NOW, CROSSED, EDGE, LOOSE = (
    b"named once",
    b"named now",
    b"named by one side",
    b"named by an edge",
    b"named by nothing",
)
LATER = (datetime.fromisoformat(moment(0)) + timedelta(days=2)).isoformat(timespec="microseconds")


@pytest.fixture
def home(opening, run, path):
    """A lamp that named a file once and names another now, one in conflict, an edge that names one, and a loose one."""
    store, one, other = opening(), Device(1), Device(2)
    first = one.entity(LAMP, "First", content={"sha256": a_file(OLD).sha256})
    second = one.entity(LAMP, "Second", first, content={"photos": [{"sha256": a_file(NOW).sha256}]})
    aside = other.entity(LAMP, "Aside", first, content={"text": f"see {a_file(CROSSED).sha256}."})
    edge = one.edge(PLACE, LAMP, record(3), properties={"plan": a_file(EDGE).sha256})

    def work(tx):
        for data in (OLD, NOW, CROSSED, EDGE, LOOSE):
            tx.put_content(a_file(data), data)
        tx.apply([first, second, aside, edge], local=True)

    run(store.write(work))
    yield store
    run(store.close())


def kept(home, run):
    return {
        data
        for data in (OLD, NOW, CROSSED, EDGE, LOOSE)
        if run(home.read(lambda v, d=data: v.content(a_file(d).sha256)))
    }


def damage(path, statement):
    with closing(connect(path)) as connection:
        connection.executescript(statement)


def test_only_what_nothing_ever_named_is_taken_away(home, run, path):
    before = run(home.read(everything))
    done = repair(path, LATER)
    assert (done.codes, len(done.dropped.numbers), done.dropped.size) == ((), 1, len(LOOSE))
    assert kept(home, run) == {OLD, NOW, CROSSED, EDGE}
    assert run(home.read(everything)) == before
    assert not repair(path, LATER).dropped.numbers


def test_what_has_just_arrived_is_left_for_what_may_come_to_name_it(home, run, path):
    for now in (moment(1), moment(0), "no time at all"):
        assert not repair(path, now).dropped.numbers
    assert LOOSE in kept(home, run)


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE entities SET name = 'Fourth' WHERE name = 'Second'", "index"),
        ("DELETE FROM words", "index"),
        ("UPDATE tallies SET n = n + 1", "counts"),
        ("DELETE FROM tallies", "counts"),
    ],
)
def test_what_is_made_from_versions_is_made_again(home, run, path, statement, code):
    damage(path, statement)
    assert code in {finding.code for finding in maintenance.check(path)}
    assert code in repair(path, moment(0)).codes
    assert code not in {finding.code for finding in maintenance.check(path)}
    if "words" in statement:
        assert run(home.read(lambda view: view.near_words("seconds")))
    assert run(home.read(lambda view: view.search(TextQuery((("aside", "second", "fourth"),)), 5)))


def test_a_file_whose_bytes_have_changed_is_found_and_left_as_it_is(home, path):
    damage(path, "UPDATE binary_content SET data = x'00' WHERE cid = 1")
    [finding] = [each for each in maintenance.check(path) if each.code == "content"]
    assert a_file(OLD).sha256 in finding.message
    assert finding.serious
    repair(path, LATER)
    assert "content" in {each.code for each in maintenance.check(path)}


def test_what_only_a_backup_helps_is_left_alone(home, path):
    damage(path, "UPDATE digest_buckets SET sum = zeroblob(32)")
    assert repair(path, moment(0)).codes == ()
    assert "digest" in {finding.code for finding in maintenance.check(path)}


def test_a_home_that_is_not_there_is_not_made(tmp_path):
    with pytest.raises(NotFound):
        repair(tmp_path / "nothing.db", moment(0))
    assert list(tmp_path.iterdir()) == []


def test_a_repaired_home_goes_on(home, run, path):
    repair(path, LATER)
    dot: Dot = run(home.write(lambda tx: tx.next_dot()))
    assert dot.n > 0
