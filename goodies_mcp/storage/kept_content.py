"""Binary content held against what speaks of it: whether its bytes are still those of its hash, and whether any
version, now or in the past, names it."""

import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from goodies_mcp.storage.sql import SQL as QUERIES
from goodies_mcp.storage.sql import parsed, resource

SQL = parsed(resource("maintenance.sql"))

GRACE = timedelta(days=1)
"""How long content is left alone that nothing names: what names it may be on its way."""

_HASH = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Unused:
    """Content that no version names."""

    numbers: tuple[int, ...]
    size: int


def damaged_content(connection: sqlite3.Connection) -> list[str]:
    """Hashes of content whose bytes are others by now."""
    held = connection.execute(SQL["all_content"]).fetchall()
    return [named for number, named, size, _ in held if _hash_of(connection, number) != (named, size)]


def unused_content(connection: sqlite3.Connection, now: str) -> Unused:
    """What nothing names, and has not for a day at least, as far as the clock tells."""
    named = {found for (text,) in connection.execute(SQL["all_said"]) for found in _HASH.findall(text)}
    held = connection.execute(SQL["all_content"]).fetchall()
    old = [row for row in held if row[1] not in named and _is_old(row[3], now)]
    return Unused(tuple(row[0] for row in old), sum(row[2] for row in old))


def drop_unused(connection: sqlite3.Connection, now: str) -> Unused:
    """Take it away. The caller has begun a transaction, so that nothing comes to name it meanwhile."""
    unused = unused_content(connection, now)
    connection.executemany(QUERIES["drop_content"], ((number,) for number in unused.numbers))
    return unused


def _hash_of(connection: sqlite3.Connection, number: int) -> tuple[str, int]:
    hashed, size = sha256(), 0
    with connection.blobopen("binary_content", "data", number, readonly=True) as data:
        for piece in _pieces(data):
            hashed.update(piece)
            size += len(piece)
    return hashed.hexdigest(), size


def _pieces(data: sqlite3.Blob) -> Iterator[bytes]:
    while piece := data.read(_PIECE):
        yield piece


def _is_old(created_at: str, now: str) -> bool:
    try:
        return datetime.fromisoformat(created_at) + GRACE <= datetime.fromisoformat(now)
    except (ValueError, OverflowError, TypeError):
        return False
