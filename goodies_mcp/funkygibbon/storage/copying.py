"""A copy of a hub's folder, database by database, while others write to it; and the way back, while nobody does."""

import os
import shutil
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from goodies_mcp.funkygibbon.core.accounts import HouseholdId
from goodies_mcp.funkygibbon.storage.sqlite import ACCOUNTS, HOME, HOUSEHOLDS, home_path
from goodies_mcp.funkygibbon.storage.sqlite_accounts import AccountsFile
from goodies_mcp.storage.maintenance import backup
from goodies_mcp.storage.sqlite_opening import open_reader, sync_folder

_WITH_LOGS = ("", "-wal", "-shm")


def copy_hub(folder: Path, target: Path, households: Sequence[HouseholdId]) -> int:
    """Copy accounts and homes into a new folder, each of one moment; how many bytes they are.

    Raises:
        StorageFull, Unavailable: as the database says; what was copied so far stays.
    """
    target.mkdir(mode=0o700, parents=True)
    # First of all: a home that is younger than its accounts is only a little ahead, and the other way round it is lost.
    with closing(AccountsFile(folder / ACCOUNTS)) as accounts:
        accounts.copy(target / ACCOUNTS)
    size = (target / ACCOUNTS).stat().st_size
    for household in households:
        source = home_path(folder, household)
        if source.exists():  # made when its first device syncs
            copy = home_path(target, household)
            copy.parent.mkdir(mode=0o700, parents=True)
            size += backup(source, copy)
    return size


def check_copy(source: Path) -> None:
    """Open each database of a copy. Raises StorageCorrupt, Conflict or Unavailable for one that cannot be used."""
    for home in _homes(source):
        open_reader(home).close()


def put_in_place(source: Path, folder: Path, kept: Path) -> None:
    """Put a copy in the place of a hub's databases, which are moved to ``kept``, uploads and logs included.

    New files, so that each home finds itself restored and takes a new epoch (PROMISES P9).
    """
    kept.mkdir(mode=0o700, parents=True)
    for name in (*(f"{ACCOUNTS}{ending}" for ending in _WITH_LOGS), HOUSEHOLDS):
        if (folder / name).exists():
            (folder / name).rename(kept / name)
    for home in _homes(source):
        target = home_path(folder, HouseholdId(home.parent.name))
        target.parent.mkdir(mode=0o700, parents=True)
        _copy(home, target)
    # Last: a hub without accounts does not find its homes, and one that was cut off here is seen to be none.
    _copy(source / ACCOUNTS, folder / ACCOUNTS)


def _homes(source: Path) -> list[Path]:
    return sorted((source / HOUSEHOLDS).glob(f"*/{HOME}"))


def _copy(source: Path, target: Path) -> None:
    with (
        source.open("rb") as read,
        os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as made,
    ):
        shutil.copyfileobj(read, made, 1 << 20)
        made.flush()
        os.fsync(made.fileno())
    sync_folder(target.parent)
