"""``serve``: the hub over HTTP until somebody ends it."""

import asyncio
import gc
import signal
import sys
from argparse import ArgumentParser, Namespace
from contextlib import suppress
from functools import partial

from goodies_mcp.cli.commands import Command
from goodies_mcp.cli.garbage import collect_garbage
from goodies_mcp.cli.hub.asking import settings_of
from goodies_mcp.config import HubSettings
from goodies_mcp.errors import NotFound

GRACE = 5
"""Seconds that requests in flight get when the hub is asked to end."""


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--host", help="Address to listen on (default 127.0.0.1).")
    parser.add_argument("--port", help="Port to listen on (default 8000; 0: a free one).")
    parser.add_argument(
        "--trusted-proxy",
        dest="trusted_proxies",
        metavar="ADDRESS",
        action="append",
        help="Proxy, or network of proxies, whose X-Forwarded-For is believed; can be given several times.",
    )


def _serve(arguments: Namespace) -> int:
    from goodies_mcp import logsetup  # start-up
    from goodies_mcp.app import prepare_hub_folder

    settings = settings_of(arguments)
    prepare_hub_folder(settings, create=False)
    logsetup.configure(settings.log_level, settings.log_format)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    with suppress(KeyboardInterrupt):  # asked to end: that is no failure
        asyncio.run(_served(settings))
    return 0


async def _served(settings: HubSettings) -> None:
    from goodies_mcp.app import open_hub  # start-up
    from goodies_mcp.funkygibbon.api.app import build_app
    from goodies_mcp.mcpserver.listening import in_url, listen
    from goodies_mcp.mcpserver.web_server import serve_app

    async with open_hub(settings) as hub:
        if await hub.store.look(lambda accounts: accounts.first_user()) is None:
            raise NotFound(
                f"nobody can log in to the hub in {settings.data_dir}: it has no user",
                hint="`funkygibbon init` makes one",
            )
        app = build_app(hub.served(settings))
        gc.freeze()  # what was loaded is never looked at
        collect_garbage()
        with listen(settings.host, settings.port) as listening:
            url = f"http://{in_url(settings.host)}:{listening.getsockname()[1]}"
            await serve_app(app, listening, grace=GRACE, announce=partial(_announce, url))


def _announce(url: str) -> None:
    # A person who started this waits for it, and a program that asked for port 0 reads the port here.
    print(f"Serving the hub on {url}", file=sys.stderr, flush=True)


COMMANDS = {"serve": Command(_arguments, _serve)}
