"""P1 at CI size; ``python -m tools.fault.kill`` is the full run. And that its check can fail."""

import pytest

from goodies_mcp.core.models import Dot, EntityPayload, RecordId, Version, VersionId
from goodies_mcp.storage.memory import MemoryStore
from tests.support.clock import FakeClock
from tests.support.ids import CountingIds
from tools.fault import kill
from tools.fault.ledger import Attempt, Known, Lane, faults

SEED = 20260728


@pytest.mark.timeout(400)
def test_p01_nothing_acked_is_lost_when_the_server_is_killed(tmp_path):
    tally = kill.run(tmp_path, kills=25, seed=SEED)
    assert tally.faults == []
    assert tally.kills == 25
    assert tally.acked > 100
    assert tally.retried > 10


async def test_p01_the_check_sees_a_write_that_was_acked_and_is_not_there():
    lane = Lane("lane", SEED)
    attempt = lane.next()
    lane.settle(_created(*attempt.after))
    assert await _faults(MemoryStore(clock=FakeClock(), ids=CountingIds()), lane)


async def test_p01_the_check_sees_a_write_that_was_done_twice():
    lane = Lane("lane", SEED)
    attempt = lane.next()
    (name,) = attempt.after
    lane.settle(_created(name))
    store = MemoryStore(clock=FakeClock(), ids=CountingIds())
    await store.write(lambda transaction: transaction.apply([_version(1, name, n=0)], local=True))
    assert await _faults(store, lane) == []
    await store.write(lambda transaction: transaction.apply([_version(2, name, n=0)], local=True))
    assert await _faults(store, lane)


async def test_p12_the_check_sees_an_open_write_that_was_done_in_part():
    lane = Lane("lane", SEED)
    lane.things, lane.ids = {"old": Known()}, {"old": "record"}
    lane.open = Attempt("key", "apply_changes", {}, {"old": Known(n=1, versions=2), "new": Known()})
    store = MemoryStore(clock=FakeClock(), ids=CountingIds())
    await store.write(lambda transaction: transaction.apply([_version(1, "old", n=0)], local=True))
    assert await _faults(store, lane) == []
    await store.write(lambda transaction: transaction.apply([_version(2, "old", n=1)], local=True))
    assert await _faults(store, lane)


async def _faults(store, lane):
    return await store.read(lambda view: faults(view, [lane]))


def _created(*names):
    return {"items": [{"action": "created", "name": name, "id": "record"} for name in names]}


def _version(number, name, **content):
    at = _at(number)
    return Version(
        record_id=RecordId("record"),
        version=VersionId(f"{at}-{number:06d}-owner"),
        dot=Dot("incarnation", number),
        context={"incarnation": number - 1} if number > 1 else {},
        parents=(VersionId(f"{_at(number - 1)}-{number - 1:06d}-owner"),) if number > 1 else (),
        payload=EntityPayload("device", name, content),
        edited_at=at,
        author="owner",
        device="device",
    )


def _at(number):
    return f"2024-01-01T00:00:0{number}.000000+00:00"
