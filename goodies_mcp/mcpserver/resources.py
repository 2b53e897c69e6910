"""Resources: what a host can read and watch. So far the status of sync; its news reach who subscribed, in both eras."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from mcp.server.connection import Connection
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.session import ServerSession
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler, ResourceUpdated
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    PaginatedRequestParams,
    ReadResourceRequestParams,
    SubscribeRequestParams,
    SubscriptionsListenRequestParams,
    UnsubscribeRequestParams,
)

from goodies_mcp.core.models import RecordId
from goodies_mcp.core.protocols import SyncControl
from goodies_mcp.errors import GoodiesError
from goodies_mcp.mcpserver.keeping import GetHome
from goodies_mcp.mcpserver.render import answer, failure
from goodies_mcp.mcpserver.wording import shown

STATUS = "goodies://sync/status"

_LISTED = {
    "uri": STATUS,
    "name": "sync-status",
    "title": "Sync status",
    "description": "Where sync with the hub stands, as get_sync_status tells it.",
    "mimeType": "application/json",
}

_Context = ServerRequestContext[Any, Any]
Complete = Callable[[_Context], dict[str, str]]


class Watchers:
    """Who wants to hear of which resource, and how they are told."""

    def __init__(self) -> None:
        self.bus = InMemorySubscriptionBus()
        self._sessions: dict[Connection, dict[str, ServerSession]] = {}
        self._telling: set[asyncio.Task[None]] = set()

    def watch(self, uri: str, session: ServerSession) -> None:
        """Tell this client, until it goes."""
        connection = _connection(session)
        if connection not in self._sessions:
            self._sessions[connection] = {}
            connection.exit_stack.callback(self._sessions.pop, connection, None)
        self._sessions[connection][uri] = session

    def unwatch(self, uri: str, session: ServerSession) -> None:
        """Tell it no more."""
        self._sessions.get(_connection(session), {}).pop(uri, None)

    def news(self, brought: frozenset[RecordId]) -> None:
        """Sync has brought these records, or (none) ended a session."""
        uris = [entity_uri(each) for each in brought] or [STATUS]
        task = asyncio.ensure_future(self._tell(uris))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _tell(self, uris: list[str]) -> None:
        for uri in uris:
            for session in [watched[uri] for watched in self._sessions.values() if uri in watched]:
                try:
                    await session.send_resource_updated(uri)
                except Exception:  # noqa: BLE001 - whoever has gone must not keep the others from hearing
                    self.unwatch(uri, session)
            await self.bus.publish(ResourceUpdated(uri=uri))


def _connection(session: ServerSession) -> Connection:
    """The client behind a session, of which the SDK makes one for each request."""
    return session._connection  # noqa: SLF001 - there is no public way from one to the other


def entity_uri(record_id: str) -> str:
    """The address of an entity as a resource."""
    return f"goodies://entity/{record_id}"


def add_resources(server: Server[Any], home: GetHome, sync: SyncControl, complete: Complete) -> None:
    """Let the server list, read and watch resources."""
    watchers = Watchers()
    sync.subscribe(watchers.news)

    async def list_resources(context: _Context, _: PaginatedRequestParams | None) -> dict[str, Any]:
        return {"resources": [_LISTED], **complete(context)}

    async def list_templates(context: _Context, _: PaginatedRequestParams | None) -> dict[str, Any]:
        return {"resourceTemplates": [], **complete(context)}

    async def read_resource(context: _Context, params: ReadResourceRequestParams) -> dict[str, Any]:
        _known(params.uri)
        try:
            await home()
            said = answer(await sync.status()).structured
        except GoodiesError as error:
            said = failure(error).structured
        text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
        return {
            "contents": [{"uri": STATUS, "mimeType": "application/json", "text": text}],
            **complete(context),
        }

    async def subscribe(context: _Context, params: SubscribeRequestParams) -> dict[str, Any]:
        watchers.watch(_known(params.uri), context.session)
        return {}

    async def unsubscribe(context: _Context, params: UnsubscribeRequestParams) -> dict[str, Any]:
        watchers.unwatch(str(params.uri), context.session)
        return {}

    server.add_request_handler("resources/list", PaginatedRequestParams, list_resources)
    server.add_request_handler("resources/templates/list", PaginatedRequestParams, list_templates)
    server.add_request_handler("resources/read", ReadResourceRequestParams, read_resource)
    server.add_request_handler("resources/subscribe", SubscribeRequestParams, subscribe)
    server.add_request_handler("resources/unsubscribe", UnsubscribeRequestParams, unsubscribe)
    server.add_request_handler("subscriptions/listen", SubscriptionsListenRequestParams, ListenHandler(watchers.bus))


def _known(uri: object) -> str:
    if str(uri) != STATUS:
        raise MCPError(code=INVALID_PARAMS, message=f"Unknown resource: {shown(str(uri))[:80]}")
    return STATUS
