"""Content on its way in: what has arrived so far, one file each, until it is whole and its hash is right."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

from goodies_mcp.core.models import Content, Sha256
from goodies_mcp.errors import Conflict, InvalidInput, StorageFull, Unavailable

MOST_UNFINISHED = 64
"""Unfinished ones in one folder; the oldest makes room."""

_PIECE = 1 << 20
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class Arrivals:
    """What has arrived in part, on a hub or on a device. Names are hashes that were checked to be hashes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def received(self, sha: Sha256) -> int:
        """Bytes that have arrived; 0 when nothing has."""
        try:
            return self._part(sha).stat().st_size
        except FileNotFoundError:
            return 0

    def receive(self, sha: Sha256, offset: int, data: bytes) -> int:
        """Add what is new of ``data``, which begins at ``offset``; how many are here now.

        Raises:
            Conflict: there is a gap before it.
            StorageFull, Unavailable: it cannot be written; what came before counts.
        """
        part = self._part(sha)
        with _in_house_terms():
            return self._added(part, offset, data)

    def _added(self, part: Path, offset: int, data: bytes) -> int:
        if not part.exists():
            self._make_room()
        with os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
            there = file.seek(0, os.SEEK_END)
            if offset > there:
                raise Conflict(
                    f"bytes {there} to {offset - 1} of this content are missing",
                    argument="Content-Range",
                    hint=f"go on from byte {there}",
                    details={"received": there},
                )
            file.write(data[there - offset :])
            return file.tell()

    def check(self, content: Content) -> None:
        """Look whether all bytes are here and right. Raises InvalidInput, and they are gone, when they are not."""
        digest, size = sha256(), 0
        for piece in self.pieces(content.sha256):
            digest.update(piece)
            size += len(piece)
        if size != content.size or digest.hexdigest() != content.sha256:
            self.forget(content.sha256)
            raise InvalidInput(
                "the bytes that arrived are not those of this hash; they were thrown away",
                argument="sha256",
                hint="send them again from the beginning",
            )

    def pieces(self, sha: Sha256) -> Iterator[bytes]:
        """What has arrived, piece by piece."""
        with suppress(FileNotFoundError), self._part(sha).open("rb") as file:
            while piece := file.read(_PIECE):
                yield piece

    def forget(self, sha: Sha256) -> None:
        """Throw away what has arrived."""
        self._part(sha).unlink(missing_ok=True)

    def _part(self, sha: Sha256) -> Path:
        return self._folder / f"{sha}.part"

    def _make_room(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        parts = sorted(self._folder.glob("*.part"), key=lambda part: part.stat().st_mtime)
        for part in parts[: max(0, len(parts) + 1 - MOST_UNFINISHED)]:
            part.unlink(missing_ok=True)


@contextmanager
def _in_house_terms() -> Iterator[None]:
    try:
        yield
    except OSError as cause:
        if cause.errno in _FULL:
            raise StorageFull("the disk is full", hint="make room, then try again") from cause
        raise Unavailable(f"what arrives cannot be written down: {cause.strerror or type(cause).__name__}") from cause
