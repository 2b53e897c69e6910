"""The whole drawing as places and sizes, before anything is drawn: floors, rooms, openings in walls, and lettering."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from goodies_mcp.drawing.lettering import fitted, width, wrapped
from goodies_mcp.drawing.markup import plain
from goodies_mcp.drawing.slicing import Box, Cuts, Shape, Wanted, boxes_of, search
from goodies_mcp.drawing.walls import DOORWAY, Gap, Links, Told, openings_of
from goodies_mcp.graph.home_map import HomeMap, MapDevice, MapFloor, MapOpening

MARGIN, BETWEEN = 40, 44
TITLE, FLOOR_TITLE, ROOM_TITLE, DEVICE, STATE, LINK = 30, 18, 15, 12, 10, 11
"""Letter sizes."""

PADDING = 14
CHIP_HEIGHT, CHIP_TEXT = 36, 32
"""How high a device's line is, and where its text begins beside its sign."""

LINK_HEIGHT, LINK_TEXT = 19, 20
ROOM_LINE = 19
FLOOR_HEAD = 40

_CHIP_WIDTH = (118, 216)
_APART, _SPREAD = 8, 40
_LONG = 40
_LONGEST_LINK, _LONGEST_HEADING = 170, 320
_MOST_COLUMNS = 5
_NARROWEST, _LOWEST = 132, 76
_PROPORTION = 1.8
"""How many times as wide as high the largest floor is, about."""

_ROUNDS_A_CELL, _ROUNDS = 250, 25_000
"""How long is searched for a good floor plan: for each cell of it, and for the whole home together."""

_NARROWEST_PAGE = 560


@dataclass(frozen=True, slots=True)
class Cell:
    """What gets a rectangle of its own: a room, or (``loose``) what stands in a part of the home and in no room."""

    id: str
    name: str
    devices: tuple[MapDevice, ...]
    more: int = 0
    area_m2: float | None = None
    loose: bool = False


@dataclass(frozen=True, slots=True)
class Chip:
    """A device's line in its room: where it begins, and as much of name and state as fits."""

    x: float
    y: float
    width: float
    device: MapDevice
    name: str
    state: str


@dataclass(frozen=True, slots=True)
class Link:
    """An opening told in words inside a room, because it leads where no shared wall is."""

    x: float
    y: float
    opening: MapOpening
    text: str
    said: str


@dataclass(frozen=True, slots=True)
class Lettered:
    """All that is written in a cell that is large enough for it."""

    title: tuple[str, ...]
    chips: tuple[Chip, ...]
    links: tuple[Link, ...]
    more_at: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class PlacedCell:
    """A cell with its rectangle on the floor and what is written in it."""

    cell: Cell
    box: Box
    lettered: Lettered


@dataclass(frozen=True, slots=True)
class PlacedFloor:
    """A floor with its place on the sheet; what is on it is measured from ``box``'s corner."""

    floor: MapFloor
    box: Box
    title: str
    about: str
    cells: tuple[PlacedCell, ...]
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """A sheet with all floors of a home."""

    width: int
    height: int
    title: tuple[str, ...]
    floors: tuple[PlacedFloor, ...]


def plan_of(home: HomeMap) -> Plan:
    """Every floor laid out and put on one sheet. The same home always gives the same plan."""
    floors = floors_of(home)
    names = {room.id: plain(room.name) for floor in floors for room in floor.rooms}
    outdoors = frozenset(room.id for floor in floors if floor.outdoor for room in floor.rooms)
    told = Links(home.openings, names, outdoors)
    storeys = [_own_width(_cells(floor)) for floor in floors if not floor.outdoor]
    storey = max(_NARROWEST_PAGE, *storeys) if storeys else _NARROWEST_PAGE
    rounds = _ROUNDS // max(1, sum(len(floor.rooms) + 1 for floor in floors))
    sketches = [_Sketch(floor, told, storey, rounds) for floor in floors]
    placed = [sketch.placed() for sketch in sketches]
    page = max([_NARROWEST_PAGE, *(floor.box.width for floor in placed)])
    # Storeys lie above each other; what is far too small for that, and gardens, are as wide as they like.
    both = zip(sketches, placed, strict=True)
    placed = [sketch.placed(page) if sketch.is_storey else floor for sketch, floor in both]
    page = max([page, *(floor.box.width for floor in placed)])
    title = tuple(wrapped(plain(home.home.name) or "Home", page, TITLE, 2, bold=True))
    head = MARGIN + 40 * len(title) + 44
    sheet = _stacked(placed, page, head)
    bottom = max([head, *(floor.box.bottom for floor in sheet)])
    return Plan(round(page + 2 * MARGIN), round(bottom + 2 * MARGIN), title, tuple(sheet))


def floors_of(home: HomeMap) -> list[MapFloor]:
    """All parts of the home, and behind them, as a part of its own, what is in none of them."""
    nowhere = [MapFloor(home.home.id, "Without a room", devices=home.elsewhere)] if home.elsewhere else []
    return [*home.floors, *nowhere]


def _stacked(floors: Sequence[PlacedFloor], page: float, head: float) -> list[PlacedFloor]:
    """Floors from top to bottom; narrow ones share a row."""
    sheet: list[PlacedFloor] = []
    x, y, lowest = 0.0, float(head), float(head)
    for floor in floors:
        if x and x + floor.box.width > page:
            x, y = 0.0, lowest + BETWEEN
        box = floor.box.rounded(MARGIN + x, y + FLOOR_HEAD)
        sheet.append(replace(floor, box=box))
        x += box.width + BETWEEN
        lowest = max(lowest, box.bottom)
    return sheet


def _cells(floor: MapFloor) -> list[Cell]:
    cells = [Cell(r.id, plain(r.name) or "Room", r.devices, r.more, r.area_m2) for r in floor.rooms]
    if floor.devices or not cells:
        name = plain(floor.name) if cells else ""
        cells.append(Cell(floor.id, name, floor.devices, floor.more, loose=True))
    return cells


class _Sketch:
    """A floor whose cuts are known, to be placed at any width."""

    def __init__(self, floor: MapFloor, told: Links, storey: float, rounds: int) -> None:
        self.floor = floor
        self.cells = cells = _cells(floor)
        own = _own_width(cells)
        self.is_storey = 2.2 * own >= storey and len(cells) > 2 and not floor.outdoor
        places = {cell.id: at for at, cell in enumerate(cells) if not cell.loose}
        outer = frozenset() if floor.outdoor else frozenset(places[i] for i in told.leading_out(places))
        links = {room: told.certain(room, places) for room in places}
        named = width(plain(floor.name), FLOOR_TITLE, bold=True) + 1
        wide = storey if self.is_storey else max(own, _NARROWEST, min(named, _LONGEST_HEADING))
        self._told = told
        self._wanted = Wanted(_shapes(cells, links), told.pairs(places), outer, DOORWAY, wide)
        self._cuts = search(self._wanted, min(rounds, _ROUNDS_A_CELL * len(cells)))

    def placed(self, wide: float = 0) -> PlacedFloor:
        """The floor, at least so wide."""
        wanted = replace(self._wanted, width=max(wide, self._wanted.width))
        placed, gaps = _placed(self.floor, self.cells, self._cuts, wanted, self._told)
        whole = _around([each.box for each in placed])
        title, about = self._heading(whole.width)
        return PlacedFloor(self.floor, whole, title, about, placed, gaps)

    def _heading(self, wide: float) -> tuple[str, str]:
        rooms, devices = len(self.floor.rooms), sum(len(cell.devices) + cell.more for cell in self.cells)
        about = " · ".join(said for said in (_counted(rooms, "room"), _counted(devices, "device")) if said)
        name = plain(self.floor.name) or "Rooms"
        spare = wide - width(about, DEVICE) - 24
        if width(name, FLOOR_TITLE, bold=True) <= spare:
            return name, about
        return fitted(name, wide, FLOOR_TITLE, bold=True), ""


def _placed(
    floor: MapFloor, cells: Sequence[Cell], cuts: Cuts, wanted: Wanted, told: Links
) -> tuple[tuple[PlacedCell, ...], tuple[Gap, ...]]:
    """The floor with everything written in it. Where an opening found no wall it needs a line of words, and its rooms
    need to be larger, which may take other openings their wall: lines are only ever added, so that it ends."""
    kept: dict[str, tuple[Told, ...]] = {}
    while True:
        boxes = [box.rounded() for box in boxes_of(cuts, wanted)]
        walled = {cell.id: box for cell, box in zip(cells, boxes, strict=True) if not cell.loose}
        gaps, links = openings_of(told, walled, _around(boxes), outdoor=floor.outdoor)
        lettered = [_lettered(cell, box, links.get(cell.id, ())) for cell, box in zip(cells, boxes, strict=True)]
        if all(lettered):
            whole = zip(cells, boxes, lettered, strict=True)
            return tuple(PlacedCell(cell, box, each) for cell, box, each in whole if each), gaps
        kept = {i: tuple(dict.fromkeys((*kept.get(i, ()), *links.get(i, ())))) for i in walled}
        wanted = replace(wanted, shapes=_shapes(cells, kept))


def _around(boxes: Sequence[Box]) -> Box:
    return Box(0, 0, max(box.right for box in boxes), max(box.bottom for box in boxes))


def _own_width(cells: Sequence[Cell]) -> float:
    """How wide a floor of these cells is that is neither long nor high."""
    shapes = _shapes(cells, {})
    return math.sqrt(_PROPORTION * 1.2 * sum(min(w * h for w, h in each) for each in shapes))


def _shapes(cells: Sequence[Cell], links: Mapping[str, Sequence[Told]]) -> list[list[Shape]]:
    """What each cell can be: with its devices in one column, in two and so on; larger where rooms are known to be."""
    scales = _scales(cells)
    return [
        [(w * scale, h * scale) for w, h in _own_shapes(cell, links.get(cell.id, ()))]
        for cell, scale in zip(cells, scales, strict=True)
    ]


def _own_shapes(cell: Cell, links: Sequence[Told]) -> list[Shape]:
    count = len(cell.devices) + bool(cell.more)
    least = _least_width(cell, links)
    columns = range(1, max(1, min(count, _MOST_COLUMNS)) + 1)
    widths = [max(least, number * _column(cell) + 2 * PADDING) + 1 for number in columns]
    widths += [] if count > 1 else [widths[-1] * 1.3]
    shapes: list[Shape] = []
    for wide in widths:
        high = max(_LOWEST, _height(cell, wide - 1 - 2 * PADDING, len(links))) + 1
        if not shapes or (wide > shapes[-1][0] and high < shapes[-1][1]):
            shapes.append((wide, high))
    return shapes


def _scales(cells: Sequence[Cell]) -> list[float]:
    """By how much rooms grow because somebody said how large they are; 1 where too few are known to compare."""
    known = [cell.area_m2 for cell in cells if cell.area_m2]
    if 2 * len(known) < len(cells):
        return [1.0] * len(cells)
    middle = sorted(known)[len(known) // 2]
    # A hangar must not dwarf the house.
    return [min(1.5, max(1.0, math.sqrt(cell.area_m2 / middle))) if cell.area_m2 else 1.0 for cell in cells]


def _column(cell: Cell) -> float:
    """How wide a device's line in this cell should be: its names whole, if they are not very long."""
    longest = max((width(plain(device.name)[:_LONG], DEVICE) for device in cell.devices), default=0)
    return min(max(longest + CHIP_TEXT + _APART, _CHIP_WIDTH[0]), _CHIP_WIDTH[1])


def _least_width(cell: Cell, links: Sequence[Told]) -> float:
    wordy = max((min(width(told, LINK, bold=True), _LONGEST_LINK) + LINK_TEXT for _, told in links), default=0)
    return max(_NARROWEST, 2 * PADDING + max(wordy, _column(cell) if cell.devices else 0))


def _title(cell: Cell, inner: float) -> list[str]:
    return wrapped(cell.name, inner, ROOM_TITLE, 3, bold=True)


def _height(cell: Cell, inner: float, links: int) -> float:
    """How high the cell must be when it is so wide inside."""
    count = len(cell.devices) + bool(cell.more)
    columns = max(1, min(count, int(inner // _column(cell))))
    rows = -(-count // columns)
    return _head(len(_title(cell, inner)), links) + rows * CHIP_HEIGHT + PADDING / 2


def _head(lines: int, links: int) -> float:
    return PADDING + ROOM_LINE * lines + (3 if lines else 0) + LINK_HEIGHT * links + 5


def _lettered(cell: Cell, box: Box, links: Sequence[Told]) -> Lettered | None:
    """All that is to be written in the cell, or None where it is too small for that."""
    inner = box.width - 2 * PADDING
    if box.width < _least_width(cell, links) or box.height < _height(cell, inner, len(links)):
        return None
    title = _title(cell, inner)
    top = box.y + _head(len(title), 0) - 5
    written = [
        Link(box.x + PADDING, top + at * LINK_HEIGHT, opening, fitted(told, inner - LINK_TEXT, LINK, bold=True), told)
        for at, (opening, told) in enumerate(links)
    ]
    y = box.y + _head(len(title), len(links))
    count = len(cell.devices) + bool(cell.more)
    columns = max(1, min(count, int(inner // _column(cell))))
    step = min(inner / columns, _column(cell) + _SPREAD)
    spots = [(box.x + PADDING + at % columns * step, y + at // columns * CHIP_HEIGHT) for at in range(count)]
    chips = [_chip(device, x, top, step) for device, (x, top) in zip(cell.devices, spots, strict=False)]
    return Lettered(tuple(title), tuple(chips), tuple(written), spots[-1] if cell.more else None)


def _chip(device: MapDevice, x: float, y: float, step: float) -> Chip:
    room = step - CHIP_TEXT - _APART
    name = fitted(plain(device.name), room, DEVICE)
    state = fitted(plain(device.state or device.kind or ""), room, STATE)
    return Chip(x, y, step, device, name, state)


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}" if number else ""
