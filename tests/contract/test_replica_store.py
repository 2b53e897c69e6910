"""What sync asks of a store, of every store alike."""

import pytest

from goodies_mcp.core.canonical import content_hash
from goodies_mcp.core.causality.digest import BUCKETS, Digest, bucket_of, element
from goodies_mcp.core.models import Dot
from goodies_mcp.storage.replication import OutboxSize, Reason
from tests.support.build import Device, a_file, record

REASON = Reason("forbidden", "this device may only read", "ask the owner")


def name(version):
    return version.record_id, version.version


def header(version):
    return *name(version), content_hash(version)


def names(stored):
    return [name(each.value) for each in stored]


async def kept(store, *versions, local=True):
    await store.write(lambda tx: tx.apply(versions, local=local))


@pytest.fixture
async def three(store):
    """Three local things, in the order of their feed numbers."""
    device = Device()
    versions = [device.entity(record(n), f"Lamp {n}", content={"n": n}) for n in (3, 1, 2)]
    await kept(store, *versions)
    return versions


async def test_the_outbox_is_told_in_pages_in_feed_order(store, three):
    await kept(store, Device(2).entity(record(9)), local=False)
    first = await store.read(lambda view: view.outbox(0, 2))
    assert names(first) == [name(each) for each in three[:2]]
    assert first[0].value == three[0]
    assert first[0].content_hash == content_hash(three[0])
    rest = await store.read(lambda view: view.outbox(first[-1].seq, 2))
    assert names(rest) == [name(three[2])]
    assert await store.read(lambda view: view.outbox(rest[-1].seq, 2)) == []
    assert await store.read(lambda view: view.outbox_headers(2)) == [header(each) for each in three[:2]]
    assert await store.read(lambda view: view.outbox_size()) == OutboxSize(3, 0)


async def test_an_ack_takes_out_what_it_names_and_nothing_else(store, three):
    unknown = (record(77), three[0].version)
    acked = await store.write(lambda tx: tx.acknowledge([name(three[1]), unknown]))
    assert acked == 1
    assert names(await store.read(lambda view: view.outbox(0, 9))) == [name(three[0]), name(three[2])]
    assert await store.write(lambda tx: tx.acknowledge([name(three[1])])) == 0
    status = await store.read(lambda view: view.status())
    assert status.unpushed == 2


async def test_a_parked_change_waits_visibly_and_can_be_retried(store, three):
    held = three[1]
    assert await store.write(lambda tx: tx.park(name(held), REASON))
    assert names(await store.read(lambda view: view.outbox(0, 9))) == [name(three[0]), name(three[2])]
    assert await store.read(lambda view: view.outbox_size()) == OutboxSize(2, 1)
    assert await store.read(lambda view: view.outbox_headers(9)) == [header(each) for each in three]
    (parked,) = await store.read(lambda view: view.parked(0, 9))
    assert (parked.record_id, parked.version, parked.reason, parked.attempts) == (*name(held), REASON, 1)
    assert await store.read(lambda view: view.parked(parked.seq, 9)) == []

    assert await store.write(lambda tx: tx.unpark([name(held), name(three[0])])) == 1
    assert names(await store.read(lambda view: view.outbox(0, 9))) == [name(each) for each in three]
    await store.write(lambda tx: tx.park(name(held), Reason("too_large")))
    (parked,) = await store.read(lambda view: view.parked(0, 9))
    assert (parked.reason, parked.attempts) == (Reason("too_large"), 2)
    await store.write(lambda tx: tx.park(name(three[0]), REASON))
    assert await store.write(lambda tx: tx.unpark()) == 2
    assert await store.read(lambda view: view.outbox_size()) == OutboxSize(3, 0)


async def test_parked_changes_come_in_pages(store, three):
    for each in three:
        await store.write(lambda tx, each=each: tx.park(name(each), REASON))
    first = await store.read(lambda view: view.parked(0, 2))
    rest = await store.read(lambda view: view.parked(first[-1].seq, 2))
    assert [(each.record_id, each.version) for each in (*first, *rest)] == [name(each) for each in three]


async def test_an_ack_frees_a_parked_change_too(store, three):
    await store.write(lambda tx: tx.park(name(three[0]), REASON))
    assert await store.write(lambda tx: tx.acknowledge([name(three[0])])) == 1
    assert await store.read(lambda view: view.parked(0, 9)) == []
    # In the outbox once more, it begins anew.
    await store.write(lambda tx: tx.requeue([name(three[0])]))
    assert await store.read(lambda view: view.outbox_size()) == OutboxSize(3, 0)


async def test_what_is_not_in_the_outbox_is_not_parked(store, three):
    other = Device(2).entity(record(9))
    await kept(store, other, local=False)
    assert not await store.write(lambda tx: tx.park(name(other), REASON))
    assert not await store.write(lambda tx: tx.park((record(99), three[0].version), REASON))
    assert await store.read(lambda view: view.outbox_size()) == OutboxSize(3, 0)


async def test_what_a_hub_lacks_goes_into_the_outbox_again(store, three):
    other = Device(2).entity(record(9))
    await kept(store, other, local=False)
    await store.write(lambda tx: tx.acknowledge([name(each) for each in three]))
    await store.write(lambda tx: tx.acknowledge([]))
    unknown = (record(77), other.version)
    assert await store.write(lambda tx: tx.requeue([name(other), name(three[0]), unknown])) == 2
    assert names(await store.read(lambda view: view.outbox(0, 9))) == [name(three[0]), name(other)]
    assert await store.write(lambda tx: tx.requeue([name(other)])) == 0


async def test_requeueing_leaves_what_is_parked_parked(store, three):
    await store.write(lambda tx: tx.park(name(three[0]), REASON))
    assert await store.write(lambda tx: tx.requeue([name(three[0])])) == 0
    assert await store.read(lambda view: view.outbox_size()) == OutboxSize(2, 1)


async def test_p12_all_of_a_page_or_nothing(store, three):
    def work(tx):
        tx.acknowledge([name(three[0])])
        tx.park(name(three[1]), REASON)
        tx.apply([Device(2).entity(record(9))], local=False)
        raise KeyError

    with pytest.raises(KeyError):
        await store.write(work)
    assert await store.read(lambda view: view.outbox_size()) == OutboxSize(3, 0)
    assert await store.read(lambda view: view.feed()) == 3


async def test_the_incarnation_is_that_of_the_dots_made_here(store):
    dot = await store.write(lambda tx: tx.next_dot())
    assert await store.read(lambda view: view.incarnation()) == dot.incarnation


async def test_buckets_are_those_of_the_digest(store, three):
    def work(tx):
        before = tx.buckets()
        tx.apply([newer], local=True)
        return before, tx.buckets()

    newer = Device(2).entity(record(1), "Light", three[1])
    before, after = await store.write(work)
    assert before == Digest.of(element(*header(each)) for each in three).buckets
    assert after == Digest.of(element(*header(each)) for each in (*three, newer)).buckets
    assert await store.read(lambda view: view.buckets()) == after


async def test_headers_come_in_the_order_of_their_names_from_the_buckets_asked_for(store, three):
    device = Device(4)
    newer = device.entity(record(1), "Light", three[1])
    edge = device.edge(record(50), record(1), record(2))
    nowhere = device.edge(record(51), record(60), record(61))
    await kept(store, newer, edge, nowhere, local=False)
    every = sorted(header(each) for each in (*three, newer, edge, nowhere))
    buckets = range(BUCKETS)
    assert await store.read(lambda view: view.headers(buckets, None, 99)) == every
    paged, after = [], None
    while page := await store.read(lambda view, after=after: view.headers(buckets, after, 2)):
        paged += page
        after = page[-1][:2]
    assert paged == every
    wanted = {bucket_of(record(1)), bucket_of(record(50))}
    expected = [each for each in every if bucket_of(each[0]) in wanted]
    assert len(expected) < len(every)
    assert await store.read(lambda view: view.headers(wanted, None, 99)) == expected
    assert await store.read(lambda view: view.headers((), None, 99)) == []


async def test_headers_of_odd_ids(store):
    """Ids from a peer are any text: empty is none, but a NUL, half the alphabet and an emoji are."""
    device = Device()
    ids = ["a", "a\0", "a\0b", "b", "Ä", "\U0001f600", "\uffff", '"', "'"]
    versions = [device.entity(each, f"Lamp {n}") for n, each in enumerate(ids)]
    await kept(store, *versions)
    every = sorted(header(each) for each in versions)
    assert await store.read(lambda view: view.headers(range(BUCKETS), None, 99)) == every
    paged, after = [], None
    while page := await store.read(lambda view, after=after: view.headers(range(BUCKETS), after, 1)):
        paged += page
        after = page[-1][:2]
    assert paged == every
    held = await store.read(lambda view: view.held([name(each) for each in versions]))
    assert set(held) == {name(each) for each in versions}
    assert await store.write(lambda tx: tx.acknowledge([name(each) for each in versions])) == len(ids)


async def test_held_tells_what_causality_needs(store, three):
    newer = Device(2).entity(record(1), "Light", three[1])
    await kept(store, newer)
    asked = [name(newer), name(three[0]), (record(1), "never"), (record(77), newer.version)]
    held = await store.read(lambda view: view.held(asked))
    assert set(held) == {name(newer), name(three[0])}
    found = held[name(newer)]
    assert found.content_hash == content_hash(newer)
    assert (found.value.dot, found.value.context, found.value.parents) == (newer.dot, newer.context, newer.parents)
    assert await store.read(lambda view: view.held([])) == {}


async def test_what_was_missing_when_it_was_asked_for_is_there_once_it_is_applied(store):
    lamp = Device(1).entity(record(1))

    def work(tx):
        before = tx.held([name(lamp)]), tx.dots([(lamp.record_id, lamp.dot)])
        tx.apply([lamp], local=True)
        return before, set(tx.held([name(lamp)])), tx.dots([(lamp.record_id, lamp.dot)]), tx.park(name(lamp), REASON)

    known = (lamp.record_id, lamp.dot)
    assert await store.write(work) == (({}, {}), {name(lamp)}, {known: lamp.version}, True)


async def test_dots_tell_the_version_they_made(store, three):
    edge = Device(4).edge(record(50), record(1), record(2))
    await kept(store, edge)
    known = [(record(3), three[0].dot), (record(50), edge.dot)]
    unknown = [
        (record(1), three[0].dot),
        (record(3), Dot(three[0].dot.incarnation, 99)),
        (record(3), Dot("nobody", 1)),
        (record(77), three[0].dot),
    ]
    found = await store.read(lambda view: view.dots([*known, *unknown]))
    assert found == {known[0]: three[0].version, known[1]: edge.version}


async def test_heads_of_many_records_at_once(store, three):
    one = Device(2).entity(record(1), "Light", three[1])
    two = Device(3).entity(record(1), "Torch", three[1])
    nowhere = Device(4).edge(record(51), record(60), record(61))
    await kept(store, one, two, nowhere)
    found = await store.read(lambda view: view.heads_of([record(n) for n in (1, 2, 51, 60, 77)]))
    assert {key: sorted(names(heads)) for key, heads in found.items()} == {
        record(1): sorted([name(one), name(two)]),
        record(2): [name(three[2])],
        record(51): [name(nowhere)],
    }
    assert await store.read(lambda view: view.heads_of([])) == {}


async def test_p07_a_feed_page_has_no_gap(store):
    ours, theirs = Device(1), Device(2)
    versions = [(ours if n % 3 else theirs).entity(record(n)) for n in range(1, 10)]
    await kept(store, *versions)
    every = [name(each) for each in versions]
    for limit in (1, 2, 3, 9, 10):
        for without, expected in (
            (None, every),
            ("nobody", every),
            (ours.incarnation, [name(each) for n, each in enumerate(versions, 1) if n % 3 == 0]),
        ):
            found, after = [], 0
            for _ in range(20):
                page = await store.read(
                    lambda view, after=after, limit=limit, without=without: view.feed_page(
                        after, without=without, limit=limit
                    )
                )
                assert len(page.versions) <= limit
                assert all(after < each.seq <= page.upto for each in page.versions)
                assert page.upto > after
                found += names(page.versions)
                after = page.upto
                if not page.more:
                    break
            assert found == expected
            assert after == 9


async def test_a_feed_page_behind_the_end_is_empty(store, three):
    page = await store.read(lambda view: view.feed_page(3, without=None, limit=5))
    assert (list(page.versions), page.upto, page.more) == ([], 3, False)
    page = await store.read(lambda view: view.feed_page(8, without=None, limit=5))
    assert (list(page.versions), page.upto, page.more) == ([], 8, False)


async def test_open_conflicts_are_told_with_what_was_filed(store, three, clock):
    one = Device(2).entity(record(1), "Light", three[1], content={"n": 1, "watt": 5})
    clock.advance(seconds=5)
    later = Device(3, clock=clock).entity(record(1), "Torch", three[1], content={"n": 1})
    assert await store.read(lambda view: view.open_conflicts(None, 9)) == []
    await kept(store, one, later, local=False)
    (found,) = await store.read(lambda view: view.open_conflicts(None, 9))
    assert found[:5] == (record(1), later.version, one.version, "later_edit", (("name",),))
    assert found.since
    assert await store.read(lambda view: view.open_conflicts(record(1), 9)) == []
    await kept(store, Device(5).entity(record(1), "Light", one, later))
    assert await store.read(lambda view: view.open_conflicts(None, 9)) == []


async def test_content_and_named_texts_are_listed(store):
    manual, photo = a_file(b"manual", "application/pdf", "m.pdf"), a_file(b"photo", "image/png")

    def work(tx):
        tx.put_content(photo, b"photo")
        tx.put_content(manual, b"manual")
        for key in ("mark b", "mark a", "mark ", "mark", "marks"):
            tx.put_value(key, key.upper())

    assert await store.read(lambda view: (view.contents(), view.values("mark "))) == ([], {})
    await store.write(work)
    assert await store.read(lambda view: view.contents()) == sorted([photo.sha256, manual.sha256])
    found = await store.read(lambda view: view.values("mark "))
    assert list(found.items()) == [("", "MARK "), ("a", "MARK A"), ("b", "MARK B")]
