"""A tool call from what the caller sent to what it comes to. Raises what goes wrong: each edge has a funnel of its own.

No logging enters here: the command line answers a question in less time than that takes to load.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from goodies_mcp.mcpserver.fitting import fitted
from goodies_mcp.mcpserver.registry import Registry, Tool, ToolContext
from goodies_mcp.mcpserver.render import ToolOutcome

Opened = Callable[[], Awaitable[ToolContext]]
"""What the call runs against. Asked last, so that a wrong argument is told even where the home does not open."""


async def answered(
    registry: Registry, opened: Opened, name: str, arguments: Mapping[str, object] | None
) -> ToolOutcome:
    """What the tool answers, fit for a model to read.

    Raises:
        NotFound: no such tool.
        InvalidInput, TooLarge: the arguments are not what it takes.
    """
    tool = registry.named(name)
    args = tool.arguments(arguments or {})
    context = await opened()

    async def ask(limit: int) -> object:
        return _thinned(tool, args, await tool.handler(context, args.but(limit=limit)))

    result = _thinned(tool, args, await tool.handler(context, args))
    return await fitted(result, getattr(args, "limit", None), ask)


def _thinned(tool: Tool, args: object, result: Any) -> object:  # noqa: ANN401  any page of items
    if tool.concise is None or getattr(args, "detail", None) != "concise":
        return result
    return replace(result, items=tuple(tool.concise(item) for item in result.items))
