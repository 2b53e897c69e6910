"""From words to a command, its arguments and its settings."""

import sys
from collections.abc import Collection, Mapping, Sequence
from importlib import import_module

from goodies_mcp.cli.commands import COMMANDS, DEFAULT, PROGRAM, Command
from goodies_mcp.config import Known, Settings, load_as, nearest
from goodies_mcp.errors import InvalidInput

TYPE_CHECKING = False  # typing itself would cost each start 4 ms
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from typing import Any, TypeVar

    from goodies_mcp.cli.argument_parser import Parser

    S = TypeVar("S", bound=Known)

QUICK = ("call", "history", "serve")
"""Commands whose start is measured."""

_VALUED = ("--data-dir", "--config")
_PLAIN = ("--json", "--verbose")


def command_of(name: str) -> Command:
    """A command by its name; the module that carries it out is loaded now and not before."""
    commands: dict[str, Command] = import_module(f"goodies_mcp.cli.{COMMANDS[name][0]}").COMMANDS
    return commands[name]


def arguments_of(command: str, words: Sequence[str]) -> "Namespace":
    """What the words say to a command."""
    if command in QUICK:
        from goodies_mcp.cli.plain_words import PlainWords  # start-up: other commands do not use it

        plain: Any = PlainWords()  # which knows of argparse what a quick command declares
        _declare(command, plain)
        found: Namespace | None = plain.parse(words)
        if found is not None:
            return found
    return parser_of(command).parse(words)


def parser_of(command: str) -> "Parser":
    """The parser of one command."""
    from goodies_mcp.cli.argument_parser import Parser  # start-up: quick commands mostly do without

    parser = Parser(command, COMMANDS[command][1])
    _declare(command, parser)
    return parser


def _declare(command: str, parser: "ArgumentParser") -> None:
    command_of(command).arguments(parser)
    add_everywhere(parser, "Folder of the home's database.", as_json=command != "serve")


def add_everywhere(parser: "ArgumentParser", folder: str, *, as_json: bool) -> None:
    """Add what every command takes; ``folder`` says what the data folder is for."""
    everywhere = parser.add_argument_group("everywhere")
    everywhere.add_argument("--data-dir", metavar="DIR", help=folder)
    everywhere.add_argument("--config", metavar="FILE", help="Settings file (TOML).")
    everywhere.add_argument("-v", "--verbose", action="count", default=0, help="Say more on stderr; twice: everything.")
    if as_json:
        everywhere.add_argument("--json", action="store_true", help="Print JSON.")


def settings_of(arguments: "Namespace") -> Settings:
    """The settings, with what was given as a flag first."""
    return settings_as(Settings, arguments)


def settings_as(program: "type[S]", arguments: "Namespace") -> "S":
    """The settings of one of our programs."""
    keys = {setting.key for setting in program.settings}
    given = {key: value for key, value in vars(arguments).items() if key in keys and value is not None}
    if arguments.verbose:
        given["log_level"] = "info" if arguments.verbose == 1 else "debug"
    settings = load_as(program, given, config_file=arguments.config)
    for warning in settings.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    return settings


def overview() -> str:
    """What ``goodies-mcp --help`` prints."""
    return overview_of(PROGRAM, "A home as a graph that assistants can ask over MCP.", COMMANDS)


def overview_of(program: str, idea: str, commands: Mapping[str, tuple[str, str]]) -> str:
    """What ``--help`` of one of our programs prints."""
    width = max(map(len, commands))
    lines = [f"usage: {program} [COMMAND] [ARGUMENT ...]", "", idea, ""]
    lines += [f"  {name:<{width}}  {about}" for name, (_, about) in commands.items()]
    lines += [
        "",
        "Before or after any command: --data-dir DIR, --config FILE, --json, -v (more on stderr).",
        f"{program} COMMAND --help shows what a command takes; {program} --version says which release this is.",
    ]
    return "\n".join(lines)


def split(words: Sequence[str], commands: Collection[str] = COMMANDS, program: str = PROGRAM) -> tuple[str, list[str]]:
    """The command and all other words. What every command takes may stand before it; another flag means ``serve``."""
    rest = list(words)
    at = 0
    while at < len(rest):
        word = rest[at]
        if word in _VALUED:
            at += 2
        elif word in _PLAIN or word.startswith(tuple(f"{flag}=" for flag in _VALUED)) or set(word) == {"-", "v"}:
            at += 1
        elif word.startswith("-") and word != "-":
            return DEFAULT, rest
        else:
            return known(rest.pop(at), commands, program), rest
    return DEFAULT, rest


def known(command: str, commands: Collection[str], program: str) -> str:
    """The command. Raises InvalidInput with the nearest where there is none of this name."""
    if command not in commands:
        close = nearest(command, commands)
        hint = f"did you mean {close}?" if close else f"{program} --help lists the commands"
        raise InvalidInput(f"unknown command {command!r}", hint=hint)
    return command
