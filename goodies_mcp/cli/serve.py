"""``serve``, the default command: the home over MCP until its host goes away or somebody ends it."""

import os
import signal
import sys
from argparse import ArgumentParser, Namespace
from types import FrameType

from goodies_mcp.cli import streams
from goodies_mcp.cli.commands import Command
from goodies_mcp.cli.parsing import settings_of
from goodies_mcp.config import Settings


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
            "goodies-mcp speaks JSON-RPC here, for an MCP host to start: `goodies-mcp --help` shows what a person can do.",
            file=sys.stderr,
        )
    from goodies_mcp.mcpserver.stdio_server import serve_stdio  # start-up


def _over_http(settings: Settings) -> None:
    from goodies_mcp.mcpserver.http_server import serve_http  # start-up


def _end_like_ctrl_c(_signal: int, _frame: FrameType | None) -> None:
    signal.raise_signal(signal.SIGINT)


COMMANDS = {"serve": Command(_arguments, _serve)}
