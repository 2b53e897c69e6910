"""P14: when the file cannot be had, reads go on where they can, and writes say why not and what to do."""

import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import threading
from contextlib import closing
from pathlib import Path

import pytest

import goodies_mcp
from goodies_mcp.errors import Conflict, Forbidden, GoodiesError, NotFound, StorageCorrupt, StorageFull, Unavailable
from goodies_mcp.storage import maintenance, sqlite_engine, writer_lock
from goodies_mcp.storage.inline import open_inline
from goodies_mcp.storage.interface import TextQuery
from goodies_mcp.storage.sqlite import open_store
from goodies_mcp.storage.sqlite_engine import SCHEMA, Unit
from tests.support.build import Device, record
from tests.support.clock import FakeClock
from tests.support.ids import CountingIds


def finished(coroutine):
    with pytest.raises(StopIteration) as ended:
        coroutine.send(None)
    return ended.value.value


def opened(path, **how):
    return open_inline(path, clock=FakeClock(), ids=CountingIds(), **how)


def put(store, *versions):
    return finished(store.write(lambda tx: tx.apply(versions, local=True)))


def names(store, *, at=None):
    return [each.name for each in finished(store.read(lambda view: view.listed([], after=None, limit=99), at=at))]


@pytest.fixture
def path(tmp_path):
    """A home with twenty lamps, closed."""
    path = tmp_path / "home.db"
    store = opened(path)
    put(store, *(Device(1 + n).entity(record(n), f"Lamp {n:02}", content={"notes": "x " * 900}) for n in range(20)))
    finished(store.close())
    return path


@pytest.fixture
def store(path):
    store = opened(path)
    yield store
    finished(store.close())


def tells_what_to_do(error):
    assert error.value.hint
    assert error.value.__cause__ is not None
    return True


def test_p14_a_full_disk_keeps_nothing_of_the_write_and_all_else(store):
    connection = store._engine.connection
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages + 3}")
    before = names(store)
    large = Device(50).entity(record(50), "Large", content={"notes": " ".join(map(str, range(20_000)))})
    with pytest.raises(StorageFull) as error:
        put(store, large)
    assert tells_what_to_do(error)
    assert error.value.retryable
    assert names(store) == before
    connection.execute("PRAGMA max_page_count = 1000000")
    put(store, large)
    assert names(store) == sorted([*before, "Large"])


def test_p14_a_full_disk_refuses_only_what_does_not_fit(store):
    connection = store._engine.connection
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages + 8}")
    sizes = (1, 200_000, 1)
    units = [Unit(lambda tx, n=n, size=size: tx.put_value(str(n), "x" * size)) for n, size in enumerate(sizes)]
    store._engine.write_together(units)
    assert [type(unit.error) for unit in units] == [type(None), StorageFull, type(None)]
    assert finished(store.read(lambda view: [view.value(str(n)) for n in range(3)])) == ["x", None, "x"]


READ_ONLY = """
import os, sys
from pathlib import Path
from goodies_mcp.errors import GoodiesError
from goodies_mcp.storage import inline, sqlite_search
from goodies_mcp.storage.interface import TextQuery
if os.getuid() == 0:
    os.setuid(65534)
class Clock:
    def now(self): return "2026-01-01T00:00:00.000000+00:00"
class Ids:
    def new_id(self): raise AssertionError("nothing may be begun")
def finished(coroutine):
    try:
        coroutine.send(None)
    except StopIteration as ended:
        return ended.value
store = inline.open_inline(Path(sys.argv[1]), clock=Clock(), ids=Ids(), read_only=len(sys.argv) > 2)
print(len(finished(store.read(lambda view: view.listed([], after=None, limit=99)))))
print(len(finished(store.read(lambda view: view.search(TextQuery((("lamp",),)), 99)))))
try:
    finished(store.write(lambda tx: tx.put_value("a", "b")))
except GoodiesError as error:
    print(error.code, bool(error.hint))
finished(store.close())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are other things there")
@pytest.mark.parametrize("asked", [(), ("read-only",)], ids=["as usual", "read-only"])
@pytest.mark.parametrize("log", [False, True], ids=["closed", "with its log"])
def test_p14_a_file_that_may_only_be_read_is_read(path, asked, log):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        target = folder / "home.db"
        keeper = sqlite3.connect(path)
        keeper.execute("SELECT count(*) FROM meta").fetchone()
        for ending in ("", "-wal", "-shm") if log else ("",):
            source = path.with_name(path.name + ending)
            (folder / f"home.db{ending}").write_bytes(source.read_bytes())
            (folder / f"home.db{ending}").chmod(0o444)
        keeper.close()
        before = target.read_bytes()
        folder.chmod(0o555)
        environment = {**os.environ, "PYTHONPATH": str(Path(goodies_mcp.__file__).parents[1])}
        command = [sys.executable, "-c", READ_ONLY, target, *asked]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        folder.chmod(0o755)
        assert done.stdout.split("\n") == ["20", "20", "forbidden True", ""], done.stderr
        assert target.read_bytes() == before
        assert min(each.name for each in folder.iterdir()) == "home.db"
        assert not list(folder.glob("*.lock"))


def test_p14_read_only_refuses_writes(path):
    store = opened(path, read_only=True)
    assert len(names(store)) == 20
    with pytest.raises(Forbidden, match="read-only") as error:
        put(store, Device(60).entity(record(60)))
    assert error.value.hint
    finished(store.close())
    with pytest.raises(NotFound):
        opened(path.with_name("nowhere.db"), read_only=True)
    assert not path.with_name("nowhere.db").exists()


async def test_p14_another_process_that_writes_for_long_is_named_and_reads_go_on(path, monkeypatch):
    monkeypatch.setattr(writer_lock, "PATIENCE", 0.02)
    store = await open_store(path, clock=FakeClock(), ids=CountingIds())
    lock = writer_lock.WriterLock(path.with_name("home.db.lock"))
    with lock.held():
        with pytest.raises(Unavailable) as error:
            await store.write(lambda tx: tx.put_value("a", "b"))
        assert error.value.retryable
        assert error.value.hint
        assert len(await store.read(lambda view: view.listed([], after=None, limit=99))) == 20
    await store.write(lambda tx: tx.put_value("a", "b"))
    lock.close()
    await store.close()


@pytest.mark.parametrize("how", ["IMMEDIATE", "EXCLUSIVE"])
def test_p14_a_program_outside_our_queue_is_waited_for_and_then_named(path, monkeypatch, how):
    monkeypatch.setattr(sqlite_engine, "_BUSY_SECONDS", 0.02)
    store = opened(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute(f"BEGIN {how}")
        with pytest.raises(Unavailable) as error:
            finished(store.write(lambda tx: tx.put_value("a", "b")))
        assert tells_what_to_do(error)
        assert len(names(store)) == 20
        other.execute("ROLLBACK")
    finished(store.write(lambda tx: tx.put_value("a", "b")))
    finished(store.close())


def damaged(path, seed, *, pages=0.5):
    """Write garbage over some pages, the first excepted."""
    generator = random.Random(seed)
    data = bytearray(path.read_bytes())
    for start in range(4096, len(data), 4096):
        if generator.random() < pages:
            data[start : start + 4096] = generator.randbytes(4096)
    path.write_bytes(data)


@pytest.mark.parametrize("seed", range(12))
def test_p14_damage_is_named_and_never_answered_from(path, seed):
    damaged(path, seed, pages=[0.02, 0.1, 0.5, 1.0][seed % 4])
    questions = (
        lambda view: view.entities([record(n) for n in range(20)]),
        lambda view: view.search(TextQuery((("lamp",),)), 9),
        lambda view: view.listed([], after=None, limit=99),
        lambda view: view.status(),
        lambda view: view.versions(record(1)),
    )
    wrong = []

    def tried(work):
        try:
            return work()
        except GoodiesError as error:
            wrong.append(error)

    store = tried(lambda: opened(path))
    if store is not None:
        for question in questions:
            tried(lambda question=question: finished(store.read(question)))
        tried(lambda: put(store, Device(70).entity(record(70))))
        tried(lambda: finished(store.close()))
    assert {type(error) for error in wrong} <= {StorageCorrupt}
    assert all(error.hint for error in wrong)


def test_p14_damage_is_found_when_looked_for(path):
    assert maintenance.check(path) == []
    damaged(path, 1)
    assert any(finding.serious for finding in maintenance.check(path))


def looked_at(path):
    store = opened(path)
    try:
        finished(store.read(lambda view: (view.status(), view.listed([], after=None, limit=99))))
    finally:
        finished(store.close())


@pytest.mark.parametrize("left", [100, 4096, 20_000])
def test_p14_a_file_that_was_cut_short_is_named(path, left):
    path.write_bytes(path.read_bytes()[:left])
    with pytest.raises(StorageCorrupt):
        looked_at(path)


@pytest.mark.parametrize("content", [b"hello, this is a letter\n" * 99, b"x", b"\0" * 8192, b"SQLite format 2\0" * 300])
@pytest.mark.parametrize("read_only", [False, True])
def test_p14_what_is_no_database_is_refused_and_not_touched(tmp_path, content, read_only):
    path = tmp_path / "letter.db"
    path.write_bytes(content)
    with pytest.raises(StorageCorrupt) as error:
        opened(path, read_only=read_only)
    assert error.value.hint
    assert path.read_bytes() == content
    assert [each.name for each in tmp_path.iterdir()] == ["letter.db"]


@pytest.mark.parametrize("mark", [0, 0x12345678])
@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("read_only", [False, True])
def test_p14_the_database_of_another_program_is_refused_and_not_touched(tmp_path, mark, log, read_only):
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA application_id = {mark}")
        connection.execute("CREATE TABLE recipes (name)")
        connection.execute("PRAGMA journal_mode = WAL" if log else "PRAGMA journal_mode = DELETE")
        connection.commit()
    before = path.read_bytes()
    with pytest.raises(StorageCorrupt, match="another program") as error:
        opened(path, read_only=read_only)
    assert error.value.hint
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["other.db"]


@pytest.mark.parametrize("read_only", [False, True])
def test_p14_a_file_of_a_newer_release_is_refused_and_not_touched(path, read_only):
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA + 1}")
    before = path.read_bytes()
    with pytest.raises(Conflict) as error:
        opened(path, read_only=read_only)
    assert "upgrade" in error.value.hint
    assert path.read_bytes() == before


@pytest.mark.parametrize("place", ["missing/and/missing/home.db", "."])
def test_p14_a_path_that_cannot_hold_a_home(tmp_path, place):
    """Folders that are missing are made, for nobody but their owner; a folder is no file."""
    path = tmp_path / place
    if path.is_dir():
        with pytest.raises(Unavailable) as error:
            opened(path)
        assert error.value.hint
        return
    store = opened(path)
    finished(store.close())
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert path.stat().st_mode & 0o777 == 0o600


async def test_p14_a_store_that_is_closed_says_so(path):
    store = await open_store(path, clock=FakeClock(), ids=CountingIds())
    await store.close()
    await store.close()
    with pytest.raises(Unavailable):
        await store.read(lambda view: view.feed())
    with pytest.raises(Unavailable):
        await store.write(lambda tx: tx.feed())
    assert threading.active_count() < 20
