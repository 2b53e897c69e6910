"""The SQLite store in the calling thread: the same promises and signatures, and nothing is ever waited for, so that a
process with one question needs no event loop. ``coroutine.send(None)`` is enough to finish what it returns.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from goodies_mcp.core.protocols import Clock, IdSource
from goodies_mcp.storage.replication import ReplicaTransaction, ReplicaView
from goodies_mcp.storage.sqlite_engine import ReadOnly, Unit, Writer
from goodies_mcp.storage.sqlite_opening import open_reader, open_writer

T = TypeVar("T")


class InlineStore:
    """A ``GraphStore`` on one connection, for one thread."""

    def __init__(self, engine: Writer | ReadOnly) -> None:
        self._engine = engine

    async def read(self, work: Callable[[ReplicaView], T], *, at: str | None = None) -> T:
        """As ``GraphStore.read``."""
        return self._engine.read(work, at)

    async def write(self, work: Callable[[ReplicaTransaction], T], *, synced: bool = True) -> T:
        """As ``GraphStore.write``."""
        unit = Unit(work, synced=synced)
        self._engine.write_together([unit])
        return unit.outcome()

    async def moved(self) -> tuple[int, ...]:
        """As ``GraphStore.moved``."""
        return self._engine.moved()

    async def close(self) -> None:
        """As ``GraphStore.close``."""
        self._engine.close()


def open_inline(path: Path, *, clock: Clock, ids: IdSource, read_only: bool = False) -> InlineStore:
    """Open a home's file in this thread; see :func:`goodies_mcp.storage.sqlite_opening.open_writer` for errors."""
    return InlineStore(open_reader(path) if read_only else open_writer(path, clock=clock, ids=ids))
