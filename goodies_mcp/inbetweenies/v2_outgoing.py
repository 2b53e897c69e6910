"""Pending changes as one request to a v2 hub, and which of them its answer acknowledges (INBETWEENIES A)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from goodies_mcp.core.models import EntityPayload, RecordId, RelationshipPayload, VersionId
from goodies_mcp.inbetweenies.rows import Name, Row
from goodies_mcp.inbetweenies.v2_actions import LookedUp, LookUp
from goodies_mcp.inbetweenies.v2_messages import V2Change, V2Edge, V2Response
from goodies_mcp.inbetweenies.v2_rows import edge_change, entity_change


@dataclass(frozen=True, slots=True)
class Batch:
    """The changes of one request. ``needless`` is what the hub need not be told: it counts as taken."""

    changes: tuple[V2Change, ...]
    rows: tuple[Row, ...]
    needless: tuple[Name, ...] = ()

    def acked(self, answer: V2Response) -> tuple[Name, ...]:
        """What the hub has taken: a pending change is dropped for nothing less than its id in these lists."""
        taken, joined = set(answer.applied), set(answer.applied_edges)
        return (
            *self.needless,
            *(row.name for row in self.rows if row.version.record_id in (taken if _is_entity(row) else joined)),
        )

    def overruled(self, answer: V2Response) -> int:
        """How many of these versions lost on the hub: it keeps them, and shows others."""
        ours = {row.version.version for row in self.rows}
        return sum(each.remote in ours and each.resolved != each.remote for each in answer.conflicts)


def question(rows: Sequence[Row]) -> LookUp:
    """What must be known of the store before these can be sent."""
    entities = dict.fromkeys(row.version.record_id for row in rows if _is_entity(row))
    ends = dict.fromkeys(end for row in rows for end in _ends(row))
    return LookUp(records=tuple(dict.fromkeys((*entities, *ends))), ends=tuple(entities))


def batch(rows: Sequence[Row], looked: LookedUp, on_hub: frozenset[str]) -> Batch:
    """The request's changes: entities in the order given, parents first, then edges, each once, bound to versions of
    their ends that the hub has or gets with this request. An edge of an entity that moves on is sent again, as v2 binds
    it to the version before. ``on_hub`` names the edges that the hub has.
    """
    entities = [row for row in rows if _is_entity(row)]
    latest: Mapping[RecordId, VersionId] = {row.version.record_id: row.version.version for row in entities}
    pending = {row.version.record_id: row for row in rows if not _is_entity(row)}
    again = {row.version.record_id: row for row in looked.edges if row.name not in looked.unpushed}
    # What the hub never had need not be deleted there; and v2 could not.
    gone = {key for key, row in pending.items() if row.version.deleted and key not in on_hub}
    edges = [row for key, row in {**again, **pending}.items() if key not in gone]
    bound = [_bound(row, latest, looked) for row in edges]
    changes = [*map(entity_change, entities), *(V2Change("update", None, (edge,)) for edge in bound)]
    needless = tuple(row.name for row in rows if row.version.record_id in gone)
    sent = tuple(row for row in rows if row.version.record_id not in gone)
    return Batch(tuple(changes), sent, needless)


def _bound(row: Row, latest: Mapping[RecordId, VersionId], looked: LookedUp) -> V2Edge:
    from_id, to_id = _ends(row)
    return edge_change(row, _version_of(from_id, latest, looked), _version_of(to_id, latest, looked))


def _version_of(end: RecordId, latest: Mapping[RecordId, VersionId], looked: LookedUp) -> str:
    """A version of the end that the hub has by the time it looks; where there is none, the edge will not be taken."""
    if end in latest:
        return latest[end]
    known = looked.known.get(end)
    if known is None:
        return ""
    settled = [head for head in known.heads if head.name not in looked.unpushed]
    best = settled[-1] if settled else known.settled or known.heads[-1]
    return best.version.version


def _is_entity(row: Row) -> bool:
    return isinstance(row.version.payload, EntityPayload)


def _ends(row: Row) -> tuple[RecordId, ...]:
    payload = row.version.payload
    return (payload.from_id, payload.to_id) if isinstance(payload, RelationshipPayload) else ()
