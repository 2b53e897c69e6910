"""MCP over HTTP as one application: streamable HTTP on /mcp, SSE on /sse with /messages/ for hosts that know no other.

Every request passes one guard first, on every bind address alike: who may name us (Host), which web pages may speak
to us (Origin), and who knows the token.
"""

import hmac
import logging
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, suppress
from typing import Any, Literal

import anyio
from mcp.server.lowlevel import Server
from mcp.server.runner import serve_dual_era_loop
from mcp.server.sse import SseServerTransport
from mcp.server.streamable_http_manager import StreamableHTTPASGIApp
from mcp.server.transport_security import TransportSecurityMiddleware, TransportSecuritySettings
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from goodies_mcp.mcpserver.http_refusals import PlainRefusals
from goodies_mcp.mcpserver.http_sessions import RETRY, Sessions

logger = logging.getLogger(__name__)

Transport = Literal["http", "sse", "both"]
LARGEST_BODY = 4 * 1024 * 1024
"""Bytes of one request."""


def build_app(
    server: Server[Any], *, transport: Transport = "both", hosts: Collection[str], token: str | None = None
) -> ASGIApp:
    """The application; ``hosts`` are the names under which it may be called, without ports."""
    security = TransportSecuritySettings(
        allowed_hosts=[form for host in hosts for form in (host, f"{host}:*")],
        allowed_origins=[
            form
            for host in hosts
            for scheme in ("http", "https")
            for form in (f"{scheme}://{host}", f"{scheme}://{host}:*")
        ],
    )
    routes: list[BaseRoute] = []
    manager = Sessions(server, security_settings=security, max_request_body_size=LARGEST_BODY, retry_interval=RETRY)
    if transport != "sse":
        routes.append(Route("/mcp", PlainRefusals(StreamableHTTPASGIApp(manager))))
    if transport != "http":
        sse = SseServerTransport("/messages/", security_settings=security, max_request_body_size=LARGEST_BODY)
        routes += [Route("/sse", _SseStream(server, sse), methods=["GET"]), Mount("/messages/", _SseMessages(sse))]

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with manager.run():
            yield

    return _Guard(Starlette(routes=routes, lifespan=lifespan), security, token)


class _Guard:
    """Nothing gets past it that carries a foreign Host or Origin, or not the token."""

    def __init__(self, app: ASGIApp, security: TransportSecuritySettings, token: str | None) -> None:
        self._app = app
        self._security = TransportSecurityMiddleware(security)
        self._expected = f"Bearer {token}".encode() if token else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # no WebSocket is served; the server in front answers for us
        request = Request(scope)
        refusal = await self._security.validate_request(request) or self._stranger(request)
        await (refusal or self._app)(scope, receive, send)

    def _stranger(self, request: Request) -> Response | None:
        if self._expected is None:
            return None
        given = request.headers.get("authorization", "")
        scheme, _, token = given.partition(" ")
        if hmac.compare_digest(f"{scheme.capitalize()} {token.strip()}".encode(), self._expected):
            return None
        logger.warning("refused a request without the token")
        challenge = 'Bearer realm="goodies-mcp"' + (', error="invalid_token"' if given else "")
        return PlainTextResponse("A bearer token is needed", 401, {"WWW-Authenticate": challenge})


class _SseStream:
    """The long answer that carries everything to the client."""

    def __init__(self, server: Server[Any], sse: SseServerTransport) -> None:
        self._server = server
        self._sse = sse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # The guard has let it pass: here the SDK would raise instead of answering.
        async with self._sse.connect_sse(scope, receive, send) as (incoming, outgoing):
            await serve_dual_era_loop(
                self._server,
                incoming,
                outgoing,
                lifespan_state={},
                init_options=self._server.create_initialization_options(),
            )


class _SseMessages:
    """What the client says, one message a request."""

    def __init__(self, sse: SseServerTransport) -> None:
        self._sse = sse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # The client may close its stream while this message is on the way: nobody is left who could answer it.
        with suppress(anyio.ClosedResourceError, anyio.BrokenResourceError):
            await self._sse.handle_post_message(scope, receive, send)
