"""Settling an open conflict: a new version on top of all sides, which says what a person has chosen."""

from collections.abc import Mapping
from types import MappingProxyType

from goodies_mcp.core.models import EntityPayload, JsonObject, Payload, RecordId, RelationshipPayload, Version
from goodies_mcp.core.text import visible
from goodies_mcp.errors import Conflict, InvalidInput, NotFound
from goodies_mcp.graph.bounds import checked_name, checked_object
from goodies_mcp.graph.conflicts import LOCAL, REMOTE, Standing, standing_of
from goodies_mcp.graph.editing import Draft, Edit
from goodies_mcp.graph.patches import merged_object

RESOLUTIONS = ("keep_local", "keep_remote", "merge", "custom")

_SIDES: Mapping[str, str] = MappingProxyType({"keep_local": LOCAL, "keep_remote": REMOTE})


def resolve_conflict(
    edit: Edit,
    device: str,
    *,
    conflict: str,
    resolution: str,
    version: str | None = None,
    changes: JsonObject | None = None,
    name: str | None = None,
) -> RecordId:
    """Say what holds from now on; all sides become the past of that version, and stay in the history.

    ``keep_local`` and ``keep_remote`` take a side, which ``version`` can name where there are several; ``merge`` takes
    what is shown, and ``custom`` what is shown with ``changes`` (a merge patch of content or properties) and ``name``.
    """
    wanted = resolution.strip().lower()
    if wanted not in RESOLUTIONS:
        raise InvalidInput(
            f"unknown resolution {resolution[:80]!r}",
            argument="resolution",
            hint=f"one of {', '.join(RESOLUTIONS)}",
        )
    if wanted != "custom" and (changes is not None or name is not None):
        raise InvalidInput("changes and name go with resolution custom", argument="changes" if changes else "name")
    record_id = _record(edit, conflict)
    standing = standing_of(edit.tx, record_id, device, edit.tx.status().incarnation)
    payload, deleted = _chosen(standing, wanted, version, changes, name)
    before = standing.shown.payload
    [shown] = edit.put(Draft(record_id, payload, deleted=deleted))
    edit.did("deleted" if deleted else "updated", shown, before)
    edit.note(f"this settled the conflict; {len(standing.heads)} sides are in the history")
    return record_id


def _record(edit: Edit, conflict: str) -> RecordId:
    """The record that an id or a name points at, if it is in conflict."""
    text = conflict.strip()
    edge = edit.tx.relationship(RecordId(text), deleted=True)
    record_id = edge.id if edge is not None else edit.entity(text, "conflict", deleted=True).id
    if len(edit.tx.heads(record_id)) < 2:
        raise Conflict(
            f"there is no open conflict about {visible(text)[:80]}",
            argument="conflict",
            hint="it may have been settled meanwhile; list_conflicts lists what is open",
        )
    return record_id


def _chosen(
    standing: Standing, resolution: str, version: str | None, changes: JsonObject | None, name: str | None
) -> tuple[Payload, bool]:
    shown = standing.shown
    if resolution in _SIDES:
        side = _side(standing, _SIDES[resolution], version)
        return side.payload, side.deleted
    if version is not None:
        raise InvalidInput("version goes with keep_local and keep_remote", argument="version")
    if resolution == "merge":
        return shown.payload, shown.deleted
    if changes is None and name is None:
        raise InvalidInput("custom needs changes or name", argument="changes")
    return _changed(shown.payload, checked_object(changes, "changes"), name), False


def _side(standing: Standing, side: str, version: str | None) -> Version:
    if version is None:
        found = standing.of(side)
        others = [head for head in standing.heads if standing.sides[head.version] == side][1:]
        if found is not None and not others:
            return found
        raise InvalidInput(
            f"there are several {side} sides",
            argument="version",
            hint="name one: " + ", ".join(head.version for head in standing.heads),
        )
    for head in standing.heads:
        if head.version == version.strip() and standing.sides[head.version] == side:
            return head
    raise NotFound(f"no {side} side has this version", argument="version", hint="list_conflicts shows the sides")


def _changed(shown: Payload, changes: JsonObject, name: str | None) -> Payload:
    if isinstance(shown, EntityPayload):
        content = checked_object(merged_object(shown.content, changes), "changes")
        return EntityPayload(shown.entity_type, shown.name if name is None else checked_name(name), content)
    if name is not None:
        raise InvalidInput("a relationship has no name", argument="name")
    properties = checked_object(merged_object(shown.properties, changes), "changes")
    return RelationshipPayload(shown.from_id, shown.to_id, shown.relationship_type, properties)
