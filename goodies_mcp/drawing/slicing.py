"""Where the rooms of one floor lie, from what they need and what joins them: nobody has to measure their home.

A floor is a rectangle cut into two, each part cut again, down to single rooms (a slicing floorplan). Which rooms and
which cuts is searched for by simulated annealing from a fixed seed: the same home is always drawn the same. What costs
is a door between rooms that do not touch, a room too long or too narrow, an opening to the outside without an outer
wall, and space that nobody needs. A room can be narrow and high or wide and low; from what the rooms of a part can be
follows what the part can be (Stockmeyer's shape curves), so that no room ever becomes too small.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeAlias

_ACROSS, _DOWN = -1, -2
"""Cuts in a postfix expression; numbers from 0 on are cells."""

_LONGEST = 2.0
"""How many times longer than wide a cell may be before that costs."""

_FIRST_HEAT, _LAST_HEAT = 1.5, 0.02
_MOST_SHAPES = 8

Cuts: TypeAlias = list[int]
Shape: TypeAlias = tuple[float, float]
"""Least width and height, together."""

_Point: TypeAlias = tuple[float, float, int, int]
"""A shape of a part, and which shapes of its two halves make it."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on the drawing."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Where it ends."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """Where it ends below."""
        return self.y + self.height

    def rounded(self, dx: float = 0, dy: float = 0) -> "Box":
        """On whole pixels: boxes that share an edge still do."""
        x, y = round(self.x + dx), round(self.y + dy)
        return Box(x, y, round(self.right + dx) - x, round(self.bottom + dy) - y)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a floor should look like: the shapes that each cell can have, from narrow to wide, pairs of cells that
    should touch with how much that matters, the cells that should have an outer wall, and the width of it all."""

    shapes: Sequence[Sequence[Shape]]
    pairs: Mapping[tuple[int, int], float]
    outer: frozenset[int]
    doorway: float
    width: float


def search(wanted: Wanted, rounds: int) -> Cuts:
    """The best cuts found."""
    cells = len(wanted.shapes)
    cuts = _first_cuts(_by_neighbours(wanted), _ACROSS)
    if cells == 1:
        return cuts
    chance = Random(cells)  # noqa: S311 - chance that is always the same; nothing is kept secret
    needed = sum(min(width * height for width, height in shapes) for shapes in wanted.shapes)
    cost = _cost(wanted, boxes_of(cuts, wanted), needed)
    best, least = cuts, cost
    cooling = (_LAST_HEAT / _FIRST_HEAT) ** (1 / max(1, rounds))
    heat = _FIRST_HEAT
    for _ in range(rounds):
        heat *= cooling
        tried = _changed(cuts, chance)
        if tried is None:
            continue
        now = _cost(wanted, boxes_of(tried, wanted), needed)
        if now <= cost or chance.random() < math.exp((cost - now) / heat):
            cuts, cost = tried, now
            if cost < least:
                best, least = cuts, cost
    return best


def boxes_of(cuts: Cuts, wanted: Wanted) -> list[Box]:
    """Where each cell lies on the lowest floor that is as wide as wanted, or as much wider as it must be."""
    curves: list[list[_Point]] = []
    halves: list[tuple[int, int]] = []
    stack: list[int] = []
    for item in cuts:
        if item >= 0:
            curves.append([(width, height, 0, 0) for width, height in wanted.shapes[item]])
            halves.append((-1, -1))
        else:
            later, earlier = stack.pop(), stack.pop()
            join = _beside if item == _ACROSS else _above
            curves.append(_thinned(join(curves[earlier], curves[later])))
            halves.append((earlier, later))
        stack.append(len(curves) - 1)
    root = len(curves) - 1
    chosen = max((at for at, point in enumerate(curves[root]) if point[0] <= wanted.width), default=0)
    boxes = [Box(0, 0, 0, 0)] * len(wanted.shapes)
    whole = Box(0, 0, max(wanted.width, curves[root][chosen][0]), curves[root][chosen][1])
    waiting = [(root, chosen, whole)]
    while waiting:
        node, at, box = waiting.pop()
        item = cuts[node]
        if item >= 0:
            boxes[item] = box
            continue
        (one, other), (_, _, i, j) = halves[node], curves[node][at]
        first, second = _cut(box, item, curves[one][i], curves[other][j])
        waiting += ((one, i, first), (other, j, second))
    return boxes


def _cut(box: Box, item: int, one: _Point, other: _Point) -> tuple[Box, Box]:
    """A box in two, what is to spare shared out by what they need."""
    if item == _ACROSS:
        cut = box.width * one[0] / (one[0] + other[0])
        return Box(box.x, box.y, cut, box.height), Box(box.x + cut, box.y, box.width - cut, box.height)
    cut = box.height * one[1] / (one[1] + other[1])
    return Box(box.x, box.y, box.width, cut), Box(box.x, box.y + cut, box.width, box.height - cut)


def _beside(left: list[_Point], right: list[_Point]) -> list[_Point]:
    """The shapes of two parts next to each other: from both at their narrowest on, the higher one gets wider."""
    i = j = 0
    found: list[_Point] = []
    while True:
        one, other = left[i], right[j]
        found.append((one[0] + other[0], max(one[1], other[1]), i, j))
        wider_one = one[1] >= other[1]
        if (wider_one and i + 1 == len(left)) or (not wider_one and j + 1 == len(right)):
            return found
        if wider_one:
            i += 1
        else:
            j += 1


def _above(upper: list[_Point], lower: list[_Point]) -> list[_Point]:
    """The shapes of two parts above each other: for each width the lowest that each of them can be."""
    widths = sorted({point[0] for point in (*upper, *lower)})
    least = max(upper[0][0], lower[0][0])
    i = j = 0
    found: list[_Point] = []
    for width in widths:
        if width < least:
            continue
        while i + 1 < len(upper) and upper[i + 1][0] <= width:
            i += 1
        while j + 1 < len(lower) and lower[j + 1][0] <= width:
            j += 1
        found.append((width, upper[i][1] + lower[j][1], i, j))
    return found


def _thinned(curve: list[_Point]) -> list[_Point]:
    if len(curve) <= _MOST_SHAPES:
        return curve
    last = len(curve) - 1
    return [curve[round(at * last / (_MOST_SHAPES - 1))] for at in range(_MOST_SHAPES)]


def _by_neighbours(wanted: Wanted) -> list[int]:
    """Cells in an order in which neighbours stand near each other: outwards from the one with most doors."""
    beside: dict[int, list[int]] = {cell: [] for cell in range(len(wanted.shapes))}
    for one, other in wanted.pairs:
        beside[one].append(other)
        beside[other].append(one)
    order: list[int] = []
    seen: set[int] = set()
    for start in sorted(beside, key=lambda cell: (-len(beside[cell]), cell)):
        queue = [start]
        while queue:
            cell = queue.pop(0)
            if cell not in seen:
                seen.add(cell)
                order.append(cell)
                queue += sorted(beside[cell])
    return order


def _first_cuts(order: Sequence[int], cut: int) -> Cuts:
    if len(order) == 1:
        return [order[0]]
    middle = len(order) // 2
    other = _DOWN if cut == _ACROSS else _ACROSS
    return [*_first_cuts(order[:middle], other), *_first_cuts(order[middle:], other), cut]


def _changed(cuts: Cuts, chance: Random) -> Cuts | None:
    """A neighbour in the space of expressions: two cells change places, a cut turns, or a cell moves over a cut."""
    tried = cuts.copy()
    kind = chance.random()
    if kind < 0.45:
        cells = [at for at, item in enumerate(tried) if item >= 0]
        one, other = chance.sample(cells, 2)
        tried[one], tried[other] = tried[other], tried[one]
        return tried
    if kind < 0.7:
        at = chance.choice([at for at, item in enumerate(tried) if item < 0])
        tried[at] = _DOWN if tried[at] == _ACROSS else _ACROSS
        return tried
    at = chance.randrange(len(tried) - 1)
    if (tried[at] < 0) == (tried[at + 1] < 0):
        return None
    tried[at], tried[at + 1] = tried[at + 1], tried[at]
    return tried if _is_whole(tried) else None


def _is_whole(cuts: Cuts) -> bool:
    """Whether each cut has two parts to cut apart."""
    parts = 0
    for item in cuts:
        parts += 1 if item >= 0 else -1
        if parts < 1:
            return False
    return parts == 1


def _cost(wanted: Wanted, boxes: Sequence[Box], needed: float) -> float:
    far_right = max(box.right for box in boxes)
    bottom = max(box.bottom for box in boxes)
    size = far_right + bottom
    cost = 1.5 * (far_right * bottom / needed - 1) + 4 * (far_right / wanted.width - 1)
    for (one, other), weight in wanted.pairs.items():
        apart = _apart(boxes[one], boxes[other], wanted.doorway)
        if apart > 0:
            cost += 2 * weight * (1 + 2 * apart / size)
    for cell, box in enumerate(boxes):
        shape = max(box.width / box.height, box.height / box.width)
        if shape > _LONGEST:
            cost += 0.5 * (shape - _LONGEST)
        if cell in wanted.outer and min(box.x, box.y, far_right - box.right, bottom - box.bottom) > 0.5:
            cost += 0.4
    return cost


def _apart(one: Box, other: Box, doorway: float) -> float:
    """How far two boxes are from sharing a wall with room for a door; 0 when they do."""
    dx = max(one.x, other.x) - min(one.right, other.right)
    dy = max(one.y, other.y) - min(one.bottom, other.bottom)
    if dx > -0.5 and dx < 0.5 and dy <= -doorway:
        return 0
    if dy > -0.5 and dy < 0.5 and dx <= -doorway:
        return 0
    return max(0.0, dx) + max(0.0, dy) + doorway
