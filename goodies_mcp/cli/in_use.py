"""Who else has a database open: asked of the system, without opening the database."""

import os
from collections.abc import Iterator
from pathlib import Path

# SQLite locks bytes of the file that no page uses: whoever has a database open in WAL mode holds one of these.
_SHARED_FIRST = 0x40000002
_SHARED_SIZE = 510


def is_open_elsewhere(database: Path) -> bool:
    """Whether another process has it open. No connection of this process may be: the system would forget its locks.

    Where the system cannot tell, the answer is no.
    """
    try:
        import fcntl
    except ImportError:  # Windows: there a file in use cannot be replaced in the first place
        return False
    with database.open("r+b") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, _SHARED_SIZE, _SHARED_FIRST)
        except OSError:
            return True
    return False


def processes_on(database: Path) -> list[int]:
    """The other processes that have it open, as far as the system shows them to this user (Linux)."""
    return sorted(set(_holding(os.path.realpath(database)))) if Path("/proc/self/fd").is_dir() else []


def _holding(real: str) -> Iterator[int]:
    for process in Path("/proc").iterdir():
        if not process.name.isdecimal() or int(process.name) == os.getpid():
            continue
        try:
            if any(str(link.readlink()) == real for link in (process / "fd").iterdir()):
                yield int(process.name)
        except OSError:
            continue  # it ended meanwhile, or belongs to somebody else
