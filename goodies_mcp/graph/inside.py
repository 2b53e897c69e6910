"""What is in a place: directly, or through floors, rooms and the things that have parts."""

from collections.abc import Iterable

from goodies_mcp.core.models import Entity, RecordId
from goodies_mcp.core.vocabulary import CONTAINMENT, SPACES
from goodies_mcp.graph.places import shown_containers
from goodies_mcp.storage.interface import ReadView

_DEEPEST = 32


def inside(view: ReadView, places: Iterable[RecordId], *, nested: bool = True) -> dict[RecordId, Entity]:
    """Everything whose shown container is one of these places or, with ``nested``, is itself inside them.

    One sweep downwards, three statements a level. A thing that sync left in two places is in the shown one only.
    """
    frontier = set(places)
    reached = set(frontier)
    found: dict[RecordId, Entity] = {}
    for _ in range(_DEEPEST if nested else 1):
        claimed = {edge.from_id for edge in view.edges(frontier, "in", CONTAINMENT)} - reached
        if not claimed:
            break
        shown = shown_containers(view.edges(claimed, "out", CONTAINMENT))
        held = view.entities(record_id for record_id, edge in shown.items() if edge.to_id in frontier)
        found.update(held)
        frontier = set(held)
        reached |= frontier
    return found


def rooms_below(view: ReadView, places: Iterable[RecordId]) -> dict[RecordId, Entity]:
    """The spaces in these homes and zones, without looking into the rooms: cheap however much stands in them."""
    frontier = set(places)
    reached = set(frontier)
    found: dict[RecordId, Entity] = {}
    for _ in range(_DEEPEST):
        claimed = {edge.from_id for edge in view.edges(frontier, "in", CONTAINMENT)} - reached
        if not claimed:
            break
        held = {e.id: e for e in view.entities(claimed).values() if e.entity_type in SPACES}
        found.update(held)
        reached |= claimed
        frontier = {e.id for e in held.values() if e.entity_type in {"home", "zone"}}
    return found
