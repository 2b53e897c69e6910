"""What can be wrong inside a database: its schema, its pages, and whether what it derives agrees with its versions."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from goodies_mcp.app import finished
from goodies_mcp.cli.finding import Finding
from goodies_mcp.clock import RandomIds, SystemClock
from goodies_mcp.core.canonical import content_hash
from goodies_mcp.core.models import Seq, StoredVersion
from goodies_mcp.errors import GoodiesError
from goodies_mcp.storage.inline import open_inline
from goodies_mcp.storage.interface import GraphStore, ReadView, StoreStatus
from goodies_mcp.storage.maintenance import check
from goodies_mcp.storage.migrate import plan


def look_inside(database: Path) -> Iterator[Finding]:
    """Everything about the database itself; it is only read."""
    try:
        todo = plan(database)
    except GoodiesError as error:
        yield _wrong("schema", error)
        return
    if todo.steps:
        message = f"{todo.current}, and this release has {todo.target}; the next start brings it up to date"
        yield Finding("schema", "note", f"{message} ({todo.room_needed >> 20} MiB needed meanwhile)")
        return
    yield Finding("schema", "ok", str(todo.current))
    try:
        status = status_of(database)
    except GoodiesError as error:
        yield _wrong("database", error)
        return
    yield from _standing(database, status)
    yield from _examined(database)


def status_of(database: Path) -> StoreStatus:
    """Where a database stands, read-only."""
    with _reading(database) as store:
        return finished(store.read(lambda view: view.status()))


@contextmanager
def _reading(database: Path) -> Iterator[GraphStore]:
    store = open_inline(database, clock=SystemClock(), ids=RandomIds(), read_only=True)
    try:
        yield store
    finally:
        finished(store.close())


def _examined(database: Path) -> Iterator[Finding]:
    """Pages, indexes, history, what is shown: everything that can be worked out twice."""
    try:
        found = check(database)
        altered = _altered(database)
    except GoodiesError as error:
        # Somebody writing for long is no damage.
        yield Finding("contents", "note" if error.retryable else "wrong", error.message, error.hint)
        return
    except Exception as error:  # noqa: BLE001 - what is broken can break whoever reads it in any way
        said = f"reading it failed: {type(error).__name__}: {error}"
        yield Finding("contents", "wrong", said, "restore a backup")
        return
    if altered:
        said = f"{len(altered)} versions are not what was written: {', '.join(altered[:5])}"
        yield Finding("altered", "wrong", said, "restore a backup")
    for each in found:
        yield Finding(each.code, "wrong" if each.serious else "note", each.message, each.hint)
    if not found and not altered:
        yield Finding("contents", "ok", "pages, indexes, search, history and digest agree")


def _altered(database: Path) -> list[str]:
    """Versions whose content no longer has the hash that it had when it came in."""
    found: list[str] = []
    with _reading(database) as store:
        after: Seq | None = None
        while page := finished(store.read(partial(_page, after=after))):
            found += [each.value.version for each in page if content_hash(each.value) != each.content_hash]
            after = page[-1].seq
    return found


def _page(view: ReadView, *, after: Seq | None) -> list[StoredVersion]:
    return view.edited("", "~", after=after, limit=1000)


def _standing(database: Path, status: StoreStatus) -> Iterator[Finding]:
    size = database.stat().st_size
    counts = ", ".join(f"{number} {what}" for what, number in status.counts.items())
    yield Finding("database", "ok", f"{database}: {counts}, {size >> 10} KiB")
    yield Finding("digest", "ok", status.digest)
    yield Finding("incarnation", "ok", status.incarnation)
    if status.open_conflicts:
        message = f"{status.open_conflicts} changes disagree and wait for a decision"
        yield Finding("conflicts", "note", message, "ask an assistant to list the conflicts")


def _wrong(what: str, error: GoodiesError) -> Finding:
    return Finding(what, "wrong", error.message, error.hint)
