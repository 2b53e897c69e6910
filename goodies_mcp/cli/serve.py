"""``serve``, the default command: the home over MCP until its host goes away or somebody ends it.

Start-up is all that matters here: a host waits for the list of tools, and most of what serves is in :mod:`serving`.
"""

import os
import signal
import sys

from goodies_mcp.cli import streams
from goodies_mcp.cli.commands import Command
from goodies_mcp.cli.parsing import settings_of

TYPE_CHECKING = False  # typing itself would cost each start 4 ms
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from types import FrameType

    from goodies_mcp.config import Settings


def _arguments(parser: "ArgumentParser") -> None:
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
        "--oauth-issuer", metavar="URL", help="OAuth 2.1 authorization server whose tokens requests must carry."
    )
    parser.add_argument(
        "--public-url", metavar="URL", help="URL, without a path, under which clients reach this server."
    )
    parser.add_argument(
        "--allowed-host",
        dest="allowed_hosts",
        metavar="NAME",
        action="append",
        help="Host name that requests may carry besides the address listened on; can be given several times.",
    )
    parser.add_argument(
        "--allow-files",
        metavar="DIR",
        action="append",
        help="Folder that tools may read files from, besides the inbox in the data folder; can be given several times.",
    )
    parser.add_argument(
        "--metrics",
        action="store_true",
        default=None,
        help="Show numbers about the server on /metrics, over HTTP; needs the extra metrics.",
    )
    parser.add_argument("--toolsets", metavar="NAMES", help="Toolsets to offer, comma-separated, or all.")
    parser.add_argument(
        "--read-only", action="store_true", default=None, help="Offer no tool that writes; open the database read-only."
    )


def _serve(arguments: "Namespace") -> int:
    settings = settings_of(arguments)
    # A handler of our own, so that SIGTERM ends a server as Ctrl-C does: with its home closed, and without a word.
    signal.signal(signal.SIGTERM, _end_like_ctrl_c)
    try:
        if settings.transport == "stdio":
            _over_stdio(settings)
        else:
            from goodies_mcp.cli.serving import over_http

            over_http(settings)
    except KeyboardInterrupt:
        pass  # asked to end: that is no failure
    return 0


def _over_stdio(settings: "Settings") -> None:
    wire = streams.take_stdout()
    if os.isatty(0):
        print(
            "This speaks JSON-RPC with an MCP host; for people there is `goodies-mcp --help`. Ctrl-C ends it.",
            file=sys.stderr,
        )
    from goodies_mcp import __version__
    from goodies_mcp.app import prepare_folder
    from goodies_mcp.config import cache_folder
    from goodies_mcp.mcpserver import preamble

    # What can be refused is refused before the first answer; the home itself is opened beside it.
    prepare_folder(settings, create=not settings.read_only)
    memory = preamble.memory(cache_folder(), settings.toolsets, read_only=settings.read_only)
    known = preamble.recalled(memory, __version__) if memory and preamble.can_converse(0) else None
    opening = preamble.converse(0, wire, known, _load) if known else None
    if opening is not None and opening.over:
        return
    from goodies_mcp.cli.serving import over_stdio

    over_stdio(settings, wire, opening, memory)


def _load() -> None:
    from goodies_mcp.cli import serving

    serving.load()


def _end_like_ctrl_c(_signal: int, _frame: "FrameType | None") -> None:
    signal.raise_signal(signal.SIGINT)


COMMANDS = {"serve": Command(_arguments, _serve)}
