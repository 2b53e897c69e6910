"""Local changes on their way to a hub: what is read of the outbox, and what a page does to it.

The store itself writes the outbox, in the transaction of the edit. Nothing leaves it but by an ack (PROMISES P10).
"""

from collections.abc import Collection, Sequence
from typing import Final

from goodies_mcp.core.causality.digest import BUCKETS, Digest, bucket_of, element, remove
from goodies_mcp.core.causality.ordering import parents_first
from goodies_mcp.core.models import RecordId, Version, VersionId
from goodies_mcp.inbetweenies.actions import (
    ApplyPage,
    ChangesCollected,
    CheckConflicts,
    CollectChanges,
    ConflictsChecked,
    HeadersListed,
    ListHeaders,
    PageApplied,
)
from goodies_mcp.inbetweenies.conflict_check import check_conflicts
from goodies_mcp.inbetweenies.rows import Header, row_of, within
from goodies_mcp.storage.replication import (
    OutboxSize,
    Reason,
    ReplicaTransaction,
    ReplicaView,
    VersionHeader,
    VersionName,
)
from goodies_mcp.sync import kept

DEAREST: Final = 500
"""With more unpushed changes than this the digest of what the hub must hold is not worth its price."""


def collect(view: ReplicaView, asked: CollectChanges) -> ChangesCollected:
    """The next changes that fit, parents and ends of edges first among them."""
    found = view.outbox(asked.after, asked.rows + 1)
    rows = within((row_of(each.value, each.content_hash) for each in found), asked.rows, asked.bytes)
    taken = found[: len(rows)]
    text = {row.name: row for row in rows}
    ordered = parents_first(taken)
    return ChangesCollected(
        tuple(text[each.value.record_id, each.value.version] for each in ordered),  # type: ignore[index] # a Name is one
        taken[-1].seq if taken else asked.after,
        more=len(found) > len(taken),
    )


def list_headers(view: ReplicaView, asked: ListHeaders) -> HeadersListed:
    """Headers in the buckets that differ from the hub's, and of what is parked: the hub may hold it all the same. What
    waits in the outbox is sent in any case, so that nobody need ask about it: a home that never synced asks about
    nothing."""
    ours = view.buckets()
    differing = {number for number in range(BUCKETS) if ours[number] != asked.buckets[number]}
    size = view.outbox_size()
    if size.waiting == view.feed():
        # Feed numbers have no gaps: all that is here waits.
        return HeadersListed((), more=False, same=not differing)
    parked = {(each.record_id, each.version) for each in view.parked(0, size.parked)}
    looked_into = differing | {bucket_of(record_id) for record_id, _ in parked}
    found: list[VersionHeader] = []
    waiting = _waiting(view, size, parked) if looked_into else frozenset()
    after: VersionName | None = asked.after
    more = bool(looked_into)
    while more and len(found) <= asked.limit:
        page = view.headers(looked_into, after, asked.limit + 1)
        found += [each for each in page if each[:2] not in waiting]
        more = len(page) > asked.limit
        after = page[-1][:2] if page else after
    headers = tuple(Header(*each) for each in found[: asked.limit])
    return HeadersListed(headers, len(found) > asked.limit, same=not differing)


def _waiting(view: ReplicaView, size: OutboxSize, parked: Collection[VersionName]) -> frozenset[VersionName]:
    return frozenset(each[:2] for each in view.outbox_headers(size.waiting + size.parked) if each[:2] not in parked)


def check(view: ReplicaView, asked: CheckConflicts) -> ConflictsChecked:
    """What a page will meet here."""
    ids = dict.fromkeys(row.version.record_id for row in asked.rows)
    heads = view.heads_of(ids)

    def heads_of(record_id: RecordId) -> Sequence[Version]:
        return [each.value for each in heads.get(record_id, ())]

    def version_of(record_id: RecordId, version: VersionId) -> Version | None:
        found = view.version(record_id, version)
        return None if found is None else found.value

    return check_conflicts(asked.rows, heads_of, version_of)


def apply_page(tx: ReplicaTransaction, page: ApplyPage) -> PageApplied:
    """Save a page and its cursor; all in the caller's transaction."""
    if page.rows:
        tx.apply([row.version for row in page.rows], local=False, hashes=[row.content_hash for row in page.rows])
    if page.acked:
        tx.acknowledge(page.acked)
    for parked in page.parked:
        tx.park(parked.name, Reason(parked.code, parked.message, parked.hint))
    if page.requeue:
        tx.requeue(page.requeue)
    if page.cursor is not None:
        kept.put_cursor(tx, page.cursor)
    return PageApplied(expected_digest(tx))


def expected_digest(view: ReplicaView) -> str | None:
    """The root over what a hub must hold: all but what waits in the outbox or is parked. None where it is too dear."""
    size = view.outbox_size()
    unpushed = size.waiting + size.parked
    if unpushed > DEAREST:
        return None
    buckets = dict(enumerate(view.buckets()))
    for each in view.outbox_headers(unpushed):
        share = element(*each)
        buckets[share.bucket] = remove(buckets[share.bucket], share)
    return Digest.from_rows(buckets).root
