"""Backup, check, compaction, size."""

from contextlib import closing

import pytest

from goodies_mcp.errors import Conflict, InvalidInput
from goodies_mcp.storage import maintenance
from goodies_mcp.storage.interface import TextQuery
from goodies_mcp.storage.sqlite_engine import connect
from tests.support.build import Device, record
from tests.support.clock import moment
from tests.support.observed import everything

LAMP, HALL, PLACE, TORN = (record(n) for n in range(1, 5))


@pytest.fixture
def home(opening, run, path):
    """Some history: a lamp edited three times, an edge moved, a record with two heads; the clock stands at 0 to 9 s."""
    store, one, other = opening(), Device(1), Device(2)

    def edit(device, second, make, *arguments, **how):
        device.clock.set(moment(second))
        return make(*arguments, **how)

    first = edit(one, 0, one.entity, LAMP, "First", content={"notes": "oldest", "due_on": "2026-02-01"})
    hall = edit(one, 1, one.entity, HALL, "Hall", entity_type="room")
    place = edit(one, 2, one.edge, PLACE, LAMP, HALL)
    second = edit(one, 3, one.entity, LAMP, "Second", first, content={"notes": "middle"})
    third = edit(one, 4, one.entity, LAMP, "Third", second, content={"notes": "newest"})
    moved = edit(one, 5, one.edge, PLACE, HALL, LAMP, place)
    torn = edit(one, 0, one.entity, TORN, "Torn", content={"a": 1})
    left = edit(one, 1, one.entity, TORN, "Left", torn)
    right = edit(other, 2, other.entity, TORN, "Right", torn)
    said = [first, hall, place, second, third, moved, torn, left, right]
    run(store.write(lambda tx: tx.apply(said, local=True)))
    yield store
    run(store.close())


def test_a_backup_holds_the_same_and_is_a_home_of_its_own(home, opening, run, path, tmp_path):
    before = run(home.read(everything))
    told = []
    target = tmp_path / "backup.db"
    size = maintenance.backup(path, target, progress=lambda done, total, what: told.append(done / total))
    assert (target.stat().st_size, target.stat().st_mode & 0o777) == (size, 0o600)
    assert told == [0, 1]
    assert maintenance.check(target) == []
    copy = opening(target)
    assert run(copy.read(everything)) == before
    ours, theirs = (run(store.read(lambda view: view.status())) for store in (home, copy))
    assert ours.incarnation != theirs.incarnation
    with pytest.raises(Conflict):
        maintenance.backup(path, target)
    assert [each.name for each in tmp_path.iterdir() if each.suffix == ".part"] == []


def test_a_whole_home_has_no_findings(home, path):
    assert maintenance.check(path) == []


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        ("DELETE FROM heads WHERE record = (SELECT eid FROM entities WHERE name = 'Third')", "heads"),
        ("UPDATE digest_buckets SET sum = zeroblob(32)", "digest"),
        ("UPDATE entities SET current = 1 WHERE name = 'Third'", "shown"),
        ("UPDATE entities SET name = 'Fourth' WHERE name = 'Third'", "index"),
        ("DELETE FROM words", "index"),
        ("UPDATE tallies SET n = n + 1", "counts"),
        ("PRAGMA foreign_keys = OFF; DELETE FROM terms", "reference"),
    ],
)
def test_what_is_wrong_is_found(home, path, damage, code):
    with closing(connect(path)) as connection:
        connection.executescript(damage)
    findings = maintenance.check(path)
    assert code in {finding.code for finding in findings}, findings
    assert all(finding.message and finding.hint for finding in findings)


def test_an_edge_whose_end_has_not_arrived_is_no_damage(home, run, path):
    run(home.write(lambda tx: tx.apply([Device(3).edge(record(50), LAMP, record(51))], local=False)))
    [finding] = maintenance.check(path)
    assert (finding.code, finding.serious) == ("open_ended", False)
    assert record(50) in finding.message


def test_compaction_forgets_what_nobody_can_be_shown_any_more(home, run, path):
    before, then = run(home.read(everything)), run(home.read(everything, at=moment(4.5)))
    rehearsed = maintenance.compact(path, moment(4.5), unpushed=True, dry_run=True)
    done = maintenance.compact(path, moment(4.5), unpushed=True)
    assert (rehearsed.versions, done.versions, done.horizon) == (2, 2, moment(4.5))
    assert maintenance.check(path) == []
    after = run(home.read(everything))
    assert after["digest"] == before["digest"]
    assert [name for name in before if after[name] != before[name]] == ["versions"]
    kept = [each.value.payload.name for each in run(home.read(lambda view: view.versions(LAMP)))]
    assert kept == ["Third"]
    # The digest of the moment is that of now, and versions that were forgotten are not listed.
    again = run(home.read(everything, at=moment(4.5)))
    assert [name for name in then if again[name] != then[name]] == ["versions"]
    with pytest.raises(InvalidInput, match="compacted") as error:
        run(home.read(lambda view: view.counts(), at=moment(4)))
    assert moment(4.5) in error.value.hint


def test_what_was_forgotten_is_still_known(home, run, path):
    one = Device(1)
    one.clock.set(moment(0))
    first = one.entity(LAMP, "First", content={"notes": "oldest", "due_on": "2026-02-01"})
    maintenance.compact(path, moment(9), unpushed=True)
    assert run(home.read(lambda view: view.version(LAMP, first.version))) is None
    [applied] = run(home.write(lambda tx: tx.apply([first], local=False)))
    assert (applied.new, applied.shown.name) == (False, "Third")
    query = TextQuery((("oldest",),))
    assert run(home.read(lambda view: view.search(query, 9), at=moment(9.5))) == []


def test_what_no_hub_has_is_kept_unless_there_is_no_hub(home, path):
    assert maintenance.compact(path, moment(9)).versions == 0
    assert maintenance.compact(path, moment(9), unpushed=True).versions == 3


def test_a_horizon_never_moves_back(home, path):
    assert maintenance.compact(path, moment(9)).horizon == moment(9)
    assert maintenance.compact(path, moment(1)).horizon == moment(9)


def test_size_tells_file_holes_and_log(home, path):
    before = maintenance.size(path)
    assert before.file == path.stat().st_size or before.log > 0
    with closing(connect(path)) as connection:
        connection.execute("CREATE TABLE large (data)")
        connection.execute("INSERT INTO large VALUES (zeroblob(100000))")
        connection.execute("DROP TABLE large")
    after = maintenance.size(path)
    assert after.free >= before.free + 90_000
    assert after.log > before.log
