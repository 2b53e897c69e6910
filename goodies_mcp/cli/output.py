"""What a command prints: text for people, or one JSON value with ``--json``."""

import sys
from collections.abc import Sequence


class Printer:
    """Prints a result in the one form that was asked for. Progress and asides go to stderr."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json

    def result(self, value: object, text: str) -> None:
        """The command's answer: ``value`` with ``--json``, ``text`` without."""
        if self.as_json:
            import json  # start-up: text needs none

            # Escapes are right in any encoding; characters are nicer to read, where they can be written.
            plain = (getattr(sys.stdout, "encoding", None) or "").lower().replace("-", "") == "utf8"
            text = json.dumps(value, ensure_ascii=not plain, indent=2)
        if text:
            print(text)

    def aside(self, text: str) -> None:
        """A word that is no part of the answer."""
        if sys.stderr is not None:
            print(text, file=sys.stderr)


def one_line(text: object) -> str:
    """Any value as a single line."""
    return " ".join(str(text).split())


def columns(rows: Sequence[tuple[str, ...]]) -> str:
    """Rows of text, aligned; the last column runs free."""
    if not rows:
        return ""
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]) - 1)]
    return "\n".join(
        "  ".join([cell.ljust(width) for cell, width in zip(row, widths, strict=False)] + [row[-1]]).rstrip()
        for row in rows
    )
