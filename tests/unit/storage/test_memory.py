"""What only the reference store does: copies on write, so that whoever looks keeps seeing what was there."""

import pytest

from goodies_mcp.storage.memory import MemoryStore
from tests.support.build import Device, a_batch, record
from tests.support.clock import FakeClock
from tests.support.ids import CountingIds
from tests.support.lived_in import live_in
from tests.support.observed import everything


@pytest.fixture
def store():
    return MemoryStore(clock=FakeClock(), ids=CountingIds())


async def test_a_snapshot_stays_what_it_was(store):
    await live_in(store)
    view = await store.read(lambda view: view)
    before = everything(view)
    device = Device(7)

    def work(tx):
        tx.begin_batch(a_batch("later"))
        tx.apply([device.entity(record(70), "New"), device.edge(record(71), record(70), record(2))], local=True)

    await store.write(work)
    assert everything(view) == before
    assert await store.read(everything) != before


async def test_two_stores_have_two_incarnations():
    ids = CountingIds()
    stores = [MemoryStore(clock=FakeClock(), ids=ids) for _ in range(2)]
    dots = [await store.write(lambda tx: tx.next_dot()) for store in stores]
    assert dots[0] != dots[1]
    assert [dot.n for dot in dots] == [1, 1]


async def test_the_lived_in_home_holds_something_of_everything(store):
    """What the old data files are made of; an answer that is empty here would be missing there."""
    await live_in(store)
    held = await store.read(everything)
    assert all(held.values()), {name for name, answer in held.items() if not answer}
    assert held["conflicts"] == [record(4)]
