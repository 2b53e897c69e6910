"""``serve``, the default command: the home over MCP until its host goes away or somebody ends it."""

import asyncio
import gc
import logging
import os
import signal
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Coroutine
from contextlib import suppress
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING

from goodies_mcp.app import prepare_folder, served_home
from goodies_mcp.attended_sync import AttendedSync
from goodies_mcp.cli import streams
from goodies_mcp.cli.commands import Command
from goodies_mcp.cli.parsing import settings_of
from goodies_mcp.config import Settings

if TYPE_CHECKING:
    from goodies_mcp.mcpserver.registry import Registry


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--transport",
        choices=["stdio", "http", "sse"],
        help="stdio (the default) for a host that starts this itself; http or sse listen on a port, which serves both.",
    )
    parser.add_argument("--host", help="Address to listen on (default 127.0.0.1).")
    parser.add_argument("--port", help="Port to listen on (default 8765; 0: a free one).")
    parser.add_argument("--token", help="Bearer token that requests must carry; GOODIES_TOKEN keeps it out of sight.")
    parser.add_argument("--token-file", metavar="FILE", help="File with the bearer token.")
    parser.add_argument(
        "--allowed-host",
        dest="allowed_hosts",
        metavar="NAME",
        action="append",
        help="Host name that requests may carry besides the address listened on; can be given several times.",
    )
    parser.add_argument("--toolsets", metavar="NAMES", help="Toolsets to offer, comma-separated, or all.")
    parser.add_argument(
        "--read-only", action="store_true", default=None, help="Offer no tool that writes; open the database read-only."
    )


def _serve(arguments: Namespace) -> int:
    settings = settings_of(arguments)
    # A handler of our own, so that SIGTERM ends a server as Ctrl-C does: with its home closed, and without a word.
    signal.signal(signal.SIGTERM, _end_like_ctrl_c)
    try:
        if settings.transport == "stdio":
            _over_stdio(settings)
        else:
            _over_http(settings)
    except KeyboardInterrupt:
        pass  # asked to end: that is no failure
    return 0


def _over_stdio(settings: Settings) -> None:
    wire = streams.take_stdout()
    if os.isatty(0):
        print(
            "This speaks JSON-RPC with an MCP host; for people there is `goodies-mcp --help`. Ctrl-C ends it.",
            file=sys.stderr,
        )
    # Start-up: from here on it is imports that take time.
    from goodies_mcp.mcpserver.stdio_server import serve_stdio

    registry, sync = _ready(settings), AttendedSync(settings)
    asyncio.run(_until_told(serve_stdio(registry, partial(served_home, settings, sync), sync=sync, stdout=wire)))


def _over_http(settings: Settings) -> None:
    from goodies_mcp.mcpserver.http_server import serve_http  # start-up

    token = settings.bearer_token()
    registry, sync = _ready(settings), AttendedSync(settings)
    serving = serve_http(
        registry,
        partial(served_home, settings, sync),
        sync=sync,
        host=settings.host,
        port=settings.port,
        token=token,
        allowed_hosts=settings.allowed_hosts,
        announce=_announce,
    )
    asyncio.run(_until_told(serving))


def _announce(url: str) -> None:
    # A person who started this waits for it, and a program that asked for port 0 reads the port here.
    print(f"Serving MCP on {url}/mcp and {url}/sse", file=sys.stderr, flush=True)


def _ready(settings: Settings) -> "Registry":
    """What can be refused is refused before the first answer; the home itself is opened beside it."""
    from goodies_mcp import logsetup  # start-up
    from goodies_mcp.mcpserver.catalogue import catalogue

    prepare_folder(settings, create=not settings.read_only)
    registry = catalogue().select(settings.toolsets or "default", read_only=settings.read_only)
    logsetup.configure(settings.log_level, settings.log_format)
    gc.enable()
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


def _end_like_ctrl_c(_signal: int, _frame: FrameType | None) -> None:
    signal.raise_signal(signal.SIGINT)


COMMANDS = {"serve": Command(_arguments, _serve)}
