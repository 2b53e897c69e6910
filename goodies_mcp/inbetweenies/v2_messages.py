"""What inbetweenies-v2 says over the wire (INBETWEENIES A): read with patience, written as fielded peers want it.

Fielded clients write words in upper case, leave fields out, and add fields that nobody knows: none of that is refused.
What cannot be read is a ``RemoteProtocolError`` that names the field, whatever the bytes were.
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from json import JSONEncoder
from typing import Any, Final, NoReturn, TypeVar

from goodies_mcp.core.models import JsonObject
from goodies_mcp.errors import RemoteProtocolError
from goodies_mcp.inbetweenies.messages import V2

EDGES_PATH: Final = "/api/v1/graph/relationships"
ENTITIES_PATH: Final = "/api/v1/graph/entities"
SYNC_TYPES: Final = ("full", "delta", "entities", "relationships")
CHANGE_TYPES: Final = ("create", "update", "delete")

MAX_V2_BYTES: Final = 64 * 1_048_576
"""Bytes of one message: v2 has no limits and no way to ask for less, so this bounds memory and nothing else."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class V2Entity:
    """An entity's version as v2 tells it."""

    id: str
    version: str
    entity_type: str
    name: str
    content: JsonObject
    source_type: str = "manual"
    user_id: str = ""
    parents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class V2Edge:
    """An edge, which has no versions in v2 and is bound to those of its ends. The last three are told by REST only."""

    id: str
    from_id: str
    from_version: str
    to_id: str
    to_version: str
    relationship_type: str
    properties: JsonObject
    user_id: str = ""
    updated_at: str = ""
    ended: bool = False


@dataclass(frozen=True, slots=True)
class V2Change:
    """An entity's version, edges, or both. ``blobs`` counts what a newer branch sends along, which is not kept."""

    change_type: str
    entity: V2Entity | None = None
    edges: tuple[V2Edge, ...] = ()
    blobs: int = 0


@dataclass(frozen=True, slots=True)
class V2Request:
    """``POST /api/v1/sync/``. ``since`` is UTC with microseconds, whatever its form was."""

    device_id: str
    user_id: str
    sync_type: str = "delta"
    changes: tuple[V2Change, ...] = ()
    since: str | None = None
    entity_types: tuple[str, ...] = ()
    modified_by: tuple[str, ...] = ()
    clocks: Mapping[str, str] = field(default_factory=dict)
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class V2Conflict:
    """What a hub decided about two versions: ``local`` is the hub's, ``remote`` the client's."""

    entity_id: str
    local: str
    remote: str
    strategy: str
    resolved: str


@dataclass(frozen=True, slots=True)
class V2Response:
    """The answer. ``applied`` and ``applied_edges`` alone say what the hub took."""

    sync_type: str
    server_time: str
    changes: tuple[V2Change, ...] = ()
    conflicts: tuple[V2Conflict, ...] = ()
    cursor: str | None = None
    applied: tuple[str, ...] = ()
    applied_edges: tuple[str, ...] = ()
    state_digest: str = ""
    clocks: Mapping[str, str] = field(default_factory=dict)


def parse_request(body: bytes) -> V2Request:
    """Raises RemoteProtocolError naming the field, for anything else."""
    said = read_object(body)
    filters: dict[str, Any] = _optional(said, "filters", _object, {}, "")
    clock: dict[str, Any] = _optional(said, "vector_clock", _object, {}, "")
    return V2Request(
        device_id=_required(said, "device_id", ""),
        user_id=_required(said, "user_id", ""),
        sync_type=_one_of(_required(said, "sync_type", ""), SYNC_TYPES, "sync_type"),
        changes=_listed(said, "changes", _change, ""),
        since=_moment(filters.get("since"), "filters.since"),
        entity_types=tuple(each.lower() for each in _listed(filters, "entity_types", _text, "filters.")),
        modified_by=_listed(filters, "modified_by", _text, "filters."),
        clocks={key: _text(value, f"vector_clock.clocks.{key}") for key, value in _clocks(clock).items()},
        cursor=_optional(said, "cursor", _text, None, ""),
    )


def parse_response(body: bytes) -> V2Response:
    """Raises RemoteProtocolError naming the field, for anything else."""
    said = read_object(body)
    if said.get("protocol_version", V2) != V2:
        _refuse("protocol_version", "is another one")
    moment = _moment(_required(said, "server_time", ""), "server_time")
    return V2Response(
        sync_type=_optional(said, "sync_type", _text, "", ""),
        server_time=moment if moment is not None else _refuse("server_time", "is missing"),
        changes=_listed(said, "changes", _change, ""),
        conflicts=_listed(said, "conflicts", _conflict, ""),
        cursor=_optional(said, "cursor", _text, None, ""),
        applied=_listed(said, "applied", _text, ""),
        applied_edges=_listed(said, "applied_relationships", _text, ""),
        state_digest=_optional(said, "state_digest", _text, "", ""),
    )


def parse_edges(body: bytes) -> tuple[V2Edge, ...]:
    """The answer to ``GET /api/v1/graph/relationships``: every edge that the hub has."""
    return _listed(read_object(body), "relationships", _edge, "")


def parse_versions(body: bytes) -> tuple[V2Entity, ...]:
    """The answer to ``GET /api/v1/graph/entities/{id}/versions``: all that was ever stored, losers of conflicts too."""
    return _listed(read_object(body), "versions", _entity, "")


def parse_listed(body: bytes) -> tuple[V2Entity, ...]:
    """The answer to ``GET /api/v1/graph/entities``: a page of the current versions."""
    return _listed(read_object(body), "entities", _entity, "")


def render_request(request: V2Request) -> bytes:
    """The request as UTF-8 JSON, with no field that a fielded hub would stumble over."""
    said: dict[str, object] = {
        "protocol_version": V2,
        "device_id": request.device_id,
        "user_id": request.user_id,
        "sync_type": request.sync_type,
        "vector_clock": {"clocks": dict(request.clocks)},
        "changes": [_change_said(change) for change in request.changes],
    }
    if request.since is not None:
        said["filters"] = {"since": request.since}
    if request.cursor is not None:
        said["cursor"] = request.cursor
    return _encode(said).encode()


def render_response(response: V2Response, counts: Mapping[str, float]) -> bytes:
    """The answer as UTF-8 JSON, with every field that fielded clients read. ``counts`` is ``sync_stats``."""
    said = {
        "protocol_version": V2,
        "sync_type": response.sync_type,
        "changes": [_change_said(change) for change in response.changes],
        "conflicts": [
            {
                "entity_id": each.entity_id,
                "local_version": each.local,
                "remote_version": each.remote,
                "resolution_strategy": each.strategy,
                "resolved_version": each.resolved,
            }
            for each in response.conflicts
        ],
        "vector_clock": {"clocks": dict(response.clocks)},
        "cursor": response.cursor,
        "state_digest": response.state_digest,
        "sync_stats": dict(counts),
        "server_time": response.server_time,
        "applied": list(response.applied),
        "applied_relationships": list(response.applied_edges),
    }
    return _encode(said).encode()


def render_edges(edges: Sequence[V2Edge]) -> bytes:
    """The answer to ``GET /api/v1/graph/relationships``."""
    rows = [
        {**_edge_said(each), "user_id": each.user_id, "created_at": each.updated_at, "updated_at": each.updated_at}
        for each in edges
    ]
    return _encode({"relationships": rows, "count": len(rows)}).encode()


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object that these bytes are. NaN and numbers beyond a double become null, as on fielded hubs.

    Raises:
        RemoteProtocolError: they are none, or too many.
    """
    if len(body) > MAX_V2_BYTES:
        _refuse("body", f"holds {len(body)} bytes; at most {MAX_V2_BYTES} are read")
    try:
        said = json.loads(body.decode(), parse_constant=lambda _: None, parse_float=_number)
    except RecursionError as error:
        raise RemoteProtocolError("the message is nested too deeply", argument="body") from error
    except ValueError as error:
        raise RemoteProtocolError(f"the message is no JSON: {error}", argument="body") from error
    return said if isinstance(said, dict) else _refuse("body", "is no JSON object")


# Reading.


def _change(value: object, place: str) -> V2Change:
    said = _object(value, place)
    kind = _one_of(_required(said, "change_type", f"{place}."), CHANGE_TYPES, f"{place}.change_type")
    return V2Change(
        kind,
        _optional(said, "entity", _entity, None, f"{place}."),
        _listed(said, "relationships", _edge, f"{place}."),
        len(_listed(said, "blobs", _object, f"{place}.")),
    )


def _entity(value: object, place: str) -> V2Entity:
    said, inside = _object(value, place), f"{place}."
    return V2Entity(
        id=_required(said, "id", inside),
        version=_required(said, "version", inside),
        entity_type=_required(said, "entity_type", inside).lower(),
        name=_required(said, "name", inside),
        content=_optional(said, "content", _object, {}, inside),
        source_type=_optional(said, "source_type", _text, "manual", inside).lower(),
        user_id=_optional(said, "user_id", _text, "", inside),
        parents=_listed(said, "parent_versions", _text, inside),
    )


def _edge(value: object, place: str) -> V2Edge:
    said, inside = _object(value, place), f"{place}."
    return V2Edge(
        id=_required(said, "id", inside),
        from_id=_required(said, "from_entity_id", inside),
        from_version=_optional(said, "from_entity_version", _text, "", inside),
        to_id=_required(said, "to_entity_id", inside),
        to_version=_optional(said, "to_entity_version", _text, "", inside),
        relationship_type=_required(said, "relationship_type", inside).lower(),
        properties=_optional(said, "properties", _object, {}, inside),
        user_id=_optional(said, "user_id", _text, "", inside),
        updated_at=_moment(said.get("updated_at"), f"{inside}updated_at") or "",
        # A newer branch ends edges instead of overwriting them.
        ended=said.get("valid_to") is not None,
    )


def _conflict(value: object, place: str) -> V2Conflict:
    said, inside = _object(value, place), f"{place}."
    local, remote = (_optional(said, f"{side}_version", _text, "", inside) for side in ("local", "remote"))
    strategy = _optional(said, "resolution_strategy", _text, "", inside)
    resolved = _optional(said, "resolved_version", _text, "", inside)
    return V2Conflict(_required(said, "entity_id", inside), local, remote, strategy, resolved)


def _clocks(clock: Mapping[str, Any]) -> Mapping[str, Any]:
    return _optional(clock, "clocks", _object, {}, "vector_clock.")


def _moment(value: object, place: str) -> str | None:
    """A moment in any of the forms that v2 takes: with a zone, without one (then UTC), or seconds since 1970."""
    if value is None:
        return None
    try:
        if isinstance(value, str):
            text = value.strip()
            # Clients of one edition write the zone twice.
            found = datetime.fromisoformat(text[:-1] if text.endswith("+00:00Z") else text)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found = datetime.fromtimestamp(value, UTC)
        else:
            _refuse(place, "is no moment")
        moment = found if found.tzinfo is not None else found.replace(tzinfo=UTC)
        return moment.astimezone(UTC).isoformat(timespec="microseconds")
    except (ValueError, OverflowError, OSError):
        _refuse(place, "is no moment")


def _required(said: Mapping[str, Any], key: str, inside: str) -> str:
    if key not in said:
        _refuse(f"{inside}{key}", "is missing")
    return _text(said[key], f"{inside}{key}")


def _optional(said: Mapping[str, Any], key: str, read: Callable[[object, str], _T], otherwise: _T, inside: str) -> _T:
    value = said.get(key)
    return otherwise if value is None else read(value, f"{inside}{key}")


def _listed(said: Mapping[str, Any], key: str, read: Callable[[object, str], _T], inside: str) -> tuple[_T, ...]:
    value = said.get(key)
    if value is None:
        return ()
    if not isinstance(value, list):
        _refuse(f"{inside}{key}", "is no list")
    return tuple([read(each, f"{inside}{key}[{n}]") for n, each in enumerate(value)])


def _text(value: object, place: str) -> str:
    if not isinstance(value, str):
        _refuse(place, "is no text")
    if not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
        _refuse(place, "holds half of a character, which no text can hold")
    return value


def _object(value: object, place: str) -> dict[str, Any]:
    return value if isinstance(value, dict) else _refuse(place, "is no object")


def _one_of(value: str, allowed: Sequence[str], place: str) -> str:
    word = value.lower()
    return word if word in allowed else _refuse(place, f"is {value[:80]!r}, not one of {', '.join(allowed)}")


def _number(text: str) -> float | None:
    value = float(text)
    return value if math.isfinite(value) else None


def _refuse(place: str, why: str) -> NoReturn:
    raise RemoteProtocolError(f"{place} {why}", argument=place)


# Writing.


def _plain(value: object) -> object:
    """Let read-only mappings and sequences through; JSON knows only dict, list and tuple."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        return list(value)
    raise TypeError(f"{type(value).__name__} is no JSON value")


# Keys keep their order, as somebody wrote them.
_encode = JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_plain).encode


def _change_said(change: V2Change) -> dict[str, object]:
    entity = change.entity
    said = None if entity is None else _entity_said(entity)
    return {"change_type": change.change_type, "entity": said, "relationships": [*map(_edge_said, change.edges)]}


def _entity_said(entity: V2Entity) -> dict[str, object]:
    return {
        "id": entity.id,
        "version": entity.version,
        "entity_type": entity.entity_type,
        "name": entity.name,
        "content": entity.content,
        "source_type": entity.source_type,
        "user_id": entity.user_id,
        "parent_versions": list(entity.parents),
        "checksum": None,
    }


def _edge_said(edge: V2Edge) -> dict[str, object]:
    return {
        "id": edge.id,
        "from_entity_id": edge.from_id,
        "from_entity_version": edge.from_version,
        "to_entity_id": edge.to_id,
        "to_entity_version": edge.to_version,
        "relationship_type": edge.relationship_type,
        "properties": edge.properties,
    }
