"""Prompts over MCP: listed, and filled when a person picks one."""

from collections.abc import Callable
from typing import Any

from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp_types import GetPromptRequestParams, PaginatedRequestParams

from goodies_mcp.errors import GoodiesError, InvalidInput, NotFound
from goodies_mcp.mcpserver.answering import answered
from goodies_mcp.mcpserver.arguments import nearest
from goodies_mcp.mcpserver.catalogue import catalogue
from goodies_mcp.mcpserver.keeping import GetHome
from goodies_mcp.mcpserver.prompts import DATA, Prompt, Setting, Told, prompts_beside
from goodies_mcp.mcpserver.refusals import refusal
from goodies_mcp.mcpserver.registry import Registry, ToolContext
from goodies_mcp.mcpserver.wording import shown

_Context = ServerRequestContext[Any, Any]
_Result = dict[str, Any]
Complete = Callable[[_Context], dict[str, str]]


def add_prompts(server: Server[Any], registry: Registry, home: GetHome, complete: Complete) -> None:
    """Let the server list and fill prompts."""
    prompts = prompts_beside(registry)
    setting = Setting(_asking(home), frozenset(registry.tools))

    async def list_prompts(context: _Context, params: PaginatedRequestParams) -> _Result:
        if params.cursor is not None:
            raise refusal(InvalidInput("cursor is none of ours: all prompts are on one page", argument="cursor"))
        return {"prompts": [each.listed() for each in prompts.values()], **complete(context)}

    async def get_prompt(context: _Context, params: GetPromptRequestParams) -> _Result:
        try:
            prompt = named(prompts, params.name)
            told = await prompt.filled(setting, params.arguments or {})
        except GoodiesError as error:
            raise refusal(error) from error
        return {"description": prompt.description, "messages": _messages(told), **complete(context)}

    server.add_request_handler("prompts/list", PaginatedRequestParams, list_prompts)
    server.add_request_handler("prompts/get", GetPromptRequestParams, get_prompt)


def named(prompts: dict[str, Prompt], name: str) -> Prompt:
    """The prompt of this name.

    Raises:
        NotFound: there is none; the hint names the nearest.
    """
    if name not in prompts:
        hint = nearest(name, prompts, "prompts")
        raise NotFound(f"there is no prompt {shown(name)[:80]!r}", argument="name", hint=hint)
    return prompts[name]


def _asking(home: GetHome) -> Callable[..., Any]:
    tools = catalogue()

    async def opened() -> ToolContext:
        return ToolContext(await home())

    async def ask(tool: str, **arguments: object) -> str:
        return (await answered(tools, opened, tool, arguments)).text

    return ask


def _messages(told: Told) -> list[_Result]:
    data = [f"{DATA.format(source=source)}\n\n{said}" for source, said in told.data]
    return [{"role": "user", "content": {"type": "text", "text": each}} for each in (*data, told.task)]
