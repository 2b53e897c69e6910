"""A store that tells of its commits."""

import pytest

from goodies_mcp.storage.memory import MemoryStore
from goodies_mcp.storage.noticed import NoticedStore
from tests.support.build import Device, record
from tests.support.clock import FakeClock
from tests.support.ids import CountingIds


@pytest.fixture
def told():
    return []


@pytest.fixture
def store(told):
    return NoticedStore(MemoryStore(clock=FakeClock(), ids=CountingIds()), lambda: told.append(1))


async def test_a_commit_is_told_and_a_question_is_not(store, told):
    lamp = Device().entity(record(1))
    await store.write(lambda tx: tx.apply([lamp], local=True))
    assert told == [1]
    assert await store.read(lambda view: view.counts()) == {"device": 1}
    assert await store.read(lambda view: view.counts(), at="2020-01-01T00:00:00.000000+00:00") == {}
    assert told == [1]
    assert await store.moved() == (1,)
    await store.close()


async def test_what_was_undone_is_not_told(store, told):
    with pytest.raises(ZeroDivisionError):
        await store.write(lambda tx: 1 / 0)
    assert told == []
