"""The doors, windows and passages of one room, and what lies behind them."""

from dataclasses import dataclass

from goodies_mcp.core.models import Entity, RecordId, Relationship
from goodies_mcp.core.vocabulary import CONTAINMENT, OPENINGS, SPACES
from goodies_mcp.graph.cache import GraphCache
from goodies_mcp.graph.known_states import states_in_words
from goodies_mcp.graph.paging import by_name, cut, open_page
from goodies_mcp.graph.places import refs, shown_containers
from goodies_mcp.graph.resolve import PLACE
from goodies_mcp.graph.resolve import entity as resolve
from goodies_mcp.graph.results import Connection, ConnectionPage
from goodies_mcp.graph.spaces import connecting_edges, space_node
from goodies_mcp.storage.interface import ReadView


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
    here = resolve(view, room, "room", PLACE)
    there = resolve(view, to_room, "to_room", PLACE) if to_room is not None else None
    page = open_page("room_connections", [here.id, there.id if there else None, view.at], limit, cursor)
    ways = [way for way in _ways_out(view, here) if there is None or (way.to is not None and way.to.id == there.id)]
    shown, following = cut(page, sorted(ways, key=lambda way: way.order), lambda way: way.order)
    named = refs(view, [here, *(e for way in shown for e in (way.through, way.to) if e)], cache)
    states = states_in_words(view, {way.through.id for way in shown if way.through})
    items = tuple(
        Connection(
            through=named[way.through.id] if way.through else None,
            to=named[way.to.id] if way.to else None,
            accessible=way.accessible,
            state=states.get(way.through.id) if way.through else None,
        )
        for way in shown
    )
    return ConnectionPage(named[here.id], items, following)


def _ways_out(view: ReadView, room: Entity) -> list[_Way]:
    direct = connecting_edges(view, [room])
    beside = view.entities({_end(edge, room.id) for edge in direct} - {room.id})
    openings = {i: e for i, e in beside.items() if e.entity_type in OPENINGS} | _openings_in(view, room)
    open_edges = {_end(edge, room.id): edge for edge in direct}
    ways = [_Way(None, e, open_edges[i]) for i, e in beside.items() if e.entity_type in SPACES and i not in openings]
    behind = _behind(view, openings, room.id)
    for opening in openings.values():
        ways += [_Way(opening, space) for space in behind[opening.id]] or [_Way(opening, None)]
    return ways


def _behind(view: ReadView, openings: dict[RecordId, Entity], room: RecordId) -> dict[RecordId, list[Entity]]:
    """What each opening leads to, seen from the room."""
    found: dict[RecordId, set[RecordId]] = {i: set() for i in openings}
    walls: set[tuple[RecordId, RecordId]] = set()
    for edge in connecting_edges(view, openings.values()) if openings else []:
        for near, far in ((edge.from_id, edge.to_id), (edge.to_id, edge.from_id)):
            if near in found and far != room:
                found[near].add(far)
                walls |= {(near, far)} if edge.relationship_type == "located_in" else set()
    ends = view.entities({i for far in found.values() for i in far})

    def leads_to(opening: RecordId, end: RecordId) -> bool:
        # A door located in a house or floor stands somewhere in it: that says nothing of what lies behind.
        fitting = {"room", "passage"} if (opening, end) in walls else SPACES | OPENINGS
        return end in ends and ends[end].entity_type in fitting

    return {opening: [ends[i] for i in sorted(far) if leads_to(opening, i)] for opening, far in found.items()}


def _openings_in(view: ReadView, room: Entity) -> dict[RecordId, Entity]:
    """Openings that are only located in the room: windows, mostly."""
    located = view.edges([room.id], "in", CONTAINMENT)
    held = view.entities(edge.from_id for edge in located)
    openings = {i: e for i, e in held.items() if e.entity_type in OPENINGS}
    if not openings:
        return {}
    shown = shown_containers(view.edges(openings, "out", CONTAINMENT))
    return {i: e for i, e in openings.items() if shown[i].to_id == room.id}


def _end(edge: Relationship, near: RecordId) -> RecordId:
    return edge.to_id if edge.from_id == near else edge.from_id
