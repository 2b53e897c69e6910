"""What is different between two values or two versions of a record, field by field."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from goodies_mcp.core.models import EntityPayload, JsonValue, Payload, Version


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that a version changed; absent sides are None."""

    field: str
    before: JsonValue = None
    after: JsonValue = None


_MOST_FIELDS = 100
_DEEPEST = 8


def payload_changes(before: Payload, after: Payload) -> tuple[FieldChange, ...]:
    """The fields that differ, at most a hundred: ``name``, ``content.limits.max``, ``to_id`` and so on, in order."""
    changes: list[FieldChange] = []
    for change in _walk("", _fields(before), _fields(after), _DEEPEST):
        changes.append(change)
        if len(changes) == _MOST_FIELDS:
            break
    return tuple(changes)


def action_of(version: Version, before: Version | None) -> str:
    """What became of what was shown before: created, updated, moved, deleted or restored.

    An edge that was given another end moved what it speaks of.
    """
    if version.deleted:
        return "deleted"
    if before is None:
        return "created"
    if before.deleted:
        return "restored"
    old, new = before.payload, version.payload
    if isinstance(old, EntityPayload) or isinstance(new, EntityPayload):
        return "updated"
    return "updated" if (old.from_id, old.to_id) == (new.from_id, new.to_id) else "moved"


def _fields(payload: Payload) -> dict[str, JsonValue]:
    if isinstance(payload, EntityPayload):
        return {"name": payload.name, "entity_type": payload.entity_type, "content": payload.content}
    return {
        "from_id": payload.from_id,
        "to_id": payload.to_id,
        "relationship_type": payload.relationship_type,
        "properties": payload.properties,
    }


def _walk(
    path: str, before: Mapping[str, JsonValue], after: Mapping[str, JsonValue], depth: int
) -> Iterator[FieldChange]:
    """Objects are looked into, lists are compared as wholes."""
    for key in [*before, *(key for key in after if key not in before)]:
        here = f"{path}.{key}" if path else key
        old, new = before.get(key), after.get(key)
        if depth and isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from _walk(here, old, new, depth - 1)
        elif (key in before) != (key in after) or not _same(old, new):
            yield FieldChange(here, old, new)


def _same(old: JsonValue, new: JsonValue) -> bool:
    """Python holds 1 and true for equal; a home does not."""
    return isinstance(old, bool) == isinstance(new, bool) and old == new
