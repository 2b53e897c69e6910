"""What a session with a v2 hub asks of the store: reading only, each in one snapshot."""

from collections.abc import Collection, Iterator
from typing import Final

from goodies_mcp.core.causality.conflicts import show
from goodies_mcp.core.models import EntityPayload, RecordId, RelationshipPayload, StoredVersion, Version, VersionId
from goodies_mcp.inbetweenies.rows import Name, Row
from goodies_mcp.inbetweenies.v2_actions import Known, LookedUp, LookUp, MergedShown, ShowMerged
from goodies_mcp.storage.replication import ReplicaView

_OUTBOX: Final = 1_000_000
_PAST: Final = 100
"""Versions of a record that are looked through for one that a hub should have."""


def look_up(view: ReplicaView, asked: LookUp) -> LookedUp:
    """What is here of some records, of some versions, and of the edges of some entities."""
    edges = [
        row
        for heads in view.heads_of(_edges_of(view, asked.ends)).values()
        for row in map(_row, heads)
        if len(heads) == 1 and not row.version.deleted
    ]
    ends = [end for row in edges for end in _ends(row)]
    ids = dict.fromkeys((*asked.records, *ends))
    wanted = {*ids, *(row.version.record_id for row in edges)}
    unpushed = frozenset(Name(*header[:2]) for header in view.outbox_headers(_OUTBOX) if header[0] in wanted)
    known = {
        record_id: Known(tuple(map(_row, heads)), _settled(view, record_id, heads, unpushed))
        for record_id, heads in view.heads_of(ids).items()
    }
    held = frozenset(Name(*name) for name in view.held(asked.named))
    return LookedUp(known, held, unpushed, tuple(edges))


def show_merged(view: ReplicaView, asked: ShowMerged) -> MergedShown:
    """What is shown of entities whose heads nobody need bring together but the ladder itself."""
    unpushed = {header[:2] for header in view.outbox_headers(_OUTBOX)}
    found = []
    for record_id, stored in view.heads_of(asked.records).items():
        heads = tuple(each.value for each in stored)
        if len(heads) < 2 or not all(isinstance(head.payload, EntityPayload) for head in heads):
            continue
        if any((record_id, head.version) in unpushed for head in heads):
            continue
        shown = show(heads, lambda version, record_id=record_id: _version(view, record_id, version))  # type: ignore[misc] # bound to this record
        if not shown.open and not shown.deleted:
            found.append((heads, shown))
    return MergedShown(tuple(found))


def _settled(
    view: ReplicaView, record_id: RecordId, heads: Collection[StoredVersion], unpushed: Collection[Name]
) -> Row | None:
    if not any(Name(record_id, head.value.version) in unpushed for head in heads):
        return None
    past = view.versions(record_id, limit=_PAST)
    return next((_row(each) for each in past if Name(record_id, each.value.version) not in unpushed), None)


def _edges_of(view: ReplicaView, ends: Collection[RecordId]) -> list[RecordId]:
    if not ends:
        return []
    return list(dict.fromkeys(edge.id for edge in (*view.edges(ends, "out"), *view.edges(ends, "in"))))


def _version(view: ReplicaView, record_id: RecordId, version: VersionId) -> Version | None:
    found = view.version(record_id, version)
    return None if found is None else found.value


def _ends(row: Row) -> Iterator[RecordId]:
    if isinstance(row.version.payload, RelationshipPayload):
        yield row.version.payload.from_id
        yield row.version.payload.to_id


def _row(stored: StoredVersion) -> Row:
    return Row(stored.value, stored.content_hash)
