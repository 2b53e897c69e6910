"""A tool call from what the caller sent to what it comes to. Raises what goes wrong: each edge has a funnel of its own.

No logging enters here: the command line answers a question in less time than that takes to load.
"""

from collections.abc import Awaitable, Callable, Mapping

from goodies_mcp.mcpserver.fitting import fitted
from goodies_mcp.mcpserver.registry import Registry, ToolContext
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
        return await tool.handler(context, args.but(limit=limit))

    concise = tool.concise if getattr(args, "detail", None) == "concise" else None
    return await fitted(await tool.handler(context, args), getattr(args, "limit", None), ask, concise)
