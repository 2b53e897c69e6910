"""One writer at a time among all processes that have a home open: a queue on a side file, ``<database>.lock``.

SQLite's own waiting polls and is unfair: with eight writers one of them starves. A lock of the operating system wakes
who waits, and is gone with the process that held it (docs/decisions/0002-writer-lock.md).
"""

import os
import sys
import threading
from pathlib import Path

from goodies_mcp.errors import Unavailable

PATIENCE = 10.0
"""Seconds that a writer waits for its turn before it says so."""


class WriterLock:
    """The queue for one database file. One instance serves one thread at a time; any number may wait on one file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def held(self, patience: float | None = None) -> "_Turn":
        """Wait for the turn, at most ``patience`` (or ``PATIENCE``) seconds, and keep it inside ``with``.

        Raises:
            Unavailable: others held the lock for that long.
        """
        return _Turn(self, PATIENCE if patience is None else patience)

    def take(self, patience: float) -> None:
        """Wait for the turn; raises as :meth:`held`."""
        if not _try_lock(self._opened()):
            self._wait(patience)

    def hand_on(self) -> None:
        """End the turn."""
        _unlock(self._opened())

    def close(self) -> None:
        """Release the side file. It stays where it is: removing it would let two writers hold two files."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _opened(self) -> int:
        if self._file is None:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        return self._file

    def _wait(self, patience: float) -> None:
        """Stand in the system's queue in a thread of its own, as no system lets one stop standing there in time."""
        waiting = _Waiting(self._opened())
        if waiting.has_turn(patience):
            return
        # The abandoned waiter keeps the file: closing it under a waiting thread would lock whatever comes next.
        self._file = None
        raise Unavailable(
            f"another process has been writing to this home for more than {patience:g} s",
            hint="try again in a moment; an import or a compaction may be running",
        )


class _Turn:
    """Written out: every write passes here, and a generator would make of it six calls more."""

    __slots__ = ("_lock", "_patience")

    def __init__(self, lock: WriterLock, patience: float) -> None:
        self._lock = lock
        self._patience = patience

    def __enter__(self) -> None:
        self._lock.take(self._patience)

    def __exit__(self, *_error: object) -> None:
        self._lock.hand_on()


class _Waiting:
    """Somebody in the queue, who goes home when nobody waits for the turn any more."""

    def __init__(self, file: int) -> None:
        self._file = file
        self._settled = threading.Lock()
        self._turn = threading.Event()
        self._abandoned = False
        threading.Thread(target=self._stand, name="goodies-writer-queue", daemon=True).start()

    def has_turn(self, patience: float) -> bool:
        self._turn.wait(patience)
        with self._settled:
            self._abandoned = not self._turn.is_set()
            return not self._abandoned

    def _stand(self) -> None:
        _lock(self._file)
        with self._settled:
            if not self._abandoned:
                self._turn.set()
                return
        os.close(self._file)


if sys.platform == "win32":
    import msvcrt
    import time

    def _try_lock(file: int) -> bool:
        os.lseek(file, 0, os.SEEK_SET)
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _lock(file: int) -> None:
        # The system's own waiting (LK_LOCK) looks once a second.
        while not _try_lock(file):
            time.sleep(0.005)

    def _unlock(file: int) -> None:
        os.lseek(file, 0, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _try_lock(file: int) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX)

    def _unlock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)
