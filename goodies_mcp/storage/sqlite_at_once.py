"""Reading in the thread that asks: crossing to another one and back takes longer than most questions do.

What takes long begins anew beside the event loop, so that a server stays awake (docs/decisions/0012-reads-at-once.md).
"""

import sqlite3
from collections.abc import Callable
from time import perf_counter
from typing import TypeVar

from goodies_mcp.errors import GoodiesError
from goodies_mcp.storage.interface import GraphStore, ReadView, Transaction
from goodies_mcp.storage.sql import SQL
from goodies_mcp.storage.sqlite import SqliteStore
from goodies_mcp.storage.sqlite_engine import Reader

T = TypeVar("T")

LONGEST = 0.02
"""Seconds that a question may hold up everything else: nobody sees a pause of a fiftieth of a second."""

_STEPS = 5_000
"""Steps of SQLite's machine, about a tenth of a millisecond, after which it asks whether to go on."""


class AtOnceStore:
    """The same store, which answers questions in the thread of the event loop, most of them before anything else runs.

    Closing it closes the store.
    """

    def __init__(self, store: SqliteStore) -> None:
        self._store: GraphStore = store
        self._hasty = _Hasty(store.another_reader())

    async def read(self, work: Callable[[ReadView], T], *, at: str | None = None) -> T:
        """As ``GraphStore.read``."""
        try:
            return self._hasty.read(work, at)
        except _GaveUp:
            return await self._store.read(work, at=at)

    async def write(self, work: Callable[[Transaction], T], *, synced: bool = True) -> T:
        """As ``GraphStore.write``."""
        return await self._store.write(work, synced=synced)

    async def moved(self) -> tuple[int, ...]:
        """As ``GraphStore.moved``."""
        return await self._store.moved()

    async def close(self) -> None:
        """As ``GraphStore.close``."""
        self._hasty.close()
        await self._store.close()


class _Hasty:
    """A reader that waits for nobody and gives up what takes long."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._until = 0.0
        self._closed = False
        reader.connection.execute(SQL["set_impatient"])
        reader.connection.set_progress_handler(self._is_late, _STEPS)

    def read(self, work: Callable[[ReadView], T], at: str | None) -> T:
        """As ``Reader.read``. Raises _GaveUp when another thread should do it."""
        if self._closed:
            raise _GaveUp
        self._until = perf_counter() + LONGEST
        try:
            return self._reader.read(work, at)
        except GoodiesError as error:
            # A lock, a slow disk and a broken one are alike here: whoever has time finds out.
            if isinstance(error.__cause__, sqlite3.OperationalError):
                raise _GaveUp from error
            raise

    def close(self) -> None:
        """Release the file."""
        self._closed = True
        self._reader.close()

    def _is_late(self) -> bool:
        late = perf_counter() > self._until
        if late:
            self._until = float("inf")  # once: the end of the transaction must not be interrupted too
        return late


class _GaveUp(Exception):
    """Somebody else should do it."""
