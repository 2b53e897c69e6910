"""What is in what: the chains that must not close, and all that would go with a place."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from goodies_mcp.core.models import Entity, RecordId, Relationship
from goodies_mcp.core.text import visible
from goodies_mcp.core.vocabulary import CONTAINMENT
from goodies_mcp.errors import InvalidInput
from goodies_mcp.storage.interface import ReadView

_MOST_LISTED = 20


@dataclass(frozen=True, slots=True)
class Removal:
    """What goes when a thing is deleted: it and its contents, their edges; and what is in it but stays."""

    entities: tuple[Entity, ...]
    edges: tuple[Relationship, ...]
    staying: tuple[Entity, ...]


def chain_between(view: ReadView, inner: RecordId, outer: RecordId) -> list[RecordId] | None:
    """A shortest chain of containment from ``inner`` out to ``outer``, both included; None when there is none."""
    came_from: dict[RecordId, RecordId | None] = {inner: None}
    frontier = [inner]
    while frontier and outer not in came_from:
        edges = view.edges(frontier, "out", CONTAINMENT)
        frontier = []
        for edge in edges:
            if edge.to_id not in came_from:
                came_from[edge.to_id] = edge.from_id
                frontier.append(edge.to_id)
    if outer not in came_from:
        return None
    chain: list[RecordId] = []
    step: RecordId | None = outer
    while step is not None:
        chain.append(step)
        step = came_from[step]
    return chain[::-1]


def check_no_cycle(view: ReadView, inner: Entity, relationship_type: str, outer: Entity) -> None:
    """Refuse to put a thing into what is in it.

    Raises InvalidInput naming ``to_entity``, with the chain that leads back.
    """
    if relationship_type not in CONTAINMENT:
        return
    chain = chain_between(view, outer.id, inner.id)
    if chain is None:
        return
    known = view.entities(chain)
    said = " › ".join(visible(known[each].name) if each in known else each for each in reversed(chain))
    raise InvalidInput(
        f"{visible(inner.name)} cannot be {relationship_type} {visible(outer.name)}, which is in it: {said}",
        argument="to_entity",
        hint="move one of these out first",
        details={"chain": [str(each) for each in reversed(chain)]},
    )


def removal_of(view: ReadView, target: Entity, *, cascade: bool) -> Removal:
    """What deleting ``target`` takes along, computed and not done.

    With ``cascade`` the contents go too, except what is part of something that goes while its place lies outside:
    a lamp of the zone "Party lights" stays in the kitchen, and so does all that hangs on it.

    Raises InvalidInput naming ``cascade`` when there are contents and it is not set.
    """
    if not cascade:
        _refuse_contents(view, target)
        inside, staying = {target.id}, set[RecordId]()
    else:
        inside, staying = _subtree(view, target.id)
    found = view.entities(inside | staying)
    contents = sorted((found[each] for each in inside - {target.id} if each in found), key=_listing)
    edges = {edge.id: edge for edge in [*view.edges(inside, "out"), *view.edges(inside, "in")]}
    kept = sorted((found[each] for each in staying if each in found), key=_listing)
    return Removal((target, *contents), tuple(edges.values()), tuple(kept))


def _refuse_contents(view: ReadView, target: Entity) -> None:
    edges = view.edges([target.id], "in", CONTAINMENT)
    if not edges:
        return
    contents = sorted(view.entities({edge.from_id for edge in edges}).values(), key=_listing)
    listed = contents[:_MOST_LISTED]
    said = ", ".join(f"{visible(each.name)} ({each.entity_type})" for each in listed)
    more = f" and {len(contents) - len(listed)} more" if len(contents) > len(listed) else ""
    raise InvalidInput(
        f"{visible(target.name)} is not empty: {said}{more}",
        argument="cascade",
        hint="move these first, or set cascade to delete them too; cascade with dry_run lists all that would go",
        details={
            "contents": [{"id": each.id, "type": each.entity_type, "name": each.name} for each in listed],
            "count": len(contents),
        },
    )


def _subtree(view: ReadView, root: RecordId) -> tuple[set[RecordId], set[RecordId]]:
    """What goes with ``root``, and what is directly in something that goes but has its place elsewhere."""
    contents: dict[RecordId, set[RecordId]] = {}
    frontier: Collection[RecordId] = [root]
    while frontier:
        edges = view.edges(frontier, "in", CONTAINMENT)
        contents.update({each: set() for each in frontier})
        for edge in edges:
            contents[edge.to_id].add(edge.from_id)
        frontier = {edge.from_id for edge in edges} - contents.keys()
    places: dict[RecordId, set[RecordId]] = {}
    for edge in view.edges(contents, "out", ["located_in"]):
        places.setdefault(edge.from_id, set()).add(edge.to_id)
    inside = _reached(contents, root, ())
    outside: set[RecordId] = set()
    # What stays takes its own contents along, which may leave others without a place inside: until nothing changes.
    while placed_outside := {each for each in inside - {root} if places.get(each) and not places[each] & inside}:
        outside |= placed_outside
        inside = _reached(contents, root, outside)
    return inside, {child for each in inside for child in contents[each]} - inside


def _reached(contents: dict[RecordId, set[RecordId]], root: RecordId, without: Iterable[RecordId]) -> set[RecordId]:
    reached = {root}
    barred = set(without)
    frontier = {root}
    while frontier:
        frontier = {child for each in frontier for child in contents[each]} - reached - barred
        reached |= frontier
    return reached


def _listing(entity: Entity) -> tuple[str, str, str]:
    return entity.entity_type, entity.name, entity.id
