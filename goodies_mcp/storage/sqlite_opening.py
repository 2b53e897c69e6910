"""Opening a home's file: what kind of file it is, its schema, and whose versions it makes. A file that is not ours is
refused and not touched; a read-only opening changes nothing.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from goodies_mcp.core.derived import DERIVED
from goodies_mcp.core.protocols import Clock, IdSource
from goodies_mcp.errors import NotFound, StorageCorrupt, Unavailable
from goodies_mcp.storage.incarnation import Binding, IncarnationFile
from goodies_mcp.storage.sql import SQL
from goodies_mcp.storage.sqlite_engine import APPLICATION, SCHEMA, Reader, ReadOnly, Writer, connect
from goodies_mcp.storage.sqlite_errors import foreign_file, newer_schema, translated
from goodies_mcp.storage.writer_lock import WriterLock

_MAGIC = b"SQLite format 3\0"
_EMPTY, _OURS, _UNMARKED = range(3)


def open_writer(path: Path, *, clock: Clock, ids: IdSource) -> Writer | ReadOnly:
    """The connection that writes; the file is made, brought up to date and given an incarnation where need be.

    A file that may only be read is opened for reading.

    Raises:
        StorageCorrupt: it is no database, or the database of another program.
        Conflict: a newer release has written it.
        Unavailable: it cannot be opened.
    """
    kind = _kind(path)
    if kind != _EMPTY and not os.access(path, os.W_OK):
        return open_reader(path)
    with translated():
        _make_folder(path.parent)
        lock = writer_lock(path)
        connection = _opened(path, kind, lock, clock)
        try:
            incarnation = IncarnationFile(path)
            _settle(connection, path, lock, incarnation, clock, ids)
        except BaseException:
            connection.close()
            lock.close()
            raise
        return Writer(connection, lock, incarnation, clock)


def open_reader(path: Path) -> ReadOnly:
    """A connection that only answers, also from media that cannot be written.

    Raises:
        NotFound: there is no such file.
        StorageCorrupt, Conflict, Unavailable: as :func:`open_writer`.
    """
    kind = _kind(path)
    if kind == _UNMARKED:
        with translated():
            _refuse_foreign(path)
    if kind != _OURS:
        raise NotFound(f"there is no home at {path.name}", hint="open it once without --read-only to make one")
    with translated():
        try:
            connection = _looking(path)
        except sqlite3.OperationalError:
            # Where the log's index cannot be made (read-only media), a file without a log can be read as it stands.
            log = path.with_name(path.name + "-wal")
            if log.exists() and log.stat().st_size:
                raise
            connection = _looking(path, immutable=True)
        return ReadOnly(connection)


def _looking(path: Path, *, immutable: bool = False) -> sqlite3.Connection:
    """A reading connection to a file of our schema."""
    connection = connect(path, read_only=True, immutable=immutable)
    try:
        schema = _schema(connection)
        if schema > SCHEMA:
            raise newer_schema(schema, SCHEMA)
        if schema < SCHEMA:
            raise Unavailable(
                f"the database has schema {schema}, and this release needs {SCHEMA}",
                hint="open it once without --read-only to bring it up to date",
            )
    except BaseException:
        connection.close()
        raise
    return connection


def open_second(path: Path) -> Reader:
    """Another reading connection to a file that is open already."""
    with translated():
        return Reader(connect(path, read_only=True))


def writer_lock(path: Path) -> WriterLock:
    """The queue of those who write to this file."""
    return WriterLock(path.with_name(path.name + ".lock"))


@contextmanager
def writing_alone(path: Path) -> Iterator[None]:
    """Hold the writer lock of a file without opening it."""
    with closing(writer_lock(path)) as lock, lock.held():
        yield


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    if os.name == "nt":  # a folder cannot be opened there, and names are durable with the file
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def rebuild(connection: sqlite3.Connection) -> None:
    """Make everything anew that is derived from what is shown: both indexes and the vocabulary."""
    from goodies_mcp.storage.sqlite_rebuild import rebuild_derived  # noqa: PLC0415 - once per release at most

    rebuild_derived(connection)


def _kind(path: Path) -> int:
    """Look at a file's first bytes, without SQLite, which could change a file that is not ours.

    Raises StorageCorrupt when it is no database, Conflict when a newer release has written it.
    """
    try:
        with path.open("rb") as file:
            head = file.read(100)
    except FileNotFoundError:
        return _EMPTY
    except OSError as cause:
        hint = "check the path and its permissions"
        raise Unavailable(f"{path.name} cannot be opened ({cause})", hint=hint) from cause
    if not head:
        return _EMPTY
    if not head.startswith(_MAGIC):
        raise StorageCorrupt(
            "the file is not a database", hint="choose another path, or restore a backup; the file was not touched"
        )
    schema, application = int.from_bytes(head[60:64]), int.from_bytes(head[68:72])
    if application == APPLICATION:
        if schema > SCHEMA:
            raise newer_schema(schema, SCHEMA)
        return _OURS
    if application != 0:
        raise foreign_file()
    return _UNMARKED


def _opened(path: Path, kind: int, lock: WriterLock, clock: Clock) -> sqlite3.Connection:
    if kind == _OURS:
        connection = connect(path)
        schema = _schema(connection)
        if schema == SCHEMA:
            return _without_statistics(connection, path, lock)
        connection.close()
        if schema > SCHEMA:
            raise newer_schema(schema, SCHEMA)
        from goodies_mcp.storage.migrate import bring_up_to_date  # noqa: PLC0415 - once per release

        bring_up_to_date(path, clock=clock)
        return connect(path)
    if kind == _UNMARKED:
        _refuse_foreign(path)
    with lock.held():
        return _created(path)


def _refuse_foreign(path: Path) -> None:
    """A file without our mark must be empty: what was begun and never finished, maybe by us."""
    # Looked at as it stands: no lock, no log, nothing made beside a file that may belong to another program.
    with closing(connect(path, read_only=True, immutable=True)) as look:
        if look.execute(SQL["count_schema"]).fetchone()[0]:
            raise foreign_file()


def _without_statistics(connection: sqlite3.Connection, path: Path, lock: WriterLock) -> sqlite3.Connection:
    """The connection, or a new one where somebody ran ANALYZE: what was read of it stays in the old one's mind."""
    if connection.execute(SQL["has_statistics"]).fetchone() is None:
        return connection
    try:
        with lock.held():
            for statement in ("drop_statistics", "drop_samples"):
                connection.execute(SQL[statement])
    finally:
        connection.close()
    return connect(path)


def _created(path: Path) -> sqlite3.Connection:
    """A file with our schema; it holds all of it or nothing, whenever the power goes."""
    if not path.exists():
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    connection = connect(path)
    try:
        execute = connection.execute
        if execute(SQL["count_schema"]).fetchone()[0] == 0:
            # Before the log is switched on: the whole schema arrives in the file itself, under a rollback journal.
            execute(SQL["begin_write"])
            for statement in _first_statements():
                execute(statement)
            execute(SQL["set_application_id"])
            execute(SQL["set_user_version"])
            execute(SQL["put_meta"], ("derived", str(DERIVED)))
            execute(SQL["commit"])
        elif execute(SQL["application_id"]).fetchone()[0] != APPLICATION:
            raise foreign_file()
        execute(SQL["set_wal"]).fetchone()
        sync_folder(path.parent)
    except BaseException:
        connection.close()
        raise
    return connection


def _first_statements() -> Iterator[str]:
    """The statements of all migrations, in order."""
    for file in sorted((Path(__file__).parent / "sql" / "migrations").glob("*.sql")):
        said = ""
        for line in file.read_text("utf-8").splitlines(keepends=True):
            said += line
            if sqlite3.complete_statement(said):
                yield said
                said = ""


def _settle(
    connection: sqlite3.Connection,
    path: Path,
    lock: WriterLock,
    incarnation: IncarnationFile,
    clock: Clock,
    ids: IdSource,
) -> None:
    """What an opening puts right: indexes made by another edition, and the incarnation."""
    execute = connection.execute
    derived = execute(SQL["meta"], ("derived",)).fetchone()
    if derived is None or derived[0] != str(DERIVED):
        with lock.held():
            rebuild(connection)
    if not _is_bound(connection, path, incarnation):
        with lock.held():
            # Somebody else may have bound it meanwhile: all who open at once agree on one incarnation.
            if not _is_bound(connection, path, incarnation):
                _bind(connection, path, incarnation, clock, ids)


def _is_bound(connection: sqlite3.Connection, path: Path, incarnation: IncarnationFile) -> bool:
    binding = incarnation.read()
    if binding is None or binding.inode != path.stat().st_ino:
        return False
    token = connection.execute(SQL["meta"], ("token",)).fetchone()
    own = connection.execute(SQL["own_clock"]).fetchone()
    return token is not None and own is not None and token[0] == binding.token and own[2] >= binding.counter


def _bind(
    connection: sqlite3.Connection, path: Path, incarnation: IncarnationFile, clock: Clock, ids: IdSource
) -> None:
    """Start a new incarnation. The file learns of it first: whatever fails after that only starts another one."""
    token, name = ids.new_id(), ids.new_id()
    execute = connection.execute
    execute(SQL["begin_write"])
    try:
        execute(SQL["add_clock"], (name, None, None, 0, clock.now()))
        execute(SQL["put_meta"], ("incarnation", name))
        execute(SQL["put_meta"], ("token", token))
        execute(SQL["commit"])
    except BaseException:
        connection.rollback()
        raise
    incarnation.bind(Binding(token, path.stat().st_ino, 0))
    sync_folder(path.parent)


def _make_folder(folder: Path) -> None:
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _schema(connection: sqlite3.Connection) -> int:
    return int(connection.execute(SQL["user_version"]).fetchone()[0])
