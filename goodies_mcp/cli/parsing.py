"""From words to a command and its arguments: argparse for one command at a time, with errors in the house's form."""

import argparse
import sys
from collections.abc import Collection, Mapping, Sequence
from importlib import import_module
from typing import NoReturn

from goodies_mcp.cli.commands import COMMANDS, DEFAULT, Command
from goodies_mcp.config import Known, Settings, load_as, nearest
from goodies_mcp.errors import InvalidInput

TYPE_CHECKING = False  # typing itself would cost each start 4 ms
if TYPE_CHECKING:
    from typing import TypeVar

    S = TypeVar("S", bound=Known)

PROGRAM = "goodies-mcp"
_VALUED = ("--data-dir", "--config")
_PLAIN = ("--json", "--verbose")


class Parser(argparse.ArgumentParser):
    """An argument parser that raises InvalidInput, with the nearest flag where one is unknown."""

    def __init__(self, command: str | None, about: str, program: str = PROGRAM) -> None:
        super().__init__(
            prog=f"{program} {command}" if command else program, description=about, allow_abbrev=False, add_help=False
        )
        self.add_argument("-h", "--help", action="help", help="Show this help and end.")

    def parse(self, words: Sequence[str]) -> argparse.Namespace:
        """The arguments of these words."""
        for word in words:
            # First of all, because argparse would blame the word after an unknown flag.
            if word.startswith("--") and word.partition("=")[0] not in self._option_string_actions and word != "--":
                self._refuse(word)
        found, unknown = self.parse_known_args(words)
        if unknown:
            self._refuse(unknown[0])
        return found

    def error(self, message: str) -> NoReturn:
        """What argparse found wrong."""
        raise InvalidInput(message, hint=f"{self.prog} --help shows what it takes")

    def _refuse(self, word: str) -> NoReturn:
        flag = word.partition("=")[0]
        if not flag.startswith("-"):
            self.error(f"unexpected argument {word!r}")
        close = nearest(flag, self._option_string_actions)
        hint = f"did you mean {close}?" if close else f"{self.prog} --help shows what it takes"
        raise InvalidInput(f"unknown flag {flag}", hint=hint)


def command_of(name: str) -> Command:
    """A command by its name; the module that carries it out is loaded now and not before."""
    commands: dict[str, Command] = import_module(f"goodies_mcp.cli.{COMMANDS[name][0]}").COMMANDS
    return commands[name]


def parser_of(command: str) -> Parser:
    """The parser of one command."""
    parser = Parser(command, COMMANDS[command][1])
    command_of(command).arguments(parser)
    add_everywhere(parser, "Folder of the home's database.", as_json=command != "serve")
    return parser


def add_everywhere(parser: Parser, folder: str, *, as_json: bool) -> None:
    """Add what every command takes; ``folder`` says what the data folder is for."""
    everywhere = parser.add_argument_group("everywhere")
    everywhere.add_argument("--data-dir", metavar="DIR", help=folder)
    everywhere.add_argument("--config", metavar="FILE", help="Settings file (TOML).")
    everywhere.add_argument("-v", "--verbose", action="count", default=0, help="Say more on stderr; twice: everything.")
    if as_json:
        everywhere.add_argument("--json", action="store_true", help="Print JSON.")


def settings_of(arguments: argparse.Namespace) -> Settings:
    """The settings, with what was given as a flag first."""
    return settings_as(Settings, arguments)


def settings_as(program: "type[S]", arguments: argparse.Namespace) -> "S":
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
