"""All tools there are, in the order in which they are listed."""

from goodies_mcp.mcpserver import content_tools, management_tools, query_tools, sync_tools
from goodies_mcp.mcpserver.registry import Registry


def catalogue() -> Registry:
    """Every tool; ``select`` narrows it to toolsets and to reading."""
    return Registry.of(query_tools, management_tools, content_tools, sync_tools)
