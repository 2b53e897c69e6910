"""MCP over HTTP as one application: streamable HTTP on /mcp, SSE on /sse with /messages/ for hosts that know no other.

Every request passes one gate first, on every bind address alike (:mod:`http_gate`).
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager, suppress
from typing import Any, Literal

import anyio
from mcp.server.lowlevel import Server
from mcp.server.runner import serve_dual_era_loop
from mcp.server.sse import SseServerTransport
from mcp.server.streamable_http_manager import StreamableHTTPASGIApp
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from goodies_mcp.core.protocols import ShownMetrics
from goodies_mcp.mcpserver.authority import Authority
from goodies_mcp.mcpserver.http_gate import Gate
from goodies_mcp.mcpserver.http_refusals import PlainRefusals
from goodies_mcp.mcpserver.http_sessions import RETRY, Sessions

Transport = Literal["http", "sse", "both"]
LARGEST_BODY = 4 * 1024 * 1024
"""Bytes of one request."""


def build_app(
    server: Server[Any],
    *,
    transport: Transport = "both",
    hosts: Collection[str],
    authority: Authority | None = None,
    writes: Callable[[str], bool],
    metrics: ShownMetrics | None = None,
) -> ASGIApp:
    """The application; ``hosts`` are the names under which it may be called, without ports. With an ``authority`` every
    request needs a token; ``writes`` tells of a tool's name whether the tool writes. ``metrics`` are shown on /metrics.
    """
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

    if metrics is not None:
        routes.append(Route("/metrics", _shown(metrics), methods=["GET"]))

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with manager.run():
            yield

    return Gate(Starlette(routes=routes, lifespan=lifespan), security, authority, writes, LARGEST_BODY)


def _shown(metrics: ShownMetrics) -> Callable[[Request], Awaitable[Response]]:
    async def show(_: Request) -> Response:
        page, content_type = metrics.page()
        return Response(page, headers={"Content-Type": content_type, "Cache-Control": "no-store"})

    return show


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
