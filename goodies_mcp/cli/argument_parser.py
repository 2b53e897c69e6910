"""argparse for one command, with errors in the house's form."""

import argparse
from collections.abc import Sequence
from typing import NoReturn

from goodies_mcp.cli.commands import PROGRAM
from goodies_mcp.config import nearest
from goodies_mcp.errors import InvalidInput


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
