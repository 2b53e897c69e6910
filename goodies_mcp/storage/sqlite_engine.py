"""One connection to a home's file and the units of work that run on it, synchronously. The asynchronous shell around
it is in ``sqlite.py``, the one that runs in the calling thread in ``inline.py``.
"""

import json
import sqlite3
from collections.abc import Callable, Iterable
from itertools import chain
from pathlib import Path
from typing import Generic, TypeVar

from goodies_mcp.core.derived import flattened, indexed
from goodies_mcp.core.protocols import Clock
from goodies_mcp.storage.incarnation import IncarnationFile
from goodies_mcp.storage.replication import ReplicaTransaction, ReplicaView
from goodies_mcp.storage.sql import SQL
from goodies_mcp.storage.sqlite_errors import newer_schema, read_only_error, translated
from goodies_mcp.storage.sqlite_replica import SyncView
from goodies_mcp.storage.sqlite_rows import Terms
from goodies_mcp.storage.sqlite_sums import OwnDots, Sums
from goodies_mcp.storage.sqlite_words import Vocabulary
from goodies_mcp.storage.writer_lock import WriterLock

T = TypeVar("T")

APPLICATION = 0x474F4F44
"""``application_id`` of our files: "GOOD" in ASCII."""

SCHEMA = 1
"""The number of the last migration."""

_BUSY_SECONDS = 5.0
"""How long SQLite waits for a program that does not stand in our queue (a shell, a backup tool)."""

_STATEMENTS = 256
"""Statements that stay prepared: more than there are."""


def connect(path: Path, *, read_only: bool = False, immutable: bool = False) -> sqlite3.Connection:
    """A connection to a file, set up, with the functions that its views call.

    Nothing is created or changed by connecting read-only; ``immutable`` promises that nobody else writes.
    """
    address = path.absolute().as_uri() + ("?mode=ro" if read_only else "?mode=rwc") + ("&immutable=1" * immutable)
    connection = sqlite3.connect(
        address, uri=True, timeout=_BUSY_SECONDS, isolation_level=None, cached_statements=_STATEMENTS
    )
    try:
        connection.create_function("goodies_text", 1, _text_of, deterministic=True)
        connection.create_function("goodies_indexed", 1, indexed, deterministic=True)
        connection.execute(SQL["set_cache"])
        if not read_only:
            for statement in ("set_synchronous", "set_foreign_keys", "set_journal_limit"):
                connection.execute(SQL[statement])
    except BaseException:
        connection.close()
        raise
    return connection


class Unit(Generic[T]):
    """A unit of work on its way through a write: afterwards it has a result or an error."""

    __slots__ = ("error", "result", "work")

    def __init__(self, work: Callable[[ReplicaTransaction], T]) -> None:
        self.work = work
        self.result: T | None = None
        self.error: BaseException | None = None

    def fail(self, error: BaseException) -> None:
        """Note why it failed; the first reason stands."""
        if self.error is None:
            self.error = error

    def outcome(self) -> T:
        """What the work returned; raises what it raised."""
        if self.error is not None:
            raise self.error
        return self.result  # type: ignore[return-value]


class Reader:
    """A connection that only answers."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.terms = Terms(connection)

    def read(self, work: Callable[[ReplicaView], T], at: str | None = None) -> T:
        """Run ``work`` on one snapshot."""
        execute = self.connection.execute
        with translated():
            execute(SQL["begin_read"])
            try:
                return work(self._view(at))
            finally:
                self.connection.rollback()

    def close(self) -> None:
        """Release the file."""
        self.connection.close()

    def _view(self, at: str | None) -> SyncView:
        if at is None:
            return SyncView(self.connection, self.terms)
        # Start-up: few processes ask about the past.
        from goodies_mcp.storage.sqlite_past import PastView  # noqa: PLC0415

        return PastView(self.connection, self.terms, at)


class Writer(Reader):
    """The connection that writes, under the writer lock; it answers too."""

    def __init__(
        self, connection: sqlite3.Connection, lock: WriterLock, incarnation: IncarnationFile, clock: Clock
    ) -> None:
        super().__init__(connection)
        self._lock = lock
        self._incarnation = incarnation
        self._clock = clock
        self._vocabulary = Vocabulary(connection)

    def write(self, work: Callable[[ReplicaTransaction], T]) -> T:
        """Run one unit of work in a transaction of its own."""
        unit = Unit(work)
        self.write_together([unit])
        return unit.outcome()

    def write_together(self, units: Iterable[Unit[T]]) -> None:
        """Run units of work in one transaction; each is undone alone when it fails, and each tells its own outcome.

        Never raises for a unit: an error that ends the whole transaction becomes the error of each unit in it.
        """
        waiting = iter(units)
        done: list[Unit[T]] = []
        try:
            with translated(), self._lock.held():
                self._run(waiting, done)
        except _TransactionLost:
            for unit in chain(done, waiting):
                self._again(unit)
        except Exception as error:  # noqa: BLE001 - a funnel: every unit tells its caller
            for unit in chain(done, waiting):
                unit.fail(error)

    def close(self) -> None:
        """Release the file and its side files."""
        super().close()
        self._lock.close()
        self._incarnation.close()

    def _run(self, units: Iterable[Unit[T]], done: list[Unit[T]]) -> None:
        try:
            self._begin()
            dots = self._own_dots()
            sums = Sums()
            for unit in units:
                done.append(unit)
                sums = self._attempt(unit, dots, sums, alone=len(done) == 1)
            if dots.taken > dots.before:
                sums.advance(dots.clock, dots.taken)
            sums.write(self.connection, self._clock.now())
            self.connection.execute(SQL["commit"])
        except BaseException as error:
            self._forget()
            if len(done) > 1:
                raise _TransactionLost from error
            raise
        self._vocabulary.committed()
        self._incarnation.advance(dots.taken)

    def _attempt(self, unit: Unit[T], dots: OwnDots, sums: Sums, *, alone: bool) -> Sums:
        """Run one unit; the sums after it. The first needs no savepoint: nothing else is lost when it fails."""
        # Start-up: a process that only reads never needs what writes, hashes and merges.
        from goodies_mcp.storage.sqlite_transaction import WriteTransaction  # noqa: PLC0415

        execute = self.connection.execute
        before = sums.copy()
        if not alone:
            execute(SQL["savepoint"])
        try:
            transaction = WriteTransaction(self.connection, self.terms, self._vocabulary, dots, sums, self._clock)
            with translated():
                unit.result = unit.work(transaction)
        except BaseException as error:  # whatever work raises comes out where it was asked for
            unit.error = error
            if not self.connection.in_transaction:
                raise
            self.terms.clear()
            self._vocabulary.rolled_back()
            if alone:
                self.connection.rollback()
                self._begin()
                return before
            execute(SQL["undo_unit"])
            sums = before
        if not alone:
            execute(SQL["release"])
        return sums

    def _again(self, unit: Unit[T]) -> None:
        """The transaction was lost with what went well in it: each unit tries alone, and only the cause fails."""
        unit.error = unit.result = None
        try:
            with translated(), self._lock.held():
                self._run([unit], [])
        except Exception as error:  # noqa: BLE001 - as write_together
            unit.fail(error)

    def _begin(self) -> None:
        execute = self.connection.execute
        execute(SQL["begin_write"])
        # A newer release may have migrated the file while it was open here: its rows are not ours to guess at.
        (schema,) = execute(SQL["user_version"]).fetchone()
        if schema != SCHEMA:
            raise newer_schema(schema, SCHEMA)

    def _own_dots(self) -> OwnDots:
        clock, incarnation, taken = self.connection.execute(SQL["own_clock"]).fetchone()
        return OwnDots(incarnation, clock, taken)

    def _forget(self) -> None:
        self.terms.clear()
        self._vocabulary.rolled_back()
        self.connection.rollback()


class ReadOnly(Reader):
    """A reader that answers writes with why not."""

    def write_together(self, units: Iterable[Unit[T]]) -> None:
        """Refuse each unit."""
        for unit in units:
            unit.error = read_only_error()


class _TransactionLost(Exception):
    """The transaction that several units shared is gone."""


def _text_of(content: str | None) -> str:
    return "" if content is None else indexed(flattened(json.loads(content)))
