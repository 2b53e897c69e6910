"""As much of argparse as a command line without a mistake needs: start-up, because argparse takes longer to load than
Python itself does. Whatever is not plain (help, mistakes, odd forms) is left to argparse, which knows what to say.
"""

from types import SimpleNamespace

TYPE_CHECKING = False  # typing itself would cost each start 4 ms
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, Self


class PlainWords:
    """Takes the declarations that an ``ArgumentParser`` takes: those that our quick commands make, and no others."""

    def __init__(self) -> None:
        self._flags: dict[str, _Declared] = {}
        self._places: list[_Declared] = []

    def add_argument(self, *names: str, **said: "Any") -> None:  # noqa: ANN401  the words of argparse
        """As argparse has it."""
        declared = _Declared(names, **said)
        if not names[0].startswith("-"):
            self._places.append(declared)
        for name in names:
            self._flags[name] = declared

    def add_argument_group(self, _title: str) -> "Self":
        """Groups only matter to help."""
        return self

    def parse(self, words: "Sequence[str]") -> SimpleNamespace | None:
        """What argparse would make of the words, or None when only argparse can tell."""
        found = {each.dest: each.default for each in (*self._places, *self._flags.values())}
        rest, places = list(words), list(self._places)
        while rest:
            word = rest.pop(0)
            flag = word.startswith("-") and word != "-"
            name, given, value = word.partition("=") if flag else ("", "=", word)
            declared = self._flags.get(name) if flag else places.pop(0) if places else None
            if declared is None or (given and declared.takes_nothing):
                return None
            if not given and not declared.takes_nothing:
                if not rest or rest[0].startswith("-"):
                    return None
                value = rest.pop(0)
            try:
                found[declared.dest] = declared.heard(value, found[declared.dest])
            except ValueError:
                return None
        return None if any(place.needed for place in places) else SimpleNamespace(**found)


class _Declared:
    def __init__(
        self,
        names: "Sequence[str]",
        *,
        action: str = "store",
        default: object = ...,
        dest: str | None = None,
        type: "Callable[[str], object]" = str,  # noqa: A002  the word of argparse
        choices: "Sequence[str] | None" = None,
        nargs: str | None = None,
        **_for_help: object,
    ) -> None:
        self.dest = dest or max(names, key=len).lstrip("-").replace("-", "_")
        self.default = default if default is not ... else False if action == "store_true" else None
        self.needed = nargs != "?"
        self.takes_nothing = action in {"store_true", "count"}
        self._action = action
        self._type = type
        self._choices = choices

    def heard(self, value: str, before: "Any") -> object:  # noqa: ANN401  a count or a list
        """The value after one more word. Raises ValueError when it is none."""
        if self._action == "store_true":
            return True
        if self._action == "count":
            return before + 1
        if self._choices is not None and value not in self._choices:
            raise ValueError(value)
        heard = self._type(value)
        return [*(before or ()), heard] if self._action == "append" else heard
