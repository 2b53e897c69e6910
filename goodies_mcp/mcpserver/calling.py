"""The one funnel through which every tool call of a host goes, whatever carried it here."""

import logging
from collections.abc import Mapping
from time import perf_counter

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

    return await call_with(registry, opened, context.client, name, arguments)


async def call_with(
    registry: Registry, opened: Opened, client: str, name: str, arguments: Mapping[str, object] | None
) -> ToolOutcome:
    """As :func:`call`, with a context that may fail to open.

    Logs one line: tool, milliseconds, outcome, client; never content.
    """
    started = perf_counter()
    known = name if name in registry else "?"
    try:
        outcome = await answered(registry, opened, name, arguments)
    except GoodiesError as error:
        outcome = failure(error)
    except Exception:  # the funnel: a bug is told as such, and its trace goes to the log only
        logger.exception("tool %s failed", known)
        outcome = failure(Internal("something went wrong inside goodies-mcp", hint="the server's log has the details"))
    milliseconds = (perf_counter() - started) * 1000
    logger.info("tool=%s ms=%.1f outcome=%s client=%s", known, milliseconds, outcome.code, client)
    return outcome
