"""MCP over standard input and output, for a host that starts this process itself."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from goodies_mcp.mcpserver.keeping import OpenHome, kept_open
from goodies_mcp.mcpserver.quiet_loading import quiet_loading
from goodies_mcp.mcpserver.registry import Registry

if TYPE_CHECKING:
    from goodies_mcp.core.protocols import SyncControl


async def serve_stdio(
    registry: Registry, open_home: OpenHome, *, sync: "SyncControl | None" = None, stdin: int = 0, stdout: int = 1
) -> None:
    """Serve until standard input ends.

    From the first line on, descriptor 0 is empty and 1 is stderr, so that nothing but messages reaches the wire: what
    a library prints while it loads included. A caller that moved its stdout before gives the descriptor here.
    """
    with _private(stdin, stdout) as (source, sink):
        with quiet_loading():
            # Start-up: listing and calling tools from the command line must not load the SDK.
            from mcp.server.runner import serve_dual_era_loop  # noqa: PLC0415

            from goodies_mcp.mcpserver.server import build_server  # noqa: PLC0415
            from goodies_mcp.mcpserver.stdio_streams import Incoming, Outgoing, reader_of, writer_to  # noqa: PLC0415

        async with kept_open(open_home) as home, writer_to(sink) as write:
            outgoing = Outgoing(write)
            server = build_server(registry, home, sync)
            await serve_dual_era_loop(
                server,
                Incoming(await reader_of(source), outgoing),
                outgoing,
                lifespan_state={},
                init_options=server.create_initialization_options(),
            )


@contextmanager
def _private(stdin: int, stdout: int) -> Iterator[tuple[int, int]]:
    """Descriptors of our own for the wire, with the standard ones led elsewhere until the end."""
    source, sink = os.dup(stdin), os.dup(stdout)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, stdin)
    os.close(null)
    if stdout == 1:
        os.dup2(2, 1)
    try:
        yield source, sink
    finally:
        os.dup2(source, stdin)
        if stdout == 1:
            os.dup2(sink, 1)
        # Not closed: a thread may still wait on the source, and must never find another file under its number.
