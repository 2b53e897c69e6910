"""Making, changing and deleting the things of a home."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TypeAlias

from goodies_mcp.core.due import unread
from goodies_mcp.core.models import Entity, EntityPayload, JsonObject, RecordId, RelationshipPayload
from goodies_mcp.core.text import fold, visible
from goodies_mcp.core.vocabulary import CONTAINMENT, check_entity_type, check_join
from goodies_mcp.errors import InvalidInput
from goodies_mcp.graph import resolve
from goodies_mcp.graph.bounds import checked_name, checked_object
from goodies_mcp.graph.containment import Removal, removal_of
from goodies_mcp.graph.editing import Draft, Edit, check_expected, payload_of, tombstones
from goodies_mcp.graph.patches import merged_object, same
from goodies_mcp.graph.places import refs
from goodies_mcp.graph.writes import Done, WriteResult
from goodies_mcp.storage.interface import MOST_NAMED, ReadView

End: TypeAlias = tuple[str, RecordId]
"""What a new thing is to be joined to: the type of the edge and the entity it leads to."""

_PAGE = 200
_MOST_TWINS = 3


def create_entity(
    edit: Edit,
    *,
    entity_type: str,
    name: str,
    content: JsonObject | None = None,
    located_in: str | None = None,
    part_of: str | None = None,
) -> RecordId:
    """A new thing with the edges to what it is in.

    A live thing of the same kind and (folded) name in the same place is reported as ``exists`` and left as it is.
    """
    kind = check_entity_type(entity_type)
    called = checked_name(name)
    body = checked_object(content, "content")
    ends = list(_containers(edit, kind, located_in, part_of))
    namesakes = namesakes_of(edit.tx, kind, called)
    if twin := twin_among(edit.tx, namesakes, ends):
        return report_twin(edit, twin, body)
    made = create_with_edges(edit, EntityPayload(kind, called, body), ends)
    _mention(edit, namesakes)
    _mention_unread(edit, body)
    return made


def update_entity(
    edit: Edit,
    *,
    entity: str,
    changes: JsonObject | None = None,
    name: str | None = None,
    expected_version: str | None = None,
) -> RecordId:
    """A new version with ``changes`` (an RFC 7396 merge patch of the content) and ``name``.

    What changes nothing makes no version, unless it settles an open conflict: then the caller has confirmed what is
    shown, and the version that says so has all sides as parents.
    """
    if changes is None and name is None:
        raise InvalidInput("nothing to change: give changes or name", argument="changes")
    found = edit.entity(entity, "entity")
    edit.expect(found, expected_version)
    content = checked_object(merged_object(found.content, checked_object(changes, "changes")), "changes")
    called = found.name if name is None else checked_name(name)
    after = EntityPayload(found.entity_type, called, content)
    if called == found.name and same(content, found.content) and not found.conflicted:
        edit.did("unchanged", found)
        return found.id
    [shown] = edit.put(Draft(found.id, after))
    edit.did("updated", shown, payload_of(found))
    if found.conflicted:
        edit.note(f"this settled the open conflict about {visible(called)}")
    # What was there before this change was mentioned when it came.
    _mention_unread(edit, {key: content[key] for key in changes or () if key in content})
    return found.id


def delete_entity(edit: Edit, *, entity: str, cascade: bool = False, expected_version: str | None = None) -> RecordId:
    """A tombstone, and with it the thing's edges and, with ``cascade``, its contents (``containment.removal_of``)."""
    found = edit.entity(entity, "entity")
    edit.expect(found, expected_version)
    removal = removal_of(edit.tx, found, cascade=cascade)
    listed = list(_listed(edit.tx, removal, "deleted"))
    shown = edit.put(
        *tombstones(removal.entities),
        *tombstones(removal.edges),
    )
    for done, tombstone in zip(listed, shown, strict=False):  # the edges' tombstones are told by their number
        edit.report(replace(done, version=tombstone.version))
    for note in _remarks(removal):
        edit.note(note)
    return found.id


def rehearse_deletion(
    view: ReadView, entity: str, *, cascade: bool = False, expected_version: str | None = None
) -> WriteResult:
    """What :func:`delete_entity` would do, or the error that it would raise; nothing is written."""
    found = resolve.entity(view, entity, "entity")
    check_expected(view, found, expected_version)
    removal = removal_of(view, found, cascade=cascade)
    note = "; ".join(["nothing was deleted: this was a rehearsal", *_remarks(removal)])
    return WriteResult(tuple(_listed(view, removal, "would_delete")), note=note)


def namesakes_of(view: ReadView, kind: str, name: str) -> list[Entity]:
    """All live things of this kind and (folded) name, whatever their number."""
    same_name = view.named(name)
    if len(same_name) < MOST_NAMED:
        return [each for each in same_name if each.entity_type == kind]
    found: list[Entity] = []
    after = (fold(name), RecordId(""))
    while page := view.listed([kind], after=after, limit=_PAGE):
        found += (each for each in page if fold(each.name) == after[0])
        if len(page) < _PAGE or fold(page[-1].name) != after[0]:
            break
        after = (after[0], page[-1].id)
    return found


def twin_among(
    view: ReadView, namesakes: Iterable[Entity], ends: Iterable[End], placing: Sequence[str] = CONTAINMENT
) -> Entity | None:
    """The one that is where a new thing would be: all of ``ends`` are tied to it, or, when there are none, it has no
    edge of the ``placing`` types."""
    candidates = {each.id: each for each in namesakes}
    if not candidates:
        return None
    wanted = set(ends)
    tied: dict[RecordId, set[End]] = {each: set() for each in candidates}
    for edge in view.edges(candidates, "out", placing):
        tied[edge.from_id].add((edge.relationship_type, edge.to_id))
    fitting = (each for each in candidates if (wanted <= tied[each] if wanted else not tied[each]))
    return next((candidates[each] for each in fitting), None)


def _mention_unread(edit: Edit, content: JsonObject) -> None:
    """Say which dates will never fall due: who wrote them believes that they are kept an eye on."""
    if keys := unread(content):
        edit.note(
            f"what_is_due cannot read {', '.join(keys)}: a date is written 2027-06-30, and maintenance is a list of "
            '{"what", "last", "every"} or {"what", "due_on"}'
        )


def create_with_edges(
    edit: Edit, payload: EntityPayload, ends: Iterable[End], documents: RecordId | None = None
) -> RecordId:
    """A new thing, the edges that lead from it to these ends, and one from what it ``documents``: in one write."""
    made = edit.new_id()
    payloads = [RelationshipPayload(made, outer, relationship_type) for relationship_type, outer in ends]
    if documents is not None:
        payloads.append(RelationshipPayload(documents, made, "documented_by"))
    edges = (Draft(edit.new_id(), each, new=True) for each in payloads)
    shown, *_ = edit.put(Draft(made, payload, new=True), *edges)
    edit.did("created", shown)
    if not any(each.relationship_type in CONTAINMENT for each in payloads):
        edit.nowhere(made)
    return made


def check_fits(from_type: str, relationship_type: str, to_type: str, *, argument: str) -> None:
    """As ``vocabulary.check_join``; the error names ``argument``, where the caller never said the edge's type."""
    try:
        check_join(from_type, relationship_type, to_type)
    except InvalidInput as wrong:
        wrong.argument = argument
        raise


def report_twin(edit: Edit, twin: Entity, body: JsonObject) -> RecordId:
    """Say that the thing was there already, and whether it says something else than the new one would."""
    edit.did("exists", twin)
    if body and not same(body, twin.content):
        edit.note(f"{visible(twin.name)} was there already and its content stays as it is; update_entity changes it")
    return twin.id


def _containers(edit: Edit, kind: str, located_in: str | None, part_of: str | None) -> Iterator[End]:
    given = (("located_in", located_in, resolve.PLACE), ("part_of", part_of, resolve.ANYTHING))
    for relationship_type, text, sort in given:
        if text is None:
            continue
        outer = edit.entity(text, relationship_type, sort)
        check_fits(kind, relationship_type, outer.entity_type, argument=relationship_type)
        yield relationship_type, outer.id


def _mention(edit: Edit, namesakes: list[Entity]) -> None:
    if not namesakes:
        return
    shown = refs(edit.tx, namesakes[:_MOST_TWINS]).values()
    said = ", ".join(f"{each.id} ({visible(each.where or 'nowhere')})" for each in shown)
    more = f" and {len(namesakes) - _MOST_TWINS} more" if len(namesakes) > _MOST_TWINS else ""
    edit.note(f"of the same name and type there were already {said}{more}")


def _listed(view: ReadView, removal: Removal, action: str) -> Iterator[Done]:
    for each in refs(view, removal.entities).values():
        yield Done(action, "entity", each.id, each.type, each.name, where=each.where)


def _remarks(removal: Removal) -> Iterator[str]:
    if removal.edges:
        yield f"relationships that go with it: {len(removal.edges)}"
    if removal.staying:
        names = ", ".join(visible(each.name) for each in removal.staying[:_PAGE])
        yield f"these stay, because their place is elsewhere: {names}"
