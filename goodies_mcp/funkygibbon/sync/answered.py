"""What every edition's speaker gives back, and how work on large messages is kept out of everybody's way."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")

_SMALL = 32_768
"""Bytes of a message that are read where they arrive; larger ones would hold everybody else up."""


@dataclass(slots=True)
class Answered:
    """An answer, and the counts for its line in the log."""

    body: bytes
    counts: dict[str, int] = field(default_factory=dict)


async def apart(size: int, work: Callable[..., T], *arguments: object) -> T:
    """Run work on a message of this size: here when it is small, in a thread when it takes long."""
    if size <= _SMALL:
        return work(*arguments)
    return await asyncio.to_thread(work, *arguments)
