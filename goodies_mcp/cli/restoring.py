"""Puts a backup in the place of the database, so that a power cut at any point leaves one of them whole.

A copy of the backup is examined beside the database; what is there now is copied aside; then the new one takes its name
in one step. Whoever has the database open would go on writing into the file that is no longer there, so nobody may.
That it is a new incarnation the store sees by itself.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from goodies_mcp.app import about
from goodies_mcp.cli.copies import copied, dated
from goodies_mcp.cli.database_checks import status_of
from goodies_mcp.cli.in_use import is_open_elsewhere, processes_on
from goodies_mcp.clock import SystemClock
from goodies_mcp.errors import GoodiesError, InvalidInput, NotFound, StorageCorrupt, Unavailable
from goodies_mcp.storage.maintenance import check
from goodies_mcp.storage.migrate import bring_up_to_date, plan
from goodies_mcp.storage.sqlite_opening import sync_folder, writing_alone

_BESIDE = ("-wal", "-shm", "-journal")


class Holdings(NamedTuple):
    """What a backup holds. An older schema is counted when it has been brought up to date."""

    schema: int
    versions: int | None
    digest: str | None

    def __str__(self) -> str:
        return f"schema {self.schema}" + ("" if self.versions is None else f", {self.versions} versions")


class Arriving(NamedTuple):
    """A copy of the backup that was found to be whole, waiting to take the database's place."""

    file: Path
    holds: Holdings


@contextmanager
def arriving(backup: Path, database: Path) -> Iterator[Arriving]:
    """A copy of the backup beside the database, examined; it goes away unless it is put in place.

    Raises:
        NotFound, InvalidInput, StorageCorrupt, Conflict: the backup cannot be used.
        StorageFull: there is no room for it.
    """
    _refuse(backup, database)
    beside = database.parent if database.parent.is_dir() else None
    folder = Path(tempfile.mkdtemp(prefix=".restoring-", dir=beside))
    try:
        file = folder / database.name
        copied(backup, file)
        try:
            yield Arriving(file, _holdings(file))
        except GoodiesError as error:
            raise about(str(backup), error) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def put_in_place(arrived: Path, database: Path, aside: Path) -> Path | None:
    """Let it take the database's place; the path of the copy of what was there, None when nothing was.

    Raises:
        Unavailable: another process writes or has the database open.
    """
    with writing_alone(database):
        refuse_in_use(database)
        kept = _set_aside(database, aside) if database.exists() else None
        for ending in _BESIDE:
            database.with_name(database.name + ending).unlink(missing_ok=True)
        arrived.replace(database)
        sync_folder(database.parent)
    return kept


def refuse_in_use(database: Path) -> None:
    """Raise Unavailable while another process has the database open."""
    if not database.exists() or not is_open_elsewhere(database):
        return
    processes = ", ".join(map(str, processes_on(database)))
    raise Unavailable(
        f"another process has {database} open" + (f" (process {processes})" if processes else ""),
        hint="end the programs that use it, such as the host of an assistant, then try again",
    )


def _refuse(backup: Path, database: Path) -> None:
    if not backup.exists():
        raise NotFound(f"there is no file {backup}", argument="file")
    if not backup.is_file():
        raise InvalidInput(f"{backup} is no file", argument="file")
    if database.exists() and backup.samefile(database):
        raise InvalidInput(f"{backup} is the database itself", argument="file")
    log = backup.with_name(backup.name + "-wal")
    if log.exists() and log.stat().st_size:
        raise InvalidInput(
            f"{backup} is a database in use: part of it lies in {log.name}",
            argument="file",
            hint="make a backup of it: goodies-mcp backup --data-dir DIR",
        )
    if not backup.stat().st_size:
        raise StorageCorrupt(f"{backup} is empty")


def _holdings(file: Path) -> Holdings:
    todo = plan(file)
    if todo.steps:
        # Examined by bringing another copy up to date; the one that stays is as it was made.
        bring_up_to_date(file, clock=SystemClock(), dry_run=True)
        return Holdings(todo.current, None, None)
    wrong = [finding for finding in check(file) if finding.serious]
    if wrong:
        raise StorageCorrupt("; ".join(finding.message for finding in wrong), hint="choose another backup")
    status = status_of(file)
    return Holdings(todo.current, status.counts.get("versions"), status.digest)


def _set_aside(database: Path, aside: Path) -> Path:
    """A copy of the database and its log, byte by byte: it may be broken, that may be why it is replaced."""
    kept = dated(aside, "before-restore", ".db")
    for ending in ("", "-wal"):
        source = database.with_name(database.name + ending)
        if source.exists() and (source == database or source.stat().st_size):
            copied(source, kept.with_name(kept.name + ending))
    return kept
