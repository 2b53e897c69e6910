"""Completions over MCP: what a person may mean who fills in an argument of a prompt or of an address."""

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp_types import CompleteRequestParams, PromptReference

from goodies_mcp.core.vocabulary import DOCUMENTS, RELATIONSHIP_TYPES
from goodies_mcp.errors import GoodiesError, NotFound
from goodies_mcp.mcpserver.addresses import TEMPLATES, no_resource
from goodies_mcp.mcpserver.arguments import nearest
from goodies_mcp.mcpserver.keeping import GetHome
from goodies_mcp.mcpserver.prompting import named
from goodies_mcp.mcpserver.prompts import prompts_beside
from goodies_mcp.mcpserver.refusals import refusal
from goodies_mcp.mcpserver.registry import Registry
from goodies_mcp.mcpserver.wording import shown

if TYPE_CHECKING:
    from goodies_mcp.graph.home_graph import HomeGraph
    from goodies_mcp.graph.suggestions import Suggestions

_Context = ServerRequestContext[Any, Any]
Complete = Callable[[_Context], dict[str, str]]

_PROMPTS = {"home": "home", "device": "device", "room": "place", "within": "place", "device_type": "kind"}
"""What an argument of a prompt points at, by its name; where it is not here, only the person knows."""

_ADDRESSES: Mapping[str, Mapping[str, str]] = {
    "entity": {"id": "thing", "relationship": "relationship"},
    "room": {"id": "place"},
    "content": {"id": "document", "page": "nothing"},
    "map": {"id": "home"},
}
"""What a variable of an address points at, by the name of its template."""


def add_completions(server: Server[Any], registry: Registry, home: GetHome, complete: Complete) -> None:
    """Let the server complete arguments."""
    prompts = prompts_beside(registry)
    templates = {each["uriTemplate"]: _ADDRESSES[each["name"]] for each in TEMPLATES}

    def pointed_at(params: CompleteRequestParams) -> str:
        asked = params.argument.name
        if isinstance(params.ref, PromptReference):
            arguments: Collection[str] = named(prompts, params.ref.name).arguments.declared
            what = _PROMPTS.get(asked, "nothing")
        elif params.ref.uri in templates:
            arguments = templates[params.ref.uri]
            what = templates[params.ref.uri].get(asked, "nothing")
        else:
            raise no_resource(params.ref.uri)
        if asked not in arguments:
            hint = nearest(asked, arguments, "arguments")
            raise NotFound(f"it takes no argument {shown(asked)[:80]!r}", argument="argument", hint=hint)
        return what

    async def completion(context: _Context, params: CompleteRequestParams) -> dict[str, Any]:
        try:
            said = await _suggestions(pointed_at(params), params.argument.value, home)
        except GoodiesError as error:
            raise refusal(error) from error
        return {"completion": said, **complete(context)}

    server.add_request_handler("completion/complete", CompleteRequestParams, completion)


async def _suggestions(what: str, typed: str, home: GetHome) -> dict[str, Any]:
    if what == "nothing":
        return {"values": [], "total": 0, "hasMore": False}
    if what == "relationship":
        fitting = sorted(each for each in RELATIONSHIP_TYPES if each.startswith(typed.strip().lower()))
        return {"values": fitting, "total": len(fitting), "hasMore": False}
    found = await _found(await home(), what, typed)
    total = {} if found.total is None else {"total": found.total}
    return {"values": [shown(each) for each in found.values], **total, "hasMore": found.more}


async def _found(home: "HomeGraph", what: str, typed: str) -> "Suggestions":
    from goodies_mcp.graph import resolve  # noqa: PLC0415  start-up: nobody types before the first answer

    if what == "kind":
        return await home.suggest_kinds(typed)
    sorts = {
        "home": resolve.HOME,
        "place": resolve.PLACE,
        "device": resolve.DEVICE,
        "document": resolve.Sort("document", DOCUMENTS),
    }
    return await home.suggest(typed, sorts.get(what, resolve.ANYTHING))
