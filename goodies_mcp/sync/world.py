"""What sync takes from outside, so that tests have a world of their own: time, chance, and which process this is."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from goodies_mcp.core.protocols import Clock, IdSource

Pause: TypeAlias = Callable[[float], Awaitable[None]]
"""Lets so many seconds pass."""

Alive: TypeAlias = Callable[[int], bool]
"""Whether a process with this number runs on this machine."""


@dataclass(frozen=True, slots=True)
class World:
    """Time, identities, chance in [0, 1), and the process with its machine."""

    clock: Clock
    ids: IdSource
    chance: Callable[[], float]
    pause: Pause
    host: str
    pid: int
    alive: Alive
