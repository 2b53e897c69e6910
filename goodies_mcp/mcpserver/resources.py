"""Resources over MCP: listed, read and watched, in both eras."""

from collections.abc import Callable
from typing import Any

from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.subscriptions import ListenHandler
from mcp_types import (
    PaginatedRequestParams,
    ReadResourceRequestParams,
    SubscribeRequestParams,
    SubscriptionsListenRequestParams,
    SubscriptionsListenResult,
    UnsubscribeRequestParams,
)

from goodies_mcp.core.protocols import SyncControl
from goodies_mcp.errors import GoodiesError
from goodies_mcp.mcpserver.addresses import TEMPLATES
from goodies_mcp.mcpserver.keeping import GetHome
from goodies_mcp.mcpserver.refusals import refusal, resource_refusal
from goodies_mcp.mcpserver.shelves import LISTING, Shelves
from goodies_mcp.mcpserver.watching import Watchers

_Context = ServerRequestContext[Any, Any]
_Result = dict[str, Any]
Complete = Callable[[_Context], dict[str, str]]


def add_resources(server: Server[Any], home: GetHome, sync: SyncControl | None, complete: Complete) -> None:
    """Let the server list, read and watch resources."""
    offered = _Resources(home, sync, complete)
    server.add_request_handler("resources/list", PaginatedRequestParams, offered.listed)
    server.add_request_handler("resources/templates/list", PaginatedRequestParams, offered.templates)
    server.add_request_handler("resources/read", ReadResourceRequestParams, offered.read)
    server.add_request_handler("resources/subscribe", SubscribeRequestParams, offered.subscribe)
    server.add_request_handler("resources/unsubscribe", UnsubscribeRequestParams, offered.unsubscribe)
    server.add_request_handler("subscriptions/listen", SubscriptionsListenRequestParams, offered.listen)


class _Resources:
    """The handlers, over one home."""

    def __init__(self, home: GetHome, sync: SyncControl | None, complete: Complete) -> None:
        async def moved() -> object:
            return await (await home()).moved()

        self._shelves = Shelves(home, sync)
        self._watchers = Watchers(self._shelves.mark, moved)
        self._listening = ListenHandler(self._watchers.bus)
        self._complete = complete
        if sync is not None:
            sync.subscribe(self._watchers.news)

    async def listed(self, context: _Context, params: PaginatedRequestParams) -> _Result:
        try:
            found, following = await self._shelves.listed(params.cursor)
        except GoodiesError as error:
            raise refusal(error) from error
        more = {} if following is None else {"nextCursor": following}
        return {"resources": found, **more, **self._complete(context)}

    async def templates(self, context: _Context, _: PaginatedRequestParams) -> _Result:
        return {"resourceTemplates": list(TEMPLATES), **self._complete(context)}

    async def read(self, context: _Context, params: ReadResourceRequestParams) -> _Result:
        try:
            return {"contents": [await self._shelves.read(params.uri)], **self._complete(context)}
        except GoodiesError as error:
            raise resource_refusal(error, params.uri, context.protocol_version) from error

    async def subscribe(self, context: _Context, params: SubscribeRequestParams) -> _Result:
        try:
            await self._watchers.watch(params.uri, context.session)
        except GoodiesError as error:
            raise resource_refusal(error, params.uri, context.protocol_version) from error
        return {}

    async def unsubscribe(self, context: _Context, params: UnsubscribeRequestParams) -> _Result:
        self._watchers.unwatch(params.uri, context.session)
        return {}

    async def listen(self, context: _Context, params: SubscriptionsListenRequestParams) -> SubscriptionsListenResult:
        wanted = params.notifications
        uris = [*(wanted.resource_subscriptions or ()), *([LISTING] if wanted.resources_list_changed else ())]
        async with self._watchers.listened(uris) as watched:
            known = wanted.model_copy(update={"resource_subscriptions": [uri for uri in watched if uri != LISTING]})
            return await self._listening(context, params.model_copy(update={"notifications": known}))
