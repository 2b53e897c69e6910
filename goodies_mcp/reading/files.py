"""The one guard for every path that comes in as an argument: what may be opened, and how, so that nothing else is."""

import os
import stat
from collections.abc import Sequence
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path
from typing import BinaryIO

from goodies_mcp.errors import Forbidden, InvalidInput, NotFound, TooLarge

MOST_BYTES = 256 << 20
"""Of one file: more than any manual, and a quarter of what the database can hold in one piece."""

_MOST_NAMES = 1_000
_LONGEST_PATH = 4_096


class FileGuard:
    """Opens files below a few folders. The first of them is the inbox, from which names without a folder are taken."""

    def __init__(self, inbox: Path, others: Sequence[Path] = (), *, most: int) -> None:
        self._inbox = inbox
        self._others = tuple(others)
        self._most = most

    def open(self, path: str) -> tuple[BinaryIO, str]:
        """The file, opened for reading, and its name, which is for people only.

        Raises:
            Forbidden: it lies outside the allowed folders, whether it exists or not.
            NotFound: there is none.
            InvalidInput: it is no ordinary file, or no path at all.
            TooLarge: it is larger than may be read.
        """
        with suppress(OSError):  # a home that may only be read has no inbox, and other folders may be allowed
            self._inbox.mkdir(mode=0o700, parents=True, exist_ok=True)
        root, inside = self._placed(path)
        try:
            number = _opened_below(root, inside)
        except FileNotFoundError:
            raise self._missing(root, inside) from None
        except OSError as cause:
            raise InvalidInput(f"{inside.name} cannot be read: {cause.strerror}", argument="file") from cause
        try:
            self._check(number, inside.name)
            return os.fdopen(number, "rb"), inside.name
        except BaseException:
            os.close(number)
            raise

    def _placed(self, path: str) -> tuple[Path, Path]:
        """The allowed folder that the path leads into, and the way from there."""
        if "\0" in path or len(path) > _LONGEST_PATH:
            raise InvalidInput("this is no path", argument="file")
        try:
            target = (self._inbox / path).resolve()
            roots = [root.resolve() for root in (self._inbox, *self._others)]
        except (OSError, RuntimeError, ValueError) as cause:
            raise InvalidInput("this path leads nowhere", argument="file") from cause
        for root in roots:
            if target != root and target.is_relative_to(root):
                return root, target.relative_to(root)
        # The same words whether it exists or not: who may not read a folder may not learn what is in it either.
        raise Forbidden(
            "this file is in none of the folders that may be read",
            argument="file",
            hint=f"put it into {self._inbox} and give its name, or allow its folder with --allow-files",
        )

    def _check(self, number: int, name: str) -> None:
        about = os.fstat(number)
        if not stat.S_ISREG(about.st_mode):
            raise InvalidInput(f"{name} is no ordinary file", argument="file")
        if about.st_size > self._most:
            raise TooLarge(
                f"{name} has {about.st_size} bytes; at most {self._most} are taken",
                argument="file",
                hint="a smaller scan or photo will do",
            )

    def _missing(self, root: Path, inside: Path) -> NotFound:
        try:
            names = sorted(each.name for each, _ in zip((root / inside.parent).iterdir(), range(_MOST_NAMES)))  # noqa: B905  the folder may hold more
        except OSError:
            names = []
        near = get_close_matches(inside.name, names, n=5, cutoff=0.4) or names[:5]
        return NotFound(
            f"there is no file {inside.name[:200]}",
            argument="file",
            hint=f"files there: {', '.join(near)}" if near else f"{self._inbox} is the folder for it, and holds none",
        )


def _opened_below(root: Path, inside: Path) -> int:
    """Open step by step from the folder, following no link: what was resolved a moment ago may be another file now.

    Nothing is waited for: opening a pipe that nobody writes to would never end.
    """
    flags = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    if os.open not in os.supports_dir_fd:  # Windows, where making a link takes a privilege that few have
        return os.open(root / inside, flags)
    here = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in inside.parts[:-1]:
            there = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=here)
            os.close(here)
            here = there
        return os.open(inside.name, flags | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=here)
    finally:
        os.close(here)
