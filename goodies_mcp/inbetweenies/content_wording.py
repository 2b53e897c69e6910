"""How what is asked about content is worded in HTTP, and what its answers say of it (PROTOCOL.md, V3-9.1)."""

from collections.abc import Mapping
from typing import NamedTuple

from goodies_mcp.inbetweenies.content_exchange import FetchPart, Look, SendPart, content_path

_LONGEST_NUMBER = 18


class Worded(NamedTuple):
    """A request but for its body and its token."""

    method: str
    path: str
    headers: dict[str, str]


def worded(ask: Look | SendPart | FetchPart) -> Worded:
    """The request. Content crosses as it is: packed bytes cannot be counted, and most files are packed already."""
    plain = {"accept": "*/*", "accept-encoding": "identity"}
    match ask:
        case Look():
            return Worded("HEAD", content_path(ask.sha256), plain)
        case SendPart():
            kind = {"content-type": ask.content.content_type}
            part = {} if ask.whole else {"content-range": f"bytes {ask.start}-{ask.end - 1}/{ask.content.size}"}
            return Worded("PUT", content_path(ask.content.sha256), plain | kind | part)
        case FetchPart():
            return Worded("GET", content_path(ask.sha256), plain | {"range": f"bytes={ask.start}-{ask.end - 1}"})


def told_length(ask: Look | SendPart | FetchPart, headers: Mapping[str, str]) -> int | None:
    """How much of the content the hub has: what has arrived, or all of it where it was only looked at."""
    said = headers.get("upload-offset") or (headers.get("content-length", "") if isinstance(ask, Look) else "")
    return int(said) if said.isascii() and said.isdigit() and len(said) <= _LONGEST_NUMBER else None
