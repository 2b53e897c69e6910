"""A store that tells when something was committed through it."""

from collections.abc import Callable
from typing import TypeVar

from goodies_mcp.storage.interface import GraphStore, ReadView, Transaction

T = TypeVar("T")


class NoticedStore:
    """The same store; ``committed`` is called after each write that was kept, and must not raise."""

    def __init__(self, store: GraphStore, committed: Callable[[], None]) -> None:
        self._store = store
        self._committed = committed

    async def read(self, work: Callable[[ReadView], T], *, at: str | None = None) -> T:
        """As ``GraphStore.read``."""
        return await self._store.read(work, at=at)

    async def write(self, work: Callable[[Transaction], T], *, synced: bool = True) -> T:
        """As ``GraphStore.write``."""
        result = await self._store.write(work, synced=synced)
        self._committed()
        return result

    async def moved(self) -> tuple[int, ...]:
        """As ``GraphStore.moved``."""
        return await self._store.moved()

    async def close(self) -> None:
        """As ``GraphStore.close``."""
        await self._store.close()
