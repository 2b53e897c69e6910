import random
from contextlib import closing

import pytest

from goodies_mcp.storage.interface import TextQuery
from goodies_mcp.storage.maintenance import check
from goodies_mcp.storage.sqlite_engine import connect
from goodies_mcp.storage.sqlite_gathered import GatheredRows, IndexChanges
from tests.support.build import Device, record


def found(view, word):
    return [hit.entity.id for hit in view.search(TextQuery(((word,),)), 99)]


def test_rows_wait_until_they_are_written_and_are_written_once(opening, run, path):
    run(opening().close())
    with closing(connect(path)) as connection:
        rows = GatheredRows(connection)
        rows.records.add(1)
        rows.add("show_new_entity", 1, "id", None, "room", "Hall", "hall", "", 0)
        count = "SELECT count(*) FROM entities"
        assert connection.execute(count).fetchone() == (0,)
        rows.write()
        rows.write()
        assert connection.execute(count).fetchone() == (1,)
        assert rows.records == set()


def test_what_is_changed_in_the_page_that_made_it_is_found_by_its_last_words_alone(opening, run):
    device, store = Device(1), opening()
    first = device.entity(record(1), "Copper kettle")
    run(store.write(lambda tx: tx.apply([first, device.entity(record(1), "Steel pot", first)], local=True)))
    assert run(store.read(lambda view: (found(view, "kettle"), found(view, "pot")))) == ([], [record(1)])


def test_what_is_deleted_in_the_page_that_made_it_is_never_found(opening, run, path):
    device, store = Device(1), opening()
    lamp = device.entity(record(1), "Lamp")
    run(store.write(lambda tx: tx.apply([lamp, device.tombstone(lamp)], local=True)))
    assert found_by_all(run, store, "lamp") == []
    run(store.close())
    assert [each for each in check(path) if each.serious] == []


@pytest.mark.parametrize("together", [True, False])
def test_changes_in_any_order_leave_an_index_that_agrees_with_its_rows(opening, run, path, together):
    device, store, chance = Device(1), opening(), random.Random(7)
    made = [device.entity(record(n), f"First {n}") for n in range(1, 30)]
    run(store.write(lambda tx: tx.apply(made, local=True)))
    chance.shuffle(made)
    changed = [
        device.tombstone(each) if n % 5 == 0 else device.entity(each.record_id, f"Second{n} thing", each)
        for n, each in enumerate(made)
    ]
    for page in [changed] if together else [[each] for each in changed]:
        run(store.write(lambda tx, page=page: tx.apply(page, local=True)))
    assert found_by_all(run, store, "first") == []
    assert len(found_by_all(run, store, "thing")) == len(made) - 6
    run(store.close())
    assert [each for each in check(path) if each.serious] == []


def found_by_all(run, store, word):
    return run(store.read(lambda view: found(view, word)))


def test_a_unit_that_fails_takes_its_words_with_it(opening, run):
    device, store = Device(1), opening()
    kept = device.entity(record(1), "Kept")

    def work(tx):
        tx.apply([device.entity(record(2), "Lost")], local=True)
        assert found(tx, "lost") == [record(2)]
        raise LookupError

    run(store.write(lambda tx: tx.apply([kept], local=True)))
    with pytest.raises(LookupError):
        run(store.write(work))
    assert run(store.read(lambda view: (found(view, "kept"), found(view, "lost")))) == ([record(1)], [])


def test_changes_to_search_are_copied_apart():
    changes = IndexChanges()
    changes.enter((1, "name", "text", "room"))
    copy = changes.copy()
    copy.enter((2, "other", "text", "room"))
    written = []

    class Connection:
        def executemany(self, _statement, rows):
            written.append(list(rows))

    changes.write(Connection())
    copy.write(Connection())
    assert written == [[(1, "name", "text", "room")], [(1, "name", "text", "room"), (2, "other", "text", "room")]]
