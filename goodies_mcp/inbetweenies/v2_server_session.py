"""The hub's side of sync with v2 clients, without input or output (PROTOCOL.md, V3-12.6; INBETWEENIES A).

What fielded clients rely on, acks above all, and better where fielded hubs fail them: both sides of a conflict are
judged by their versions, deletes like anything else, edges are sent back, nothing is paged that carries no cursor.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final, NamedTuple

from goodies_mcp.core.canonical import canonical_json
from goodies_mcp.core.causality.vector_clock import advance_heads
from goodies_mcp.core.models import EntityPayload, RecordId, RelationshipPayload, Version, VersionId
from goodies_mcp.core.versions import parse_version
from goodies_mcp.core.vocabulary import ENTITY_TYPES, RELATIONSHIP_TYPES
from goodies_mcp.errors import Forbidden, RemoteProtocolError
from goodies_mcp.inbetweenies.rows import Name, Row
from goodies_mcp.inbetweenies.v2_arrivals import is_deleted
from goodies_mcp.inbetweenies.v2_messages import V2Conflict, V2Edge, V2Entity, V2Request, V2Response
from goodies_mcp.inbetweenies.v2_rows import MARK, check_sendable, derived_edge, edge_payload, entity_row
from goodies_mcp.inbetweenies.v2_serving import Served, V2HubView, merged_key, outgoing, served, shown

KINDS: Final = ENTITY_TYPES | {"photo"}
EDGES: Final = RELATIONSHIP_TYPES | {"has_photo"}
"""What v2 clients may say: our words, and those of a newer branch of theirs."""

PAGE: Final = 500
"""Entities of a page for a client that carries a cursor, as fielded hubs have it."""

_MARKS: Final = "v2.marks"
_MOST_MARKS: Final = 512


_VERDICTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "merged": "both sides merged",
        "edit_over_delete": "an edit beats a delete",
        "later_edit": "{side} has newer timestamp",
        "dot": "timestamps within 1s, {side} has greater version",
    }
)
"""Rungs of the ladder, as near as they come to what fielded hubs say."""


@dataclass(slots=True)
class _Taken:
    """What becomes of a push: what is acknowledged, what is new, and what the records it is about were before."""

    before: dict[RecordId, Served]
    heads: dict[RecordId, tuple[Version, ...]]
    held: frozenset[Name]
    applied: dict[str, None] = field(default_factory=dict)
    edges: dict[str, None] = field(default_factory=dict)
    rows: dict[Name, Row] = field(default_factory=dict)
    pushed: dict[RecordId, list[VersionId]] = field(default_factory=dict)

    def add(self, row: Row) -> None:
        """One more version, in the light of which the next ones are judged."""
        record_id = row.version.record_id
        self.rows[row.name] = row
        self.pushed.setdefault(record_id, []).append(row.version.version)
        self.heads[record_id] = advance_heads(self.heads.get(record_id, ()), row.version)


class _Mark(NamedTuple):
    """At this time of the hub's clock its feed stood here."""

    at: str
    seq: int


def answer_v2(request: V2Request, view: V2HubView, now: str, *, may_write: bool) -> V2Response:
    """The answer to ``POST /api/v1/sync/`` of a v2 client, but for ``state_digest``. Commit before it is sent.

    Raises:
        Forbidden: there are changes, and the caller may only read. Nothing was taken.
        RemoteProtocolError: a change cannot be taken; the message names the field, and nothing was taken.
    """
    if request.changes and not may_write:
        raise Forbidden("this login may only read")
    taken = _take(request, view, now)
    view.apply([*taken.rows.values()])
    after = _after(request, view)
    sent = outgoing(view, request, after)
    page, cursor = sent, None
    if request.sync_type == "delta" and request.cursor is not None:
        page, cursor = _page(sent, after)
    for each in page:
        if len(each.heads) > 1:
            _note_merged(view, each.entity.id, each.entity.version, each.heads)
    return V2Response(
        sync_type=request.sync_type,
        server_time=_marked(view, now),
        changes=tuple(each.change for each in page),
        conflicts=tuple(_conflicts(taken, view)),
        cursor=cursor,
        applied=tuple(taken.applied),
        applied_edges=tuple(taken.edges),
        clocks=request.clocks,
    )


def _page(sent: list[Served], after: int) -> tuple[list[Served], str | None]:
    """A page behind feed number ``after``, with those entities that are sent for their edges alone."""
    beside = [each for each in sent if each.seq <= after]
    moved = sent[len(beside) :]
    page = moved[:PAGE]
    return [*beside, *page], str(page[-1].seq) if len(page) < len(moved) else None


# Taking.


def _take(request: V2Request, view: V2HubView, now: str) -> _Taken:
    entities = [
        (f"changes[{n}].entity", change.entity, is_deleted(change.entity, change.change_type))
        for n, change in enumerate(request.changes)
        if change.entity is not None
    ]
    names = [Name(RecordId(entity.id), VersionId(entity.version)) for _, entity, _ in entities]
    joined = {RecordId(edge.id) for change in request.changes for edge in change.edges}
    ends = {
        Name(RecordId(end), VersionId(version))
        for change in request.changes
        for edge in change.edges
        for end, version in _ends(edge)
    }
    ids = {name.record_id for name in names}
    heads = view.heads(ids | joined | {name.record_id for name in ends})
    held = frozenset(view.held({*names, *ends}))
    taken = _Taken(
        served(view, ids), {key: tuple(head.version for head in found) for key, found in heads.items()}, held
    )
    for (place, entity, deleted), name in zip(entities, names, strict=True):
        _check_kind(entity, place)
        taken.applied[entity.id] = None
        # The same version again is the same thing: the first is kept, whatever the second says.
        if name not in taken.held and name not in taken.rows:
            _take_entity(entity, place, request, view, taken, deleted=deleted)
    for n, change in enumerate(request.changes):
        for m, edge in enumerate(change.edges):
            _take_edge(edge, f"changes[{n}].relationships[{m}]", request, view, taken, now)
    return taken


def _take_entity(
    entity: V2Entity, place: str, request: V2Request, view: V2HubView, taken: _Taken, *, deleted: bool
) -> None:
    """Keep a version; nothing is kept of a delete of what is not there (any more)."""
    heads = taken.heads.get(RecordId(entity.id), ())
    if deleted and all(head.deleted for head in heads):
        return
    parents = tuple(_seen(entity, view))
    if deleted and not parents and _is_later(entity.version, heads):
        # A client that keeps no past deletes what it was shown.
        parents = tuple(head.version for head in heads)
    said = replace(entity, parents=parents, user_id=entity.user_id or request.user_id)
    try:
        row = entity_row(said, deleted=deleted, marked=False)
    except RemoteProtocolError as error:
        raise RemoteProtocolError(f"{place}.{error.message}", argument=f"{place}.{error.argument}") from error
    check_sendable(row, place)
    taken.add(row)


def _seen(entity: V2Entity, view: V2HubView) -> Iterable[str]:
    """The parents; a version that stands for several heads is those heads."""
    for parent in entity.parents:
        noted = view.note(merged_key(entity.id, parent))
        if noted is not None:
            yield from json.loads(noted)
        elif not parent.startswith(MARK):
            yield parent


def _take_edge(edge: V2Edge, place: str, request: V2Request, view: V2HubView, taken: _Taken, now: str) -> None:
    if edge.relationship_type not in EDGES:
        raise RemoteProtocolError(
            f"Unknown relationship_type: {edge.relationship_type[:80]}",
            argument=f"{place}.relationship_type",
            hint=f"one of {', '.join(sorted(EDGES))}",
        )
    if edge.ended or not all(_is_there(*end, view, taken) for end in _ends(edge)):
        # Not acknowledged: the client tries again when the end may have come (INBETWEENIES A).
        return
    edge = replace(edge, user_id=edge.user_id or request.user_id)
    record_id = RecordId(edge.id)
    pending = record_id in taken.pushed
    heads = taken.heads.get(record_id, ())
    taken.edges[edge.id] = None
    if _says(heads, edge) or (not pending and _was_said(view, record_id, request.device_id, edge)):
        return
    row = derived_edge(edge, [head.version for head in heads], now, device=request.device_id)
    check_sendable(row, place)
    taken.add(row)


def _is_there(end: str, version: str, view: V2HubView, taken: _Taken) -> bool:
    """Whether an end is held, in just this version, or told so to clients; without a version, in any."""
    record_id = RecordId(end)
    if not version:
        return record_id in taken.heads
    name = Name(record_id, VersionId(version))
    return name in taken.rows or name in taken.held or view.note(merged_key(end, version)) is not None


def _was_said(view: V2HubView, record_id: RecordId, device: str, edge: V2Edge) -> bool:
    """Whether this is what the same device said last: then it did not hear the answer, and others have moved on."""
    last = next((version for version in view.history(record_id) if version.device == device), None)
    return last is not None and _says([last], edge)


def _says(versions: Iterable[Version], edge: V2Edge) -> bool:
    theirs = edge_payload(edge)
    for version in versions:
        ours = version.payload
        if not version.deleted and isinstance(ours, RelationshipPayload) and _fields(ours) == _fields(theirs):
            return True
    return False


def _fields(payload: RelationshipPayload) -> str:
    return canonical_json([payload.from_id, payload.to_id, payload.relationship_type, payload.properties])


def _ends(edge: V2Edge) -> tuple[tuple[str, str], tuple[str, str]]:
    return (edge.from_id, edge.from_version), (edge.to_id, edge.to_version)


def _check_kind(entity: V2Entity, place: str) -> None:
    if entity.entity_type not in KINDS:
        raise RemoteProtocolError(
            f"{place}.entity_type is {entity.entity_type[:80]!r}, which is no kind of thing",
            argument=f"{place}.entity_type",
            hint=f"one of {', '.join(sorted(KINDS))}",
        )


def _is_later(version: str, heads: Iterable[Version]) -> bool:
    made = parse_version(version)
    return made is not None and all(made[0] > head.edited_at for head in heads)


def _conflicts(taken: _Taken, view: V2HubView) -> Iterable[V2Conflict]:
    """What the ladder decided about each version that met another, in words that v2 clients know."""
    ids = {name.record_id for name, row in taken.rows.items() if isinstance(row.version.payload, EntityPayload)}
    for record_id, each in served(view, ids).items():
        if len(each.heads) < 2:
            continue
        said = shown(view, each.heads)
        heads = {head.version for head in each.heads}
        before = taken.before[record_id].entity.version if record_id in taken.before else ""
        for version in taken.pushed[record_id]:
            if version in heads:
                side = "remote" if said.version == version else "local"
                words = _VERDICTS.get(said.decision, said.decision).format(side=side)
                yield V2Conflict(record_id, before, version, words, each.entity.version)


def _note_merged(view: V2HubView, record_id: str, version: str, heads: Iterable[Version]) -> None:
    """A client may edit what stands for several heads; then it has seen them all."""
    key = merged_key(record_id, version)
    if view.note(key) is None:
        view.put_note(key, json.dumps(sorted(head.version for head in heads)))


# Since when.


def _after(request: V2Request, view: V2HubView) -> int:
    """The feed number behind which the client wants everything: sooner rather than too late."""
    if request.sync_type != "delta":
        return 0
    if request.cursor is not None:
        try:
            return max(0, int(request.cursor))
        except ValueError as error:
            raise RemoteProtocolError(
                f"cursor must be a server_seq integer, got {request.cursor[:40]!r}", argument="cursor"
            ) from error
    if request.since is None:
        return 0
    return max((mark.seq for mark in _marks(view) if mark.at <= request.since), default=0)


def _marked(view: V2HubView, now: str) -> str:
    """The hub's time, noted with where the feed stands: a client gives the time back, and the feed knows no times."""
    marks = _marks(view)
    seq = view.last_seq()
    if marks and now <= marks[-1].at:
        # A clock that stood still or was set back; two states must not have one time.
        now = (datetime.fromisoformat(marks[-1].at) + timedelta(microseconds=1)).isoformat(timespec="microseconds")
    if not marks or marks[-1].seq != seq:
        view.put_note(_MARKS, json.dumps([*_thinned(marks), _Mark(now, seq)]))
    return now


def _marks(view: V2HubView) -> list[_Mark]:
    return [_Mark(*mark) for mark in json.loads(view.note(_MARKS) or "[]")]


def _thinned(marks: list[_Mark]) -> list[_Mark]:
    """Whoever was not here for long gets a little more than they need; nobody gets less."""
    if len(marks) < _MOST_MARKS:
        return marks
    half = len(marks) // 2
    return [*marks[:half:2], *marks[half:]]


def counts_of(response: V2Response, milliseconds: float) -> Mapping[str, float]:
    """``sync_stats``."""
    return {
        "entities_synced": len(response.applied),
        "relationships_synced": len(response.applied_edges),
        "conflicts_resolved": len(response.conflicts),
        "duration_ms": milliseconds,
    }
