"""Brings a data file from an older schema to ours: look, plan, rehearse on a copy, back up, run, verify, or put back.

A step is a numbered file in ``sql/migrations``; it runs in one transaction together with the note that it ran (the
file's ``user_version``). Nothing is kept that does not hold what was there before: the digest, computed anew from the
rows, and the counts must be equal, and SQLite must find nothing wrong. Otherwise the backup is put back into the file,
page by page in one transaction, so that other processes see the old file or the new one and nothing between.
"""

import os
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

from goodies_mcp.core.canonical import content_hash
from goodies_mcp.core.causality.digest import Digest, element
from goodies_mcp.core.models import EntityPayload, JsonText, RecordId, Seq, Sha256
from goodies_mcp.core.protocols import Clock
from goodies_mcp.errors import Forbidden, GoodiesError, Internal, StorageCorrupt, StorageFull, Unavailable
from goodies_mcp.storage.sql import SQL, parsed, resource
from goodies_mcp.storage.sqlite_engine import APPLICATION, connect
from goodies_mcp.storage.sqlite_errors import foreign_file, newer_schema, translated, translation
from goodies_mcp.storage.sqlite_opening import rebuild, sync_folder, writing_alone
from goodies_mcp.storage.sqlite_rows import Terms, version_id
from goodies_mcp.storage.sqlite_view import LATEST, View

MIGRATIONS = Path(__file__).parent / "sql" / "migrations"

Told: TypeAlias = Callable[[int, int, str], None]
"""``told(done, total, message)``: how far a migration is."""

_ASKED = parsed(resource("migrate.sql"))
_AT_ONCE = 1_000
_FILE_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")


@dataclass(frozen=True, slots=True)
class Step:
    """One numbered file: it leads from schema ``number - 1`` to ``number``."""

    number: int
    name: str
    statements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MigrationPlan:
    """What lies between a file and our schema. ``room_needed`` is how many bytes the disk must hold beside the file."""

    path: Path
    current: int
    target: int
    steps: tuple[Step, ...]
    room_needed: int


@dataclass(frozen=True, slots=True)
class StepRun:
    """A part of the work and how long it took."""

    name: str
    seconds: float


@dataclass(frozen=True, slots=True)
class MigrationReport:
    """What was done. ``digest`` is that of all versions, before and after alike (empty when nothing was to be done);
    ``backup`` stays beside the file."""

    plan: MigrationPlan
    dry_run: bool
    digest: str
    backup: Path | None
    runs: tuple[StepRun, ...]

    @property
    def seconds(self) -> float:
        """How long all of it took."""
        return sum(run.seconds for run in self.runs)


def plan(path: Path, *, migrations: Path = MIGRATIONS) -> MigrationPlan:
    """What would have to be done to this file; the file is only read.

    Raises:
        Conflict: a newer release has written the file.
        StorageCorrupt: it is no database, or the database of another program.
        Unavailable: it cannot be opened.
    """
    steps = read_steps(migrations)
    with translated(), closing(connect(path, read_only=True)) as connection:
        if _one(connection, SQL["application_id"]) != APPLICATION:
            raise foreign_file()
        current = _schema(connection)
    if current > len(steps):
        raise newer_schema(current, len(steps))
    ahead = steps[current:]
    # The rehearsal is over before the backup is made, and a step may write everything anew into the log.
    return MigrationPlan(path, current, len(steps), ahead, 2 * path.stat().st_size if ahead else 0)


def bring_up_to_date(
    path: Path, *, clock: Clock, progress: Told | None = None, dry_run: bool = False, migrations: Path = MIGRATIONS
) -> MigrationReport:
    """Run what :func:`plan` names; a dry run does all of it on a copy and leaves the file alone.

    Other writers wait meanwhile. When this raises, the file holds what it held before.

    Raises:
        Conflict, StorageCorrupt, Unavailable: as :func:`plan`; Unavailable too when another program wrote in between.
        StorageFull: there is no room for a copy beside the file.
        Internal: a step failed, or did not keep what was there; ``details`` names the step or what differs.
    """
    todo = plan(path, migrations=migrations)
    if not todo.steps:
        return MigrationReport(todo, dry_run, "", None, ())
    with writing_alone(path):
        # Another process may have done it while this one waited for its turn.
        todo = plan(path, migrations=migrations)
        return _Migration(todo, clock, progress or _silent, dry_run=dry_run).run()


def read_steps(migrations: Path) -> tuple[Step, ...]:
    """The numbered files of a folder, in order.

    Raises ValueError when a name, a number or a statement does not fit: a mistake of a release, not of a file.
    """
    steps = []
    for number, file in enumerate(sorted(migrations.glob("*.sql")), 1):
        found = _FILE_NAME.fullmatch(file.name)
        if found is None or int(found[1]) != number:
            raise ValueError(f"{file.name} should be number {number:04d} and lower case")
        steps.append(Step(number, file.stem, tuple(statements(file.read_text("utf-8")))))
    return tuple(steps)


def statements(script: str) -> Iterator[str]:
    """The statements of a script one by one; triggers, texts and comments may hold semicolons.

    Raises ValueError when the last one does not end.
    """
    said = ""
    for part in re.split(r"(?<=;)", script):
        said += part
        if sqlite3.complete_statement(said):
            yield said.strip()
            said = ""
    if re.sub(r"--[^\n]*|\s", "", said):
        raise ValueError(f"a statement has no end: {said.strip()[:60]!r}")


@dataclass(frozen=True, slots=True)
class _Kept:
    """What must be the same before and after."""

    digest: str
    counts: tuple[float, ...]
    broken_references: int


class _Migration:
    """One run over one file."""

    def __init__(self, todo: MigrationPlan, clock: Clock, told: Told, *, dry_run: bool) -> None:
        self._plan = todo
        self._clock = clock
        self._told = told
        self._dry_run = dry_run
        self._runs: list[StepRun] = []
        # Looking and rehearsing; then backup, steps, indexes and the last look.
        self._parts = 2 if dry_run else 5 + len(todo.steps)

    def run(self) -> MigrationReport:
        if not self._plan.steps:
            return MigrationReport(self._plan, self._dry_run, "", None, ())
        self._check_room()
        backup = None
        with translated(), closing(connect(self._plan.path)) as live:
            live.execute(_ASKED["references_off"])
            with self._timed("look at the file"):
                written = _one(live, _ASKED["written_by_others"])
                before = _kept(live)
            with self._timed("rehearse on a copy"):
                self._rehearse(live, before)
            if not self._dry_run:
                with self._timed("back up"):
                    backup = self._back_up(live, before)
                try:
                    self._execute(live, before, written)
                except BaseException as cause:
                    self._put_back(live, backup, before, cause)
                    raise
        self._told(self._parts, self._parts, "done")
        return MigrationReport(self._plan, self._dry_run, before.digest, backup, tuple(self._runs))

    def _execute(self, live: sqlite3.Connection, before: _Kept, written: int) -> None:
        for step in self._plan.steps:
            with self._timed(step.name):
                _take(live, step, written)
        with self._timed("rebuild indexes"):
            rebuild(live)
        with self._timed("verify"):
            _verify(live, before)
            _check_contents(live)

    def _rehearse(self, live: sqlite3.Connection, before: _Kept) -> None:
        trial = self._beside(".trial")
        _remove(trial)  # one may be left from a process that was killed
        try:
            _copy(live, trial)
            with closing(connect(trial)) as copy:
                copy.execute(_ASKED["references_off"])
                for step in self._plan.steps:
                    _take(copy, step, _one(copy, _ASKED["written_by_others"]))
                rebuild(copy)
                _verify(copy, before)
                _check_contents(copy)
        finally:
            _remove(trial)

    def _back_up(self, live: sqlite3.Connection, before: _Kept) -> Path:
        now = datetime.fromisoformat(self._clock.now()).strftime("%Y%m%dT%H%M%S.%fZ")
        backup = self._beside(f".schema-{self._plan.current:04d}.{now}.backup")
        _copy(live, backup)
        try:
            with closing(connect(backup, read_only=True)) as saved:
                _verify(saved, before)
        except BaseException:
            _remove(backup)
            raise
        return backup

    def _put_back(self, live: sqlite3.Connection, backup: Path, before: _Kept, cause: BaseException) -> None:
        """The file as it was; what failed goes on being raised when this returns."""
        try:
            if live.in_transaction:
                live.execute(SQL["rollback"])
            if _schema(live) != self._plan.current:
                with closing(connect(backup, read_only=True)) as saved:
                    saved.backup(live)
            _verify(live, before)
        except (sqlite3.Error, GoodiesError) as failure:
            raise StorageCorrupt(
                f"a migration failed ({cause}), and the file could not be put back ({failure})",
                hint=f"stop all programs that use it, and copy {backup.name} over it",
                details={"backup": str(backup)},
            ) from cause
        _remove(backup)

    def _check_room(self) -> None:
        free = shutil.disk_usage(self._plan.path.parent).free
        if free < self._plan.room_needed:
            raise StorageFull(
                f"a migration needs {self._plan.room_needed} bytes beside the file, and {free} are free",
                hint="free some space, then try again; the file was not touched",
            )

    def _beside(self, ending: str) -> Path:
        return self._plan.path.with_name(self._plan.path.name + ending)

    @contextmanager
    def _timed(self, name: str) -> Iterator[None]:
        self._told(len(self._runs), self._parts, name)
        began = datetime.fromisoformat(self._clock.now())
        yield
        took = datetime.fromisoformat(self._clock.now()) - began
        self._runs.append(StepRun(name, took.total_seconds()))


def _take(connection: sqlite3.Connection, step: Step, written: int) -> None:
    """One step in one transaction, with the note that it ran; ``written`` tells whether somebody else wrote."""
    connection.execute(SQL["begin_write"])
    number = 0
    try:
        if _one(connection, _ASKED["written_by_others"]) != written:
            raise Unavailable("another program wrote to the file", hint="close it, then try again; nothing was changed")
        for number, statement in enumerate(step.statements, 1):
            connection.execute(statement).fetchall()
            if not connection.in_transaction:
                raise _failed(step, number, "it ends the transaction itself")
        number += 1
        # Whoever opens the file rebuilds the indexes, should this process not come to it.
        connection.execute(SQL["put_meta"], ("derived", ""))
        connection.execute(_ASKED["note_schema"].format(step.number))
        connection.execute(SQL["commit"])
    except BaseException as cause:
        if connection.in_transaction:
            connection.execute(SQL["rollback"])
        if isinstance(cause, sqlite3.Error) and not isinstance(
            translation(cause), StorageFull | Unavailable | Forbidden
        ):
            raise _failed(step, number, str(cause)) from cause
        raise


def _failed(step: Step, number: int, reason: str) -> Internal:
    return Internal(
        f"{step.name} failed at statement {number} ({reason})",
        hint="the file is as it was; please report this",
        details={"step": step.name, "statement": number},
    )


def _verify(connection: sqlite3.Connection, before: _Kept) -> None:
    after = _kept(connection)
    differing = [what for what in _Kept.__slots__ if getattr(after, what) != getattr(before, what)]
    if differing:
        raise Internal(
            f"a migration does not keep what was there: {', '.join(differing)} before {before} and after {after}",
            hint="the file is as it was; please report this",
            details={"differs": differing},
        )


def _check_contents(connection: sqlite3.Connection) -> None:
    """What each version says, as this release reads it, must still have the hash that it had."""
    view = View(connection, Terms(connection))
    after: Seq | None = None
    while page := view.edited("", LATEST, after=after, limit=_AT_ONCE):
        for each in page:
            said = each.value.payload
            free = said.content if isinstance(said, EntityPayload) else said.properties
            compacted = isinstance(free, JsonText) and free.text is None
            if not compacted and content_hash(each.value) != each.content_hash:
                raise Internal(
                    f"a migration changed what version {each.value.version} of {each.value.record_id} says",
                    hint="the file is as it was; please report this",
                    details={"differs": ["content"]},
                )
        after = page[-1].seq


def _kept(connection: sqlite3.Connection) -> _Kept:
    """Raises StorageCorrupt when SQLite finds something wrong, or the digest is not that of the rows."""
    wrong = _one(connection, _ASKED["check"])
    if wrong != "ok":
        raise StorageCorrupt(f"the database file is damaged ({wrong})", hint="restore a backup")
    terms = Terms(connection)
    digest = Digest.of(
        element(RecordId(record), version_id(edited_at, kept, author, terms), Sha256(content_hash.hex()))
        for record, edited_at, kept, author, content_hash in connection.execute(_ASKED["version_hashes"])
    ).root
    if Digest.from_rows(dict(connection.execute(SQL["buckets"]).fetchall())).root != digest:
        raise StorageCorrupt("the digest is not that of the versions", hint="look with: goodies-mcp doctor")
    counts = connection.execute(_ASKED["counts"]).fetchone()
    return _Kept(digest, counts, _one(connection, _ASKED["broken_references"]))


def _copy(live: sqlite3.Connection, target: Path) -> None:
    """A whole copy that nobody else may read, and that survives a power cut when this returns."""
    try:
        handle = os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as cause:
        raise Unavailable(
            f"{target.name} cannot be made ({cause.strerror})", hint="look beside the database"
        ) from cause
    try:
        live.execute(_ASKED["copy_into"], (str(target),))
        os.fsync(handle)
    except BaseException:
        _remove(target)
        raise
    finally:
        os.close(handle)
    sync_folder(target.parent)


def _remove(path: Path) -> None:
    for ending in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + ending).unlink(missing_ok=True)


def _schema(connection: sqlite3.Connection) -> int:
    return int(_one(connection, SQL["user_version"]))


def _one(connection: sqlite3.Connection, statement: str) -> Any:  # noqa: ANN401 - a column has whatever type it has
    return connection.execute(statement).fetchone()[0]


def _silent(done: int, total: int, message: str) -> None:
    """Nobody asked to be told."""
