"""MCP over HTTP and SSE, for hosts that connect to a running server."""

import logging
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from goodies_mcp.mcpserver.authority import Authority, StaticToken
from goodies_mcp.mcpserver.keeping import OpenHome, kept_open
from goodies_mcp.mcpserver.listening import LOOPBACK, in_url, listen, require_token
from goodies_mcp.mcpserver.quiet_loading import quiet_loading
from goodies_mcp.mcpserver.registry import Registry

if TYPE_CHECKING:
    from goodies_mcp.core.protocols import ShownMetrics, SyncControl
    from goodies_mcp.mcpserver.http_app import Transport

logger = logging.getLogger(__name__)

GRACE = 2
"""Seconds that open connections get when the server is asked to end."""


class OAuth(NamedTuple):
    """The authorization server whose tokens are good here, and the URL without a path under which clients reach us
    (None: the one listened on): tokens must be for that.
    """

    issuer: str
    public_url: str | None = None


async def serve_http(  # noqa: PLR0913  a server's options, always by keyword
    registry: Registry,
    open_home: OpenHome,
    *,
    sync: "SyncControl | None" = None,
    transport: "Transport" = "both",
    host: str = "127.0.0.1",
    port: int = 8765,
    token: str | None = None,
    oauth: OAuth | None = None,
    allowed_hosts: Collection[str] = (),
    metrics: "ShownMetrics | None" = None,
    announce: Callable[[str], object] = logger.info,
) -> None:
    """Serve until SIGINT or SIGTERM. ``announce`` is told the base URL once the port is ours. Who may ask is told by
    ``oauth``, or by ``token`` alone. ``metrics`` are collected, and shown on /metrics to whoever may ask.

    Raises:
        Forbidden: the address reaches beyond this machine and nothing tells who may ask.
        Unavailable: the port is taken.
        InvalidInput: this machine has no such address.
    """
    require_token(host, token or (oauth and oauth.issuer))
    with listen(host, port) as listening:
        base = f"http://{in_url(host)}:{listening.getsockname()[1]}"
        announce(base)
        with quiet_loading():
            # Start-up: neither stdio nor the command line must load the HTTP stack.
            from goodies_mcp.mcpserver.http_app import build_app  # noqa: PLC0415
            from goodies_mcp.mcpserver.server import build_server  # noqa: PLC0415
            from goodies_mcp.mcpserver.web_server import serve_app  # noqa: PLC0415

        async with kept_open(open_home) as home:
            public = urlsplit(oauth.public_url).hostname if oauth and oauth.public_url else None
            app = build_app(
                build_server(registry, home, sync, metrics),
                transport=transport,
                hosts=dict.fromkeys([*LOOPBACK, in_url(host), *allowed_hosts, *([in_url(public)] if public else [])]),
                authority=_authority(token, oauth, base),
                writes=lambda name: name not in registry or not registry.named(name).read_only,
                metrics=metrics,
            )
            await serve_app(app, listening, grace=GRACE)


def _authority(token: str | None, oauth: OAuth | None, base: str) -> Authority | None:
    if oauth is not None:
        from goodies_mcp.mcpserver.issued_tokens import IssuedTokens  # noqa: PLC0415 - start-up, as above

        return IssuedTokens(oauth.issuer, oauth.public_url or base)
    return StaticToken(token) if token else None
