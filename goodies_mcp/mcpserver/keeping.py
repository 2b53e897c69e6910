"""The home of a running server: opened beside the first answers, not before them, and again when that failed."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, TypeAlias

import anyio

if TYPE_CHECKING:
    from goodies_mcp.graph.home_graph import HomeGraph

logger = logging.getLogger(__name__)

OpenHome: TypeAlias = "Callable[[], AbstractAsyncContextManager[HomeGraph]]"
"""Opens the home for as long as the context lasts."""

GetHome: TypeAlias = "Callable[[], Awaitable[HomeGraph]]"
"""The open home; raises what opening it raised, and has it opened again for the next caller."""


@asynccontextmanager
async def kept_open(open_home: OpenHome) -> AsyncIterator[GetHome]:
    """Open the home in a task of its own, which also closes it: a caller that goes away takes nothing with it."""
    keeper = _Keeper(open_home)
    task = asyncio.create_task(keeper.keep(), name="home")
    try:
        yield keeper.home
    finally:
        keeper.ended.set()
        with anyio.CancelScope(shield=True):
            await task


class _Keeper:
    def __init__(self, open_home: OpenHome) -> None:
        self._open_home = open_home
        self._graph: HomeGraph | None = None
        self._failure: Exception | None = None
        self._settled = asyncio.Event()
        self._wanted = asyncio.Event()
        self._wanted.set()
        self.ended = asyncio.Event()

    async def home(self) -> "HomeGraph":
        if self._graph is None:
            if self._settled.is_set():  # and failed: this caller has it tried again
                self._settled.clear()
                self._wanted.set()
            await self._settled.wait()
        if self._graph is None:
            raise self._failure or RuntimeError("the home is closed")
        return self._graph

    async def keep(self) -> None:
        while await self._wanted_before_the_end():
            try:
                async with self._open_home() as graph:
                    self._graph = graph
                    self._settled.set()
                    await self.ended.wait()
            except Exception as failure:
                # Whoever asks next is told; once the server ends nobody asks, and only the log is left.
                self._failure = failure
                if self.ended.is_set():
                    logger.exception("closing the home failed")
            self._graph = None
            self._settled.set()

    async def _wanted_before_the_end(self) -> bool:
        waits = [asyncio.create_task(self._wanted.wait()), asyncio.create_task(self.ended.wait())]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        self._wanted.clear()
        return not self.ended.is_set()
