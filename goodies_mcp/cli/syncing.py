"""``sync``, ``status``, ``conflicts`` and ``resolve``: the home and its hub, from the command line."""

import asyncio
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

from goodies_mcp.cli.commands import Command
from goodies_mcp.cli.garbage import collect_garbage
from goodies_mcp.cli.json_argument import read_json_object
from goodies_mcp.cli.output import Printer
from goodies_mcp.cli.parsing import settings_of
from goodies_mcp.cli.progress import Progress, add_progress_flag
from goodies_mcp.config import Settings

if TYPE_CHECKING:
    from goodies_mcp.attended_sync import AttendedSync
    from goodies_mcp.core.sync_status import SyncStatus


def _sync_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--retry-parked", action="store_true", help="Send again what was held back, files too.")
    parser.add_argument(
        "--fetch-content",
        choices=["when-read", "always"],
        help="always: bring files here that other devices added (default: each when it is first read).",
    )
    add_progress_flag(parser)


def _sync(arguments: Namespace) -> int:
    from goodies_mcp import logsetup  # start-up

    settings = settings_of(arguments)
    logsetup.configure(settings.log_level, settings.log_format)
    collect_garbage()
    progress = Progress(arguments)
    status = asyncio.run(_one_session(settings, progress, retry_parked=arguments.retry_parked))
    progress.end()
    _print(arguments, status)
    return 0


async def _one_session(settings: Settings, progress: Progress, *, retry_parked: bool) -> "SyncStatus":
    from goodies_mcp.app import synced_home  # start-up

    async with synced_home(settings) as sync:
        if retry_parked:
            await sync.retry_parked()
        return await sync.sync_now(progress.told)


def _status_arguments(_: ArgumentParser) -> None:
    """It takes none of its own."""


def _status(arguments: Namespace) -> int:
    from goodies_mcp.app import finished, inline_home  # start-up

    with inline_home(settings_of(arguments), read_only=True) as home:
        sync: AttendedSync = home.sync()
        status = finished(sync.status())
    _print(arguments, status)
    return 0


def _print(arguments: Namespace, status: "SyncStatus") -> None:
    from goodies_mcp.mcpserver.lines import text  # start-up

    Printer(as_json=arguments.json).result(asdict(status), text(status))


def _conflicts_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--limit", type=int, default=20, help="Most conflicts to show (default 20, most 200).")
    parser.add_argument("--cursor", help="Go on where an earlier answer ended.")


def _conflicts(arguments: Namespace) -> int:
    return _answer(arguments, "list_conflicts", {"limit": arguments.limit, "cursor": arguments.cursor})


def _resolve_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("conflict", metavar="THING", help="Id or name of what is in conflict.")
    way = parser.add_mutually_exclusive_group(required=True)
    way.add_argument("--keep-local", action="store_true", help="Keep what this device said.")
    way.add_argument("--keep-remote", action="store_true", help="Keep what the other side said.")
    way.add_argument("--merge", action="store_true", help="Keep what is shown now.")
    way.add_argument("--custom", metavar="JSON", help="Keep what is shown, with this merge patch; - and @FILE read it.")
    parser.add_argument("--name", help="With --custom: its name.")
    parser.add_argument("--version", metavar="VERSION", help="Of several sides, the one to keep.")


def _resolve(arguments: Namespace) -> int:
    ways = [way for way in ("keep_local", "keep_remote", "merge") if getattr(arguments, way)]
    asked: dict[str, object] = {"conflict": arguments.conflict, "resolution": ways[0] if ways else "custom"}
    if arguments.custom is not None:
        asked["changes"] = read_json_object(arguments.custom)
    asked |= {key: given for key in ("name", "version") if (given := getattr(arguments, key)) is not None}
    return _answer(arguments, "resolve_conflict", asked)


def _answer(arguments: Namespace, tool: str, asked: Mapping[str, object]) -> int:
    from goodies_mcp.cli.call import answer_tool  # start-up

    return answer_tool(arguments, tool, asked)


COMMANDS = {
    "sync": Command(_sync_arguments, _sync),
    "status": Command(_status_arguments, _status),
    "conflicts": Command(_conflicts_arguments, _conflicts),
    "resolve": Command(_resolve_arguments, _resolve),
}
