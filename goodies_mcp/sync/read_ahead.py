"""The outbox, read one page ahead: the next changes are made ready while the hub looks at the last."""

import asyncio
from dataclasses import replace

from goodies_mcp.inbetweenies.actions import ChangesCollected, CollectChanges
from goodies_mcp.storage.replication import ReplicaStore
from goodies_mcp.sync import change_tracker


class ReadAhead:
    """The outbox of one session. A page that was read ahead is what was there then: what an ack takes out lies before
    it, and what was written since waits for another page or session."""

    def __init__(self, store: ReplicaStore) -> None:
        self._store = store
        self._next: CollectChanges | None = None
        self._reading: tuple[CollectChanges, asyncio.Task[ChangesCollected]] | None = None

    async def page(self, asked: CollectChanges) -> ChangesCollected:
        """The changes that are asked for. Raises what the store raises."""
        found = await self._of(asked)
        self._next = replace(asked, after=found.position) if found.more else None
        return found

    async def peek(self, asked: CollectChanges) -> ChangesCollected | None:
        """The changes that will be asked for, if they are being read; whoever asks for them still gets them."""
        if self._reading is None or self._reading[0] != asked:
            return None
        return await asyncio.shield(self._reading[1])

    def go_on(self) -> None:
        """A request is on its way: read what will be asked for after it."""
        if self._next is not None and self._reading is None:
            self._reading = self._next, asyncio.create_task(self._read(self._next))

    async def close(self) -> None:
        """Leave what is being read."""
        if self._reading is not None:
            _, task = self._reading
            self._reading = None
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _of(self, asked: CollectChanges) -> ChangesCollected:
        if self._reading is not None and self._reading[0] == asked:
            _, task = self._reading
            self._reading = None
            return await task
        await self.close()
        return await self._read(asked)

    async def _read(self, asked: CollectChanges) -> ChangesCollected:
        return await self._store.read(lambda view: change_tracker.collect(view, asked))
