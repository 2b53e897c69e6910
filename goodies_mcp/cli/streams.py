"""The three standard streams as this process may find them: closed, broken, full, or belonging to a protocol."""

import os
import sys

INTERRUPTED = 130
"""Exit code of a command that Ctrl-C ended, as shells have it."""

BROKEN_PIPE = 141
"""Exit code of a command whose reader went away, as shells have it."""


def fill_closed() -> None:
    """Put /dev/null where a standard stream is closed: else the next file opened, a database even, would get its number
    and everything printed."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def forgive_odd_text() -> None:
    """What a terminal cannot show is escaped instead of failing: a home's names may hold anything."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def take_stdout() -> int:
    """The descriptor of the real stdout; from here on number 1 is stderr, and a stray print of any library lands
    there instead of between the messages of the protocol."""
    wire = os.dup(1)
    os.dup2(2, 1)
    return wire


def abandon_stdout() -> None:
    """Nobody reads any more: what is still buffered goes to /dev/null, so that the end of Python does not complain."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.close(null)
