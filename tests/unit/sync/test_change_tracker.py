"""Local changes on their way, and what a page does to them."""

import pytest

from goodies_mcp.core.canonical import content_hash
from goodies_mcp.core.causality.digest import EMPTY, Digest, element
from goodies_mcp.errors import RemoteProtocolError
from goodies_mcp.inbetweenies.actions import (
    ApplyPage,
    CheckConflicts,
    CollectChanges,
    HeadersListed,
    ListHeaders,
    Parked,
)
from goodies_mcp.inbetweenies.messages import Cursor
from goodies_mcp.inbetweenies.rows import Name, row_of
from goodies_mcp.storage.memory import MemoryStore
from goodies_mcp.storage.replication import OutboxSize, Reason
from goodies_mcp.sync import change_tracker, kept
from tests.support.build import Device, forged, record
from tests.support.clock import FakeClock
from tests.support.ids import CountingIds


@pytest.fixture
def store():
    return MemoryStore(clock=FakeClock(), ids=CountingIds())


def name(version):
    return Name(version.record_id, version.version)


async def kept_locally(store, *versions):
    await store.write(lambda tx: tx.apply(versions, local=True))


def digest_of(*versions):
    return Digest.of(element(each.record_id, each.version, content_hash(each)) for each in versions).root


async def test_changes_are_collected_in_pages_until_none_is_left(store):
    device = Device()
    versions = [device.entity(record(n), f"Lamp {n}") for n in range(5)]
    await kept_locally(store, *versions)
    found, after = [], 0
    for _ in range(9):
        page = await store.read(
            lambda view, after=after: change_tracker.collect(view, CollectChanges(after, 2, 1_000_000))
        )
        found += [row.version for row in page.rows]
        assert all(row.text for row in page.rows)
        after = page.position
        if not page.more:
            break
    assert found == versions
    last = await store.read(lambda view: change_tracker.collect(view, CollectChanges(after, 2, 1_000_000)))
    assert (last.rows, last.position, last.more) == ((), after, False)


async def test_a_page_of_changes_keeps_to_its_bytes_and_one_that_is_larger_goes_alone(store):
    device = Device()
    small = device.entity(record(1), "Lamp")
    large = device.entity(record(2), "Light", content={"text": "x" * 5_000})
    last = device.entity(record(3), "Torch")
    await kept_locally(store, small, large, last)
    pages, after = [], 0
    while True:
        page = await store.read(
            lambda view, after=after: change_tracker.collect(view, CollectChanges(after, 100, 2_000))
        )
        pages.append([row.version for row in page.rows])
        after = page.position
        if not page.more:
            break
    assert pages == [[small], [large], [last]]


async def test_parents_and_ends_of_edges_go_first_within_a_page(store):
    """What was put back into the outbox lies there as it once arrived, children first."""
    device = Device()
    old = device.entity(record(1), "Lamp")
    new = device.entity(record(1), "Light", old)
    room = device.entity(record(2), "Kitchen", entity_type="room")
    edge = device.edge(record(3), record(1), record(2))
    arrived = (edge, new, room, old)
    await store.write(lambda tx: tx.apply(arrived, local=False))
    await store.write(lambda tx: tx.requeue([name(each) for each in arrived]))
    page = await store.read(lambda view: change_tracker.collect(view, CollectChanges(0, 9, 1_000_000)))
    order = [row.version for row in page.rows]
    assert order.index(old) < order.index(new)
    assert order.index(room) < order.index(edge)
    assert min(order.index(old), order.index(new)) < order.index(edge)
    assert page.position == 4


async def test_p12_a_page_is_saved_whole_or_not_at_all(store):
    mine, theirs = Device(1), Device(2)
    lamp, parked = mine.entity(record(1)), mine.entity(record(2))
    await kept_locally(store, lamp, parked)
    arriving = theirs.entity(record(3), "From elsewhere")
    cursor = Cursor(epoch="epoch-1", seq=9)
    page = ApplyPage(
        rows=(row_of(arriving),),
        acked=(name(lamp),),
        parked=(Parked(name(parked), "too_large", "it is", "cut it"),),
        cursor=cursor,
    )
    liar = forged(theirs.entity(record(3), "Liar", arriving), context={})
    bad = ApplyPage(rows=(*page.rows, row_of(liar)), acked=page.acked, cursor=cursor)
    with pytest.raises(RemoteProtocolError):
        await store.write(lambda tx: change_tracker.apply_page(tx, bad))
    assert await store.read(lambda view: (view.outbox_size(), kept.cursor(view))) == (OutboxSize(2, 0), None)

    done = await store.write(lambda tx: change_tracker.apply_page(tx, page))
    assert await store.read(lambda view: (view.outbox_size(), kept.cursor(view))) == (OutboxSize(0, 1), cursor)
    (held,) = await store.read(lambda view: view.parked(0, 9))
    assert held.reason == Reason("too_large", "it is", "cut it")
    assert done.digest == digest_of(lamp, arriving)


async def test_the_expected_digest_leaves_out_what_no_hub_has(store, monkeypatch):
    device = Device()
    one, two = device.entity(record(1)), device.entity(record(2))
    empty = Digest((EMPTY,) * 256).root
    assert await store.read(change_tracker.expected_digest) == empty
    await kept_locally(store, one, two)
    assert await store.read(change_tracker.expected_digest) == empty
    await store.write(lambda tx: tx.acknowledge([name(one)]))
    assert await store.read(change_tracker.expected_digest) == digest_of(one)
    await kept_locally(store, device.entity(record(3)))
    monkeypatch.setattr(change_tracker, "DEAREST", 1)
    assert await store.read(change_tracker.expected_digest) is None


async def test_headers_come_from_the_buckets_that_differ(store):
    device = Device()
    versions = [device.entity(record(n)) for n in range(1, 9)]
    await store.write(lambda tx: tx.apply(versions, local=False))
    equal = await store.read(lambda view: view.buckets())
    none = await store.read(lambda view: change_tracker.list_headers(view, ListHeaders(equal, None, 9)))
    assert (none.headers, none.more, none.same) == ((), False, True)
    assert await listed(store, 5) == headers_of(*versions)


async def test_nobody_is_asked_about_what_waits_in_the_outbox(store):
    """It is sent in any case; what is parked is not, and the hub may hold it."""
    device = Device()
    versions = [device.entity(record(n)) for n in range(1, 9)]
    await kept_locally(store, *versions[:6])
    await store.write(lambda tx: tx.apply(versions[6:], local=False))
    await store.write(lambda tx: tx.park(name(versions[2]), Reason("too_large")))
    for limit in (1, 2, 3, 9):
        assert await listed(store, limit) == headers_of(versions[2], *versions[6:])


async def test_where_everything_waits_nothing_is_looked_through(store, monkeypatch):
    """A first sync asks this of a whole home."""
    device = Device()
    await kept_locally(store, *(device.entity(record(n)) for n in range(1, 9)))

    def looked_through(view):
        monkeypatch.setattr(view, "headers", None)
        return change_tracker.list_headers(view, ListHeaders((EMPTY,) * 256, None, 9))

    assert await store.read(looked_through) == HeadersListed(())
    await store.write(lambda tx: tx.apply([Device(2).entity(record(10))], local=False))
    with pytest.raises(TypeError):
        await store.read(looked_through)


async def test_what_is_parked_is_asked_about_though_the_hub_holds_as_much(store):
    """V3-6.3: nothing else would ever tell that the hub holds it."""
    device = Device()
    one, other = device.entity(record(1)), device.entity(record(2))
    await kept_locally(store, one, other)
    await store.write(lambda tx: tx.park(name(one), Reason("unavailable")))
    equal = await store.read(lambda view: view.buckets())
    found = await store.read(lambda view: change_tracker.list_headers(view, ListHeaders(equal, None, 9)))
    assert found.same
    assert list(found.headers) == headers_of(one)


async def listed(store, limit):
    found, after = [], None
    while True:
        asked = ListHeaders((EMPTY,) * 256, after, limit)
        page = await store.read(lambda view, asked=asked: change_tracker.list_headers(view, asked))
        assert len(page.headers) <= limit
        found += page.headers
        if not page.more:
            return found
        after = Name(*page.headers[-1][:2])


def headers_of(*versions):
    return sorted((each.record_id, each.version, content_hash(each)) for each in versions)


async def test_what_a_page_will_meet_is_told_before_it_is_applied(store):
    mine, theirs = Device(1), Device(2)
    lamp, torch = mine.entity(record(1), "Lamp"), mine.entity(record(2), "Torch")
    await kept_locally(store, lamp, torch, mine.entity(record(1), "Our name", lamp))
    merges = theirs.entity(record(2), "Torch", content={"watt": 5})
    clash = theirs.entity(record(1), "Their name", lamp)
    rows = tuple(map(row_of, (clash, merges, theirs.entity(record(9)))))
    found = await store.read(lambda view: change_tracker.check(view, CheckConflicts(rows)))
    assert found.open == (record(1),)
