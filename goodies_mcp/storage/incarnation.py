"""Whose versions a file makes: an incarnation, bound to the file by a token kept outside it (INBETWEENIES B.1).

``<database>.incarnation`` holds one line: the token, the file's inode and the last counter that was used. A database
whose token, inode or counter does not agree with it was copied, restored or wiped, and starts a new incarnation, so
that no dot is ever made twice. The line has a fixed width and is rewritten in place, whoever else has it open.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

_TOKEN = 36
_NUMBER = 20
_SIZE = _TOKEN + 1 + _NUMBER + 1 + _NUMBER + 1


class Binding(NamedTuple):
    """What the side file says: the token of the incarnation, the inode it was given to, the last counter known."""

    token: str
    inode: int
    counter: int


class IncarnationFile:
    """The side file of one database. Every method runs under the writer lock, except :meth:`read`."""

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(database.name + ".incarnation")
        self._file: int | None = None

    def read(self) -> Binding | None:
        """What is bound, or None when nothing readable is there."""
        try:
            with self._path.open("rb") as file:
                token, inode, counter = file.read(_SIZE + 1).decode("ascii").split()
            return Binding(token, int(inode), int(counter))
        except (OSError, ValueError):
            return None

    def bind(self, binding: Binding) -> None:
        """Bind anew, durably."""
        line = f"{binding.token:<{_TOKEN}} {binding.inode:0{_NUMBER}d} {binding.counter:0{_NUMBER}d}\n".encode("ascii")
        file = self._opened()
        os.ftruncate(file, 0)
        _write_at(file, line, 0)
        os.fsync(file)

    def advance(self, counter: int) -> None:
        """Note the last counter used.

        Not forced to the disk: what it guards against is a database put back in place, which is no power cut. After a
        power cut the side file may lag behind the database, and lagging is allowed.
        """
        # A side file that cannot be written only makes the next opening more careful.
        with suppress(OSError):
            _write_at(self._opened(), f"{counter:0{_NUMBER}d}".encode("ascii"), _TOKEN + 1 + _NUMBER + 1)

    def close(self) -> None:
        """Release the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _opened(self) -> int:
        if self._file is None:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
        return self._file


def _write_at(file: int, data: bytes, offset: int) -> None:
    os.lseek(file, offset, os.SEEK_SET)
    os.write(file, data)
