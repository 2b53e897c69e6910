"""Whose turn it is to sync."""

import pytest

from goodies_mcp.storage.memory import MemoryStore
from goodies_mcp.sync import lease
from goodies_mcp.sync.lease import Holder, LeaseTaken
from tests.support.clock import FakeClock, moment
from tests.support.ids import CountingIds

ONE, TWO = Holder("session-1", "here", 11), Holder("session-2", "here", 12)
ELSEWHERE = Holder("session-3", "another machine", 11)


@pytest.fixture
def store():
    return MemoryStore(clock=FakeClock(), ids=CountingIds())


async def take(store, who, at=0, alive=lambda _pid: True):
    await store.write(lambda tx: lease.take(tx, who, moment(at), alive))


async def test_one_at_a_time(store):
    await take(store, ONE)
    with pytest.raises(LeaseTaken, match="another process") as caught:
        await take(store, TWO, 10)
    assert caught.value.retryable
    await store.write(lambda tx: lease.release(tx, ONE))
    await take(store, TWO, 11)


async def test_the_holder_renews_it_as_often_as_it_likes(store):
    for at in (0, 200, 400, 600):
        await take(store, ONE, at)
    with pytest.raises(LeaseTaken):
        await take(store, TWO, 800)


async def test_nobody_waits_for_the_dead(store):
    await take(store, ONE)
    await take(store, TWO, 1, alive=lambda pid: pid != ONE.pid)
    held = await store.read(lease.current)
    assert held.holder == TWO


async def test_a_process_of_another_machine_cannot_be_asked_and_is_waited_for(store):
    await take(store, ELSEWHERE)
    with pytest.raises(LeaseTaken):
        await take(store, TWO, 299, alive=lambda _pid: False)
    await take(store, TWO, 301)


async def test_a_lease_runs_out(store):
    await take(store, ONE)
    with pytest.raises(LeaseTaken):
        await take(store, TWO, 299)
    await take(store, TWO, 300)


async def test_a_clock_that_was_turned_back_makes_no_lease_that_lasts_for_days(store):
    await take(store, ONE, 86_400)
    await take(store, TWO, 0)


async def test_only_the_holder_releases(store):
    await take(store, ONE)
    await store.write(lambda tx: lease.release(tx, TWO))
    with pytest.raises(LeaseTaken):
        await take(store, TWO)
    await store.write(lambda tx: lease.release(tx, ONE))
    await store.write(lambda tx: lease.release(tx, ONE))
    assert await store.read(lease.current) is None
