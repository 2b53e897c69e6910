"""One text and one hash for a value, the same on every replica: what equality, digests and deduplication stand on."""

import json
import math
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from json.encoder import encode_basestring
from typing import Any, Final

from goodies_mcp.core.models import EntityPayload, JsonValue, Payload, Sha256, Version
from goodies_mcp.errors import InvalidInput, TooLarge

MAX_DEPTH = 64
"""Levels of nesting that content may have."""

MAX_BYTES = 1_048_576
"""Size of one JSON value in canonical UTF-8 bytes."""

_FORM = "goodies-v3"

_SHALLOW: Final = 16
_SHORT_INT: Final = 1 << 63
_MOST_OF_SIGN: Final = 32
"""No character of a text takes more than six bytes, and no short number, comma included, more than so many."""


def _plain(value: object) -> object:
    """Let read-only mappings and sequences through; JSON knows only dict, list and tuple."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        return list(value)
    raise TypeError(f"{type(value).__name__} is no JSON value")


# One encoder for all calls: json.dumps would build a new one each time, and every write hashes. What holds itself is
# found by its depth.
_encode = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, check_circular=False, default=_plain
).encode


def canonical_json(value: JsonValue) -> str:
    """The one JSON text of a value: keys sorted by code point, no spaces, no escapes that are not needed.

    ``1``, ``1.0`` and ``true`` are three different texts. Raises InvalidInput for NaN, infinities, lone surrogates,
    and what is no JSON at all, naming the place; TooLarge when it is nested too deeply to be written.
    """
    text, _ = _written(value)
    return text


def canonical_texts(*texts: str) -> bytes:
    """The canonical JSON of an array of texts, in UTF-8: what :func:`canonical_json` says, in a third of the time.

    Raises InvalidInput for lone surrogates.
    """
    try:
        return f"[{','.join(map(encode_basestring, texts))}]".encode()
    except UnicodeEncodeError:
        return canonical_json(texts).encode()


def content_hash(version: Version) -> Sha256:
    """SHA-256 over everything that a version says, equal on every replica that holds it (INBETWEENIES B.1, B.8).

    The hashed bytes are the canonical JSON, in UTF-8, of this array::

        ["goodies-v3", record_id, version, payload, deleted, edited_at, author, device, source_type,
         [incarnation, n], {incarnation: n, ...}, [parents sorted by code point]]

    with ``payload`` one of ``["entity", entity_type, name, content]`` and
    ``["relationship", from_id, to_id, relationship_type, properties]``. Raises as :func:`canonical_json`.
    """
    return Sha256(sha256(_hashed(version)).hexdigest())


def measured_hash(version: Version) -> tuple[Sha256, bool]:
    """The :func:`content_hash` of a version made of JSON's own types, and whether what it says is clearly within the
    bounds of :func:`check_json`: where it is, nobody need go through it once more."""
    encoded = _hashed(version)
    brackets = encoded.count(b"{") + encoded.count(b"[")
    return Sha256(sha256(encoded).hexdigest()), brackets <= MAX_DEPTH and len(encoded) <= MAX_BYTES


def _hashed(version: Version) -> bytes:
    """What the hash is taken of."""
    dot = version.dot
    _, encoded = _written(
        [
            _FORM,
            version.record_id,
            version.version,
            _payload_row(version.payload),
            version.deleted,
            version.edited_at,
            version.author,
            version.device,
            version.source_type,
            [dot.incarnation, dot.n],
            version.context,
            sorted(version.parents),
        ]
    )
    return encoded


def check_json(value: JsonValue, argument: str, max_depth: int = MAX_DEPTH, max_bytes: int = MAX_BYTES) -> None:
    """Refuse what could not be kept, sent and read back unchanged, before it is stored.

    Raises InvalidInput for NaN, infinities, lone surrogates, keys that are not text and values that are no JSON;
    TooLarge for more than ``max_depth`` levels of nesting or more than ``max_bytes`` canonical bytes. The message
    names the place inside ``argument``.
    """
    if _is_modest(value, min(max_depth, _SHALLOW), max_bytes):
        return
    _walk(value, argument, argument, max_depth)
    size = len(_written(value, argument)[1])
    if size > max_bytes:
        raise TooLarge(
            f"{argument} takes {size} bytes of JSON; at most {max_bytes} are kept",
            argument=argument,
            hint="attach large things as files",
        )


def _payload_row(payload: Payload) -> JsonValue:
    if isinstance(payload, EntityPayload):
        return ["entity", payload.entity_type, payload.name, payload.content]
    return ["relationship", payload.from_id, payload.to_id, payload.relationship_type, payload.properties]


def _written(value: JsonValue, argument: str = "value") -> tuple[str, bytes]:
    try:
        text = _encode(value)
        return text, text.encode()
    except RecursionError as cause:
        raise TooLarge(f"{argument} is nested too deeply", argument=argument) from cause
    except (ValueError, TypeError) as cause:  # UnicodeEncodeError is a ValueError
        _walk(value, argument, argument, MAX_DEPTH + 8)  # room for the rows around content
        raise InvalidInput(f"{argument} cannot be written as JSON: {cause}", argument=argument) from cause


def _is_modest(value: object, levels: int, most: int) -> bool:
    """Whether it is made of JSON's own types all through and clearly within the bounds.

    What is not, need not be wrong: it has to be looked at closely, which takes ten times as long.
    """
    size = 0
    level: list[Any] = [(value,)]
    for _ in range(levels + 1):
        deeper: list[Any] = []
        for each in level:
            size += len(each)
            for part in each:
                kind = part.__class__
                if kind is str:
                    size += len(part) if part.isascii() else _signs((part,))
                elif kind is dict:
                    size += _signs(part)
                    deeper.append(part.values())
                elif kind is list:
                    deeper.append(part)
                elif not _is_short(part):
                    return False
        if not deeper:
            return size * _MOST_OF_SIGN < most
        level = deeper
    return False


def _signs(texts: Iterable[str]) -> int:
    """The characters of all of these; more than any bound where one is no text that can be written."""
    try:
        joined = "".join(texts)
        return len(joined) if joined.isascii() or joined.encode() else 0
    except (TypeError, UnicodeEncodeError):
        return sys.maxsize


def _is_short(scalar: object) -> bool:
    if isinstance(scalar, float):
        return math.isfinite(scalar)
    if isinstance(scalar, int):
        return -_SHORT_INT < scalar < _SHORT_INT
    return scalar is None


def _walk(value: object, argument: str, place: str, levels: int) -> None:
    """Find the first thing that JSON cannot carry; ``place`` reads like ``content.limits[2]``."""
    if isinstance(value, str):
        _check_text(value, argument, place)
    elif isinstance(value, float) and not math.isfinite(value):
        raise InvalidInput(f"{place} is {value}, which JSON cannot carry", argument=argument)
    elif isinstance(value, Mapping | list | tuple):
        if levels <= 0:
            raise TooLarge(f"{place} is nested too deeply", argument=argument)
        for inner, where in _parts(value, argument, place):
            _walk(inner, argument, where, levels - 1)
    elif not (value is None or isinstance(value, bool | int | float)):
        raise InvalidInput(f"{place} is a {type(value).__name__}, which is no JSON value", argument=argument)


def _parts(
    value: Mapping[object, object] | Sequence[object], argument: str, place: str
) -> Iterator[tuple[object, str]]:
    if not isinstance(value, Mapping):
        yield from ((inner, f"{place}[{index}]") for index, inner in enumerate(value))
        return
    for key, inner in value.items():
        if not isinstance(key, str):
            raise InvalidInput(f"{place} has a key that is not text: {key!r}", argument=argument)
        _check_text(key, argument, f"a key of {place}")
        yield inner, f"{place}.{key}"


def _check_text(text: str, argument: str, place: str) -> None:
    if text.isascii():
        return
    try:
        text.encode()
    except UnicodeEncodeError as cause:
        raise InvalidInput(
            f"{place} holds a lone surrogate at character {cause.start}, which is no Unicode text", argument=argument
        ) from cause
