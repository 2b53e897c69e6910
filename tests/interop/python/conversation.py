"""What every Python client here does: list all there is, call every tool it is told, and say what came back. Run by an
environment that has the foreign client and nothing of ours.
"""

import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any


async def every(ask: Callable[..., Awaitable[Any]], key: str) -> list[Any]:
    """Every page of a list."""
    found: list[Any] = []
    cursor = None
    while True:
        page = await (ask(cursor=cursor) if cursor else ask())
        found += getattr(page, key)
        cursor = getattr(page, "nextCursor", None)
        if not cursor:
            return found


def planned() -> dict[str, Any]:
    """The plan that the test wrote."""
    return json.load(sys.stdin)


def called(name: str, is_error: bool, content: list[Any], structured: object) -> list[object]:
    """One call, as the test reads it."""
    return [name, is_error, content[0].text, structured]


def told(**said: object) -> None:
    """What came back, for the test."""
    print(json.dumps(said))  # noqa: T201
