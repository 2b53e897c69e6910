"""Joining things, moving them and taking them apart: the edges of a home."""

from goodies_mcp.core.models import Entity, JsonObject, RecordId, Relationship, RelationshipPayload
from goodies_mcp.core.text import visible
from goodies_mcp.core.vocabulary import check_join, check_relationship_type
from goodies_mcp.errors import InvalidInput, NotFound
from goodies_mcp.graph import resolve
from goodies_mcp.graph.bounds import checked_object
from goodies_mcp.graph.containment import check_no_cycle
from goodies_mcp.graph.editing import Draft, Edit, payload_of, tombstones
from goodies_mcp.graph.patches import merged_object, same
from goodies_mcp.storage.interface import ReadView

ONE_OF = frozenset({"located_in"})
"""Edge types of which a thing has one: a second one moves the thing (INBETWEENIES B.5)."""

_MOST_LISTED = 20


def create_relationship(
    edit: Edit, *, from_entity: str, to_entity: str, relationship_type: str, properties: JsonObject | None = None
) -> RecordId:
    """An edge. Where there is one already between the two, ``properties`` are merged into it (RFC 7396): ``exists``
    or ``updated``. A second ``located_in`` leads the existing edge to the new place: ``moved``.
    """
    kind = check_relationship_type(relationship_type)
    patch = checked_object(properties, "properties")
    source = edit.entity(from_entity, "from_entity")
    target = edit.entity(to_entity, "to_entity", _sort(kind))
    _check_ends(edit.tx, source, kind, target)
    siblings = edit.tx.edges([source.id], "out", [kind])
    held = [edge for edge in siblings if edge.to_id == target.id]
    if kind in ONE_OF:
        held = held or sorted(siblings, key=lambda edge: (edge.edited_at, edge.id), reverse=True)
        return _settle(edit, source, target, held, patch, siblings)
    if held:
        return _rewrite(edit, held[0], target.id, patch, otherwise="exists")
    return _join(edit, source, kind, target, patch)


def update_relationship(
    edit: Edit,
    *,
    relationship: str,
    properties: JsonObject | None = None,
    to_entity: str | None = None,
    expected_version: str | None = None,
) -> RecordId:
    """The same edge with ``properties`` merged into its own (RFC 7396: null removes) or led to another end."""
    if properties is None and to_entity is None:
        raise InvalidInput("nothing to change: give properties or to_entity", argument="properties")
    edge = edit.relationship(relationship, "relationship")
    edit.expect(edge, expected_version)
    patch = checked_object(properties, "properties")
    if to_entity is None:
        return _rewrite(edit, edge, edge.to_id, patch)
    target = edit.entity(to_entity, "to_entity", _sort(edge.relationship_type))
    source = edit.entity(edge.from_id, "relationship")
    if target.id != edge.to_id:
        _check_ends(edit.tx, source, edge.relationship_type, target)
        for other in edit.tx.edges([source.id], "out", [edge.relationship_type]):
            if other.to_id == target.id:
                raise InvalidInput(
                    f"{visible(source.name)} is {edge.relationship_type} {visible(target.name)} already",
                    argument="to_entity",
                    hint="update that one, or delete this one",
                    details={"relationship": other.id},
                )
    return _rewrite(edit, edge, target.id, patch)


def delete_relationship(
    edit: Edit,
    *,
    relationship: str | None = None,
    from_entity: str | None = None,
    to_entity: str | None = None,
    relationship_type: str | None = None,
    expected_version: str | None = None,
) -> RecordId:
    """The edge with this id, or the one (or, after a sync, the several equal ones) between the two, is deleted."""
    edges = _meant(edit, relationship, from_entity, to_entity, relationship_type)
    edit.expect(edges[0], expected_version)
    for tombstone in edit.put(*tombstones(edges)):
        edit.did("deleted", tombstone)
    return edges[0].id


def _sort(kind: str) -> resolve.Sort:
    """Of a room and a device of one name the room is meant as a place."""
    return resolve.PLACE if kind == "located_in" else resolve.ANYTHING


def _check_ends(view: ReadView, source: Entity, kind: str, target: Entity) -> None:
    if source.id == target.id:
        raise InvalidInput(f"{visible(source.name)} cannot be joined to itself", argument="to_entity")
    check_join(source.entity_type, kind, target.entity_type)
    check_no_cycle(view, source, kind, target)


def _join(edit: Edit, source: Entity, kind: str, target: Entity, properties: JsonObject) -> RecordId:
    payload = RelationshipPayload(source.id, target.id, kind, properties)
    [shown] = edit.put(Draft(edit.new_id(), payload, new=True))
    edit.did("created", shown)
    return shown.id


def _rewrite(
    edit: Edit, edge: Relationship, to_id: RecordId, patch: JsonObject, otherwise: str = "unchanged"
) -> RecordId:
    properties = checked_object(merged_object(edge.properties, patch), "properties")
    moved = to_id != edge.to_id
    if not moved and same(properties, edge.properties) and not edge.conflicted:
        edit.did(otherwise, edge)
        return edge.id
    after = RelationshipPayload(edge.from_id, to_id, edge.relationship_type, properties)
    [shown] = edit.put(Draft(edge.id, after))
    edit.did("moved" if moved else "updated", shown, payload_of(edge))
    return edge.id


def _settle(
    edit: Edit,
    source: Entity,
    target: Entity,
    held: list[Relationship],
    patch: JsonObject,
    siblings: list[Relationship],
) -> RecordId:
    """One place: the first of ``held`` leads there, and what sync has left beside it goes."""
    if not held:
        return _join(edit, source, "located_in", target, patch)
    chosen = held[0]
    others = [edge for edge in siblings if edge.id != chosen.id]
    edit.put(*tombstones(others))
    if others:
        edit.note(f"{visible(source.name)} had {len(siblings)} places at once; now it has this one")
    return _rewrite(edit, chosen, target.id, patch, otherwise="exists")


def _meant(
    edit: Edit, relationship: str | None, from_entity: str | None, to_entity: str | None, relationship_type: str | None
) -> list[Relationship]:
    if relationship is not None:
        return [edit.relationship(relationship, "relationship")]
    if from_entity is None or to_entity is None or relationship_type is None:
        raise InvalidInput(
            "which relationship is meant?",
            argument="relationship",
            hint="give its id, or from_entity, to_entity and relationship_type together",
        )
    kind = check_relationship_type(relationship_type)
    source = edit.entity(from_entity, "from_entity")
    target = edit.entity(to_entity, "to_entity")
    between = [edge for edge in edit.tx.edges([source.id], "out") if edge.to_id == target.id]
    edges = [edge for edge in between if edge.relationship_type == kind]
    if edges:
        return edges
    others = ", ".join(f"{edge.relationship_type} ({edge.id})" for edge in between[:_MOST_LISTED])
    raise NotFound(
        f"{visible(source.name)} is not {kind} {visible(target.name)}",
        argument="relationship_type",
        hint=f"between these two there is {others}" if others else "get_entity_relationships lists what there is",
    )
