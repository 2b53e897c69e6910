"""The settings file of a desktop host, as text in and text out: one server's entry put in, found or taken away.

The file is somebody else's: what it holds beside our entry stays as it is, and a file that is not understood is
refused, not mended.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from goodies_mcp.errors import Conflict, InvalidInput

_SERVERS = "mcpServers"
_PROGRAM = re.compile(r"(^|[/\\])goodies-mcp(\.exe)?$")


class HostSettings:
    """What such a file says; ``where`` names it in errors. Raises InvalidInput where it is not understood."""

    def __init__(self, text: str, where: str) -> None:
        self._text = text
        self._where = where
        self._settings = self._parsed()
        servers = self._settings.get(_SERVERS, {})
        if not isinstance(servers, dict) or not all(isinstance(each, dict) for each in servers.values()):
            raise self._strange(f"its {_SERVERS} is no object of objects")
        self._servers: dict[str, dict[str, Any]] = servers

    @property
    def ours(self) -> Mapping[str, Mapping[str, Any]]:
        """The entries that start this program, by their names."""
        return {name: entry for name, entry in self._servers.items() if _starts_us(entry)}

    def with_entry(self, name: str, command: Sequence[str]) -> str:
        """The file with this server in it; what a person added to our entry, such as ``env``, stays.

        Raises:
            Conflict: another program stands there under this name.
        """
        entry = {**self._replaceable(name), "command": command[0], "args": list(command[1:])}
        return self._written({**self._servers, name: entry})

    def without_entry(self, name: str) -> str:
        """The file without this server; the same text where it is not in there.

        Raises:
            Conflict: another program stands there under this name.
        """
        if name not in self._servers:
            return self._text
        self._replaceable(name)
        return self._written({other: entry for other, entry in self._servers.items() if other != name})

    def _replaceable(self, name: str) -> Mapping[str, Any]:
        entry = self._servers.get(name, {})
        if name in self._servers and not _starts_us(entry):
            raise Conflict(
                f"in {self._where} the name {name!r} is taken by another program",
                hint="choose another with --name, or take that entry out by hand",
            )
        return entry

    def _parsed(self) -> dict[str, Any]:
        if not self._text.strip():
            return {}
        try:
            settings = json.loads(self._text, object_pairs_hook=_once, parse_constant=_finite, parse_float=_finite)
        except RecursionError:
            raise self._strange("it is nested too deeply") from None
        except ValueError as error:
            raise self._strange(str(error)) from None
        if not isinstance(settings, dict):
            raise self._strange("it is no JSON object")
        return settings

    def _written(self, servers: Mapping[str, Any]) -> str:
        indent = re.search(r"\{\r?\n([ \t]+)", self._text)
        settings = {**self._settings, _SERVERS: servers}
        text = json.dumps(settings, ensure_ascii=False, indent=indent[1] if indent else 2) + "\n"
        half = any("\ud800" <= letter <= "\udfff" for letter in text)  # characters that no file can hold but as escapes
        return json.dumps(settings, indent=indent[1] if indent else 2) + "\n" if half else text

    def _strange(self, why: str) -> InvalidInput:
        return InvalidInput(
            f"{self._where} cannot be understood: {why}",
            argument="file",
            hint="put it right by hand first; nothing was changed",
        )


def _starts_us(entry: Mapping[str, Any]) -> bool:
    """Whether it starts this program: by its script or as a module."""
    arguments = entry.get("args")
    words = [entry.get("command"), *(arguments if isinstance(arguments, list) else [])]
    return "goodies_mcp" in words or any(isinstance(word, str) and _PROGRAM.search(word) for word in words)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object. Written back, one that says a thing twice would lose one of both."""
    names = [name for name, _ in pairs]
    twice = next((name for name in names if names.count(name) > 1), None) if len(set(names)) < len(names) else None
    if twice is not None:
        message = f"it says {twice!r} twice"
        raise ValueError(message)
    return dict(pairs)


def _finite(word: str) -> float:
    number = float(word)
    if not math.isfinite(number):
        message = f"{word} is no number that can be written back"
        raise ValueError(message)
    return number
