"""What can be put right in a home's file without a guess: whatever is made from versions is made again, and content
that nothing names is taken away. Versions themselves are never touched; where they are damaged, only a backup helps."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from goodies_mcp.storage.kept_content import Unused, drop_unused
from goodies_mcp.storage.maintenance import check
from goodies_mcp.storage.sql import parsed, resource
from goodies_mcp.storage.sqlite_engine import connect
from goodies_mcp.storage.sqlite_errors import translated
from goodies_mcp.storage.sqlite_opening import open_reader, writing_alone
from goodies_mcp.storage.sqlite_rebuild import rebuild_derived

SQL = parsed(resource("maintenance.sql"))


@dataclass(frozen=True, slots=True)
class Repaired:
    """What was put right: codes of findings, and the content that was taken away."""

    codes: tuple[str, ...]
    dropped: Unused


def repair(path: Path, now: str) -> Repaired:
    """Put right what safely can be. What else is wrong stays as it is, and ``check`` goes on telling it.

    Raises:
        Unavailable: the file cannot be written to, or others write to it for too long.
        StorageFull, StorageCorrupt: nothing was changed.
    """
    open_reader(path).close()
    wrong = {finding.code for finding in check(path)}
    if "damaged" in wrong:
        return Repaired((), Unused((), 0))
    done = []
    with translated(), writing_alone(path), closing(connect(path)) as connection:
        if "index" in wrong:
            rebuild_derived(connection)
            done.append("index")
        if "counts" in wrong:
            _in_one(connection, _recount)
            done.append("counts")
        dropped = _in_one(connection, lambda connection: drop_unused(connection, now))
    return Repaired(tuple(done), dropped)


def _in_one(connection: sqlite3.Connection, work: "Callable[[sqlite3.Connection], Unused | None]") -> Unused:
    connection.execute(SQL["begin"])
    try:
        done = work(connection)
        connection.execute(SQL["commit"])
    except BaseException:
        connection.rollback()
        raise
    return done or Unused((), 0)


def _recount(connection: sqlite3.Connection) -> None:
    for statement in ("drop_tallies", "count_again"):
        connection.execute(SQL[statement])
