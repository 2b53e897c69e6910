"""The reader for an event loop, which may not wait: it reads in a thread, and who is cancelled ends the reading."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from typing import TYPE_CHECKING

import anyio

from goodies_mcp.core.intake import Intake, Source, Wanted
from goodies_mcp.reading.endings import Ending
from goodies_mcp.reading.reader import Reader

if TYPE_CHECKING:
    from goodies_mcp.core.protocols import Progress


class ThreadedReading:
    """A ``Reading`` beside an event loop."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    @asynccontextmanager
    async def take(self, source: Source, wanted: Wanted, progress: "Progress | None" = None) -> AsyncIterator[Intake]:
        """As ``core.protocols.Reading.take``."""
        ending = Ending()
        told = None if progress is None else _relayed(progress)
        taking = self._reader.take(source, wanted, ending, told)
        intake = await _entered(taking, ending)
        try:
            yield intake
        except BaseException as error:
            taking.__exit__(type(error), error, error.__traceback__)
            raise
        taking.__exit__(None, None, None)


async def _entered(taking: AbstractContextManager[Intake], ending: Ending) -> Intake:
    """Enter it in a thread, and come back only when that has ended: what it opened is closed by then."""
    running = asyncio.get_running_loop().run_in_executor(None, taking.__enter__)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        ending.give_up()
        with anyio.CancelScope(shield=True):
            await asyncio.wait([running])
        if running.exception() is None:
            taking.__exit__(None, None, None)
        raise


def _relayed(progress: "Progress") -> Callable[[int, int], None]:
    """The same news, carried from the thread to the loop. The call is over when the loop has no time for them."""
    loop = asyncio.get_running_loop()
    saying: set[asyncio.Task[None]] = set()

    async def say(page: int, pages: int) -> None:
        await progress(page, pages, "pages read")

    def begin(page: int, pages: int) -> None:
        if not saying:  # one at a time: what a slow host has not heard yet is news no more
            task = loop.create_task(say(page, pages))
            saying.add(task)
            task.add_done_callback(saying.discard)

    def told(page: int, pages: int) -> None:
        loop.call_soon_threadsafe(begin, page, pages)

    return told
