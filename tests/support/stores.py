"""Every implementation of GraphStore behind one name, so that a suite can be run on each."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from goodies_mcp.core.protocols import Clock, IdSource
from goodies_mcp.storage.interface import GraphStore
from goodies_mcp.storage.memory import MemoryStore
from goodies_mcp.storage.sqlite import open_inline, open_store
from goodies_mcp.storage.sqlite_at_once import AtOnceStore
from tests.support.clock import FakeClock
from tests.support.ids import CountingIds

ENGINES = ("memory", "sqlite", "at-once", "inline")


@asynccontextmanager
async def opened(
    engine: str, folder: Path, *, clock: Clock | None = None, ids: IdSource | None = None
) -> AsyncIterator[GraphStore]:
    """A new, empty store of this engine, with its file (if it has one) in the folder."""
    store = await _open(engine, folder / f"{engine}.db", clock or FakeClock(), ids or CountingIds())
    try:
        yield store
    finally:
        await store.close()


async def _open(engine: str, path: Path, clock: Clock, ids: IdSource) -> GraphStore:
    if engine == "memory":
        return MemoryStore(clock=clock, ids=ids)
    if engine == "inline":
        return open_inline(path, clock=clock, ids=ids)
    store = await open_store(path, clock=clock, ids=ids)
    return AtOnceStore(store) if engine == "at-once" else store
