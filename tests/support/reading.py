"""A home that can read: its inbox, and what reads from it, with limits that a test may choose."""

from pathlib import Path

from goodies_mcp.graph.home_graph import HomeGraph
from goodies_mcp.reading.fetching import Fetcher
from goodies_mcp.reading.files import FileGuard
from goodies_mcp.reading.inline import InlineReading
from goodies_mcp.reading.process import Limits
from goodies_mcp.reading.reader import Reader
from tests.support.desk import Desk


def can_read(desk: Desk, inbox: Path, *, fetcher: Fetcher | None = None, limits: Limits | None = None) -> HomeGraph:
    """The same home, able to read files of this inbox."""
    reader = Reader(FileGuard(inbox, most=1 << 28), fetcher or Fetcher(), limits)
    desk.graph = HomeGraph(
        desk.store, desk.clock, desk.graph._ids, author="ann", device="tablet", reading=lambda: InlineReading(reader)
    )
    return desk.graph
