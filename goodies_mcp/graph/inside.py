"""What is in a place: directly, or through floors, rooms and the things that have parts."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from goodies_mcp.core.models import Entity, RecordId
from goodies_mcp.core.vocabulary import CONTAINMENT, SPACES
from goodies_mcp.graph.places import shown_containers
from goodies_mcp.storage.interface import ReadView

_DEEPEST = 32
_SPACES = tuple(sorted(SPACES))


@dataclass(slots=True)
class Held:
    """What is in some places, and the shown container of each thing."""

    things: dict[RecordId, Entity] = field(default_factory=dict)
    containers: dict[RecordId, RecordId] = field(default_factory=dict)


def inside(view: ReadView, places: Iterable[RecordId], *, nested: bool = True) -> Held:
    """Everything whose shown container is one of these places or, with ``nested``, is itself inside them.

    One sweep downwards, one statement a level. A thing that sync left in two places is in the shown one only.
    """
    frontier = set(places)
    reached = set(frontier)
    found = Held()
    for _ in range(_DEEPEST if nested else 1):
        claimed = [each for each in view.things_in(frontier) if each.entity.id not in reached]
        if not claimed:
            break
        held = {each.entity.id: each.container for each in claimed if each.only}
        if len(held) < len(claimed):
            doubtful = {each.entity.id for each in claimed if not each.only}
            shown = shown_containers(view.edges(doubtful, "out", CONTAINMENT))
            held.update({i: edge.to_id for i, edge in shown.items() if edge.to_id in frontier})
        found.things.update({each.entity.id: each.entity for each in claimed if each.entity.id in held})
        found.containers.update(held)
        reached |= held.keys()
        frontier = {each.entity.id for each in claimed if each.holds and each.entity.id in held}
    return found


def rooms_below(view: ReadView, places: Iterable[RecordId]) -> dict[RecordId, Entity]:
    """The spaces in these homes and zones, without looking into the rooms: cheap however much stands in them."""
    frontier = set(places)
    reached = set(frontier)
    found: dict[RecordId, Entity] = {}
    for _ in range(_DEEPEST):
        claimed = (each.entity for each in view.things_in(frontier, _SPACES))
        held = {e.id: e for e in claimed if e.id not in reached}
        if not held:
            break
        found.update(held)
        reached |= held.keys()
        frontier = {e.id for e in held.values() if e.entity_type in {"home", "zone"}}
    return found
