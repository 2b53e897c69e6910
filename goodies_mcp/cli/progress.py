"""How far long work is, on stderr: for a person at a terminal, or for whoever asks with ``--progress``."""

import sys
from argparse import ArgumentParser, Namespace
from time import monotonic

_PAUSE = 0.2


def add_progress_flag(parser: ArgumentParser) -> None:
    """The flag of commands that may take long."""
    parser.add_argument(
        "--progress",
        action="store_true",
        help="Tell on stderr how far it is, even where that is no terminal.",
    )


class Progress:
    """One line that is rewritten at a terminal, a line at a time elsewhere, nothing where nobody looks."""

    def __init__(self, arguments: Namespace) -> None:
        self._stream = sys.stderr
        self._rewrites = self._stream is not None and self._stream.isatty()
        self._wanted = self._rewrites or (arguments.progress and self._stream is not None)
        self._next = 0.0
        self._shown = 0
        self.done = 0.0

    def __call__(self, done: float, total: float | None, what: str) -> None:
        """Show it, unless something was shown a moment ago."""
        self.done = done
        now = monotonic()
        if not self._wanted or (now < self._next and done != total):
            return
        self._next = now + _PAUSE
        share = f" of {total:,.0f} ({done / total:.0%})" if total else ""
        line = f"{what}: {done:,.0f}{share}"
        if self._rewrites:
            self._stream.write(f"\r{line:<{self._shown}}")
            self._shown = len(line)
        else:
            self._stream.write(f"{line}\n")
        self._stream.flush()

    async def told(self, done: float, total: float | None, what: str) -> None:
        """The same for work that awaits it."""
        self(done, total, what)

    def end(self) -> None:
        """Leave the line to what comes next."""
        if self._shown:
            self._stream.write("\n")
            self._stream.flush()
            self._shown = 0
