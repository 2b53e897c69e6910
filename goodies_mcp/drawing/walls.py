"""Openings of a floor: gaps in walls that two rooms share or that lead out, and words where there is no such wall."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import TypeAlias

from goodies_mcp.drawing.markup import plain
from goodies_mcp.drawing.slicing import Box
from goodies_mcp.graph.home_map import MapOpening
from goodies_mcp.graph.spaces import STAIRS

DOORWAY = 44.0
"""A wall must be so long to have a door in it."""

_WIDTHS = {"door": 34.0, "window": 44.0, "passage": 48.0, "opening": 56.0}
_CORNER = 6.0

Told: TypeAlias = tuple[MapOpening, str]
"""An opening and how it is told in words."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Where an opening interrupts a wall: a line from one end to the other, standing up or lying."""

    x1: float
    y1: float
    x2: float
    y2: float
    opening: MapOpening

    @property
    def upright(self) -> bool:
        """Whether the wall runs from top to bottom."""
        return self.x1 == self.x2


@dataclass(frozen=True, slots=True)
class _Wall:
    """A straight piece of wall."""

    x1: float
    y1: float
    x2: float
    y2: float

    @property
    def length(self) -> float:
        return abs(self.x2 - self.x1) + abs(self.y2 - self.y1)


class Links:
    """What joins the rooms of a home, asked floor by floor."""

    def __init__(self, openings: Iterable[MapOpening], names: Mapping[str, str], outdoors: frozenset[str]) -> None:
        self.openings = tuple(openings)
        self._names = names
        self._outdoors = outdoors

    def pairs(self, places: Mapping[str, int]) -> dict[tuple[int, int], float]:
        """Which cells should touch, and how much that matters."""
        found: dict[tuple[int, int], float] = {}
        for opening in self.openings:
            weight = 0.4 if opening.type == "window" else 1.0
            here = sorted(places[room] for room in opening.rooms if room in places)
            for pair in combinations(here[:3], 2):
                found[pair] = found.get(pair, 0) + weight
        return found

    def leading_out(self, rooms: Iterable[str]) -> set[str]:
        """The rooms that have an opening to the outside."""
        here = set(rooms)
        return {room for opening in self.openings for room in opening.rooms if room in here and self.is_out(opening)}

    def is_out(self, opening: MapOpening) -> bool:
        """Whether it stands in an outer wall: it leads out, or to nowhere that is known."""
        if opening.kind in STAIRS:
            return False
        return len(opening.rooms) == 1 or not self._outdoors.isdisjoint(opening.rooms)

    def certain(self, room: str, here: Container[str]) -> list[Told]:
        """What must be told in words in this room wherever it lies, because it leads off these rooms."""
        return [
            (opening, self.words(opening, room))
            for opening in self.openings
            if room in opening.rooms and (opening.beyond or len([each for each in opening.rooms if each in here]) == 1)
        ]

    def words(self, opening: MapOpening, room: str) -> str:
        """The opening told in one of its rooms: ``Terrace door → Terrace``."""
        others = [self._names.get(each, "") for each in opening.rooms if each != room]
        others += [plain(each) for each in opening.beyond]
        name = plain(opening.name)
        to = ", ".join(other for other in others if other)
        if not to:
            return name or opening.type
        return f"{name} → {to}" if name else f"→ {to}"


def openings_of(
    told: Links, rooms: Mapping[str, Box], whole: Box, *, outdoor: bool
) -> tuple[tuple[Gap, ...], dict[str, list[Told]]]:
    """The gaps in this floor's walls, and for each room the openings that are told in words."""
    walls: dict[tuple[str, ...], list[MapOpening]] = {}
    links: dict[str, list[Told]] = {}
    for opening in told.openings:
        here = [room for room in opening.rooms if room in rooms]
        joined: set[str] = set()
        for one, other in combinations(here[:3], 2):
            shared = walls.setdefault((one, other), [])
            if _room_for(_between(rooms[one], rooms[other]), [*shared, opening]):
                shared.append(opening)
                joined |= {one, other}
        for room in here:
            if room in joined and len(here) == len(opening.rooms) and not opening.beyond:
                continue
            links.setdefault(room, []).append((opening, told.words(opening, room)))
            outer = walls.setdefault((room,), [])
            in_outer_wall = not outdoor and room not in joined and told.is_out(opening)
            if in_outer_wall and _room_for(_outside(rooms[room], whole), [*outer, opening]):
                outer.append(opening)
    gaps: list[Gap] = []
    for ends, standing in walls.items():
        wall = _between(rooms[ends[0]], rooms[ends[1]]) if len(ends) == 2 else _outside(rooms[ends[0]], whole)
        if wall is not None:
            gaps += _spread(wall, standing)
    return tuple(gaps), links


def _room_for(wall: _Wall | None, openings: list[MapOpening]) -> bool:
    return wall is not None and sum(_WIDTHS[o.type] + 2 * _CORNER for o in openings) <= wall.length


def _spread(wall: _Wall, openings: list[MapOpening]) -> Iterable[Gap]:
    """The openings along the wall, with the same space between them."""
    spare = (wall.length - sum(_WIDTHS[o.type] for o in openings)) / (len(openings) + 1)
    at = 0.0
    for opening in openings:
        start, end = at + spare, at + spare + _WIDTHS[opening.type]
        if wall.x1 == wall.x2:
            yield Gap(wall.x1, wall.y1 + start, wall.x2, wall.y1 + end, opening)
        else:
            yield Gap(wall.x1 + start, wall.y1, wall.x1 + end, wall.y2, opening)
        at = end


def _between(one: Box, other: Box) -> _Wall | None:
    """The wall that two boxes share."""
    top, bottom = max(one.y, other.y), min(one.bottom, other.bottom)
    left, right = max(one.x, other.x), min(one.right, other.right)
    if left == right and bottom > top:
        return _Wall(left, top, left, bottom)
    if top == bottom and right > left:
        return _Wall(left, top, right, top)
    return None


def _outside(box: Box, whole: Box) -> _Wall | None:
    """The longest of the box's walls that are the floor's too."""
    walls = [
        _Wall(box.x, box.y, box.right, box.y) if box.y == whole.y else None,
        _Wall(box.x, box.bottom, box.right, box.bottom) if box.bottom == whole.bottom else None,
        _Wall(box.x, box.y, box.x, box.bottom) if box.x == whole.x else None,
        _Wall(box.right, box.y, box.right, box.bottom) if box.right == whole.right else None,
    ]
    return max((wall for wall in walls if wall is not None), key=lambda wall: wall.length, default=None)
