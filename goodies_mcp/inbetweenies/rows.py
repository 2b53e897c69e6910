"""One version on the wire (PROTOCOL.md, V3-2): exact both ways, and its hash checked before anybody believes it.

Pages hold tens of thousands of these, so they are read and written by plain code; the envelope around them is not.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from json import JSONEncoder
from json.encoder import encode_basestring
from typing import Any, NamedTuple

from goodies_mcp.core.canonical import check_json, content_hash, measured_hash
from goodies_mcp.core.causality.vector_clock import covers
from goodies_mcp.core.models import (
    Dot,
    EntityPayload,
    JsonObject,
    JsonText,
    Payload,
    RecordId,
    RelationshipPayload,
    Sha256,
    Version,
    VersionId,
)
from goodies_mcp.core.unsealed import UnsealedVersion
from goodies_mcp.errors import GoodiesError, RemoteProtocolError
from goodies_mcp.inbetweenies.limits import (
    MAX_CONTENT_BYTES,
    MAX_CONTEXT,
    MAX_DEPTH,
    MAX_ID,
    MAX_NAME,
    MAX_NUMBER,
)


class Name(NamedTuple):
    """What an ack names: a version id is unique within its record only (V3-2.3)."""

    record_id: RecordId
    version: VersionId


class Header(NamedTuple):
    """A version without its payload: enough to compare sets (V3-6.4)."""

    record_id: RecordId
    version: VersionId
    content_hash: Sha256


@dataclass(frozen=True, slots=True)
class Row:
    """A version beside its content hash and, where it is to be sent, its text on the wire."""

    version: Version
    content_hash: Sha256
    text: str = field(default="", repr=False, compare=False)

    @property
    def name(self) -> Name:
        """What acks and refusals call it."""
        return Name(self.version.record_id, self.version.version)


_EDITED_AT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00", re.ASCII)
_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)


def _plain(value: object) -> object:
    """Let read-only mappings and sequences through; JSON knows only dict, list and tuple."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        return list(value)
    raise TypeError(f"{type(value).__name__} is no JSON value")


# One encoder for all calls, as in core.canonical; keys keep their order, as nothing here is hashed.
_json = JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_plain).encode


def row_of(version: Version, known_hash: Sha256 | None = None) -> Row:
    """The version ready to be sent (V3-2.1). ``known_hash`` saves the work where a store has it already.

    Raises InvalidInput or TooLarge for a version that JSON cannot carry.
    """
    digest = known_hash or content_hash(version)
    return Row(version, digest, _text(version, digest))


def parse_row(row: object, place: str) -> Row:
    """One version out of parsed JSON; ``place`` names it in errors, as in ``changes[3]``.

    Fields that this edition does not know are ignored (V3-2.6); kinds of entities, edges and sources are kept as they
    are (V3-2.7).

    Raises:
        RemoteProtocolError: a field is missing, of the wrong type or out of bounds, or the hash is another.
    """
    if row.__class__ is not dict:
        raise _refused(place, "is no object")
    values: dict[str, Any] = row
    try:
        version = _version(values, place)
        claimed = values["hash"]
    except KeyError as missing:
        raise _refused(f"{place}.{missing.args[0]}", "is missing") from missing
    try:
        digest, modest = measured_hash(version)
    except GoodiesError as error:
        _check_free(version.payload, place)  # which names the spot inside
        raise RemoteProtocolError(f"{place}: {error.message}", argument=place) from error
    if not modest:
        _check_free(version.payload, place)
    if digest != claimed:
        raise _refused(f"{place}.hash", "is not the hash of this version")
    return Row(version, digest)


def parse_rows(rows: object, place: str, most: int) -> tuple[Row, ...]:
    """All versions of a message, in order. Raises RemoteProtocolError as :func:`parse_row`, and for too many."""
    listed = _listed(rows, place, most)
    try:
        return tuple([parse_row(row, place) for row in listed])
    except RemoteProtocolError:
        # Only who refuses needs to say which: ten thousand places that nobody reads are not written.
        return tuple([parse_row(row, f"{place}[{index}]") for index, row in enumerate(listed)])


def parse_names(names: object, place: str, most: int) -> tuple[Name, ...]:
    """A list of ``[record, version]``."""
    return tuple(
        Name(*_texts(name, f"{place}[{index}]", 2))  # type: ignore[arg-type] # any text is an id
        for index, name in enumerate(_listed(names, place, most))
    )


def parse_headers(headers: object, place: str, most: int) -> tuple[Header, ...]:
    """A list of ``[record, version, hash]``."""
    found = []
    for index, header in enumerate(_listed(headers, place, most)):
        record_id, version, digest = _texts(header, f"{place}[{index}]", 3)
        if _HASH.fullmatch(digest) is None:
            raise _refused(f"{place}[{index}]", "holds no lower-case SHA-256")
        found.append(Header(RecordId(record_id), VersionId(version), Sha256(digest)))
    return tuple(found)


def within(rows: Iterable[Row], most_rows: int, most_bytes: int) -> tuple[Row, ...]:
    """The first rows that fit both bounds, and at least one if there is any: nothing is too large to move (V3-11.2)."""
    taken: list[Row] = []
    size = 0
    for row in rows:
        size += len(row.text) if row.text.isascii() else len(row.text.encode())
        if taken and (len(taken) == most_rows or size > most_bytes):
            break
        taken.append(row)
    return tuple(taken)


def _version(values: Mapping[str, Any], place: str) -> Version:
    dot = _dot(values["dot"], place)
    context = _context(values["context"], place)
    if covers(context, dot):
        raise _refused(f"{place}.context", "covers the version itself")
    edited_at = _id(values, "edited_at", place)
    if _EDITED_AT.fullmatch(edited_at) is None:
        raise _refused(f"{place}.edited_at", "is not UTC ISO-8601 with microseconds and +00:00")
    deleted = values["deleted"]
    if deleted.__class__ is not bool:
        raise _refused(f"{place}.deleted", "is neither true nor false")
    made: Any = UnsealedVersion()
    made.record_id = _id(values, "id", place)
    made.version = _id(values, "version", place)
    made.dot = dot
    made.context = context
    made.parents = _parents(values["parents"], place)
    made.payload = _payload(values, place)
    made.edited_at = edited_at
    made.author = _text_of(values, "author", place, MAX_ID)
    made.device = _text_of(values, "device", place, MAX_ID)
    made.source_type = _text_of(values, "source_type", place, MAX_ID)
    made.deleted = deleted
    made.__class__ = Version
    return made  # type: ignore[no-any-return]


def _payload(values: Mapping[str, Any], place: str) -> Payload:
    kind = values["kind"]
    if kind == "entity":
        name = _text_of(values, "name", place, MAX_NAME)
        return EntityPayload(_id(values, "type", place), name, _free(values, "content", place))
    if kind == "relationship":
        from_id, to_id = RecordId(_id(values, "from", place)), RecordId(_id(values, "to", place))
        return RelationshipPayload(from_id, to_id, _id(values, "type", place), _free(values, "properties", place))
    raise _refused(f"{place}.kind", "is neither entity nor relationship")


def _free(values: Mapping[str, Any], key: str, place: str) -> JsonObject:
    found: JsonObject = values[key]
    if found.__class__ is not dict:
        raise _refused(f"{place}.{key}", "is no object")
    return found


def _check_free(payload: Payload, place: str) -> None:
    """See that free JSON can be kept, sent and read back unchanged (V3-11.4)."""
    if isinstance(payload, EntityPayload):
        free, where = payload.content, f"{place}.content"
    else:
        free, where = payload.properties, f"{place}.properties"
    try:
        check_json(free, where, MAX_DEPTH, MAX_CONTENT_BYTES)
    except GoodiesError as error:
        raise RemoteProtocolError(error.message, argument=where) from error


def _dot(value: object, place: str) -> Dot:
    if not isinstance(value, list) or len(value) != 2:
        raise _refused(f"{place}.dot", "is not [incarnation, n]")
    incarnation, n = value
    if incarnation.__class__ is not str or not 0 < len(incarnation) <= MAX_ID:
        raise _refused(f"{place}.dot", "names no incarnation")
    if n.__class__ is not int or not 0 < n <= MAX_NUMBER:
        raise _refused(f"{place}.dot", "counts from 1")
    return Dot(incarnation, n)


def _context(value: object, place: str) -> dict[str, int]:
    if value.__class__ is not dict:
        raise _refused(f"{place}.context", "is no object")
    context: dict[str, int] = value
    if len(context) > MAX_CONTEXT:
        raise _refused(f"{place}.context", f"names more than {MAX_CONTEXT} incarnations")
    for incarnation, n in context.items():
        if n.__class__ is not int or not 0 < n <= MAX_NUMBER:
            raise _refused(f"{place}.context", "counts from 1")
        if not 0 < len(incarnation) <= MAX_ID:
            raise _refused(f"{place}.context", "names an incarnation that is none")
    return context


def _parents(value: object, place: str) -> tuple[VersionId, ...]:
    if not isinstance(value, list) or len(value) > MAX_CONTEXT:
        raise _refused(f"{place}.parents", f"is no list of at most {MAX_CONTEXT}")
    for parent in value:
        if parent.__class__ is not str or not 0 < len(parent) <= MAX_ID:
            raise _refused(f"{place}.parents", "holds what is no version id")
    return tuple(value)


def _id(values: Mapping[str, Any], key: str, place: str) -> str:
    value = values[key]
    if value.__class__ is not str or not 0 < len(value) <= MAX_ID:
        raise _refused(f"{place}.{key}", f"is no text of 1 to {MAX_ID} characters")
    return value


def _text_of(values: Mapping[str, Any], key: str, place: str, most: int) -> str:
    value = values[key]
    if value.__class__ is not str or len(value) > most:
        raise _refused(f"{place}.{key}", f"is no text of at most {most} characters")
    return value


def _texts(value: object, place: str, count: int) -> list[str]:
    if not isinstance(value, list) or len(value) != count:
        raise _refused(place, f"is no list of {count}")
    for text in value:
        if text.__class__ is not str or not 0 < len(text) <= MAX_ID or not _is_unicode(text):
            raise _refused(place, f"holds what is no text of 1 to {MAX_ID} characters")
    return value


def _is_unicode(text: str) -> bool:
    """JSON can spell half of a character; no text can hold it."""
    return text.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in text)


def _listed(values: object, place: str, most: int) -> list[object]:
    if not isinstance(values, list):
        raise _refused(place, "is no list")
    if len(values) > most:
        raise _refused(place, f"holds {len(values)}; at most {most} are allowed")
    return values


def _refused(place: str, why: str) -> RemoteProtocolError:
    return RemoteProtocolError(f"{place} {why}", argument=place)


def _text(version: Version, digest: Sha256) -> str:
    quoted = encode_basestring
    payload = version.payload
    if isinstance(payload, EntityPayload):
        said = (
            f'"kind":"entity","type":{quoted(payload.entity_type)},"name":{quoted(payload.name)},'
            f'"content":{_free_text(payload.content)}'
        )
    else:
        said = (
            f'"kind":"relationship","type":{quoted(payload.relationship_type)},"from":{quoted(payload.from_id)},'
            f'"to":{quoted(payload.to_id)},"properties":{_free_text(payload.properties)}'
        )
    context = ",".join([f"{quoted(incarnation)}:{n}" for incarnation, n in version.context.items()])
    return (
        f'{{"id":{quoted(version.record_id)},"version":{quoted(version.version)},'
        f'"dot":[{quoted(version.dot.incarnation)},{version.dot.n}],"context":{{{context}}},'
        f'"parents":[{",".join(map(quoted, version.parents))}],{said},"edited_at":{quoted(version.edited_at)},'
        f'"author":{quoted(version.author)},"device":{quoted(version.device)},'
        f'"source_type":{quoted(version.source_type)},"deleted":{"true" if version.deleted else "false"},'
        f'"hash":"{digest}"}}'
    )


def _free_text(value: JsonObject) -> str:
    """Stored text goes out as it is: parsing it only to write it again would be the dearest part of a page."""
    if isinstance(value, JsonText):
        return value.text
    return _json(value) if value else "{}"
