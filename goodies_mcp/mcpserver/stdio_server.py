"""MCP over standard input and output, for a host that starts this process itself."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from goodies_mcp.mcpserver.keeping import OpenHome, kept_open
from goodies_mcp.mcpserver.preamble import Opening
from goodies_mcp.mcpserver.quiet_loading import quiet_loading
from goodies_mcp.mcpserver.registry import Registry

if TYPE_CHECKING:
    from goodies_mcp.core.protocols import SyncControl

logger = logging.getLogger(__name__)


def load() -> None:
    """Load what serving needs. Listing and calling tools from the command line, and the preamble, must not."""
    with quiet_loading():
        import goodies_mcp.mcpserver.server  # noqa: PLC0415
        import goodies_mcp.mcpserver.stdio_streams  # noqa: F401, PLC0415


async def serve_stdio(
    registry: Registry,
    open_home: OpenHome,
    *,
    sync: "SyncControl | None" = None,
    stdin: int = 0,
    stdout: int = 1,
    opening: Opening | None = None,
    memory: str | None = None,
) -> None:
    """Serve until standard input ends.

    From the first line on, descriptor 0 is empty and 1 is stderr, so that nothing but messages reaches the wire: what
    a library prints while it loads included. A caller that moved its stdout before gives the descriptor here.
    ``opening`` is what was said before; without one, ``memory`` is the file in which the next start finds its answers.
    """
    with _private(stdin, stdout) as (source, sink):
        load()
        from mcp.server.runner import serve_dual_era_loop  # noqa: PLC0415  start-up, as above

        from goodies_mcp.mcpserver.server import build_server  # noqa: PLC0415
        from goodies_mcp.mcpserver.stdio_streams import Incoming, Outgoing, reader_of, writer_to  # noqa: PLC0415

        heard, told = opening.replayed() if opening else (b"", {})
        rehearsed = _rehearsed(None if opening else memory, registry, synced=sync is not None)
        async with kept_open(open_home) as home, writer_to(sink) as write, rehearsed:
            outgoing = Outgoing(write, told, lambda: _forget(memory))
            server = build_server(registry, home, sync)
            await serve_dual_era_loop(
                server,
                Incoming(await reader_of(source), outgoing, heard),
                outgoing,
                lifespan_state={},
                init_options=server.create_initialization_options(),
            )


@asynccontextmanager
async def _rehearsed(memory: str | None, registry: Registry, *, synced: bool) -> AsyncIterator[None]:
    """Prepare the next start beside this session."""
    if memory is None:
        yield
        return
    from goodies_mcp.mcpserver.rehearsal import remember  # noqa: PLC0415  start-up: most starts know their answers

    task = asyncio.create_task(remember(memory, registry, synced=synced))
    yield
    await task


def _forget(memory: str | None) -> None:
    logger.warning("an answer in the opening was not the one that is true now")
    if memory is not None:
        Path(memory).unlink(missing_ok=True)


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
