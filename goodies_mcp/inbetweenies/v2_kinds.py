"""Kinds that inbetweenies-v2 knows, and how all others travel as the nearest of them (PROTOCOL.md, V3-12.4).

What a word really is stands in the content, under one key of our own, so that it survives whoever edits the thing in
between. Going and coming back loses nothing, whatever the content holds: a key that is in the way is put aside.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from goodies_mcp.core.models import JsonObject, JsonValue

V2_ENTITY_TYPES: Final = frozenset(
    {
        "app",
        "automation",
        "device",
        "door",
        "home",
        "manual",
        "note",
        "procedure",
        "room",
        "schedule",
        "window",
        "zone",
    }
)
V2_SOURCE_TYPES: Final = frozenset({"generated", "homekit", "imported", "manual", "matter"})
V2_RELATIONSHIP_TYPES: Final = frozenset(
    {
        "automates",
        "connects_to",
        "contained_in",
        "controlled_by_app",
        "controls",
        "depends_on",
        "documented_by",
        "has_blob",
        "located_in",
        "manages",
        "monitors",
        "part_of",
        "procedure_for",
        "triggered_by",
    }
)

NEAREST: Final[Mapping[str, str]] = MappingProxyType(
    {
        "accessory": "device",
        "contact": "note",
        "passage": "door",
        "photo": "note",
        "scene": "automation",
        "service": "device",
    }
)
"""The kind of v2 that comes nearest to one that it does not know; anything else becomes a ``device``."""

_NEAREST_EDGE: Final[Mapping[str, str]] = MappingProxyType({"has_photo": "has_blob"})

OURS: Final = "_goodies"
"""The key in ``content`` and ``properties`` under which v2 carries for us what it has no word for."""

_NOTES: Final = frozenset({"aside", "deleted", "kind", "source", "v3"})

_DELETED: Final = "deleted"
"""In v2 a content that says so is a tombstone."""


class Thing(NamedTuple):
    """What an entity says, or an edge (then ``source_type`` is empty)."""

    kind: str
    source_type: str
    content: JsonObject


def entity_out(thing: Thing, *, deleted: bool, more: Mapping[str, JsonValue]) -> Thing:
    """The same thing in words of v2, with ``more`` of what it has no place for."""
    kind = thing.kind if thing.kind in V2_ENTITY_TYPES else NEAREST.get(thing.kind, "device")
    source = thing.source_type if thing.source_type in V2_SOURCE_TYPES else "imported"
    notes: dict[str, JsonValue] = dict(more)
    if kind != thing.kind:
        notes["kind"] = thing.kind
    if source != thing.source_type:
        notes["source"] = thing.source_type
    # Where it would be taken for the sign of a tombstone, or the sign of one takes its place.
    says_so = thing.content.get(_DELETED) is True or (deleted and _DELETED in thing.content)
    content = _put_aside(thing.content, notes, (OURS, _DELETED) if says_so else (OURS,))
    if deleted:
        content = {**content, _DELETED: True}
    return Thing(kind, source, content)


def entity_in(thing: Thing, *, deleted: bool) -> tuple[Thing, Mapping[str, Any]]:
    """What a thing in words of v2 really is, and what else was carried with it. A note that somebody's edit has made
    untrue is left out."""
    content = {key: value for key, value in thing.content.items() if key != _DELETED} if deleted else thing.content
    notes, content = _taken_back(content)
    kind, source = notes.get("kind"), notes.get("source")
    # Somebody made it another kind since: their word counts.
    known = isinstance(kind, str) and NEAREST.get(kind, "device") == thing.kind
    foreign = isinstance(source, str) and thing.source_type == "imported"
    return Thing(str(kind) if known else thing.kind, str(source) if foreign else thing.source_type, content), notes


def edge_out(kind: str, properties: JsonObject, more: Mapping[str, JsonValue]) -> tuple[str, JsonObject]:
    """An edge's type and properties in words of v2, with ``more`` of what it has no place for."""
    nearest = kind if kind in V2_RELATIONSHIP_TYPES else _NEAREST_EDGE.get(kind, "connects_to")
    notes = {**more, **({} if nearest == kind else {"kind": kind})}
    return nearest, _put_aside(properties, notes, (OURS,))


def edge_in(kind: str, properties: JsonObject) -> tuple[str, JsonObject, Mapping[str, Any]]:
    """What an edge really is, and what else was carried with it."""
    notes, free = _taken_back(properties)
    true = notes.get("kind")
    known = isinstance(true, str) and _NEAREST_EDGE.get(true, "connects_to") == kind
    return (str(true) if known else kind), free, notes


def _put_aside(content: JsonObject, notes: Mapping[str, JsonValue], reserved: tuple[str, ...]) -> JsonObject:
    """The content with our notes in it; its own values under reserved keys stand among them. Nothing to note and
    nothing in the way: the content itself, untouched."""
    in_the_way = [key for key in reserved if key in content]
    if not notes and not in_the_way:
        return content
    said: dict[str, JsonValue] = dict(notes)
    if in_the_way:
        # Where each stood is kept too: the order of keys is part of what somebody wrote.
        said["aside"] = [[key, place, content[key]] for place, key in enumerate(content) if key in in_the_way]
    return {**{key: value for key, value in content.items() if key not in in_the_way}, OURS: said}


def _taken_back(content: JsonObject) -> tuple[Mapping[str, Any], JsonObject]:
    """Our notes, and the content as it was before them; no notes and the same content where it holds none of ours."""
    notes = content.get(OURS)
    if not isinstance(notes, dict) or not notes.keys() <= _NOTES:
        return {}, content
    kept = [(key, value) for key, value in content.items() if key != OURS]
    aside = notes.get("aside", [])
    if not isinstance(aside, list) or not all(_is_aside(each) for each in aside):
        return {}, content
    for key, place, value in aside:
        if all(key != other for other, _ in kept):
            kept.insert(place, (key, value))
    return notes, dict(kept)


def _is_aside(value: object) -> bool:
    return isinstance(value, list) and len(value) == 3 and isinstance(value[0], str) and isinstance(value[1], int)
