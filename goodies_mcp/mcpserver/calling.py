"""The one funnel through which every tool call goes, whatever carried it here."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from time import perf_counter
from typing import Any

from goodies_mcp.errors import GoodiesError, Internal
from goodies_mcp.mcpserver.fitting import fitted
from goodies_mcp.mcpserver.registry import Registry, Tool, ToolContext
from goodies_mcp.mcpserver.render import ToolOutcome, failure
from goodies_mcp.mcpserver.schemas import Arguments
from goodies_mcp.mcpserver.validation import parsed

logger = logging.getLogger(__name__)


async def call(
    registry: Registry, context: ToolContext, name: str, arguments: Mapping[str, object] | None
) -> ToolOutcome:
    """Run a tool. Never raises: what goes wrong is an outcome with ``is_error``, a code and a hint."""

    async def opened() -> ToolContext:
        return context

    return await call_with(registry, opened, context.client, name, arguments)


async def call_with(
    registry: Registry,
    opened: Callable[[], Awaitable[ToolContext]],
    client: str,
    name: str,
    arguments: Mapping[str, object] | None,
) -> ToolOutcome:
    """As :func:`call`, with a context that may fail to open.

    Logs one line: tool, milliseconds, outcome, client; never content.
    """
    started = perf_counter()
    known = name if name in registry else "?"
    try:
        tool = registry.named(name)
        args = parsed(tool.arguments, arguments or {})
        outcome = await _answered(tool, args, await opened())
    except GoodiesError as error:
        outcome = failure(error)
    except Exception:  # the funnel: a bug is told as such, and its trace goes to the log only
        logger.exception("tool %s failed", known)
        outcome = failure(Internal("something went wrong inside goodies-mcp", hint="the server's log has the details"))
    milliseconds = (perf_counter() - started) * 1000
    logger.info("tool=%s ms=%.1f outcome=%s client=%s", known, milliseconds, outcome.code, client)
    return outcome


async def _answered(tool: Tool, args: Arguments, context: ToolContext) -> ToolOutcome:

    async def ask(limit: int) -> object:
        return _thinned(tool, args, await tool.handler(context, args.model_copy(update={"limit": limit})))

    result = _thinned(tool, args, await tool.handler(context, args))
    return await fitted(result, getattr(args, "limit", None), ask)


def _thinned(tool: Tool, args: Arguments, result: Any) -> object:  # noqa: ANN401  any page of items
    if tool.concise is None or getattr(args, "detail", None) != "concise":
        return result
    return replace(result, items=tuple(tool.concise(item) for item in result.items))
