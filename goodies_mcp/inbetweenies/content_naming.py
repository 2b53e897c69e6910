"""Which binary content a version names (PROTOCOL.md, V3-9.1), so that it can go before it or be known to be missing."""

import re
from collections.abc import Iterator, Mapping, Sequence

from goodies_mcp.core.models import Content, EntityPayload, JsonText, JsonValue, Sha256, Version

_KIND = re.compile(r"[\w.+-]{1,100}/[\w.+-]{1,100}", re.ASCII)
_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)
_KEY = "sha256"
_UNKNOWN = "application/octet-stream"
_PLAIN = frozenset({str, int, float, bool, type(None)})
_LONGEST = 200


def named_in(version: Version) -> Iterator[Content]:
    """The content that an entity names by ``sha256``, at the top of what it says or one level below, with the size,
    type and file name that stand beside it; the size is 0 where none is told."""
    payload = version.payload
    if not isinstance(payload, EntityPayload):
        return
    said = payload.content
    if isinstance(said, JsonText) and _KEY not in said.text:
        return  # without taking it apart: most things name nothing
    if _KEY in said:
        yield from _named(said)
    for value in said.values():
        if value.__class__ in _PLAIN:
            continue  # asked first because it is quick, and each version of each page comes by here
        if isinstance(value, Mapping):
            yield from _named(value)
        elif isinstance(value, Sequence):
            for each in value:
                if each.__class__ not in _PLAIN and isinstance(each, Mapping):
                    yield from _named(each)


def _named(said: Mapping[str, JsonValue]) -> Iterator[Content]:
    sha256 = said.get(_KEY)
    if isinstance(sha256, str) and _HASH.fullmatch(sha256):
        size, kind, name = said.get("size"), said.get("content_type"), said.get("file_name")
        yield Content(
            Sha256(sha256),
            size if isinstance(size, int) and size > 0 else 0,
            kind if isinstance(kind, str) and _KIND.fullmatch(kind) else _UNKNOWN,
            name[:_LONGEST] if isinstance(name, str) else None,
        )
