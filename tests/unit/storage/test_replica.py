"""What only the SQLite store can be asked: compacted bodies, and pages over more than one look."""

from goodies_mcp.core.canonical import content_hash
from goodies_mcp.core.causality.digest import BUCKETS
from goodies_mcp.storage import sqlite_replica
from goodies_mcp.storage.maintenance import compact
from goodies_mcp.storage.replication import COMPACTED, OutboxSize, Reason
from tests.support.build import Device, record
from tests.support.clock import moment


def name(version):
    return version.record_id, version.version


def compacted(opening, run, path):
    """A home of one lamp whose first version lost its body."""
    store = opening()
    device = Device()
    old = device.entity(record(1), "Lamp")
    new = device.entity(record(1), "Light", old)
    run(store.write(lambda tx: tx.apply([old, new], local=True)))
    run(store.close())
    compact(path, moment(3600), unpushed=True)
    return opening(), old, new


def test_a_compacted_change_is_parked_for_good(opening, run, path):
    store, old, new = compacted(opening, run, path)
    (parked,) = run(store.read(lambda view: view.parked(0, 9)))
    assert (parked.version, parked.reason) == (old.version, Reason(COMPACTED))
    assert run(store.write(lambda tx: tx.unpark())) == 0
    assert run(store.write(lambda tx: tx.unpark([name(old)]))) == 0
    assert [each.value.version for each in run(store.read(lambda view: view.outbox(0, 9)))] == [new.version]


def test_a_compacted_version_that_a_hub_lacks_is_parked(opening, run, path):
    store, old, new = compacted(opening, run, path)
    run(store.write(lambda tx: tx.acknowledge([name(old), name(new)])))
    assert run(store.write(lambda tx: tx.requeue([name(old), name(new)]))) == 2
    assert run(store.read(lambda view: view.outbox_size())) == OutboxSize(1, 1)


def test_a_compacted_version_is_held_and_counts_but_is_not_sent(opening, run, path):
    store, old, new = compacted(opening, run, path)
    held = run(store.read(lambda view: view.held([name(old)])))
    assert held[name(old)].content_hash == content_hash(old)
    headers = run(store.read(lambda view: view.headers(range(BUCKETS), None, 9)))
    assert [each[1] for each in headers] == [old.version, new.version]
    page = run(store.read(lambda view: view.feed_page(0, without=None, limit=9)))
    assert [each.value.version for each in page.versions] == [new.version]
    assert (page.upto, page.more) == (2, False)


def test_a_page_looks_at_so_many_feed_numbers_and_no_more(opening, run, monkeypatch):
    monkeypatch.setattr(sqlite_replica, "_LOOKED_AT", 4)
    store = opening()
    ours, theirs = Device(1), Device(2)
    versions = [ours.entity(record(n)) for n in range(1, 10)] + [theirs.entity(record(20))]
    run(store.write(lambda tx: tx.apply(versions, local=False)))
    pages, after = [], 0
    while True:
        page = run(store.read(lambda view, after=after: view.feed_page(after, without=ours.incarnation, limit=9)))
        pages.append((len(page.versions), page.upto, page.more))
        after = page.upto
        if not page.more:
            break
    assert pages == [(0, 4, True), (0, 8, True), (1, 10, False)]


def test_headers_go_on_over_as_many_looks_as_it_takes(opening, run, monkeypatch):
    store = opening()
    device = Device()
    run(store.write(lambda tx: tx.apply([device.entity(record(n)) for n in range(1, 30)], local=True)))
    every = run(store.read(lambda view: view.headers(range(BUCKETS), None, 99)))
    monkeypatch.setattr(sqlite_replica, "_LOOKED_AT", 4)
    assert run(store.read(lambda view: view.headers(range(BUCKETS), None, 99))) == every
    assert run(store.read(lambda view: view.headers(range(BUCKETS), every[6][:2], 5))) == every[7:12]
