"""``tools/call`` over MCP: one call of a tool, with all that a host can add to it: progress, questions to the person,
pictures and links.
"""

from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any

from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS, CallToolRequestParams
from mcp_types.version import is_version_at_least

from goodies_mcp.core.protocols import SyncControl
from goodies_mcp.graph.shown import Shown
from goodies_mcp.mcpserver.asking import asking
from goodies_mcp.mcpserver.calling import call_with
from goodies_mcp.mcpserver.catalogue import catalogue
from goodies_mcp.mcpserver.keeping import GetHome
from goodies_mcp.mcpserver.links import links_of
from goodies_mcp.mcpserver.questions import chosen_by_person
from goodies_mcp.mcpserver.registry import Registry, ToolContext
from goodies_mcp.mcpserver.render import ToolOutcome
from goodies_mcp.mcpserver.wording import shown

_Context = ServerRequestContext[Any, Any]
Complete = Callable[[_Context], dict[str, str]]


def _unknown(name: str) -> str:
    """A tool that is there and was left out is asked for too: hints name it, and people do."""
    known = catalogue().tools.get(name)
    if known is None:
        return f"Unknown tool: {shown(name)[:80]}"
    how = f"--toolsets default,{known.toolset}" + ("" if known.read_only else " and without --read-only")
    return f"Unknown tool: {name} is left out here; a server that is started with {how} offers it"


class ToolCalls:
    """The handler, over one home."""

    def __init__(self, registry: Registry, home: GetHome, sync: SyncControl | None, complete: Complete) -> None:
        self._registry = registry
        self._home = home
        self._open_sync = None if sync is None else lambda: sync
        self._complete = complete

    async def __call__(self, context: _Context, params: CallToolRequestParams) -> dict[str, Any]:
        """What the tool says to the host."""
        if params.name not in self._registry:
            # The specification wants a protocol error here, not a result with isError.
            raise MCPError(code=INVALID_PARAMS, message=_unknown(params.name))
        client, ask = client_name(context), asking(context, params)

        async def opened() -> ToolContext:
            return ToolContext(await self._home(), client, self._open_sync, context.session.report_progress, ask)

        async def call(arguments: Mapping[str, object] | None) -> ToolOutcome:
            return await call_with(self._registry, opened, params.name, arguments)

        if ask is None:
            outcome = await call(params.arguments)
        else:
            outcome = await chosen_by_person(call, params.arguments, ask)
            if ask.pending is not None:
                return ask.input_required()
        content: list[dict[str, Any]] = [{"type": "text", "text": outcome.text}, *map(_image, outcome.pictures)]
        # Who speaks an older version does not know links, and would refuse the answer.
        if not outcome.is_error and is_version_at_least(context.protocol_version, "2025-06-18"):
            content += links_of(params.name, outcome.structured)
        return {
            "content": content,
            "structuredContent": outcome.structured,
            "isError": outcome.is_error,
            **self._complete(context),
        }


def _image(picture: Shown) -> dict[str, str]:
    return {"type": "image", "mimeType": picture.content_type, "data": b64encode(picture.data).decode()}


def client_name(context: _Context) -> str:
    """What the client calls itself, fit for a log line and for the batches that ``undo`` looks for."""
    params = context.session.client_params
    name = " ".join(shown(params.client_info.name).split())[:80] if params else ""
    return name or "unknown"
