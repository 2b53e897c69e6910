"""Looking after a home's file: backup, check, compaction, size. These may take long, and read all of the file."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from goodies_mcp.core.causality.digest import Digest, Element, element
from goodies_mcp.core.causality.vector_clock import advance_heads
from goodies_mcp.core.models import Dot, EntityPayload, RecordId, Sha256, Version, VersionId
from goodies_mcp.errors import Conflict, StorageCorrupt
from goodies_mcp.storage.kept_content import damaged_content
from goodies_mcp.storage.sql import SQL as QUERIES
from goodies_mcp.storage.sql import parsed, resource
from goodies_mcp.storage.sqlite_engine import connect
from goodies_mcp.storage.sqlite_errors import translated
from goodies_mcp.storage.sqlite_opening import open_reader, sync_folder, writing_alone
from goodies_mcp.storage.sqlite_rows import Row, Terms, read_context, read_parents, version_id

SQL = parsed(resource("maintenance.sql"))

Told = Callable[[float, float, str], None]
"""``told(done, total, what)``: how far it is."""

_REPAIR = "`goodies-mcp doctor --repair` makes it anew"
_NAMED = 20
"""Records that a finding names; it counts the rest."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it should be. ``serious`` says that answers may be wrong or data lost."""

    code: str
    message: str
    hint: str
    serious: bool = True


@dataclass(frozen=True, slots=True)
class Size:
    """Bytes on the disk: the file, of which ``free`` hold nothing, and the log beside it."""

    file: int
    free: int
    log: int


@dataclass(frozen=True, slots=True)
class Compacted:
    """What a compaction did: bodies forgotten, the horizon it left, and the size before and after."""

    versions: int
    horizon: str
    before: Size
    after: Size


def backup(path: Path, target: Path, *, progress: Told | None = None) -> int:
    """Write a packed copy of a home to another path, durably; its size in bytes. Writers need not wait.

    Raises:
        Conflict: there is something at the target already.
        StorageFull, Unavailable: nothing is left at the target.
    """
    if target.exists():
        raise Conflict(f"there is a file at {target.name} already", hint="choose another name, or move it away")
    told = progress or _silent
    size = path.stat().st_size
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    try:
        with translated(), closing(open_reader(path)) as reader:
            told(0, size, "copy")
            # Made first, so that nobody else can read the copy while it grows.
            os.close(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
            reader.connection.execute(SQL["copy_into"], (str(part),))
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.rename(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    sync_folder(target.parent)
    told(size, size, "copy")
    return target.stat().st_size


def size(path: Path) -> Size:
    """How large a home is."""
    with translated(), closing(open_reader(path)) as reader:
        names = ("page_size", "page_count", "free_pages")
        page, pages, free = (int(reader.connection.execute(SQL[name]).fetchone()[0]) for name in names)
        log = path.with_name(path.name + "-wal")
        return Size(pages * page, free * page, log.stat().st_size if log.exists() else 0)


def check(path: Path, *, progress: Told | None = None) -> list[Finding]:
    """Everything that is not as it should be, the worst first. Changes nothing; writers wait meanwhile."""
    told = progress or _silent
    checks = (
        *(_check_pages, _check_references, _check_indexes, _check_history, _check_shown, _check_counts, _check_ends),
        _check_content,
    )
    found: list[Finding] = []
    try:
        with _examined(path) as connection:
            for done, each in enumerate(checks):
                told(done, len(checks), each.__name__.removeprefix("_check_"))
                with translated():
                    found.extend(each(connection))
    except StorageCorrupt as error:
        found.append(Finding("damaged", error.message, error.hint or "restore a backup"))
    told(len(checks), len(checks), "done")
    return sorted(found, key=lambda finding: not finding.serious)


def compact(
    path: Path, keep_since: str, *, unpushed: bool = False, dry_run: bool = False, progress: Told | None = None
) -> Compacted:
    """Forget what superseded versions said that no question from ``keep_since`` on can show.

    Heads and the versions of records in conflict stay whole, and what no hub has unless ``unpushed`` is given, as it
    should be where there is no hub. Of the rest stays that they were: id, dot, context, hash, and so the digest.
    Questions about moments before ``keep_since`` are refused from now on. A dry run only counts.
    """
    told = progress or _silent
    before = size(path)
    statement = "compactable" if unpushed else "compactable_pushed"
    with translated(), writing_alone(path), closing(connect(path)) as connection:
        execute = connection.execute
        execute(SQL["begin"])
        try:
            seqs = [row[0] for row in execute(SQL[statement], (keep_since,)).fetchall()]
            known = execute(QUERIES["meta"], ("horizon",)).fetchone()
            horizon = max(keep_since, known[0]) if known else keep_since
            if dry_run:
                return Compacted(len(seqs), horizon, before, before)
            for done, seq in enumerate(seqs):
                if done % 1000 == 0:
                    told(done, len(seqs), "forget")
                _forget(connection, seq)
            execute(QUERIES["put_meta"], ("horizon", horizon))
            execute(SQL["commit"])
        finally:
            connection.rollback()
        told(len(seqs), len(seqs), "pack")
        execute(SQL["pack"])
        execute(SQL["empty_log"]).fetchone()
    return Compacted(len(seqs), horizon, before, size(path))


def _forget(connection: sqlite3.Connection, seq: int) -> None:
    for statement in ("unindex_version", "drop_superseded_due", "drop_superseded"):
        connection.execute(QUERIES[statement], (seq,))
    for statement in ("drop_body", "park"):
        connection.execute(SQL[statement], (seq,))


@contextmanager
def _examined(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that can ask an index to check itself, which SQLite counts as writing, and that writes nothing."""
    open_reader(path).close()
    with writing_alone(path), closing(connect(path)) as connection:
        with translated():
            connection.execute(SQL["begin"])
        try:
            yield connection
        finally:
            connection.rollback()


def _check_pages(connection: sqlite3.Connection) -> Iterator[Finding]:
    for (said,) in connection.execute(SQL["quick_check"]).fetchall():
        if said != "ok":
            yield Finding("damaged", said, "restore a backup")


def _check_references(connection: sqlite3.Connection) -> Iterator[Finding]:
    broken = connection.execute(SQL["broken_references"]).fetchall()
    if broken:
        yield Finding("reference", f"{len(broken)} rows refer to rows that are not there", "restore a backup")


def _check_indexes(connection: sqlite3.Connection) -> Iterator[Finding]:
    for statement in ("check_search", "check_version_search", "check_word_search"):
        try:
            connection.execute(SQL[statement])
        except sqlite3.DatabaseError as cause:
            yield Finding("index", f"{statement.removeprefix('check_')} is not what it should be ({cause})", _REPAIR)


def _check_history(connection: sqlite3.Connection) -> Iterator[Finding]:
    """Heads and digest, computed anew from all versions."""
    heads: dict[int, set[int]] = {}
    for record, seq in connection.execute(SQL["all_heads"]):
        heads.setdefault(record, set()).add(seq)
    wrong: list[str] = []
    elements: list[Element] = []
    terms = Terms(connection)
    rows = connection.execute(SQL["all_headers"]).fetchall()
    for record, group in groupby(rows, key=lambda row: row[0]):
        held = list(group)
        versions = [_header(row, terms) for row in held]
        elements += [
            element(version.record_id, version.version, Sha256(row[10].hex()))
            for version, row in zip(versions, held, strict=True)
        ]
        if heads.pop(record, set()) != _heads(versions, held):
            wrong.append(versions[0].record_id)
    if wrong or heads:
        yield Finding("heads", f"heads are not those of the versions: {_named(wrong)}", "restore a backup")
    if Digest.of(elements).root != Digest.from_rows(dict(connection.execute(SQL["buckets"]).fetchall())).root:
        yield Finding("digest", "the digest is not that of the versions", "restore a backup")


def _check_shown(connection: sqlite3.Connection) -> Iterator[Finding]:
    wrong = [row[0] for row in connection.execute(SQL["shown_otherwise"]).fetchall()]
    if wrong:
        yield Finding("shown", f"what is shown is not what the head says: {_named(wrong)}", "restore a backup")


def _check_counts(connection: sqlite3.Connection) -> Iterator[Finding]:
    counted = {kind: n for kind, n in connection.execute(SQL["count_live"]) if n}
    kept = {kind: n for kind, n in connection.execute(SQL["tallies"]) if n}
    if counted != kept:
        yield Finding("counts", "counts of entities are not right", _REPAIR, serious=False)


def _check_ends(connection: sqlite3.Connection) -> Iterator[Finding]:
    open_ended = [row[0] for row in connection.execute(SQL["edges_without_ends"]).fetchall()]
    if open_ended:
        yield Finding(
            "open_ended",
            f"relationships whose end has not arrived: {_named(open_ended)}",
            "sync, or delete them",
            serious=False,
        )


def _check_content(connection: sqlite3.Connection) -> Iterator[Finding]:
    if damaged := damaged_content(connection):
        yield Finding("content", f"files are not what was kept: {_named(damaged)}", "restore a backup")


def _header(row: Row, terms: Terms) -> Version:
    _, record_id, _, edited_at, kept, clock, n, author_term, context, parents, _ = row
    return Version(
        record_id=RecordId(record_id),
        version=version_id(edited_at, kept, author_term, terms),
        dot=Dot(terms.incarnations[clock], n),
        context=read_context(context, terms),
        parents=read_parents(parents),
        payload=EntityPayload("", ""),
        edited_at=edited_at,
        author=terms.texts[author_term],
        device="",
    )


def _heads(versions: list[Version], rows: list[Row]) -> set[int]:
    named = {parent for version in versions for parent in version.parents}
    heads: tuple[Version, ...] = ()
    for version in versions:
        heads = advance_heads(heads, version, has_child=version.version in named)
    seqs: dict[VersionId, int] = {version.version: row[2] for version, row in zip(versions, rows, strict=True)}
    return {seqs[head.version] for head in heads}


def _named(records: list[str]) -> str:
    more = f" and {len(records) - _NAMED} more" if len(records) > _NAMED else ""
    return ", ".join(records[:_NAMED]) + more


def _silent(done: float, total: float, what: str) -> None:
    """Nobody asked to be told."""
