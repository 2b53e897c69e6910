"""Where things are: which container is shown, breadcrumbs, and what a place holds."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from goodies_mcp.core.models import Entity, RecordId, Relationship
from goodies_mcp.core.text import words
from goodies_mcp.core.vocabulary import CONTAINMENT
from goodies_mcp.graph.cache import GraphCache
from goodies_mcp.graph.kinds import singular
from goodies_mcp.graph.shown import Ref
from goodies_mcp.storage.interface import Placed, ReadView

BETWEEN = " › "

_DEEPEST = 32
_MOST_KNOWN = 10_000
_NOTHING: Mapping[RecordId, RecordId | None] = MappingProxyType({})
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
    _crumbs: dict[RecordId, str | None] = field(default_factory=dict, repr=False)
    _said: dict[RecordId, frozenset[str]] = field(default_factory=dict, repr=False)

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
        above = self.parents.get(record_id)
        if above is None or record_id in self.spots:
            return self._joined(record_id)
        return self.within(above)

    def within(self, container: RecordId) -> str | None:
        """The breadcrumb of whatever is in this container and is none itself, where all above it is known."""
        # Things on one list mostly share their containers; only in a cycle a container sees another way than they do.
        if container not in self._crumbs:
            self._crumbs[container] = BETWEEN.join(spot.name for spot in self._way(container)) or None
        return self._crumbs[container]

    def said(self, container: RecordId) -> frozenset[str]:
        """The words in the names of a container and of all that it is in, where all above it is known; each in the
        singular."""
        if container not in self._said:
            names = " ".join(spot.name for spot in self._way(container))
            self._said[container] = frozenset(singular(word) for word in words(names))
        return self._said[container]

    def _way(self, container: RecordId) -> list[Spot]:
        return [*self.chain(container), self.spots[container]] if container in self.spots else []

    def _joined(self, record_id: RecordId) -> str | None:
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


def containers_of(ids: Iterable[RecordId], edges: Iterable[Relationship]) -> dict[RecordId, RecordId | None]:
    """The shown container of each of these things (None: it is nowhere), from all edges that leave them."""
    shown = shown_containers(edges)
    return {i: shown[i].to_id if i in shown else None for i in ids}


def placed(view: ReadView, ids: Iterable[RecordId]) -> Placed:
    """As ``ReadView.placed`` without doubt: where several edges say something, there is the shown container."""
    found = view.placed(ids)
    if not found.doubtful:
        return found
    shown = shown_containers(view.edges(found.doubtful, "out", CONTAINMENT))
    told = {thing: edge.to_id for thing, edge in shown.items()}
    return Placed({**found.containers, **told}, frozenset(), found.leaving)


def whereabouts(
    view: ReadView,
    ids: Iterable[RecordId],
    cache: GraphCache | None = None,
    *,
    lasting: bool = False,
    told: Mapping[RecordId, RecordId | None] = _NOTHING,
) -> Whereabouts:
    """Where all of these are: one sweep upwards, one statement a level, whatever their number.

    The cache keeps the containers that were met, and with ``lasting`` the things asked about too: for spaces only.
    ``told`` are shown containers that the caller knows already.
    """
    known = cache.remembered(view, "places", Whereabouts) if cache else Whereabouts()
    frontier = set(ids)
    if frontier <= known.parents.keys():
        return known
    found = Whereabouts()
    found.parents.update(told)
    asked = frozenset() if lasting else frozenset(frontier)
    for _ in range(_DEEPEST):
        # Looked up one by one: another thread may be adding to what is known.
        found.parents.update({i: known.parents[i] for i in frontier if i in known.parents and i not in told})
        if fresh := [i for i in frontier if i not in found.parents]:
            _look_up(view, fresh, found)
        above = {found.parents[i] for i in frontier}
        frontier = {i for i in above if i is not None and i not in found.parents}
        if not frontier:
            break
    _name(view, found, known)
    if cache and len(known.parents) < _MOST_KNOWN:
        # Spots first, so that another thread never finds a way up without its names.
        known.spots.update(found.spots)
        known.parents.update(
            {i: parent for i, parent in found.parents.items() if i in found.spots or not (i in asked or i in told)}
        )
    return found


def surrounding(view: ReadView, told: Mapping[RecordId, RecordId | None], cache: GraphCache) -> Whereabouts:
    """Where the containers are that are told of things; of the things themselves it need not know."""
    known = cache.remembered(view, "places", Whereabouts)
    containers = {each for each in told.values() if each is not None}
    if containers <= known.spots.keys() and containers <= known.parents.keys():
        return known
    return whereabouts(view, told, cache, told=told)


def breadcrumbs(
    view: ReadView,
    ids: Iterable[RecordId],
    cache: GraphCache | None = None,
    *,
    told: Mapping[RecordId, RecordId | None] = _NOTHING,
) -> dict[RecordId, str | None]:
    """The breadcrumb of each of these, or None for what is nowhere; ``told`` as in :func:`whereabouts`."""
    asked = list(ids)
    if cache:
        known = cache.remembered(view, "places", Whereabouts)
        if all(i in known.parents or (i in told and _is_known(told[i], known)) for i in asked):
            return {i: _where(i, told, known) for i in asked}
    places = whereabouts(view, asked, cache, told=told)
    return {i: places.where(i) for i in asked}


def refs(
    view: ReadView,
    entities: Iterable[Entity],
    cache: GraphCache | None = None,
    *,
    told: Mapping[RecordId, RecordId | None] = _NOTHING,
) -> dict[RecordId, Ref]:
    """The entities as lists show them, each with its breadcrumb; ``told`` as in :func:`whereabouts`."""
    listed = list(entities)
    where = breadcrumbs(view, [e.id for e in listed], cache, told=told)
    return {e.id: Ref(e.id, e.entity_type, e.name, where[e.id]) for e in listed}


def _is_known(container: RecordId | None, known: Whereabouts) -> bool:
    return container is None or container in known.parents


def _where(record_id: RecordId, told: Mapping[RecordId, RecordId | None], known: Whereabouts) -> str | None:
    if record_id in known.parents:
        return known.where(record_id)
    container = told[record_id]
    return None if container is None else known.within(container)


def ref(view: ReadView, entity: Entity, cache: GraphCache | None = None) -> Ref:
    """One entity as lists show it."""
    return refs(view, [entity], cache)[entity.id]


def _precedence(edge: Relationship) -> tuple[int, str, str]:
    return _STRENGTH[edge.relationship_type], edge.edited_at, edge.id


def _look_up(view: ReadView, ids: Iterable[RecordId], found: Whereabouts) -> None:
    """Note the shown container of each of these, and its name."""
    parents: dict[RecordId, RecordId | None] = dict.fromkeys(ids)
    doubtful = set[RecordId]()
    for thing, container, entity_type, name in view.containers(parents):
        if parents[thing] is not None:
            doubtful.add(thing)
        parents[thing] = container
        found.spots[container] = Spot(container, entity_type, name)
    if doubtful:
        parents.update(containers_of(doubtful, view.edges(doubtful, "out", CONTAINMENT)))
    found.parents.update(parents)


def _name(view: ReadView, found: Whereabouts, known: Whereabouts) -> None:
    above = {parent for parent in found.parents.values() if parent is not None} - found.spots.keys()
    found.spots.update({i: known.spots[i] for i in above if i in known.spots})
    if missing := above - found.spots.keys():
        found.spots.update({e.id: Spot(e.id, e.entity_type, e.name) for e in view.entities(missing).values()})
