"""One connection to a home's file and the units of work that run on it, synchronously. The asynchronous shell around
it is in ``sqlite.py``, the one that runs in the calling thread in ``inline.py``.
"""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from goodies_mcp.core.derived import flattened, indexed
from goodies_mcp.core.protocols import Clock
from goodies_mcp.storage.incarnation import IncarnationFile
from goodies_mcp.storage.replication import ReplicaTransaction, ReplicaView
from goodies_mcp.storage.sql import SQL
from goodies_mcp.storage.sqlite_errors import newer_schema, read_only_error, translated
from goodies_mcp.storage.sqlite_replica import SyncView
from goodies_mcp.storage.sqlite_rows import Terms
from goodies_mcp.storage.sqlite_sums import Asked, OwnDots, Sums
from goodies_mcp.storage.sqlite_words import Vocabulary
from goodies_mcp.storage.writer_lock import WriterLock

if TYPE_CHECKING:
    from goodies_mcp.storage.sqlite_transaction import WriteTransaction

T = TypeVar("T")

APPLICATION = 0x474F4F44
"""``application_id`` of our files: "GOOD" in ASCII."""

SCHEMA = 1
"""The number of the last migration."""

_BUSY_SECONDS = 5.0
"""How long SQLite waits for a program that does not stand in our queue (a shell, a backup tool)."""

_STATEMENTS = 256
"""Statements that stay prepared: more than there are."""

_NOTHING = nullcontext()


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
    """A unit of work on its way through a write: afterwards it has a result or an error. What is not ``synced`` need
    not survive a power cut."""

    __slots__ = ("error", "result", "synced", "work")

    def __init__(self, work: Callable[[ReplicaTransaction], T], *, synced: bool = True) -> None:
        self.work = work
        self.synced = synced
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
                if self.connection.in_transaction:
                    execute(SQL["rollback"])  # prepared once, as the connection's own is not

    def moved(self) -> tuple[int, int]:
        """As ``GraphStore.moved``: what others committed, and what this connection changed itself."""
        with translated():
            (others,) = self.connection.execute(SQL["committed_by_others"]).fetchone()
        return others, self.connection.total_changes

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
        self._dots: OwnDots | None = None
        self._asked = Asked()
        self._others: int | None = None

    def write(self, work: Callable[[ReplicaTransaction], T]) -> T:
        """Run one unit of work in a transaction of its own."""
        unit = Unit(work)
        self.write_together([unit])
        return unit.outcome()

    def write_together(self, units: Iterable[Unit[T]], kept: Callable[[], None] | None = None) -> None:
        """Run units of work in one transaction; each is undone alone when it fails, and each tells its own outcome.

        The first of them says for all whether the commit waits for the disk. ``kept`` is called after a commit that
        settles all of them and before the turn is handed on, for which nobody need wait. Never raises for a unit: an
        error that ends the whole transaction becomes the error of each unit in it.
        """
        waiting = iter(units)
        done: list[Unit[T]] = []
        first = next(waiting, None)
        if first is None:
            return
        waiting = chain([first], waiting)
        try:
            with translated(), self._lock.held(), _NOTHING if first.synced else self._unsynced():
                if not self._run(waiting, done, careful=False):
                    waiting = chain([unit for unit in done if unit.error is None], waiting)
                    done = [unit for unit in done if unit.error is not None]
                    self._run(waiting, done, careful=True)
                waiting = iter(())  # who comes now has another turn
                self._note_commit()
                if kept is not None:
                    kept()
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

    def _run(self, units: Iterable[Unit[T]], done: list[Unit[T]], *, careful: bool) -> bool:
        """Run units in one transaction and commit it; false when it was undone, for all but the last to run again.

        A savepoint makes each search index write out what it holds in memory, so units that wait together do without
        until one of them fails; from then on the run is ``careful``.
        """
        try:
            self._begin()
            dots, sums, kept = self._own_dots(), Sums(self._asked), False
            for unit in units:
                done.append(unit)
                if careful and kept:
                    sums = self._attempt_apart(unit, dots, sums)
                elif self._attempt(unit, dots, sums):
                    kept = True
                elif kept:
                    self._forget()
                    return False
                else:
                    self._forget()
                    self._begin()
                    sums = Sums(self._asked)
            self._commit(dots, sums)
        except BaseException as error:
            self._forget()
            if len(done) > 1:
                raise _TransactionLost from error
            raise
        return True

    @contextmanager
    def _unsynced(self) -> Iterator[None]:
        """What is committed inside does not wait for the disk."""
        self.connection.execute(SQL["set_unsynced"])
        try:
            yield
        finally:
            self.connection.execute(SQL["set_synchronous"])

    @cached_property
    def _transaction(self) -> "type[WriteTransaction]":
        # Start-up: a process that only reads never needs what writes, hashes and merges.
        from goodies_mcp.storage.sqlite_transaction import WriteTransaction  # noqa: PLC0415

        return WriteTransaction

    def _attempt(self, unit: Unit[T], dots: OwnDots, sums: Sums) -> bool:
        """Run one unit: whether it went well. Raises its error when the transaction went with it."""
        try:
            transaction = self._transaction(self.connection, self.terms, self._vocabulary, dots, sums, self._clock)
            with translated():
                unit.result = unit.work(transaction)
        except BaseException as error:  # whatever work raises comes out where it was asked for
            unit.error = error
            if not self.connection.in_transaction:
                raise
            return False
        return True

    def _attempt_apart(self, unit: Unit[T], dots: OwnDots, sums: Sums) -> Sums:
        """Run one unit so that it can be undone alone; the sums after it."""
        execute, before = self.connection.execute, sums.copy()
        execute(SQL["savepoint"])
        if not self._attempt(unit, dots, sums):
            self._forget_numbers()
            execute(SQL["undo_unit"])
            sums = before
        execute(SQL["release"])
        return sums

    def _commit(self, dots: OwnDots, sums: Sums) -> None:
        if dots.taken > dots.before:
            sums.advance(dots.clock, dots.taken)
        sums.write(self.connection, self._clock)
        self.connection.execute(SQL["commit"])
        dots.before = dots.taken

    def _note_commit(self) -> None:
        self._vocabulary.committed()
        if self._dots is not None:
            self._incarnation.advance(self._dots.taken)

    def _again(self, unit: Unit[T]) -> None:
        """The transaction was lost with what went well in it: each unit tries alone, and only the cause fails."""
        unit.error = unit.result = None
        try:
            with translated(), self._lock.held():
                self._run([unit], [], careful=False)
                self._note_commit()
        except Exception as error:  # noqa: BLE001 - as write_together
            unit.fail(error)

    def _begin(self) -> None:
        execute = self.connection.execute
        execute(SQL["begin_write"])
        (others,) = execute(SQL["committed_by_others"]).fetchone()
        if others == self._others:
            return
        # A newer release may have migrated the file while it was open here: its rows are not ours to guess at.
        (schema,) = execute(SQL["user_version"]).fetchone()
        if schema != SCHEMA:
            raise newer_schema(schema, SCHEMA)
        self._asked.forget()
        self._others = others

    def _own_dots(self) -> OwnDots:
        if self._asked.dots is not None:
            return self._asked.dots
        clock, incarnation, taken = self.connection.execute(SQL["own_clock"]).fetchone()
        dots = OwnDots(incarnation, clock, taken)
        if self._dots is not None and self._dots.clock == clock:
            # What work took that was undone stays taken.
            dots.taken = max(taken, self._dots.taken)
        self._dots = self._asked.dots = dots
        return dots

    def _forget(self) -> None:
        self._forget_numbers()
        self.connection.rollback()

    def _forget_numbers(self) -> None:
        """What was given a number or taken in meanwhile may be gone."""
        self.terms.clear()
        self._vocabulary.rolled_back()
        self._asked.forget()


class ReadOnly(Reader):
    """A reader that answers writes with why not."""

    def write_together(self, units: Iterable[Unit[T]], kept: Callable[[], None] | None = None) -> None:  # noqa: ARG002
        """Refuse each unit."""
        for unit in units:
            unit.error = read_only_error()


class _TransactionLost(Exception):
    """The transaction that several units shared is gone."""


def _text_of(content: str | None) -> str:
    return "" if content is None else indexed(flattened(json.loads(content)))
