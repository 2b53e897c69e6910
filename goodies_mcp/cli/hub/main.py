"""The entry of ``funkygibbon``: the same funnel from an exception to an exit code as every command of the house."""

import sys
from collections.abc import Sequence
from importlib import import_module

from goodies_mcp.cli.commands import Command
from goodies_mcp.cli.main import end, run

TYPE_CHECKING = False  # typing itself would cost each start 4 ms
if TYPE_CHECKING:
    from typing import NoReturn

    from goodies_mcp.cli.argument_parser import Parser

PROGRAM = "funkygibbon"
IDEA = "The hub that homes sync with: households, people, devices, and what they have in common."

COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("making", "Make the hub: its keys, its first user and that user's household."),
    "serve": ("serve", "Serve the hub over HTTP until somebody ends it."),
    "status": ("status", "Show households, how much they hold, and where everything lies."),
    "user": ("people", "List people, let somebody in, set a password, or let somebody go."),
    "device": ("devices", "List devices, let one in that acts for nobody in particular, or shut one out."),
    "household": ("people", "List households, or add one."),
    "key": ("making", "Sign tokens with a new key from now on."),
    "audit": ("status", "Show the audit log, newest first."),
    "backup": ("safekeeping", "Copy everything but the keys to a folder, while the hub is in use."),
    "restore": ("safekeeping", "Put a backup in the place of what the hub holds."),
    "config": ("status", "Show every setting and where it comes from."),
}


def main() -> "NoReturn":
    """The program."""
    end(run(sys.argv[1:], _command))


def command_of(name: str) -> Command:
    """A command by its name; the module that carries it out is loaded now and not before."""
    commands: dict[str, Command] = import_module(f"goodies_mcp.cli.hub.{COMMANDS[name][0]}").COMMANDS
    return commands[name]


def parser_of(command: str) -> "Parser":
    """The parser of one command."""
    from goodies_mcp.cli.argument_parser import Parser  # start-up: argparse
    from goodies_mcp.cli.parsing import add_everywhere

    parser = Parser(command, COMMANDS[command][1], PROGRAM)
    command_of(command).arguments(parser)
    add_everywhere(parser, "Folder of the hub's databases and keys.", as_json=command != "serve")
    return parser


def _command(words: Sequence[str]) -> int:
    if words in (["--version"], ["-V"]):
        from goodies_mcp import __version__

        print(f"{PROGRAM} {__version__}")
        return 0
    from goodies_mcp.cli.parsing import overview_of, split  # start-up: argparse

    if not words or words in (["--help"], ["-h"], ["help"]):
        print(overview_of(PROGRAM, IDEA, COMMANDS))
        return 0
    command, rest = split(words, COMMANDS, PROGRAM)
    return command_of(command).run(parser_of(command).parse(rest))


if __name__ == "__main__":
    main()
