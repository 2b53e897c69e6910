"""The one funnel through which every tool call of a host goes, whatever carried it here."""

import logging
from collections.abc import Mapping

from goodies_mcp.errors import GoodiesError, Internal
from goodies_mcp.mcpserver.answering import Opened, answered
from goodies_mcp.mcpserver.registry import Registry, ToolContext
from goodies_mcp.mcpserver.render import ToolOutcome, failure

logger = logging.getLogger(__name__)


async def call(
    registry: Registry, context: ToolContext, name: str, arguments: Mapping[str, object] | None
) -> ToolOutcome:
    """Run a tool. Never raises: what goes wrong is an outcome with ``is_error``, a code and a hint."""

    async def opened() -> ToolContext:
        return context

    return await call_with(registry, opened, name, arguments)


async def call_with(
    registry: Registry, opened: Opened, name: str, arguments: Mapping[str, object] | None
) -> ToolOutcome:
    """As :func:`call`, with a context that may fail to open."""
    try:
        return await answered(registry, opened, name, arguments)
    except GoodiesError as error:
        return failure(error)
    except Exception:  # the funnel: a bug is told as such, and its trace goes to the log only
        logger.exception("tool %s failed", name)  # a tool of ours: another raises NotFound
        return failure(Internal("something went wrong inside goodies-mcp", hint="the server's log has the details"))
