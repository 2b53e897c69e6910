"""The way from one room to another, with what is to be avoided."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from goodies_mcp.core.models import Entity, RecordId
from goodies_mcp.core.text import fold, visible
from goodies_mcp.core.vocabulary import OPENINGS, SPACES
from goodies_mcp.errors import InvalidInput
from goodies_mcp.graph.cache import SHORT, GraphCache
from goodies_mcp.graph.inside import rooms_below
from goodies_mcp.graph.kinds import singular
from goodies_mcp.graph.places import Whereabouts, whereabouts
from goodies_mcp.graph.resolve import SOMEWHERE, Sort, checked_name
from goodies_mcp.graph.resolve import entity as resolve
from goodies_mcp.graph.shown import Ref
from goodies_mcp.graph.spaces import STAIRS, Node, SpaceGraph, load_spaces
from goodies_mcp.graph.traversal import Passable, Ways
from goodies_mcp.storage.interface import ReadView


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a way: through which opening into which space."""

    through: Ref | None
    into: Ref


@dataclass(frozen=True, slots=True, weakref_slot=True)
class PathResult:
    """A way through the rooms; ``reason`` says why there is none."""

    found: bool
    start: Ref
    goal: Ref
    steps: tuple[Step, ...] = ()
    reason: str | None = None


_IN_THE_WAY = Sort("room, door or kind of opening", SPACES | OPENINGS)
_CROSSED = frozenset({"door", "window", "opening"})
_KINDS = frozenset(singular(kind) for kind in STAIRS | OPENINGS | {"elevator", "lift", "ramp", "gate"})


def find_path(
    view: ReadView, cache: GraphCache, start: str, goal: str, *, avoid: Sequence[str], accessible_only: bool
) -> PathResult:
    """The way with the fewest openings; of several equal ones the first by name.

    Doors, passages and open connections are walked through, windows never. ``avoid`` takes rooms, floors, doors and
    kinds ("stairs"); ``accessible_only`` leaves out stairs and what content calls not accessible. A thing stands for
    the room it is in, a floor or home for any of its rooms. Errors name the arguments ``from``, ``to``, ``avoid``.
    """
    here = resolve(view, start, "from", SOMEWHERE, cache=cache)
    there = resolve(view, goal, "to", SOMEWHERE, cache=cache)

    def found() -> PathResult:
        return _way(view, cache, here, there, avoid, accessible_only=accessible_only)

    if avoid:
        return found()
    return cache.remembered(view, ("way", here.id, there.id, accessible_only), found, _is_short)


def _is_short(found: PathResult) -> bool:
    return len(found.steps) <= SHORT


def _way(
    view: ReadView, cache: GraphCache, here: Entity, there: Entity, avoid: Sequence[str], *, accessible_only: bool
) -> PathResult:
    """The way, looked for."""
    places = whereabouts(view, {here.id, there.id}, cache, lasting={here.entity_type, there.entity_type} <= SPACES)
    ends = _standing(places, here, "from"), _standing(places, there, "to")
    home = next((spot.id for spot in places.chain(here.id)), here.id)
    ways = _ways(view, cache, home, ends)
    avoided = _avoided(view, avoid, ways.spaces)
    starts, goals = ([i for i in _rooms_of(view, end, ways.spaces) if i not in avoided] for end in ends)
    passable = _passable(avoided, goals, accessible_only=accessible_only)
    shown = [Ref(e.id, e.entity_type, e.name, places.where(e.id)) for e in (here, there)]
    if best := _best(ways, starts, goals, passable):
        steps = _steps(view, cache, best)
        reason = None if steps else "no door lies between them: one is in the other, or both are in one room"
        return PathResult(found=True, start=shown[0], goal=shown[1], steps=steps, reason=reason)
    reason = _reason(ways, starts, goals, passable, avoided, (here.name, there.name))
    return PathResult(found=False, start=shown[0], goal=shown[1], reason=reason)


def _standing(places: Whereabouts, found: Entity, argument: str) -> RecordId:
    """The space that stands for a thing: itself, or the innermost one it is in."""
    if found.entity_type in SPACES | OPENINGS:
        return found.id
    for spot in reversed(places.chain(found.id)):
        if spot.type in SPACES:
            return spot.id
    raise InvalidInput(
        f'"{visible(found.name)}" is in no room', argument=argument, hint="give a room, or something located in one"
    )


def _ways(view: ReadView, cache: GraphCache, home: RecordId, ends: tuple[RecordId, RecordId]) -> Ways:
    """The home's ways; with those around ends that hang on nothing that the home knows of."""
    ways = cache.remembered(view, ("ways", home), lambda: Ways(load_spaces(view, home)))
    if all(end in ways.spaces.nodes for end in ends):
        return ways
    return cache.remembered(view, ("ways", home, *ends), lambda: Ways(load_spaces(view, home, *ends)))


def _rooms_of(view: ReadView, end: RecordId, spaces: SpaceGraph) -> list[str]:
    """The end itself, or, for a home or zone, it and every room in it that can be walked to."""
    if spaces.nodes[end].type not in {"home", "zone"}:
        return [end]
    rooms = [end, *rooms_below(view, [end])]
    return sorted((i for i in rooms if spaces.beside.get(i)), key=lambda i: spaces.nodes[i].order)


def _avoided(view: ReadView, avoid: Sequence[str], spaces: SpaceGraph) -> frozenset[str]:
    found: set[str] = set()
    for each in avoid:
        word = fold(checked_name(each, "avoid"))
        of_kind = {node.id for node in spaces.nodes.values() if node.is_kind(word)}
        if of_kind or singular(word) in _KINDS:
            found |= of_kind
            continue
        place = resolve(view, each, "avoid", _IN_THE_WAY)
        found.add(place.id)
        if place.entity_type in {"home", "zone"}:
            found |= rooms_below(view, [place.id]).keys()
    return frozenset(found)


def _passable(avoided: frozenset[str], goals: Sequence[str], *, accessible_only: bool) -> Passable:
    def passable(node: Node) -> bool:
        if node.id in avoided or (node.type == "window" and node.id not in goals):
            return False
        return not (accessible_only and node.barred)

    return passable


def _best(ways: Ways, starts: Sequence[str], goals: Sequence[str], passable: Passable) -> list[Node] | None:
    found = [way for start in starts if (way := ways.shortest(start, frozenset(goals), passable))]
    if len(found) < 2:
        return found[0] if found else None
    return min(found, key=lambda way: (len(way), [node.order for node in way]))


def _steps(view: ReadView, cache: GraphCache, way: Sequence[Node]) -> tuple[Step, ...]:
    places = whereabouts(view, [RecordId(node.id) for node in way if node.name], cache, lasting=True)

    def shown(node: Node) -> Ref:
        return Ref(node.id, node.type, node.name, places.where(RecordId(node.id)))

    steps: list[Step] = []
    crossed: Node | None = None
    for node, following in zip_longest(way[1:], way[2:]):
        if following and not crossed and _is_crossed(node, following):
            crossed = node
            continue
        steps.append(Step(shown(crossed) if crossed and crossed.name else None, shown(node)))
        crossed = None
    return tuple(steps)


def _is_crossed(node: Node, following: Node) -> bool:
    """A passage is an opening between rooms, and a place to be in where it has doors of its own."""
    return node.type in _CROSSED or (node.type == "passage" and following.type not in _CROSSED)


def _reason(
    ways: Ways,
    starts: Sequence[str],
    goals: Sequence[str],
    passable: Passable,
    avoided: frozenset[str],
    names: tuple[str, str],
) -> str:
    for name, rooms in zip(names, (starts, goals), strict=True):
        if not rooms:
            return f"{name} has no connections" if not avoided else f"{name} is to be avoided, or has no connections"
        if not any(ways.spaces.beside[i] for i in rooms):
            return f"{name} has no connections"
    barred = [way for start in starts if (way := ways.least_barred(start, goals, passable))]
    if not barred:
        return f"no doors, passages or open connections lead from {names[0]} to {names[1]}"
    blocking = min(([node for node in way[1:] if not passable(node)] for way in barred), key=len)
    return "only by " + " and ".join(_blocking(node, avoided) for node in blocking)


def _blocking(node: Node, avoided: frozenset[str]) -> str:
    kind = node.kind or node.type
    name = f"{node.name} ({kind})" if node.name and fold(node.name) != kind else node.name or f"an open {kind}"
    if node.id in avoided:
        return f"{name}, which is to be avoided"
    return f"{name}, which is not walked through" if node.type == "window" else f"{name}, which is not accessible"
