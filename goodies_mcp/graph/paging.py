"""Long answers in pages: limits, and cursors that are bound to the question they came from.

What makes and reads cursors is loaded with the first of them: start-up, because most answers fit on one page.
"""

import json
from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from goodies_mcp.core.text import fold
from goodies_mcp.errors import InvalidInput

DEFAULT_LIMIT = 20
MOST = 200

# One encoder for all calls: json.dumps would build a new one each time.
_question = json.JSONEncoder(default=sorted).encode
_written = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode

T = TypeVar("T")
Position = tuple[str | int | float, ...]
"""The sort key of the last thing shown: the next page begins after it, whatever came or went meanwhile."""

_MARK_BYTES = 6
LONGEST_KEY = 100
"""Characters of a name in a sort key."""
_LONGEST_CURSOR = 20_000


class Page(NamedTuple):
    """Which part of an answer is wanted: at most ``limit`` things, those after ``position`` (None: from the start)."""

    limit: int
    position: Position | None
    asked: tuple[object, ...]

    @property
    def question(self) -> str:
        """What the cursors of this answer are bound to."""
        return _question(self.asked)

    def cursor(self, position: Position) -> str:
        """The cursor that continues the same question after ``position``."""
        from base64 import urlsafe_b64encode

        written = _written(position).encode()
        return urlsafe_b64encode(_mark(self.question, written) + written).rstrip(b"=").decode()


def by_name(name: str, record_id: str) -> tuple[str, str]:
    """The key of lists ordered by name. Long names are cut: a cursor carries the key of the last thing shown."""
    return fold(name)[:LONGEST_KEY], record_id


def open_page(tool: str, arguments: Sequence[object], limit: int, cursor: str | None) -> Page:
    """The page that ``cursor`` asks for (None: the first) of the question that ``tool`` and ``arguments`` make.

    ``arguments`` are all values that decide the answer, ids instead of names. Raises InvalidInput naming ``limit``
    when it is not within 1 to 200, or ``cursor`` when it is broken or came from another question.
    """
    if isinstance(limit, bool) or not 1 <= limit <= MOST:
        raise InvalidInput(f"limit must be a whole number from 1 to {MOST}", argument="limit")
    first = Page(limit, None, (tool, *arguments))
    return first if cursor is None else first._replace(position=_position(cursor, first.question))


def cut(page: Page, items: Sequence[T], key: Callable[[T], Position]) -> tuple[Sequence[T], str | None]:
    """The page's share of ``items``, which are sorted by ``key`` (unique), and the cursor of the next page, if any."""
    start = 0 if page.position is None else bisect_right(items, page.position, key=key)
    shown = items[start : start + page.limit]
    more = start + page.limit < len(items)
    return shown, page.cursor(key(shown[-1])) if more else None


def _position(cursor: str, question: str) -> Position:
    from base64 import urlsafe_b64decode

    try:
        if len(cursor) > _LONGEST_CURSOR:
            raise ValueError
        raw = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        mark, written = raw[:_MARK_BYTES], raw[_MARK_BYTES:]
        if mark != _mark(question, written):
            raise ValueError
        return tuple(json.loads(written))
    except ValueError:
        raise InvalidInput(
            "cursor is broken or belongs to another question",
            argument="cursor",
            hint="repeat the call that gave it with the same arguments, or leave it out to begin again",
        ) from None


def _mark(question: str, written: bytes) -> bytes:
    """Covers the position too, so that only what was written here is ever compared with sort keys."""
    from hashlib import blake2b

    return blake2b(question.encode() + b"\0" + written, digest_size=_MARK_BYTES).digest()
