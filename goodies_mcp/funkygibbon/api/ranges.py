"""``Range`` and ``Content-Range`` (RFC 9110): which bytes of a whole, out of their text. Pure."""

import re
from dataclasses import dataclass

from goodies_mcp.errors import InvalidInput

_ONE_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)
_PART = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes from ``start`` to before ``end`` of ``total``."""

    start: int
    end: int
    total: int


class Unsatisfiable(Exception):
    """The range lies outside."""


def asked_range(header: str | None, total: int) -> Part | None:
    """The part that a ``Range`` asks for; None for the whole, also when it asks for several or in another unit.

    Raises:
        Unsatisfiable: nothing of it is there.
    """
    found = _ONE_RANGE.fullmatch((header or "").strip().replace(" ", ""))
    if found is None or not any(found.groups()):
        return None
    first, last = found.groups()
    if not first:
        start, end = max(0, total - int(last)), total
    else:
        start, end = int(first), min(int(last) + 1, total) if last else total
        if last and int(last) < start:
            return None
    if start >= end:
        raise Unsatisfiable
    return Part(start, end, total)


def sent_part(header: str) -> Part:
    """The part that an upload says it is. Raises InvalidInput."""
    found = _PART.fullmatch(header.strip())
    if found is None:
        raise InvalidInput("Content-Range is not bytes FIRST-LAST/TOTAL", argument="Content-Range")
    first, last, total = map(int, found.groups())
    if not first <= last < total:
        raise InvalidInput("Content-Range names bytes that the whole does not have", argument="Content-Range")
    return Part(first, last + 1, total)
