"""Bringing back what a thing once said, and things that were deleted."""

from datetime import datetime, timedelta

from goodies_mcp.core.models import Entity, EntityPayload, RecordId, RelationshipPayload, StoredVersion, VersionId
from goodies_mcp.core.text import visible
from goodies_mcp.core.vocabulary import CONTAINMENT
from goodies_mcp.errors import InvalidInput, NotFound
from goodies_mcp.graph.containment import chain_between
from goodies_mcp.graph.editing import Draft, Edit, payload_of
from goodies_mcp.graph.joins import ONE_OF
from goodies_mcp.graph.patches import same
from goodies_mcp.storage.interface import ReadView

_MOST_NAMED = 5
_PAGE = 500


def restore_entity(edit: Edit, *, entity: str, version: str) -> RecordId:
    """A new version that says what an old one said; a deleted thing lives again.

    The edges that went in the same batch as a deleted thing come back with it when both ends live and nothing else
    has taken their place. ``unchanged`` when the thing lives and says just that.
    """
    found = edit.entity(entity, "entity", deleted=True)
    payload = _old_payload(edit.tx, found, version)
    before = payload_of(found)
    says_it = (found.entity_type, found.name) == (payload.entity_type, payload.name)
    if says_it and same(found.content, payload.content) and not (found.deleted or found.conflicted):
        edit.did("unchanged", found)
        return found.id
    lost = _edges_lost(edit.tx, found) if found.deleted else {}
    [shown] = edit.put(Draft(found.id, payload))
    edit.did("restored", shown, before)
    back = 0
    for edge_id, edge in lost.items():
        if _fits(edit.tx, edge):  # asked one by one: two of them may not fit together
            edit.put(Draft(edge_id, edge))
            back += 1
    if lost:
        edit.note(f"relationships that came back with it: {back} of {len(lost)}")
    return found.id


def _old_payload(view: ReadView, found: Entity, version: str) -> EntityPayload:
    wanted = version.strip()
    held = view.version(found.id, VersionId(wanted))
    if held is None:
        latest = ", ".join(each.value.version for each in view.versions(found.id, limit=_MOST_NAMED))
        raise NotFound(
            f"{visible(found.name)} has no version {visible(wanted)[:80]!r}",
            argument="version",
            hint=f"get_entity_history lists them all; the latest are {latest}",
        )
    payload = held.value.payload
    if held.value.deleted or not isinstance(payload, EntityPayload):
        raise InvalidInput(
            "this version is the deletion", argument="version", hint="name one before it, or use delete_entity"
        )
    return payload


def _edges_lost(view: ReadView, found: Entity) -> dict[RecordId, RelationshipPayload]:
    """Edges of the thing that were deleted together with it and are still deleted."""
    tombstone = view.version(found.id, found.version)
    if tombstone is None:
        return {}
    lost: dict[RecordId, RelationshipPayload] = {}
    for each in _written_together(view, tombstone):
        payload = each.value.payload
        if (
            each.value.deleted
            and isinstance(payload, RelationshipPayload)
            and found.id in {payload.from_id, payload.to_id}
            and view.relationship(each.value.record_id) is None
        ):
            lost[each.value.record_id] = payload
    return lost


def _written_together(view: ReadView, version: StoredVersion) -> list[StoredVersion]:
    """The versions of its batch; of one that came from a peer, whose batches stay there, those of the same moment."""
    if version.batch is not None:
        return view.batch_versions(version.batch)
    at = version.value.edited_at
    before = (datetime.fromisoformat(at) - timedelta(microseconds=1)).isoformat(timespec="microseconds")
    found = page = view.edited(before, at, after=None, limit=_PAGE)
    while len(page) == _PAGE:
        page = view.edited(before, at, after=page[-1].seq, limit=_PAGE)
        found = [*found, *page]
    return [each for each in found if each.value.device == version.value.device]


def _fits(view: ReadView, edge: RelationshipPayload) -> bool:
    if len(view.entities([edge.from_id, edge.to_id])) < 2:
        return False
    if edge.relationship_type in CONTAINMENT and chain_between(view, edge.to_id, edge.from_id) is not None:
        return False
    siblings = view.edges([edge.from_id], "out", [edge.relationship_type])
    return not (siblings if edge.relationship_type in ONE_OF else [e for e in siblings if e.to_id == edge.to_id])
