"""The SQLite store for an event loop: one connection that writes, a few beside it that read, each on its own thread.

A unit of work crosses to its thread once, not once per statement. Writes that wait for each other share a transaction
and its one fsync; each is undone alone when it fails, and all are acked after the commit.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar

import aiosqlite

from goodies_mcp.core.protocols import Clock, IdSource
from goodies_mcp.errors import Unavailable
from goodies_mcp.storage.inline import InlineStore, open_inline
from goodies_mcp.storage.replication import ReplicaTransaction, ReplicaView
from goodies_mcp.storage.sqlite_engine import Reader, ReadOnly, Unit, Writer
from goodies_mcp.storage.sqlite_opening import open_reader, open_second, open_writer

__all__ = ["InlineStore", "SqliteStore", "open_inline", "open_store"]

T = TypeVar("T")
EngineT = TypeVar("EngineT", bound=Reader)

_READERS = 2
_MOST_TOGETHER = 256
"""Units of work that share a commit: the first of them waits for the last."""


class _Hop(Generic[EngineT]):
    """An engine on the thread of an aiosqlite connection."""

    def __init__(self, connection: aiosqlite.Connection, engine: EngineT) -> None:
        self.connection = connection
        self.engine = engine
        self.busy = 0

    @classmethod
    async def opened(cls, open_engine: Callable[[], EngineT]) -> "_Hop[EngineT]":
        engines: list[EngineT] = []

        def connector() -> Any:  # noqa: ANN401 - aiosqlite asks for a connection and looks no further
            engines.append(open_engine())
            return engines[0].connection

        connection = await aiosqlite.Connection(connector, 1)
        return cls(connection, engines[0])

    async def run(self, work: Callable[..., T], *arguments: object) -> T:
        """Run ``work`` on the engine's thread."""
        self.busy += 1
        try:
            done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
            self.post(done, work, *arguments)
            return await done
        finally:
            self.busy -= 1

    def post(self, done: asyncio.Future[T] | None, work: Callable[..., T], *arguments: object) -> None:
        """Let the engine's thread run ``work`` when it comes to it, and tell ``done``: begun or not, it will be run."""
        if self.connection._connection is None:  # noqa: SLF001 - closed: aiosqlite has no other way to say so
            raise Unavailable("the store is closed")
        # The public methods of aiosqlite cross to the thread once per statement, which is five times as slow, and each
        # of its coroutines would need a task of its own to go on when nobody waits for it any more.
        self.connection._tx.put_nowait((done, partial(work, *arguments)))  # noqa: SLF001

    async def close(self) -> None:
        """Close the engine and end its thread."""
        if self.connection._connection is not None:  # noqa: SLF001 - as above
            await self.run(self.engine.close)
            await self.connection.close()


@dataclass(slots=True)
class _Waiting:
    """A unit of work and who waits for it."""

    unit: Unit[Any]
    done: asyncio.Future[None]


class SqliteStore:
    """A ``GraphStore`` in one file. Made by :func:`open_store`."""

    def __init__(self, path: Path, writer: _Hop[Writer | ReadOnly], reader: _Hop[Any]) -> None:
        self._path = path
        self._writer = writer
        self._readers = [reader]
        self._opening = False
        self._waiting: deque[_Waiting] = deque()
        self._turn: asyncio.Future[None] | None = None
        self._closed = False

    async def read(self, work: Callable[[ReplicaView], T], *, at: str | None = None) -> T:
        """As ``GraphStore.read``."""
        reader = min(self._readers, key=lambda each: each.busy)
        if reader.busy and len(self._readers) < _READERS and not self._opening:
            reader = await self._another_reader()
        return await reader.run(reader.engine.read, work, at)

    async def write(self, work: Callable[[ReplicaTransaction], T], *, synced: bool = True) -> T:
        """As ``GraphStore.write``."""
        if self._closed:
            raise Unavailable("the store is closed")
        waiting = _Waiting(Unit(work, synced=synced), asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._set_off()
        await waiting.done
        return waiting.unit.outcome()  # type: ignore[no-any-return]

    async def moved(self) -> tuple[int, ...]:
        """As ``GraphStore.moved``. Always the same connection is asked: each counts for itself."""
        return await self._readers[0].run(self._readers[0].engine.moved)

    async def close(self) -> None:
        """As ``GraphStore.close``: what was asked for before is done first."""
        self._closed = True
        while self._turn is not None:
            await asyncio.wait([self._turn])
        for hop in (*self._readers, self._writer):
            await hop.close()

    def another_reader(self) -> Reader:
        """A reading connection beside the store's own, for the thread that calls; whoever asked for it closes it."""
        return open_reader(self._path) if isinstance(self._writer.engine, ReadOnly) else open_second(self._path)

    def _set_off(self) -> None:
        """Send the writer's thread for those who wait, unless it is under way."""
        if self._turn is None and self._waiting:
            loop = asyncio.get_running_loop()
            self._turn = loop.create_future()
            self._writer.post(None, self._take_turn, loop)

    def _take_turn(self, loop: asyncio.AbstractEventLoop) -> None:
        """One transaction, on the writer's thread. It tells once: each time wakes the loop."""
        taken: list[_Waiting] = []
        told = False

        def tell() -> None:
            nonlocal told
            told = True
            with suppress(RuntimeError):  # the loop was closed: nobody waits any more
                loop.call_soon_threadsafe(self._come_back, taken)

        try:
            self._writer.engine.write_together(self._units(taken), tell)
        except BaseException as error:  # noqa: BLE001 - whatever ends the turn, each who waits is told
            for each in taken:
                each.unit.fail(error)
        finally:
            if not told:
                tell()

    def _come_back(self, taken: list[_Waiting]) -> None:
        for each in taken:
            if not each.done.done():
                each.done.set_result(None)
        turn, self._turn = self._turn, None
        if turn is not None:
            turn.set_result(None)
        self._set_off()

    def _units(self, taken: list[_Waiting]) -> Iterator[Unit[Any]]:
        """Units as the writer's thread comes to them: who arrives during the transaction still joins it, unless the
        disk is waited for with the next and not with this one."""
        while self._waiting and len(taken) < _MOST_TOGETHER:
            if taken and self._waiting[0].unit.synced > taken[0].unit.synced:
                return
            each = self._waiting.popleft()
            if each.done.cancelled():
                continue
            taken.append(each)
            yield each.unit

    async def _another_reader(self) -> _Hop[Any]:
        self._opening = True
        try:
            reader: _Hop[Any] = await _Hop.opened(self.another_reader)
            self._readers.append(reader)
            return reader
        finally:
            self._opening = False


async def open_store(path: Path, *, clock: Clock, ids: IdSource, read_only: bool = False) -> SqliteStore:
    """Open a home's file; see :func:`goodies_mcp.storage.sqlite_opening.open_writer` for what it makes and raises."""
    if read_only:
        only: _Hop[Any] = await _Hop.opened(lambda: open_reader(path))
        return SqliteStore(path, only, only)
    writer: _Hop[Any] = await _Hop.opened(lambda: open_writer(path, clock=clock, ids=ids))
    try:
        # What may only be read is read on one connection: a second one might need what the first could not have.
        reader = writer if isinstance(writer.engine, ReadOnly) else await _Hop.opened(lambda: open_second(path))
    except BaseException:
        await writer.close()
        raise
    return SqliteStore(path, writer, reader)
