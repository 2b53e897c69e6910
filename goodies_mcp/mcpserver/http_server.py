"""MCP over HTTP and SSE, for hosts that connect to a running server."""

import logging
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from goodies_mcp.mcpserver.keeping import OpenHome, kept_open
from goodies_mcp.mcpserver.listening import LOOPBACK, in_url, listen, require_token
from goodies_mcp.mcpserver.quiet_loading import quiet_loading
from goodies_mcp.mcpserver.registry import Registry

if TYPE_CHECKING:
    from goodies_mcp.core.protocols import SyncControl
    from goodies_mcp.mcpserver.http_app import Transport

logger = logging.getLogger(__name__)

GRACE = 2
"""Seconds that open connections get when the server is asked to end."""


async def serve_http(  # noqa: PLR0913  a server's options, always by keyword
    registry: Registry,
    open_home: OpenHome,
    *,
    sync: "SyncControl | None" = None,
    transport: "Transport" = "both",
    host: str = "127.0.0.1",
    port: int = 8765,
    token: str | None = None,
    allowed_hosts: Collection[str] = (),
    announce: Callable[[str], object] = logger.info,
) -> None:
    """Serve until SIGINT or SIGTERM. ``announce`` is told the base URL once the port is ours.

    Raises:
        Forbidden: the address reaches beyond this machine and there is no token.
        Unavailable: the port is taken.
        InvalidInput: this machine has no such address.
    """
    require_token(host, token)
    with listen(host, port) as listening:
        announce(f"http://{in_url(host)}:{listening.getsockname()[1]}")
        with quiet_loading():
            # Start-up: neither stdio nor the command line must load the HTTP stack.
            from goodies_mcp.mcpserver.http_app import build_app  # noqa: PLC0415
            from goodies_mcp.mcpserver.server import build_server  # noqa: PLC0415
            from goodies_mcp.mcpserver.web_server import serve_app  # noqa: PLC0415

        async with kept_open(open_home) as home:
            hosts = dict.fromkeys([*LOOPBACK, in_url(host), *allowed_hosts])
            app = build_app(build_server(registry, home, sync), transport=transport, hosts=hosts, token=token)
            await serve_app(app, listening, grace=GRACE)
