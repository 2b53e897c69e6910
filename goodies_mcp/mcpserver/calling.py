"""The one funnel through which every tool call goes, whatever carried it here."""

import logging
from collections.abc import Mapping
from time import perf_counter

from goodies_mcp.errors import GoodiesError, Internal
from goodies_mcp.mcpserver.registry import Registry, ToolContext
from goodies_mcp.mcpserver.render import ToolOutcome, answer, failure
from goodies_mcp.mcpserver.validation import parsed

logger = logging.getLogger(__name__)


async def call(
    registry: Registry, context: ToolContext, name: str, arguments: Mapping[str, object] | None
) -> ToolOutcome:
    """Run a tool. Never raises: what goes wrong is an outcome with ``is_error``, a code and a hint.

    Logs one line: tool, milliseconds, outcome, client; never content.
    """
    started = perf_counter()
    try:
        outcome = await _answered(registry, context, name, arguments or {})
    except GoodiesError as error:
        outcome = failure(error)
    except Exception:  # the funnel: a bug is told as such, and its trace goes to the log only
        logger.exception("tool %s failed", name if name in registry else "?")
        outcome = failure(Internal("something went wrong inside goodies-mcp", hint="the server's log has the details"))
    logger.info(
        "tool=%s ms=%.1f outcome=%s client=%s",
        name if name in registry else "?",
        (perf_counter() - started) * 1000,
        outcome.code,
        context.client,
    )
    return outcome


async def _answered(
    registry: Registry, context: ToolContext, name: str, arguments: Mapping[str, object]
) -> ToolOutcome:
    tool = registry.named(name)
    return answer(await tool.handler(context, parsed(tool.arguments, arguments)))
