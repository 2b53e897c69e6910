"""The lines of an export read back: every field is looked at, so that whatever else a file holds is refused by name."""

import binascii
import json
import re
from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn, TypeAlias

from goodies_mcp.core.canonical import MAX_BYTES, MAX_DEPTH, check_json
from goodies_mcp.core.models import (
    Batch,
    Content,
    DeviceState,
    Dot,
    EntityPayload,
    JsonObject,
    Payload,
    RecordId,
    RelationshipPayload,
    Sha256,
    Version,
    VersionId,
)
from goodies_mcp.errors import GoodiesError
from goodies_mcp.graph.transfer_lines import FORMAT, Check, Chunk, End, Header, Line, VersionLine

MOST_CONTENT = 1 << 30
"""Bytes of one binary content."""

_BIGGEST = (1 << 63) - 1
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)

_Row: TypeAlias = Mapping[str, Any]


class Malformed(Exception):
    """A line that cannot be read: the field (None: the whole line), and what is wrong with it."""

    def __init__(self, what: str, field: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.field = field


def parse_line(raw: bytes) -> Line:
    """The line as a value. Raises Malformed naming the field."""
    try:
        row = _decode(raw.decode())
    except UnicodeDecodeError as cause:
        raise Malformed(f"is no UTF-8 text (byte {cause.start})") from None
    except RecursionError as cause:
        raise Malformed("is nested too deeply") from cause
    except ValueError as cause:
        raise Malformed(f"is no JSON: {str(cause)[:120]}") from None
    if not isinstance(row, dict):
        raise Malformed("is no JSON object")
    kind = row.get("kind")
    known = _KINDS.get(kind) if isinstance(kind, str) else None
    if known is None:
        raise Malformed(f"is unknown: {str(kind)[:40]!r}", "kind")
    read, fields = known
    if not row.keys() <= fields:
        raise Malformed("is unknown here", min(row.keys() - fields)[:80])
    return read(row, raw)


def _refuse_constant(name: str) -> NoReturn:
    message = f"{name} is no JSON value"
    raise ValueError(message)


_decode = json.JSONDecoder(parse_constant=_refuse_constant).decode


def _header(row: _Row, _raw: bytes) -> Header:
    if row.get("format") != FORMAT:
        raise Malformed(f"is {str(row.get('format'))[:20]}; this program reads {FORMAT}", "format")
    return Header(_number(row, "schema"), _number(row, "versions"), _text(row, "digest"))


def _batch(row: _Row, _raw: bytes) -> Batch:
    undoes = None if row.get("undoes") is None else _text(row, "undoes")
    return Batch(
        _id(row, "id"), _text(row, "client"), _text(row, "tool"), _moment(row, "at"), _text(row, "author"), undoes
    )


def _entity(row: _Row, raw: bytes) -> VersionLine:
    payload = EntityPayload(_text(row, "type"), _text(row, "name"), _free(row, "content", raw))
    return _version(row, payload)


def _relationship(row: _Row, raw: bytes) -> VersionLine:
    ends = RecordId(_id(row, "from")), RecordId(_id(row, "to"))
    return _version(row, RelationshipPayload(*ends, _text(row, "type"), _free(row, "properties", raw)))


def _version(row: _Row, payload: Payload) -> VersionLine:
    deleted = row.get("deleted", False)
    if deleted is not True and deleted is not False:
        raise Malformed("must be true or false", "deleted")
    batch = row.get("batch")
    if batch is not None and type(batch) is not str:
        raise Malformed("must be text or null", "batch")
    version = Version(
        record_id=RecordId(_id(row, "id")),
        version=VersionId(_id(row, "version")),
        dot=_dot(row),
        context=_context(row),
        parents=_parents(row),
        payload=payload,
        edited_at=_moment(row, "edited_at"),
        author=_text(row, "author"),
        device=_text(row, "device"),
        source_type=_text(row, "source_type"),
        deleted=deleted,
    )
    return VersionLine(version, batch)


def _state(row: _Row, _raw: bytes) -> DeviceState:
    return DeviceState(
        RecordId(_id(row, "entity")),
        _text(row, "capability"),
        _checked(_object(row, "value"), "value"),  # no hash will be made of it, so nothing else would look
        since=_moment(row, "since"),
        seen_at=_moment(row, "seen_at"),
    )


def _content(row: _Row, _raw: bytes) -> Content:
    size = _number(row, "size")
    if size > MOST_CONTENT:
        raise Malformed(f"is {size}; at most {MOST_CONTENT} bytes are taken", "size")
    file_name = None if row.get("file_name") is None else _text(row, "file_name")
    return Content(_sha256(row), size, _text(row, "content_type"), file_name)


def _chunk(row: _Row, _raw: bytes) -> Chunk:
    try:
        return Chunk(_sha256(row), b64decode(_text(row, "data"), validate=True))
    except (binascii.Error, ValueError) as cause:
        raise Malformed("is no base64", "data") from cause


def _check(row: _Row, _raw: bytes) -> Check:
    return Check(_sha256(row))


def _end(row: _Row, _raw: bytes) -> End:
    return End(_number(row, "lines"))


def _text(row: _Row, field: str) -> str:
    value = row.get(field)
    if type(value) is not str:
        raise Malformed("is missing" if value is None else "must be text", field)
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        raise Malformed("holds a lone surrogate, which is no Unicode text", field)
    return value


def _id(row: _Row, field: str) -> str:
    value = _text(row, field)
    if not value:
        raise Malformed("is empty", field)
    return value


def _number(row: _Row, field: str) -> int:
    value = row.get(field)
    if type(value) is not int or not 0 <= value <= _BIGGEST:
        raise Malformed("must be a whole number", field)
    return value


def _moment(row: _Row, field: str) -> str:
    value = _text(row, field)
    if _MOMENT.fullmatch(value) is None:
        raise Malformed("must be a UTC time with microseconds and +00:00", field)
    return value


def _sha256(row: _Row) -> Sha256:
    value = _text(row, "sha256")
    if _SHA256.fullmatch(value) is None:
        raise Malformed("must be 64 hexadecimal digits", "sha256")
    return Sha256(value)


def _free(row: _Row, field: str, raw: bytes) -> JsonObject:
    value = _object(row, field)
    # What has few brackets and few bytes is neither deep nor large, and most lines are such.
    if len(raw) > MAX_BYTES or raw.count(b"{") + raw.count(b"[") > MAX_DEPTH:
        return _checked(value, field)
    return value


def _object(row: _Row, field: str) -> JsonObject:
    value = row.get(field)
    if type(value) is not dict:
        raise Malformed("must be a JSON object", field)
    return value


def _checked(value: JsonObject, field: str) -> JsonObject:
    try:
        check_json(value, field)
    except GoodiesError as wrong:
        raise Malformed(wrong.message, field) from wrong
    return value


def _dot(row: _Row) -> Dot:
    value = row.get("dot")
    if type(value) is list and len(value) == 2:
        incarnation, n = value
        if type(incarnation) is str and incarnation and type(n) is int and 1 <= n <= _BIGGEST:
            return Dot(incarnation, n)
    raise Malformed("must be [incarnation, n] with n from 1", "dot")


def _context(row: _Row) -> Mapping[str, int]:
    value = row.get("context")
    if type(value) is dict and all(type(n) is int and 1 <= n <= _BIGGEST for n in value.values()):
        return value
    raise Malformed("must map incarnations to numbers from 1", "context")


def _parents(row: _Row) -> tuple[VersionId, ...]:
    value = row.get("parents")
    if type(value) is list and all(type(each) is str for each in value):
        return tuple(value)
    raise Malformed("must be a list of version ids", "parents")


_VERSION_FIELDS: Sequence[str] = (
    *("id", "version", "type", "edited_at", "author", "device", "source_type", "deleted", "dot", "context", "parents"),
    "batch",
)


def _known(read: Callable[[_Row, bytes], Line], *fields: str) -> tuple[Callable[[_Row, bytes], Line], frozenset[str]]:
    return read, frozenset({"kind", *fields})


_KINDS: Mapping[str, tuple[Callable[[_Row, bytes], Line], frozenset[str]]] = {
    "goodies-mcp": _known(_header, "format", "schema", "versions", "digest"),
    "batch": _known(_batch, "id", "client", "tool", "at", "author", "undoes"),
    "entity": _known(_entity, *_VERSION_FIELDS, "name", "content"),
    "relationship": _known(_relationship, *_VERSION_FIELDS, "from", "to", "properties"),
    "state": _known(_state, "entity", "capability", "value", "since", "seen_at"),
    "content": _known(_content, "sha256", "size", "content_type", "file_name"),
    "chunk": _known(_chunk, "sha256", "data"),
    "check": _known(_check, "sha256"),
    "end": _known(_end, "lines"),
}
