"""MCP over standard input and output."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, TypeAlias

from goodies_mcp.mcpserver.registry import Registry

if TYPE_CHECKING:
    from goodies_mcp.graph.home_graph import HomeGraph

OpenHome: TypeAlias = "Callable[[], AbstractAsyncContextManager[HomeGraph]]"
"""Opens the home for as long as the context lasts."""


async def serve_stdio(registry: Registry, open_home: OpenHome) -> None:
    """Serve until standard input ends. The home is opened beside the first answers, not before them."""
    raise NotImplementedError
