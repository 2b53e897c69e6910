"""The real server with one more tool, which does nothing: the floor of every tool call on it.

``python -m tools.bench.noop_server DATA_DIR``
"""

import asyncio
import sys

from goodies_mcp.app import served_home
from goodies_mcp.cli.garbage import collect_garbage
from goodies_mcp.config import load
from goodies_mcp.graph.results import DuePage
from goodies_mcp.mcpserver.arguments import Arguments
from goodies_mcp.mcpserver.catalogue import catalogue
from goodies_mcp.mcpserver.registry import Registry, ToolContext, tool
from goodies_mcp.mcpserver.stdio_server import serve_stdio


@tool("Nothing", toolset="query")
async def nothing(_context: ToolContext, _args: Arguments) -> DuePage:
    """Does nothing, and says so in the smallest answer there is."""
    return DuePage((), "2024-01-01")


def main() -> None:
    """Serve until standard input ends."""
    settings = load({"data_dir": sys.argv[1]}, {}, None)
    collect_garbage()  # as often as `serve` does
    registry = Registry({**catalogue().tools, nothing.name: nothing})
    asyncio.run(serve_stdio(registry, lambda: served_home(settings)))


if __name__ == "__main__":
    main()
