"""What ``serve`` does once there is more to do than the opening: everything here takes long to load."""

import asyncio
import logging
import signal
import sys
from collections.abc import Coroutine
from contextlib import suppress
from functools import partial

from goodies_mcp import logsetup
from goodies_mcp.app import collecting, prepare_folder, served_home
from goodies_mcp.attended_sync import AttendedSync
from goodies_mcp.cli.garbage import collect_garbage
from goodies_mcp.config import Settings
from goodies_mcp.errors import InvalidInput
from goodies_mcp.mcpserver import stdio_server
from goodies_mcp.mcpserver.catalogue import catalogue
from goodies_mcp.mcpserver.preamble import Opening
from goodies_mcp.mcpserver.registry import Registry


def load() -> None:
    """Load all that the first answer of a tool needs."""
    stdio_server.load()
    import goodies_mcp.graph.home_graph
    import goodies_mcp.storage.sqlite  # noqa: F401  both are opened first


def over_stdio(settings: Settings, wire: int, opening: Opening | None, memory: str | None) -> None:
    """Serve a host until it goes away; ``opening`` is what was said before, ``wire`` is the real stdout."""
    registry, sync = _ready(settings), AttendedSync(settings)
    home = partial(served_home, settings, sync)
    serving = stdio_server.serve_stdio(registry, home, sync=sync, stdout=wire, opening=opening, memory=memory)
    asyncio.run(_until_told(serving))


def over_http(settings: Settings) -> None:
    """Serve on a port, until a signal."""
    from goodies_mcp.mcpserver.http_server import OAuth, serve_http  # start-up

    token = settings.bearer_token()
    oauth = OAuth(settings.oauth_issuer, settings.public_url) if settings.oauth_issuer else None
    if oauth and token:
        raise InvalidInput("a token and oauth_issuer were given", argument="oauth_issuer", hint="leave one of both out")
    metrics = collecting(settings) if settings.metrics else None
    registry, sync = _ready(settings), AttendedSync(settings, metrics)
    serving = serve_http(
        registry,
        partial(served_home, settings, sync, metrics),
        sync=sync,
        host=settings.host,
        port=settings.port,
        token=token,
        oauth=oauth,
        allowed_hosts=settings.allowed_hosts,
        metrics=metrics,
        announce=_announce,
    )
    asyncio.run(_until_told(serving))


def _announce(url: str) -> None:
    # A person who started this waits for it, and a program that asked for port 0 reads the port here.
    print(f"Serving MCP on {url}/mcp and {url}/sse", file=sys.stderr, flush=True)


def _ready(settings: Settings) -> Registry:
    """The tools to serve; what can be refused is refused now."""
    prepare_folder(settings, create=not settings.read_only)
    registry = catalogue().select(settings.toolsets or "default", read_only=settings.read_only)
    logsetup.configure(settings.log_level, settings.log_format)
    collect_garbage()
    return registry


async def _until_told(serving: Coroutine[object, object, None]) -> None:
    """Serve to the end, or until a signal: heard between two steps of the loop and never in the middle of one."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    told: list[int] = []

    def end(number: int) -> None:
        told.append(number)
        if task is not None:
            task.cancel()

    with suppress(NotImplementedError):  # Windows: there Ctrl-C is heard by asyncio's own handler
        for each in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(each, end, each)
    try:
        await serving
    except asyncio.CancelledError:
        pass
    except Exception:
        # What breaks while messages in flight are dropped on purpose is no failure.
        if not told:
            raise
        logging.getLogger(__name__).debug("ending", exc_info=True)
