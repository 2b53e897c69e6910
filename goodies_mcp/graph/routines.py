"""Automations, schedules and scenes that touch a room, and what they touch there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from goodies_mcp.core.models import Entity, JsonValue, RecordId
from goodies_mcp.core.vocabulary import ROUTINES
from goodies_mcp.graph.cache import GraphCache
from goodies_mcp.graph.inside import inside
from goodies_mcp.graph.paging import by_name, cut, open_page
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
_LONGEST = 300
_MOST_PARTS = 10


def automations_in_room(view: ReadView, cache: GraphCache, room: str, *, limit: int, cursor: str | None) -> RoutinePage:
    """Routines, by name, that are kept in the place or joined to it or to anything in it."""
    place = resolve(view, room, "room", PLACE)
    page = open_page("automations_in_room", [place.id, view.at], limit, cursor)
    held = inside(view, [place.id])
    things = {place.id: place, **held.things}
    touched = _touched(view, things)
    routines = [e for e in view.entities(touched).values() if e.entity_type in ROUTINES]
    ordered = sorted(routines, key=lambda e: by_name(e.name, e.id))
    shown, following = cut(page, ordered, lambda e: by_name(e.name, e.id))
    listed = {routine.id: sorted(touched[routine.id]) for routine in shown}
    named = refs(view, [place, *(things[i] for ids in listed.values() for i in ids)], cache, told=held.containers)
    items = tuple(
        RoutineItem(
            id=routine.id,
            type=routine.entity_type,
            name=routine.name,
            summary=summary(routine),
            touches=tuple(sorted((named[i] for i in listed[routine.id]), key=lambda r: by_name(r.name, r.id))),
        )
        for routine in shown
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


def _touched(view: ReadView, things: dict[RecordId, Entity]) -> dict[RecordId, set[RecordId]]:
    """Routine candidates to the things here that they touch; one that is only kept here touches nothing."""
    touched: dict[RecordId, set[RecordId]] = {i: set() for i, e in things.items() if e.entity_type in ROUTINES}
    for edge in view.edges(things, "in", _TOUCHING):
        touched.setdefault(edge.from_id, set()).add(edge.to_id)
    for edge in view.edges(things, "out", _TOUCHED_BY):
        touched.setdefault(edge.to_id, set()).add(edge.from_id)
    return touched


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
