"""``init``: the database where there was none, and the first home in it."""

import os
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from goodies_mcp.cli.commands import Command
from goodies_mcp.cli.output import Printer
from goodies_mcp.cli.parsing import settings_of
from goodies_mcp.config import Settings
from goodies_mcp.errors import Conflict

if TYPE_CHECKING:
    from goodies_mcp.app import InlineHome

_NEXT = "Next: `goodies-mcp tools` lists what can be called, `goodies-mcp doctor` looks whether all is well."


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--home", metavar="NAME", help="Make the first home, of this name.")


def _init(arguments: Namespace) -> int:
    settings = settings_of(arguments)
    from goodies_mcp.app import inline_home  # start-up: a wrong flag needs no home

    was_there = os.path.exists(settings.database)  # noqa: PTH110 - start-up: pathlib costs 9 ms
    if was_there and arguments.home is None:
        raise _is_there(settings)
    with inline_home(settings, create=True, read_only=False) as home:
        made = _first_home(home, settings, arguments.home) if arguments.home is not None else None
    lines = [] if was_there else [f"Made {settings.database}"]
    lines += [f"Made the home {arguments.home} ({made})"] if made else []
    Printer(as_json=arguments.json).result(
        {"database": settings.database, "created": not was_there, "home": made}, "\n".join([*lines, _NEXT])
    )
    return 0


def _first_home(home: "InlineHome", settings: Settings, name: str) -> str:
    from goodies_mcp.app import finished  # start-up
    from goodies_mcp.graph.results import Writer

    if finished(home.store.read(lambda view: view.counts().get("home", 0))):
        raise _is_there(settings)
    by = Writer(client="command line", tool="create_entity")
    done = finished(home.graph.create_entity(by, "home", name)).items[0]
    if done.action != "created":  # by another init, a moment ago
        raise _is_there(settings)
    return done.id


def _is_there(settings: Settings) -> Conflict:
    return Conflict(
        f"there is a home in {settings.data_dir} already; nothing was changed",
        hint="`goodies-mcp call get_home_overview` shows it; another --data-dir makes another",
    )


COMMANDS = {"init": Command(_arguments, _init)}
