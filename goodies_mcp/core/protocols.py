"""What the pure rooms ask of the world, as parameters: time and fresh ids."""

from collections.abc import Awaitable, Callable
from typing import Protocol


class Clock(Protocol):
    """Where time comes from."""

    def now(self) -> str:
        """UTC now as ISO-8601 with microseconds and ``+00:00``."""
        ...


class IdSource(Protocol):
    """Where new identities come from."""

    def new_id(self) -> str:
        """A fresh UUID in lower-case text form."""
        ...


Progress = Callable[[float, float | None, str], Awaitable[None]]
"""``await progress(done, total, message)``: long work tells how far it is."""
