"""Versions as inbetweenies-v2 tells them, and back (PROTOCOL.md, V3-12.3, V3-12.8): pure functions of what is on the
wire, so that all who pull the same get the same version.

A version of ours travels with a mark that says what v2 has no place for. Whoever knows the mark gets the version back
to its last bit, its hash proves it; for all others it is one more parent that nobody has. A version without a mark has
the derived dot, and a context that covers the parents it names and nothing of their past.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Final

from goodies_mcp.core.canonical import canonical_json, check_json, content_hash
from goodies_mcp.core.causality.conflicts import Shown
from goodies_mcp.core.causality.derived_dots import derived_dot
from goodies_mcp.core.models import (
    Dot,
    EntityPayload,
    JsonObject,
    JsonValue,
    Payload,
    RecordId,
    RelationshipPayload,
    Version,
    VersionId,
)
from goodies_mcp.core.versions import parse_version
from goodies_mcp.errors import GoodiesError, RemoteProtocolError
from goodies_mcp.inbetweenies.limits import MAX_CONTENT_BYTES, MAX_CONTEXT, MAX_DEPTH, MAX_ID, MAX_NAME
from goodies_mcp.inbetweenies.rows import Row
from goodies_mcp.inbetweenies.v2_kinds import Thing, edge_in, edge_out, entity_in, entity_out
from goodies_mcp.inbetweenies.v2_messages import V2Change, V2Edge, V2Entity

MARK: Final = "goodies-v3 "
"""How a parent begins that is none, but says what v2 has no place for."""

DEVICE: Final = "v2"
"""The device of a version that no device of ours made: v2 does not tell which one it was."""

NEVER: Final = "1970-01-01T00:00:00.000000+00:00"
"""When a version was made whose id does not tell."""

_LONGEST_MARK = 16_384


def entity_change(row: Row) -> V2Change:
    """A version of an entity as v2 is told it."""
    version, payload = row.version, row.version.payload
    if not isinstance(payload, EntityPayload):
        raise TypeError(version.record_id)
    mark = None if _came_from_v2(version) else _mark(row)
    # A hub rewrites the parents of a delete, but keeps its content, which nobody looks at.
    notes: dict[str, JsonValue] = {"v3": mark} if version.deleted and mark is not None else {}
    thing = entity_out(
        Thing(payload.entity_type, version.source_type, payload.content), deleted=version.deleted, more=notes
    )
    parents = version.parents if mark is None else (*version.parents, MARK + canonical_json(mark))
    entity = V2Entity(
        version.record_id,
        version.version,
        thing.kind,
        payload.name,
        thing.content,
        thing.source_type,
        version.author,
        parents,
    )
    return V2Change("delete" if version.deleted else "update" if version.parents else "create", entity)


def entity_row(entity: V2Entity, *, deleted: bool, marked: bool = True) -> Row:
    """The version that v2 tells here. A hub looks at no marks (``marked`` false): devices of ours speak v3 to it.

    Raises:
        RemoteProtocolError: no version of ours can say this; the message names the field.
    """
    thing, notes = entity_in(Thing(entity.entity_type, entity.source_type, entity.content), deleted=deleted)
    payload = EntityPayload(thing.kind, entity.name, thing.content)
    marks = [each for each in entity.parents if each.startswith(MARK)]
    mark = _parsed(marks[-1].removeprefix(MARK)) if marks else notes.get("v3")
    mark = mark if marked else None
    exact = _exact(mark, entity.id, entity.version, payload, entity.user_id, thing.source_type, deleted=deleted)
    if exact is not None:
        return exact
    named = [VersionId(each) for each in entity.parents if not each.startswith(MARK)]
    parents = _believed(entity.version, named) if deleted else named
    return _derived(entity.id, entity.version, payload, parents, entity.user_id, thing.source_type, deleted=deleted)


def edge_change(row: Row, from_version: str, to_version: str) -> V2Edge:
    """A version of an edge as v2 is told it, bound to these versions of its ends. v2 cannot delete edges: one that was
    stays there, and only its mark says so."""
    version, payload = row.version, row.version.payload
    if not isinstance(payload, RelationshipPayload):
        raise TypeError(version.record_id)
    mark = _mark(row)
    notes: dict[str, JsonValue] = {"deleted": True} if version.deleted else {}
    if mark is not None:
        notes["v3"] = {**mark, "version": version.version, "author": version.author, "source": version.source_type}
    kind, properties = edge_out(payload.relationship_type, payload.properties, notes)
    return V2Edge(
        version.record_id, payload.from_id, from_version, payload.to_id, to_version, kind, properties, version.author
    )


def exact_edge(edge: V2Edge) -> Row | None:
    """The version that the edge's mark names; None without a mark, or when somebody changed the edge since."""
    _, _, notes = edge_in(edge.relationship_type, edge.properties)
    mark = notes.get("v3")
    if not isinstance(mark, dict):
        return None
    version, author, source = mark.get("version"), mark.get("author"), mark.get("source")
    if not (isinstance(version, str) and isinstance(author, str) and isinstance(source, str)):
        return None
    deleted = notes.get("deleted") is True
    return _exact(mark, edge.id, version, edge_payload(edge), author, source, deleted=deleted)


def edge_payload(edge: V2Edge) -> RelationshipPayload:
    """What the edge says."""
    kind, properties, _ = edge_in(edge.relationship_type, edge.properties)
    return RelationshipPayload(RecordId(edge.from_id), RecordId(edge.to_id), kind, properties)


def derived_edge(edge: V2Edge, parents: Iterable[VersionId], edited_at: str, *, device: str = DEVICE) -> Row:
    """The version that stands for an edge as v2 tells it, made on top of ``parents``. Its id names what it says, so
    that whoever finds the same edge over the same past makes the same version.

    Raises:
        RemoteProtocolError: no version of ours can say this; the message names the field.
    """
    payload = edge_payload(edge)
    past = sorted(parents)
    try:
        said = canonical_json([edge.id, *_fields(payload), list(past)])
    except GoodiesError as error:
        raise RemoteProtocolError(f"properties: {error.message}", argument="properties") from error
    moment = parse_version(edited_at)
    at = moment[0] if moment is not None else NEVER
    version = f"{at}-000000-{edge.user_id or DEVICE}.{sha256(said.encode()).hexdigest()[:12]}"
    return _derived(edge.id, version, payload, past, edge.user_id, "imported", deleted=False, device=device)


def merged_change(heads: Sequence[Version], shown: Shown) -> V2Change:
    """What several heads show together, as a version for v2, which has one current version and no merge. Its id names
    the heads: whoever merges the same says the same."""
    payload = shown.payload
    if not isinstance(payload, EntityPayload):
        raise TypeError(heads[0].record_id)
    best = next(head for head in heads if head.version == shown.version)
    thing = entity_out(Thing(payload.entity_type, best.source_type, payload.content), deleted=shown.deleted, more={})
    entity = V2Entity(
        best.record_id,
        merged_version(heads),
        thing.kind,
        payload.name,
        thing.content,
        thing.source_type,
        best.author,
        tuple(sorted(head.version for head in heads)),
    )
    return V2Change("delete" if shown.deleted else "update", entity)


def merged_version(heads: Sequence[Version]) -> VersionId:
    """The id of what these heads show together."""
    names = sorted(head.version for head in heads)
    latest = max(head.edited_at for head in heads)
    return VersionId(f"{latest}-000000-merge.{sha256(canonical_json(names).encode()).hexdigest()[:12]}")


def check_sendable(row: Row, place: str) -> None:
    """Refuse what v3 devices could not be told (V3-11.4, V3-11.5). Raises RemoteProtocolError naming the field."""
    payload = row.version.payload
    if isinstance(payload, EntityPayload):
        texts = {"entity_type": payload.entity_type}
        free, where = payload.content, "content"
        if len(payload.name) > MAX_NAME:
            raise RemoteProtocolError(f"{place}.name has more than {MAX_NAME} characters", argument=f"{place}.name")
    else:
        texts = {
            "from_entity_id": payload.from_id,
            "to_entity_id": payload.to_id,
            "relationship_type": payload.relationship_type,
        }
        free, where = payload.properties, "properties"
    for key, text in texts.items():
        if not 0 < len(text) <= MAX_ID:
            raise RemoteProtocolError(
                f"{place}.{key} is no text of 1 to {MAX_ID} characters", argument=f"{place}.{key}"
            )
    try:
        check_json(free, f"{place}.{where}", MAX_DEPTH, MAX_CONTENT_BYTES)
    except GoodiesError as error:
        raise RemoteProtocolError(error.message, argument=f"{place}.{where}") from error


def _came_from_v2(version: Version) -> bool:
    return version.device == DEVICE and version.dot == derived_dot(version.version)


def _mark(row: Row) -> dict[str, JsonValue] | None:
    """What v2 has no place for; None for a version that has seen too many devices."""
    version = row.version
    mark: dict[str, JsonValue] = {
        "hash": row.content_hash,
        "dot": [version.dot.incarnation, version.dot.n],
        "context": dict(version.context),
        "device": version.device,
        "parents": list(version.parents),
    }
    return mark if len(canonical_json(mark)) <= _LONGEST_MARK else None


def _exact(
    mark: object,
    record_id: str,
    version: str,
    payload: Payload,
    author: str,
    source_type: str,
    *,
    deleted: bool,
) -> Row | None:
    """The version that the mark is true of; None when it is not true of this one."""
    moment = parse_version(version)
    match mark:
        case {
            "hash": str(claimed),
            "dot": [str(incarnation), int(n)],
            "context": dict(context),
            "device": str(device),
            "parents": list(parents),
        } if moment is not None and _are_numbers(context) and all(isinstance(each, str) for each in parents):
            found = Version(
                RecordId(record_id),
                VersionId(version),
                Dot(incarnation, n),
                context,
                tuple(parents),
                payload,
                moment[0],
                author,
                device,
                source_type,
                deleted,
            )
        case _:
            return None
    try:
        digest = content_hash(found)
    except GoodiesError:
        return None
    return Row(found, digest) if digest == claimed else None


def _derived(
    record_id: str,
    version: str,
    payload: Payload,
    parents: Sequence[VersionId],
    author: str,
    source_type: str,
    *,
    deleted: bool,
    device: str = DEVICE,
) -> Row:
    for place, text in (("id", record_id), ("version", version)):
        if not 0 < len(text) <= MAX_ID:
            raise RemoteProtocolError(f"{place} is no text of 1 to {MAX_ID} characters", argument=place)
    dot = derived_dot(VersionId(version))
    past = [each for each in dict.fromkeys(parents) if 0 < len(each) <= MAX_ID and each != version][:MAX_CONTEXT]
    moment = parse_version(version)
    found = Version(
        RecordId(record_id),
        VersionId(version),
        dot,
        {derived_dot(each).incarnation: 1 for each in past},
        tuple(past),
        payload,
        moment[0] if moment is not None else NEVER,
        author[:MAX_ID],
        device[:MAX_ID],
        source_type[:MAX_ID],
        deleted,
    )
    try:
        return Row(found, content_hash(found))
    except GoodiesError as error:
        raise RemoteProtocolError(f"content: {error.message}", argument="content") from error


def _believed(version: str, parents: Sequence[VersionId]) -> list[VersionId]:
    """The parents that a delete can have seen. A fielded hub lets a stale delete win, and writes down that it was made
    on top of what it had never seen; but a delete that is older than its parent gives that away."""
    made = parse_version(version)
    if made is None:
        return list(parents)
    times = {each: parse_version(each) for each in parents}
    return [each for each, at in times.items() if at is None or at[0] <= made[0]]


def _fields(payload: RelationshipPayload) -> list[str | JsonObject]:
    return [payload.from_id, payload.to_id, payload.relationship_type, payload.properties]


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _are_numbers(context: Mapping[object, object]) -> bool:
    return all(isinstance(key, str) and type(n) is int and n > 0 for key, n in context.items())
