"""The reader for one command, which may wait: no event loop is needed, or loaded."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from goodies_mcp.core.intake import Intake, Source, Wanted
from goodies_mcp.reading.endings import Ending
from goodies_mcp.reading.reader import Reader

if TYPE_CHECKING:
    from goodies_mcp.core.protocols import Progress


class InlineReading:
    """A ``Reading`` in the calling thread."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    @asynccontextmanager
    async def take(self, source: Source, wanted: Wanted, progress: "Progress | None" = None) -> AsyncIterator[Intake]:
        """As ``core.protocols.Reading.take``; nobody is there to be told how far it is."""
        del progress
        with self._reader.take(source, wanted, Ending()) as intake:
            yield intake
