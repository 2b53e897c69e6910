"""A file that is open: one that a person has, or one without a name that goes when it is closed."""

import binascii
import errno
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import BinaryIO

from goodies_mcp.core.models import Sha256
from goodies_mcp.errors import InvalidInput, StorageFull, TooLarge, Unavailable
from goodies_mcp.reading.endings import Ending
from goodies_mcp.reading.signatures import HEAD

_PIECE = 1 << 20
_DATA_URL = re.compile(r"data:([\w.+-]+/[\w.+-]+)?(?:;[\w=.-]+)*;base64,")
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


@dataclass(frozen=True, slots=True)
class Held:
    """An open file, and what is said of it."""

    file: BinaryIO
    name: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """What its bytes are, from one reading of them all."""

    sha256: Sha256
    size: int
    head: bytes


@contextmanager
def nameless() -> Iterator[BinaryIO]:
    """A file that nobody else can open and that is gone when it is closed, even after a power cut."""
    try:
        with tempfile.TemporaryFile(prefix="goodies-") as file:
            yield file
    except OSError as cause:
        if cause.errno in _FULL:
            raise StorageFull("the disk is full; nothing was kept", hint="make room, then try again") from cause
        raise Unavailable(f"reading it failed: {cause.strerror or type(cause).__name__}") from cause


def unpack(text: str, most: int, into: BinaryIO) -> None:
    """Write what Base64 says. Line breaks in it, and the beginning that browsers put before it, are no mistake."""
    body = text
    if found := _DATA_URL.match(text):
        body = text[found.end() :]
    if len(body) > most // 3 * 4 + 4096:
        raise TooLarge(
            f"data_base64 holds more than {most} bytes",
            argument="data_base64",
            hint="put the file into the inbox and give its name as file",
        )
    try:
        into.write(binascii.a2b_base64("".join(body.split()), strict_mode=True))
    except (binascii.Error, ValueError) as cause:
        raise InvalidInput("this is no Base64", argument="data_base64", hint="a file is given by its name") from cause


def measured(file: BinaryIO, ending: Ending) -> Measured:
    """Read all of it once."""
    hashed, size, head = sha256(), 0, b""
    for piece in pieces(file)():
        ending.check()
        head = head or piece[:HEAD]
        hashed.update(piece)
        size += len(piece)
    return Measured(Sha256(hashed.hexdigest()), size, head)


def pieces(file: BinaryIO) -> Callable[[], Iterable[bytes]]:
    """The bytes of an open file, from the beginning each time."""

    def from_the_beginning() -> Iterator[bytes]:
        file.seek(0)
        while piece := file.read(_PIECE):
            yield piece

    return from_the_beginning
