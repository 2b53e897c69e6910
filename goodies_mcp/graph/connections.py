"""The doors, windows and passages of one room, and what lies behind them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from goodies_mcp.core.models import Entity, RecordId, Relationship
from goodies_mcp.core.text import visible
from goodies_mcp.core.vocabulary import CONTAINMENT, OPENINGS, SPACES
from goodies_mcp.graph.cache import GraphCache
from goodies_mcp.graph.known_states import states_in_words
from goodies_mcp.graph.paging import Page, by_name, cut, open_page
from goodies_mcp.graph.places import containers_of, refs
from goodies_mcp.graph.resolve import PLACE
from goodies_mcp.graph.resolve import entity as resolve
from goodies_mcp.graph.shown import Ref
from goodies_mcp.graph.spaces import WALLED, space_node
from goodies_mcp.storage.interface import Neighbour, ReadView

_LEADING = ("connects_to", *CONTAINMENT)
_PASSED = tuple(sorted(SPACES | OPENINGS))


@dataclass(frozen=True, slots=True)
class Connection:
    """A way out of a room: the opening (None: an open connection) and what lies behind it (None: not known)."""

    through: Ref | None
    to: Ref | None
    accessible: bool | None = None
    state: str | None = None


@dataclass(frozen=True, slots=True, weakref_slot=True)
class ConnectionPage:
    """Doors, windows and passages of a room."""

    room: Ref
    items: tuple[Connection, ...]
    next_cursor: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class _Way:
    """One way out: through an opening (None: openly) to a space (None: not known)."""

    through: Entity | None
    to: Entity | None
    edge: Relationship | None = None

    @property
    def order(self) -> tuple[str, str, str, str]:
        """By the opening's name, then by what lies behind; open connections come first."""
        return (
            *(by_name(self.through.name, self.through.id) if self.through else ("", "")),
            *(by_name(self.to.name, self.to.id) if self.to else ("", "")),
        )

    @property
    def accessible(self) -> bool | None:
        if self.through:
            return False if space_node(self.through).barred else space_node(self.through).accessible
        said = self.edge.properties.get("accessible") if self.edge else None
        return said if isinstance(said, bool) else None


def room_connections(
    view: ReadView, cache: GraphCache, room: str, *, to_room: str | None, limit: int, cursor: str | None
) -> ConnectionPage:
    """The ways out of a room by the name of the opening, with its known state; ``to_room`` keeps those to one room."""
    here = resolve(view, room, "room", PLACE, cache=cache)
    there = resolve(view, to_room, "to_room", PLACE, cache=cache) if to_room is not None else None
    page = open_page("room_connections", [here.id, there.id if there else None, view.at], limit, cursor)
    listed = cache.page(view, page, lambda: _page(view, cache, here, there, page))
    states = states_in_words(view, {RecordId(each.through.id) for each in listed.items if each.through})
    if not states:
        return listed
    return replace(listed, items=tuple(_in_state(each, states) for each in listed.items))


def _in_state(way: Connection, states: Mapping[RecordId, str]) -> Connection:
    state = states.get(RecordId(way.through.id)) if way.through else None
    return way if state is None else replace(way, state=state)


def _page(view: ReadView, cache: GraphCache, here: Entity, there: Entity | None, page: Page) -> ConnectionPage:
    """The page without states."""
    around = _look_around(view, here)
    ways = [way for way in around.ways if there is None or (way.to is not None and way.to.id == there.id)]
    shown, following = cut(page, sorted(ways, key=lambda way: way.order), lambda way: way.order)
    listed = [here, *(e for way in shown for e in (way.through, way.to) if e)]
    named = refs(view, listed, cache, told=around.containers)
    items = tuple(
        Connection(
            through=named[way.through.id] if way.through else None,
            to=named[way.to.id] if way.to else None,
            accessible=way.accessible,
        )
        for way in shown
    )
    note = None
    if there is not None and around.ways and not ways:
        note = f"nothing leads to {visible(there.name)} directly; find_path tells the way through other rooms"
    return ConnectionPage(named[here.id], items, following, note)


@dataclass(frozen=True, slots=True)
class _Around:
    """All ways out of a room, and the containers that were met on the way."""

    ways: list[_Way]
    containers: dict[RecordId, RecordId | None]


def _look_around(view: ReadView, room: Entity) -> _Around:
    leaving = view.neighbours([room.id], "out")
    # Openings may be only located in the room: windows, mostly.
    reaching = view.neighbours([room.id], "in", _LEADING, _PASSED)
    met = [each for each in leaving if each.edge.relationship_type == "connects_to"] + reaching
    beside = {each.other.id: each.other for each in met}
    direct = {each.other.id: each.edge for each in met if each.edge.relationship_type == "connects_to"}
    openings = {i: e for i, e in beside.items() if e.entity_type in OPENINGS}
    onwards = view.neighbours(openings, "out") if openings else []
    containers = containers_of([room.id, *openings], [each.edge for each in (*leaving, *onwards)])
    for i in [i for i in openings if i not in direct and containers[i] != room.id]:
        del openings[i]
    back = view.neighbours(openings, "in", ("connects_to",)) if openings else []
    behind = _behind(openings, [*onwards, *back], containers, room.id)
    ways = [_Way(None, e, direct[i]) for i, e in beside.items() if i in direct and e.entity_type in SPACES - OPENINGS]
    for opening in openings.values():
        ways += [_Way(opening, space) for space in behind[opening.id]] or [_Way(opening, None)]
    told = {each.other.id: each.container for each in (*reaching, *onwards, *back) if each.settled}
    return _Around(ways, {**told, **containers})


def _behind(
    openings: Mapping[RecordId, Entity],
    around: Sequence[Neighbour],
    containers: Mapping[RecordId, RecordId | None],
    room: RecordId,
) -> dict[RecordId, list[Entity]]:
    """What each opening leads to, seen from the room: its other ends or, if it names one end only, where it stands."""
    ends: dict[RecordId, set[RecordId]] = {i: set() for i in openings}
    for edge in (each.edge for each in around if each.edge.relationship_type == "connects_to"):
        for near, end in ((edge.from_id, edge.to_id), (edge.to_id, edge.from_id)):
            if near in ends:
                ends[near].add(end)
    standing = {i: containers[i] for i, far in ends.items() if len(far) == 1}
    known = {each.other.id: each.other for each in around if each.other.id != room}
    found: dict[RecordId, list[Entity]] = {}
    for opening, far in ends.items():
        found[opening] = [known[i] for i in sorted(far) if i in known and known[i].entity_type in SPACES | OPENINGS]
        wall = known.get(standing.get(opening) or room)
        # A door that stands in a house or on a floor says nothing of what lies behind it.
        if wall is not None and wall.entity_type in WALLED and wall not in found[opening]:
            found[opening].append(wall)
    return found
