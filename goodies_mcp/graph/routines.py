"""Automations, schedules and scenes that touch a room, and what they touch there."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from goodies_mcp.core.models import Entity, JsonValue, RecordId
from goodies_mcp.core.vocabulary import ROUTINES
from goodies_mcp.graph.cache import GraphCache
from goodies_mcp.graph.inside import inside
from goodies_mcp.graph.paging import Page, by_name, cut, open_page
from goodies_mcp.graph.places import refs
from goodies_mcp.graph.resolve import PLACE
from goodies_mcp.graph.resolve import entity as resolve
from goodies_mcp.graph.shown import Ref
from goodies_mcp.storage.interface import ReadView


@dataclass(frozen=True, slots=True)
class RoutineItem:
    """An automation, schedule or scene with what it touches in the room."""

    id: str
    type: str
    name: str
    summary: str | None
    touches: tuple[Ref, ...]


@dataclass(frozen=True, slots=True)
class RoutinePage:
    """Automations, schedules and scenes that touch a room."""

    room: Ref
    items: tuple[RoutineItem, ...]
    next_cursor: str | None = None


_TOUCHING = ("automates", "controls", "depends_on", "manages", "monitors", "triggered_by")
_TOUCHED_BY = ("controls", "manages", "monitors")
_ROUTINES = tuple(sorted(ROUTINES))
_LONGEST = 300
_MOST_PARTS = 10


@dataclass(slots=True)
class _Routine:
    """A routine and the things here that it touches; one that is only kept here touches nothing."""

    entity: Entity
    touches: set[RecordId] = field(default_factory=set)


def automations_in_room(view: ReadView, cache: GraphCache, room: str, *, limit: int, cursor: str | None) -> RoutinePage:
    """Routines, by name, that are kept in the place or joined to it or to anything in it."""
    place = resolve(view, room, "room", PLACE, cache=cache)
    page = open_page("automations_in_room", [place.id, view.at], limit, cursor)
    return cache.page(view, page, lambda: _page(view, cache, place, page))


def _page(view: ReadView, cache: GraphCache, place: Entity, page: Page) -> RoutinePage:
    held = inside(view, [place.id])
    things = {place.id: place, **held.things}
    routines = _touching(view, things)
    ordered = sorted(routines, key=lambda each: by_name(each.entity.name, each.entity.id))
    shown, following = cut(page, ordered, lambda each: by_name(each.entity.name, each.entity.id))
    named = refs(view, [place, *(things[i] for each in shown for i in each.touches)], cache, told=held.containers)
    items = tuple(
        RoutineItem(
            id=each.entity.id,
            type=each.entity.entity_type,
            name=each.entity.name,
            summary=summary(each.entity),
            touches=tuple(sorted((named[i] for i in each.touches), key=lambda r: by_name(r.name, r.id))),
        )
        for each in shown
    )
    return RoutinePage(named[place.id], items, following)


def summary(routine: Entity) -> str | None:
    """What a routine does in a line: its description, or its time, triggers and actions; and whether it is off."""
    content = routine.content
    said = content.get("description")
    parts = [said] if isinstance(said, str) and said.strip() else _parts(routine)
    if content.get("enabled") is False:
        parts.append("(switched off)")
    return " ".join(parts)[:_LONGEST] or None


def _touching(view: ReadView, things: Mapping[RecordId, Entity]) -> Iterable[_Routine]:
    """The routines among these things, and those that touch any of them."""
    found = {i: _Routine(e) for i, e in things.items() if e.entity_type in ROUTINES}
    reaching = view.joined(things, "in", _TOUCHING, _ROUTINES)
    for each in (*reaching, *view.joined(things, "out", _TOUCHED_BY, _ROUTINES)):
        found.setdefault(each.entity.id, _Routine(each.entity)).touches.add(each.near)
    return found.values()


def _parts(routine: Entity) -> list[str]:
    content = routine.content
    days, time = _listed(content.get("days")), content.get("time")
    timed = ["every", days] if days else []
    timed += ["at", time] if isinstance(time, str) else []
    triggers, actions = _listed(content.get("triggers")), _listed(content.get("actions"))
    return timed + (["when", triggers] if triggers else []) + (["do", actions] if actions else [])


def _listed(value: JsonValue) -> str:
    """Texts, or objects that name themselves, in one line."""
    if isinstance(value, str):
        return value
    if not isinstance(value, Sequence):
        return ""
    said = [_named(each) for each in value[:_MOST_PARTS]]
    return ", ".join(each for each in said if each)


def _named(value: JsonValue) -> str:
    if isinstance(value, str):
        return value
    if not isinstance(value, Mapping):
        return ""
    texts = [value.get(key) for key in ("description", "name", "type", "action", "event", "time", "to")]
    return " ".join(each for each in texts if isinstance(each, str))
