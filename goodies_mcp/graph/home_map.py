"""What a drawing of a home needs to know: floors, the rooms on them, what joins them, and what stands in each."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from goodies_mcp.capabilities.model import declared_capabilities
from goodies_mcp.capabilities.readings import HOME_STATE_QUESTIONS, render_all
from goodies_mcp.core.models import DeviceState, Entity, JsonObject, RecordId
from goodies_mcp.core.vocabulary import OPENINGS
from goodies_mcp.errors import Ambiguous, NotFound
from goodies_mcp.graph.cache import GraphCache
from goodies_mcp.graph.census import DEVICE_TYPES, take_census
from goodies_mcp.graph.inside import Held, inside
from goodies_mcp.graph.kinds import device_kind
from goodies_mcp.graph.known_states import PAST, known_states
from goodies_mcp.graph.paging import by_name
from goodies_mcp.graph.resolve import HOME
from goodies_mcp.graph.resolve import entity as resolve
from goodies_mcp.graph.shown import Ref
from goodies_mcp.graph.spaces import Node, SpaceGraph, load_spaces, space_node
from goodies_mcp.storage.interface import ReadView


@dataclass(frozen=True, slots=True)
class MapDevice:
    """A device on the map. ``state`` is what is known of it in words; ``answers`` are the questions of the device model
    (``on``, ``open``, ``unlocked``, ``low_battery`` ...) that it answers with yes."""

    id: str
    type: str
    name: str
    kind: str | None = None
    capabilities: tuple[str, ...] = ()
    state: str | None = None
    answers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MapRoom:
    """A room, or a passage that doors lead into. ``more`` counts the devices beyond those that are listed."""

    id: str
    name: str
    area_m2: float | None = None
    devices: tuple[MapDevice, ...] = ()
    more: int = 0


@dataclass(frozen=True, slots=True)
class MapFloor:
    """A floor or another part of the home with its rooms; ``id`` is the home's where rooms stand in no zone.

    ``level`` is None where nobody said how high it lies. ``devices`` are those that are in it and in no room.
    """

    id: str
    name: str
    level: float | None = None
    outdoor: bool = False
    rooms: tuple[MapRoom, ...] = ()
    devices: tuple[MapDevice, ...] = ()
    more: int = 0


@dataclass(frozen=True, slots=True)
class MapOpening:
    """A door, window, passage or open connection (type ``opening``). ``rooms`` are the drawn rooms that it joins,
    ``beyond`` the names of other places that it leads to; ``answers`` come from what monitors it."""

    id: str
    type: str
    name: str
    kind: str | None
    accessible: bool | None
    rooms: tuple[str, ...]
    beyond: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HomeMap:
    """A home to be drawn: floors from the top one down, then what has no level, then the outdoors."""

    home: Ref
    floors: tuple[MapFloor, ...] = ()
    openings: tuple[MapOpening, ...] = ()
    elsewhere: tuple[MapDevice, ...] = ()
    at: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class MapIndexRoom:
    """A room of the map by name; ``devices`` counts what is in it."""

    id: str
    name: str
    devices: int = 0


@dataclass(frozen=True, slots=True)
class MapIndexFloor:
    """A floor of the map by name."""

    id: str
    name: str
    rooms: tuple[MapIndexRoom, ...] = ()


@dataclass(frozen=True, slots=True)
class MapIndex:
    """What is on the map of a home, in a few words beside the picture."""

    home: Ref
    floors: tuple[MapIndexFloor, ...] = ()
    devices: int = 0
    at: str | None = None
    note: str | None = None


MOST_ROOMS = 400
"""Rooms on one map."""

MOST_DEVICES = 60
"""Devices in one room, or in one part of the home outside of rooms."""


def home_map(view: ReadView, cache: GraphCache, home: str | None) -> HomeMap:
    """The home with all that a drawing shows. ``home`` may be left out where there is one.

    Devices that are in no place at all belong to the only home. Raises Ambiguous where there are several homes and none
    is named, and NotFound where there is none.
    """
    found = the_home(view, home)
    gathered = _Gathered(view, found)
    floors = [gathered.floor(each) for each in gathered.zones_of_rooms()]
    outside = gathered.devices_of(found.id) if all(each.id != found.id for each in floors) else []
    if len(view.listed(("home",), after=None, limit=2)) == 1:
        census = cache.remembered(view, "census", lambda: take_census(view))
        outside += gathered.shown(view.entities(census.roomless[:MOST_DEVICES]).values())
    notes = [PAST] if view.at else []
    if gathered.left_out:
        notes.append(f"{gathered.left_out} of its rooms are not on the map")
    return HomeMap(
        home=Ref(found.id, found.entity_type, found.name),
        floors=tuple(sorted(floors, key=_from_above)),
        openings=tuple(gathered.openings()),
        elsewhere=tuple(outside[:MOST_DEVICES]),
        at=view.at,
        note="; ".join(notes) or None,
    )


def index_of(drawn: HomeMap) -> MapIndex:
    """The map in a few words."""
    floors = tuple(
        MapIndexFloor(
            floor.id,
            floor.name,
            tuple(MapIndexRoom(room.id, room.name, len(room.devices) + room.more) for room in floor.rooms),
        )
        for floor in drawn.floors
    )
    in_rooms = sum(room.devices for floor in floors for room in floor.rooms)
    loose = sum(len(floor.devices) + floor.more for floor in drawn.floors) + len(drawn.elsewhere)
    return MapIndex(drawn.home, floors, in_rooms + loose, drawn.at, drawn.note)


class _Gathered:
    """All that is in one home, by where it is drawn."""

    def __init__(self, view: ReadView, home: Entity) -> None:
        self._view = view
        self._home = home
        self._held: Held = inside(view, [home.id])
        self._spaces: SpaceGraph = load_spaces(view, home.id)
        things = self._held.things
        self._zones = {i: e for i, e in things.items() if e.entity_type == "zone"}
        rooms = sorted(self._rooms(things), key=lambda e: by_name(e.name, e.id))
        self.left_out = max(0, len(rooms) - MOST_ROOMS)
        self._drawn = {e.id: e for e in rooms[:MOST_ROOMS]}
        self._devices: dict[RecordId, list[Entity]] = {}
        for thing in things.values():
            if thing.entity_type in DEVICE_TYPES:
                self._devices.setdefault(self._place_of(thing.id), []).append(thing)
        self._values: dict[RecordId, dict[str, JsonObject]] = {}
        for state in known_states(view, things):
            self._keep(state)

    def zones_of_rooms(self) -> list[Entity]:
        """The zones (and the home itself, if need be) that hold a drawn room or a device directly."""
        used = {self._zone_of(i) for i in self._drawn} | (self._devices.keys() & self._zones.keys())
        return [self._zones.get(i, self._home) for i in sorted(used)]

    def floor(self, zone: Entity) -> MapFloor:
        """One part of the home, whole."""
        rooms = tuple(self._room(e) for e in self._drawn.values() if self._zone_of(e.id) == zone.id)
        devices = self.devices_of(zone.id)
        return MapFloor(
            id=zone.id,
            name="" if zone.id == self._home.id else zone.name,
            level=_number(zone.content, "level"),
            outdoor=zone.content.get("zone_type") in _OUTDOORS,
            rooms=rooms,
            devices=tuple(devices[:MOST_DEVICES]),
            more=max(0, len(devices) - MOST_DEVICES),
        )

    def devices_of(self, place: RecordId) -> list[MapDevice]:
        """What stands there, by name."""
        return self.shown(self._devices.get(place, ()))

    def shown(self, devices: Iterable[Entity]) -> list[MapDevice]:
        """Devices as the map shows them."""
        listed = sorted(devices, key=lambda e: by_name(e.name, e.id))
        for state in known_states(self._view, [e.id for e in listed if e.id not in self._held.things]):
            self._keep(state)
        return [_device(e, self._values.get(e.id, {})) for e in listed]

    def openings(self) -> Iterator[MapOpening]:
        """What joins rooms that are drawn or leads out of one, in the order of ids."""
        single = (e for e in self._held.things.values() if e.entity_type in OPENINGS)
        for opening in single:
            if opening.id not in self._spaces.nodes and (inside_of := self._place_of(opening.id)) in self._drawn:
                self._spaces.add(space_node(opening))
                self._spaces.add(space_node(self._drawn[inside_of]))
                self._spaces.join(opening.id, inside_of)
        nodes = {i: n for i, n in self._spaces.nodes.items() if n.type in {*OPENINGS, "opening"}}
        said = self._monitored([RecordId(i) for i in nodes])
        for node in sorted(nodes.values(), key=lambda n: n.id):
            if node.id not in self._drawn and (made := self._opening(node, said)):
                yield made

    def _opening(self, node: Node, said: Mapping[str, tuple[str, ...]]) -> MapOpening | None:
        ends = [self._spaces.nodes[i] for i in self._spaces.beside.get(node.id, ())]
        ends.sort(key=lambda end: end.order)
        rooms = tuple(end.id for end in ends if end.id in self._drawn)
        if not rooms:
            return None
        beyond = tuple(end.name for end in ends if end.id not in self._drawn and end.name)
        answers = said.get(node.id, ())
        return MapOpening(node.id, node.type, node.name, node.kind, node.accessible, rooms, beyond, answers)

    def _monitored(self, openings: list[RecordId]) -> dict[str, tuple[str, ...]]:
        """What contacts and locks say of the openings that they monitor or control."""
        edges = self._view.edges(openings, "in", ("controls", "monitors"))
        devices = self._view.entities(edge.from_id for edge in edges)
        found: dict[str, tuple[str, ...]] = {}
        for edge in edges:
            if device := devices.get(edge.from_id):
                answers = _answers(device, self._values.get(device.id, {}))
                found[edge.to_id] = (*found.get(edge.to_id, ()), *(each for each in answers if each in _OF_OPENINGS))
        return found

    def _rooms(self, things: Mapping[RecordId, Entity]) -> Iterator[Entity]:
        holding = set(self._held.containers.values())
        for thing in things.values():
            if thing.entity_type == "room" or (
                thing.entity_type == "passage" and (thing.id in holding or self._has_doors(thing.id))
            ):
                yield thing

    def _has_doors(self, passage: RecordId) -> bool:
        beside = self._spaces.beside.get(passage, ())
        return any(self._spaces.nodes[i].type in {*OPENINGS, "opening"} for i in beside)

    def _place_of(self, thing: RecordId) -> RecordId:
        """The nearest drawn room around it, else the zone, else the home."""
        for above in self._above(thing):
            if above in self._drawn:
                return above
            if above in self._zones:
                return self._part(above)
        return self._home.id

    def _zone_of(self, room: RecordId) -> RecordId:
        return next((self._part(above) for above in self._above(room) if above in self._zones), self._home.id)

    def _part(self, zone: RecordId) -> RecordId:
        """The floor or outdoor area that a zone is in, else the zone itself."""
        around = [zone, *(each for each in self._above(zone) if each in self._zones)]
        kinds = _OUTDOORS | {"floor"}
        return next((each for each in around if self._zones[each].content.get("zone_type") in kinds), zone)

    def _above(self, thing: RecordId) -> Iterator[RecordId]:
        seen = {thing}
        above = self._held.containers.get(thing)
        while above is not None and above not in seen:
            seen.add(above)
            yield above
            above = self._held.containers.get(above)

    def _room(self, room: Entity) -> MapRoom:
        devices = self.devices_of(room.id)
        area = _number(room.content, "area_m2")
        shown, more = tuple(devices[:MOST_DEVICES]), max(0, len(devices) - MOST_DEVICES)
        return MapRoom(room.id, room.name, area if area and area > 0 else None, shown, more)

    def _keep(self, state: DeviceState) -> None:
        self._values.setdefault(state.entity_id, {})[state.capability] = state.value


_OUTDOORS = frozenset({"outdoor", "outdoors", "garden", "outside"})
_OF_OPENINGS = frozenset({"open", "closed", "unlocked", "locked", "jammed"})


def the_home(view: ReadView, home: str | None) -> Entity:
    """The home that is named, or the only one there is. Raises as :func:`home_map`."""
    if home is not None:
        return resolve(view, home, "home", HOME)
    homes = view.listed(("home",), after=None, limit=21)
    if not homes:
        if view.at is not None:
            raise NotFound(f"there was no home yet at {view.at}", argument="at", hint="ask for a later time")
        raise NotFound("there is no home to draw yet", argument="home", hint="create_entity makes one")
    if len(homes) > 1:
        candidates = [{"id": str(e.id), "type": e.entity_type, "name": e.name, "where": None} for e in homes[:20]]
        raise Ambiguous("there are several homes; say which", candidates=candidates, argument="home")
    return homes[0]


def _device(device: Entity, values: Mapping[str, JsonObject]) -> MapDevice:
    able = tuple(sorted({*declared_capabilities(device.content), *values}))
    said = render_all(values) if values else None
    return MapDevice(
        device.id, device.entity_type, device.name, device_kind(device), able, said, _answers(device, values)
    )


def _answers(device: Entity, values: Mapping[str, JsonObject]) -> tuple[str, ...]:
    declared = declared_capabilities(device.content)
    return tuple(
        name
        for name, asked in HOME_STATE_QUESTIONS.items()
        if any(asked.holds(capability, value, declared.get(capability, {})) for capability, value in values.items())
    )


def _from_above(floor: MapFloor) -> tuple[bool, bool, float, str, str]:
    return (floor.outdoor, floor.level is None, -(floor.level or 0), *by_name(floor.name, floor.id))


def _number(content: JsonObject, key: str) -> float | None:
    said = content.get(key)
    if isinstance(said, bool) or not isinstance(said, int | float) or not -1e9 < said < 1e9:
        return None
    return said
