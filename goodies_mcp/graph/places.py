"""Where things are: which container is shown, breadcrumbs, and what a place holds."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from goodies_mcp.core.models import Entity, RecordId, Relationship
from goodies_mcp.core.vocabulary import CONTAINMENT
from goodies_mcp.graph.cache import GraphCache
from goodies_mcp.graph.results import Ref
from goodies_mcp.storage.interface import ReadView

BETWEEN = " › "

_DEEPEST = 32
_MOST_KNOWN = 5_000
_STRENGTH = {"part_of": 0, "contained_in": 1, "located_in": 2}


@dataclass(frozen=True, slots=True)
class Spot:
    """A container on somebody's way out of the house."""

    id: RecordId
    type: str
    name: str


@dataclass(slots=True)
class Whereabouts:
    """The shown container of each thing asked about and of each container above it."""

    parents: dict[RecordId, RecordId | None] = field(default_factory=dict)
    spots: dict[RecordId, Spot] = field(default_factory=dict)

    def chain(self, record_id: RecordId) -> list[Spot]:
        """What the thing is in, outermost first, without itself. A cycle made by sync ends where it closes."""
        way: list[Spot] = []
        seen = {record_id}
        above = self.parents.get(record_id)
        while above is not None and above not in seen and above in self.spots:
            seen.add(above)
            way.append(self.spots[above])
            above = self.parents.get(above)
        return way[::-1]

    def where(self, record_id: RecordId) -> str | None:
        """The breadcrumb ("Our house › Ground floor › Kitchen"), or None for what is nowhere."""
        return BETWEEN.join(spot.name for spot in self.chain(record_id)) or None


def shown_containers(edges: Iterable[Relationship]) -> dict[RecordId, Relationship]:
    """For each thing the one containment edge that is shown: the strongest type, then the later edit, then the id.

    Sync can leave several alive; every replica shows the same one.
    """
    shown: dict[RecordId, Relationship] = {}
    for edge in edges:
        if edge.relationship_type not in _STRENGTH:
            continue
        held = shown.get(edge.from_id)
        if held is None or _precedence(edge) > _precedence(held):
            shown[edge.from_id] = edge
    return shown


def whereabouts(view: ReadView, ids: Iterable[RecordId], cache: GraphCache | None = None) -> Whereabouts:
    """Where all of these are: one sweep upwards, one statement a level, whatever their number."""
    found = Whereabouts()
    known = cache.remembered(view, "places", Whereabouts) if cache else Whereabouts()
    frontier = set(ids)
    asked = set(frontier)
    for _ in range(_DEEPEST):
        for record_id in frontier & known.parents.keys():
            found.parents[record_id] = known.parents[record_id]
        fresh = frontier - known.parents.keys()
        if fresh:
            edges = shown_containers(view.edges(fresh, "out", CONTAINMENT))
            found.parents.update({i: edges[i].to_id if i in edges else None for i in fresh})
        frontier = {p for p in map(found.parents.__getitem__, frontier) if p is not None} - found.parents.keys()
        if not frontier:
            break
    above = {parent for parent in found.parents.values() if parent is not None}
    found.spots = {i: known.spots[i] for i in above & known.spots.keys()}
    if missing := above - known.spots.keys():
        found.spots.update({e.id: Spot(e.id, e.entity_type, e.name) for e in view.entities(missing).values()})
    if cache:
        _keep(known, found, above - asked)
    return found


def refs(view: ReadView, entities: Iterable[Entity], cache: GraphCache | None = None) -> dict[RecordId, Ref]:
    """The entities as lists show them, each with its breadcrumb."""
    listed = list(entities)
    places = whereabouts(view, (e.id for e in listed), cache)
    return {e.id: Ref(e.id, e.entity_type, e.name, places.where(e.id)) for e in listed}


def ref(view: ReadView, entity: Entity, cache: GraphCache | None = None) -> Ref:
    """One entity as lists show it."""
    return refs(view, [entity], cache)[entity.id]


def _precedence(edge: Relationship) -> tuple[int, str, str]:
    return _STRENGTH[edge.relationship_type], edge.edited_at, edge.id


def _keep(known: Whereabouts, found: Whereabouts, places: set[RecordId]) -> None:
    """Containers are worth remembering; the things in them would fill the memory. Spots first: other threads look."""
    if len(known.parents) > _MOST_KNOWN:
        return
    known.spots.update(found.spots)
    known.parents.update({i: found.parents[i] for i in places if i in found.parents})
