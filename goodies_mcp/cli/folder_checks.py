"""What can be wrong around a database: its folder, its permissions, its disk, and who else has it open."""

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from goodies_mcp.app import synced_by
from goodies_mcp.cli.finding import Finding
from goodies_mcp.cli.in_use import is_open_elsewhere, processes_on
from goodies_mcp.config import Settings

ENOUGH = 200 << 20


def look_around(settings: Settings) -> Iterator[Finding]:
    """Everything about the home's folder, without opening the database."""
    folder = Path(settings.data_dir)
    if not folder.exists():
        yield Finding("folder", "note", f"{folder} is not there yet", "`goodies-mcp init` makes it")
        folder = next(parent for parent in folder.parents if parent.exists())
    else:
        yield _folder(folder)
        yield _private(folder, Path(settings.database))
    yield _cloud(settings)
    yield _disk(folder, Path(settings.database))
    if Path(settings.database).is_file():
        yield _others(Path(settings.database))


def _folder(folder: Path) -> Finding:
    if not folder.is_dir():
        return Finding("folder", "wrong", f"{folder} is no folder", "choose another with --data-dir")
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return Finding("folder", "wrong", f"{folder} cannot be written to", f"chmod u+rwx {folder}")
    return Finding("folder", "ok", str(folder))


def _private(folder: Path, database: Path) -> Finding:
    mode = stat.S_IMODE(folder.stat().st_mode)
    if os.name != "posix" or not mode & 0o077:
        return Finding("permissions", "ok", f"the folder is for its owner alone (mode {mode:o})")
    hint = f"chmod 700 {folder}"
    if database.exists() and not stat.S_IMODE(database.stat().st_mode) & 0o077:
        return Finding(
            "permissions", "note", f"others may look into {folder} (mode {mode:o}), not into the database", hint
        )
    return Finding("permissions", "wrong", f"{folder} is open to others (mode {mode:o})", hint)


def _cloud(settings: Settings) -> Finding:
    service = synced_by(settings.data_dir)
    if service:
        message = f"{settings.data_dir} is synchronised by {service}, which damages databases"
        return Finding("cloud", "wrong", message, "move it and name the new place with --data-dir")
    return Finding("cloud", "ok", "no cloud service synchronises the folder")


def _disk(folder: Path, database: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    needed = max(ENOUGH, 2 * database.stat().st_size if database.is_file() else 0)
    if free < needed:
        message = f"{free >> 20} MiB are free; a backup and a migration may need {needed >> 20} MiB"
        return Finding("disk", "wrong", message, "make room")
    return Finding("disk", "ok", f"{free >> 20} MiB are free")


def _others(database: Path) -> Finding:
    """Other processes on the same file are no trouble, only worth knowing."""
    others = processes_on(database)
    if others:
        return Finding("other processes", "note", f"also open in process {', '.join(map(str, others))}")
    if os.access(database, os.W_OK) and is_open_elsewhere(database):
        return Finding("other processes", "note", "also open in another process")
    return Finding("other processes", "ok", "open nowhere else")
