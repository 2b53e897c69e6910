"""The asynchronous shell: one hop for a unit of work, one commit for those that wait together."""

import asyncio
import threading

import pytest

from goodies_mcp.errors import Unavailable
from goodies_mcp.storage import sqlite
from goodies_mcp.storage.sqlite import open_store
from tests.support.build import Device, record
from tests.support.clock import FakeClock
from tests.support.ids import CountingIds


@pytest.fixture
async def store(path):
    store = await open_store(path, clock=FakeClock(), ids=CountingIds())
    yield store
    await store.close()


@pytest.fixture
async def commits(store):
    """How often the writing connection has committed from here on."""
    said = []
    await store._writer.run(store._writer.engine.connection.set_trace_callback, said.append)
    return lambda: said.count("COMMIT")


def put(n):
    return lambda tx: tx.put_value(str(n), "there")


async def test_writes_that_wait_together_share_a_commit(store, commits):
    await asyncio.gather(*(store.write(put(n)) for n in range(50)))
    assert commits() <= 3
    assert await store.read(lambda view: [view.value(str(n)) for n in range(50)]) == ["there"] * 50


async def test_what_arrives_during_a_transaction_joins_it(store, commits):
    begun, go_on = threading.Event(), threading.Event()

    def slow(tx):
        tx.put_value("slow", "there")
        begun.set()
        assert go_on.wait(10)

    first = asyncio.create_task(store.write(slow))
    await asyncio.to_thread(begun.wait, 10)
    second = asyncio.create_task(store.write(put(2)))
    await asyncio.sleep(0)
    go_on.set()
    await asyncio.gather(first, second)
    assert commits() == 1


async def test_what_waits_for_the_disk_shares_no_commit_that_does_not(store, commits):
    seen = {}

    def looks(n):
        def work(tx):
            put(n)(tx)
            seen[n] = tx._connection.execute("PRAGMA synchronous").fetchone()[0]

        return work

    unsynced = [store.write(looks(n), synced=False) for n in range(2)]
    await asyncio.gather(*unsynced, store.write(looks(2)), store.write(looks(3), synced=False))
    assert seen == {0: 1, 1: 1, 2: 2, 3: 2}
    assert commits() == 2


async def test_each_of_them_has_its_own_outcome(store):
    def fails(tx):
        tx.put_value("failed", "there")
        raise KeyError("mine")

    async def tried(n):
        try:
            return await store.write(fails if n % 3 == 0 else put(n))
        except KeyError as error:
            return error

    outcomes = await asyncio.gather(*(tried(n) for n in range(12)))
    assert [isinstance(each, KeyError) for each in outcomes] == [n % 3 == 0 for n in range(12)]
    kept = await store.read(lambda view: [view.value(str(n)) for n in range(12)])
    assert kept == [None if n % 3 == 0 else "there" for n in range(12)]
    assert await store.read(lambda view: view.value("failed")) is None


async def test_whatever_ends_a_turn_ends_no_other(store):
    class Ends(BaseException):
        pass

    def ends(tx):
        tx._connection.rollback()
        raise Ends

    with pytest.raises(Ends):
        await store.write(ends)
    await store.write(put(1))
    assert await store.read(lambda view: view.value("1")) == "there"


async def test_who_stops_waiting_before_the_turn_comes_writes_nothing(store):
    begun, go_on = threading.Event(), threading.Event()

    def slow(tx):
        begun.set()
        assert go_on.wait(10)

    first = asyncio.create_task(store.write(slow))
    await asyncio.to_thread(begun.wait, 10)
    second = asyncio.create_task(store.write(put(2)))
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.gather(second, return_exceptions=True)
    go_on.set()
    await first
    assert await store.read(lambda view: view.value("2")) is None
    await store.write(put(3))


async def test_who_stops_waiting_later_stops_nobody_else(store):
    writes = [asyncio.create_task(store.write(put(n))) for n in range(20)]
    await asyncio.sleep(0)
    writes[0].cancel()
    writes[7].cancel()
    outcomes = await asyncio.gather(*writes, return_exceptions=True)
    assert sum(isinstance(each, asyncio.CancelledError) for each in outcomes) == 2
    assert sum(each is None for each in outcomes) == 18


async def test_reads_go_on_beside_a_write_and_see_what_was_committed(store):
    begun, go_on = threading.Event(), threading.Event()

    def slow(tx):
        tx.put_value("slow", "there")
        begun.set()
        assert go_on.wait(10)

    write = asyncio.create_task(store.write(slow))
    await asyncio.to_thread(begun.wait, 10)
    assert await store.read(lambda view: view.value("slow")) is None
    go_on.set()
    await write
    assert await store.read(lambda view: view.value("slow")) == "there"


async def test_two_reads_run_side_by_side(store):
    met = threading.Barrier(2, timeout=10)
    await asyncio.gather(*(store.read(lambda view: met.wait()) for _ in range(2)))
    assert len(store._readers) == 2
    await asyncio.gather(*(store.read(lambda view: view.feed()) for _ in range(9)))
    assert len(store._readers) == 2


async def test_closing_does_first_what_was_asked_for(path):
    store = await open_store(path, clock=FakeClock(), ids=CountingIds())
    write = asyncio.create_task(store.write(put(1)))
    await asyncio.sleep(0)
    await store.close()
    await write
    with pytest.raises(Unavailable):
        await store.write(put(2))
    again = await open_store(path, clock=FakeClock(), ids=CountingIds(0xB))
    assert await again.read(lambda view: view.value("1")) == "there"
    await again.close()


async def test_more_than_fit_into_one_commit_are_written_too(store, commits, monkeypatch):
    monkeypatch.setattr(sqlite, "_MOST_TOGETHER", 4)
    await asyncio.gather(*(store.write(put(n)) for n in range(10)))
    assert commits() >= 3


async def test_a_value_error_of_the_work_is_its_own(store):
    with pytest.raises(ValueError, match="mine"):
        await store.read(lambda view: (_ for _ in ()).throw(ValueError("mine")))


async def test_read_only_has_one_connection_and_no_side_files(path, tmp_path):
    store = await open_store(path, clock=FakeClock(), ids=CountingIds())
    await store.write(lambda tx: tx.apply([Device(1).entity(record(1))], local=True))
    await store.close()
    for ending in (".lock", ".incarnation"):
        path.with_name(path.name + ending).unlink()
    only = await open_store(path, clock=FakeClock(), ids=CountingIds(), read_only=True)
    assert await only.read(lambda view: view.counts()) == {"device": 1}
    await only.close()
    # SQLite leaves its (empty) log there: who may not write may not take it away either.
    assert {each.name for each in tmp_path.iterdir()} <= {"home.db", "home.db-wal", "home.db-shm"}


async def test_what_another_process_commits_moves_the_store_too(store, path):
    before = await store.moved()
    other = await open_store(path, clock=FakeClock(), ids=CountingIds())
    assert await store.moved() == before, "opening it is no change"
    await other.write(put(1))
    assert await store.moved() != before
    await other.close()
