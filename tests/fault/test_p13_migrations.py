"""P13: a migration that fails anywhere leaves what was there, and one that is killed anywhere goes on where it was."""

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta

import pytest

from goodies_mcp.errors import Conflict, GoodiesError, Internal, StorageCorrupt, StorageFull, Unavailable
from goodies_mcp.storage.interface import TextQuery
from goodies_mcp.storage.migrate import MIGRATIONS, bring_up_to_date, plan
from goodies_mcp.storage.sqlite import open_inline
from tests.support.build import Device, record
from tests.support.clock import FakeClock
from tests.support.ids import CountingIds
from tests.support.lived_in import live_in
from tests.support.observed import everything

SECOND = [
    "CREATE TABLE colours (eid INTEGER PRIMARY KEY, colour TEXT NOT NULL) STRICT;",
    "INSERT INTO colours SELECT eid, 'a;b' FROM entities;",
    "ALTER TABLE batches ADD COLUMN mood TEXT;",
    "CREATE TRIGGER paint AFTER DELETE ON batches BEGIN DELETE FROM colours; SELECT 1; END;",
]
THIRD = ["CREATE INDEX colours_by_colour ON colours (colour);", "UPDATE colours SET colour = upper(colour);"]
FAILING = "INSERT INTO colours SELECT eid, NULL FROM entities;"
# Fails in the file itself and not in the copy on which the migration is rehearsed.
ONLY_LIVE = "INSERT INTO meta SELECT 'x', NULL FROM pragma_database_list WHERE file LIKE '%home.db';"
SPOILING = [
    "DELETE FROM entity_versions WHERE seq = 3;",
    "UPDATE entity_versions SET content = '{}' WHERE seq = 4;",
    "UPDATE entity_versions SET name = 'Lump' WHERE name = 'Lamp';",
    "UPDATE entity_versions SET content_hash = zeroblob(32) WHERE seq = 4;",
    "UPDATE entity_versions SET author = device;",
    "UPDATE digest_buckets SET sum = zeroblob(32);",
    "DELETE FROM outbox;",
    "DELETE FROM binary_content;",
    "DELETE FROM device_state;",
    "DELETE FROM batches WHERE bid = 1;",
    "UPDATE heads SET seq = 100000 + seq;",
]


@pytest.fixture
def home(tmp_path):
    """A file of schema 1 with something of everything in it."""
    path = tmp_path / "house" / "home.db"

    async def fill():
        store = open_inline(path, clock=FakeClock(), ids=CountingIds())
        await live_in(store)
        await store.close()

    asyncio.run(fill())
    return path


@pytest.fixture
def steps(tmp_path):
    """A way to make a folder of migrations: the released ones, and then these."""

    def made(*added):
        folder = tmp_path / "migrations"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(MIGRATIONS, folder)
        released = len(list(folder.glob("*.sql")))
        for number, said in enumerate(added, released + 1):
            (folder / f"{number:04d}_made_up.sql").write_text("-- A step;\n" + "\n".join(said) + "\n")
        return folder

    return made


def contents(path):
    """All that the file holds, table by table, and its schema."""
    with closing(sqlite3.connect(path)) as connection:
        tables = [
            row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE rootpage > 0 AND type = 'table'")
        ]
        return {
            "schema": sorted(connection.execute("SELECT type, name, sql FROM sqlite_master").fetchall(), key=repr),
            "version": connection.execute("PRAGMA user_version").fetchone(),
            "rows": {
                name: sorted(connection.execute(f'SELECT * FROM "{name}"').fetchall(), key=repr)
                for name in tables
                # Full text keeps segments as it likes; what it finds is compared instead.
                if not name.startswith(("entity_search", "version_search", "word_search"))
            },
        }


def answers(path):
    """All that a store answers about the file, in a copy: asking must not change what is compared."""
    copy = path.with_name("asked.db")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("VACUUM INTO ?", (str(copy),))

    async def ask():
        store = open_inline(copy, clock=FakeClock(), ids=CountingIds(), read_only=True)
        try:
            return await store.read(everything)
        finally:
            await store.close()

    try:
        return asyncio.run(ask())
    finally:
        for each in path.parent.glob("asked.db*"):
            each.unlink()


def beside(path):
    return sorted(each.name for each in path.parent.iterdir() if not each.name.endswith(("-wal", "-shm", ".lock")))


def migrated(path, migrations, **kwargs):
    return bring_up_to_date(path, clock=FakeClock(), migrations=migrations, **kwargs)


def assert_untouched(path, before, names):
    assert contents(path) == before
    assert beside(path) == names
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_p13_a_migration_backs_up_runs_and_verifies(home, steps):
    folder = steps(SECOND, THIRD)
    before, said = contents(home), answers(home)
    told = []
    report = migrated(home, folder, progress=lambda *how_far: told.append(how_far))
    assert (report.plan.current, report.plan.target) == (1, 3)
    assert [run.name for run in report.runs] == [
        "look at the file",
        "rehearse on a copy",
        "back up",
        "0002_made_up",
        "0003_made_up",
        "rebuild indexes",
        "verify",
    ]
    assert [(done, total) for done, total, _ in told] == [(n, 7) for n in range(8)]
    assert report.seconds > 0
    assert report.digest == said["digest"]
    assert report.backup.name == "home.db.schema-0001.20260101T000000.006000Z.backup"
    assert contents(report.backup) == before
    assert report.backup.stat().st_mode & 0o077 == 0
    after = contents(home)
    assert after["version"] == (3,)
    assert {row[1] for row in after["rows"]["colours"]} == {"A;B"}
    for name, rows in before["rows"].items():
        if name == "words":  # numbered anew with the index
            assert {word for _, word in after["rows"][name]} == {word for _, word in rows}
        elif name not in {"batches", "meta"}:
            assert after["rows"][name] == rows, name
    assert beside(home) == sorted(["home.db", "home.db.incarnation", report.backup.name])
    assert not plan(home, migrations=folder).steps


def test_p13_a_second_run_finds_nothing_to_do(home, steps):
    folder = steps(SECOND)
    migrated(home, folder)
    before, names = contents(home), beside(home)
    report = migrated(home, folder)
    assert (report.plan.steps, report.backup, report.runs) == ((), None, ())
    assert_untouched(home, before, names)


def test_p13_a_rehearsal_touches_nothing(home, steps):
    before, names = contents(home), beside(home)
    report = migrated(home, steps(SECOND, THIRD), dry_run=True)
    assert report.dry_run
    assert [run.name for run in report.runs] == ["look at the file", "rehearse on a copy"]
    assert_untouched(home, before, names)
    with pytest.raises(Internal):
        migrated(home, steps(SECOND, [FAILING]), dry_run=True)
    assert_untouched(home, before, names)


@pytest.mark.parametrize("place", range(len(SECOND) + len(THIRD) + 1))
@pytest.mark.parametrize("failing", [FAILING, ONLY_LIVE], ids=["everywhere", "only in the file itself"])
def test_p13_a_failure_at_any_statement_leaves_what_was_there(home, steps, place, failing):
    parts = [list(SECOND), list(THIRD)]
    if place <= len(SECOND):
        parts[0].insert(place, failing)
    else:
        parts[1].insert(place - len(SECOND), failing)
    before, said, names = contents(home), answers(home), beside(home)
    with pytest.raises(Internal) as raised:
        migrated(home, steps(*parts))
    assert raised.value.details["step"] == ("0002_made_up" if place <= len(SECOND) else "0003_made_up")
    assert_untouched(home, before, names)
    assert answers(home) == said
    migrated(home, steps(SECOND, THIRD))
    assert contents(home)["version"] == (3,)


@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize("spoiling", SPOILING)
def test_p13_a_step_that_loses_or_changes_anything_is_found_by_the_rehearsal(home, steps, spoiling, dry_run):
    before, names = contents(home), beside(home)
    with pytest.raises((Internal, StorageCorrupt)):
        migrated(home, steps(SECOND, [spoiling]), dry_run=dry_run)
    assert_untouched(home, before, names)


@pytest.mark.parametrize("spoiling", SPOILING)
def test_p13_what_only_the_last_look_finds_is_put_back(home, steps, spoiling):
    """The rehearsal went well, the steps are committed, and only then something is found to be missing."""
    only_live = "EXISTS (SELECT 1 FROM pragma_database_list WHERE file LIKE '%home.db');"
    spoiling = f"{spoiling.removesuffix(';')} {'AND' if ' WHERE ' in spoiling else 'WHERE'} {only_live}"
    before, said, names = contents(home), answers(home), beside(home)
    with pytest.raises((Internal, StorageCorrupt)):
        migrated(home, steps(SECOND, [spoiling]))
    assert_untouched(home, before, names)
    assert answers(home) == said


def test_p13_a_rehearsal_that_was_killed_is_not_in_the_way_of_the_next(home, steps):
    home.with_name("home.db.trial").write_bytes(b"half a copy")
    home.with_name("home.db.trial-wal").write_bytes(b"and its log")
    migrated(home, steps(SECOND))
    assert contents(home)["version"] == (2,)
    assert not list(home.parent.glob("*.trial*"))


@pytest.mark.parametrize("ending", ["COMMIT;", "ROLLBACK;", "COMMIT; CREATE TABLE late (a);"])
def test_p13_a_step_that_ends_its_transaction_is_refused(home, steps, ending):
    before, names = contents(home), beside(home)
    with pytest.raises(Internal, match="ends the transaction"):
        migrated(home, steps([*SECOND, ending]))
    assert_untouched(home, before, names)


def test_p13_without_a_backup_nothing_is_run(home, steps):
    name = "home.db.schema-0001.20260101T000000.006000Z.backup"
    (home.parent / name).mkdir()
    before, names = contents(home), beside(home)
    with pytest.raises(Unavailable, match="cannot be made"):
        migrated(home, steps(SECOND))
    assert_untouched(home, before, names)


def test_p13_without_room_nothing_is_run(home, steps, monkeypatch):
    """A full disk cannot be had on demand: what the system says of free space is the one thing made up here."""
    usage = shutil.disk_usage(home.parent)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=home.stat().st_size))
    before, names = contents(home), beside(home)
    with pytest.raises(StorageFull):
        migrated(home, steps(SECOND))
    assert_untouched(home, before, names)


def test_p13_a_disk_that_fills_up_on_the_way_leaves_what_was_there(home, steps):
    filling = (
        "INSERT INTO meta SELECT 'big', zeroblob(2000000000) FROM pragma_database_list WHERE file LIKE '%home.db';"
    )
    before, names = contents(home), beside(home)
    with pytest.raises(GoodiesError):
        migrated(home, steps(SECOND, [filling]))
    assert_untouched(home, before, names)


def test_p13_a_newer_file_is_refused_untouched(home, steps):
    migrated(home, steps(SECOND))
    names = beside(home)
    for each in home.parent.glob("home.db-*"):
        each.unlink()
    before = {each.name: each.read_bytes() for each in home.parent.iterdir()}
    for work in (
        lambda: plan(home),
        lambda: migrated(home, MIGRATIONS),
        lambda: open_inline(home, clock=FakeClock(), ids=CountingIds()),
        lambda: open_inline(home, clock=FakeClock(), ids=CountingIds(), read_only=True),
    ):
        with pytest.raises(Conflict) as raised:
            work()
        assert raised.value.details == {"schema": 2, "known": 1}
    assert {each.name: each.read_bytes() for each in home.parent.iterdir() if each.name in before} == before
    assert beside(home) == names


def test_p13_a_file_of_somebody_else_is_refused_untouched(tmp_path, steps):
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE theirs (a)")
    noise = tmp_path / "noise.db"
    noise.write_bytes(b"this is no database" * 100)
    before = [other.read_bytes(), noise.read_bytes()]
    for path in (other, noise):
        with pytest.raises(StorageCorrupt):
            migrated(path, steps(SECOND))
    with pytest.raises(Unavailable):
        plan(tmp_path / "missing.db")
    assert [other.read_bytes(), noise.read_bytes()] == before
    assert sorted(each.name for each in tmp_path.glob("*.db*")) == ["noise.db", "other.db"]


def test_p13_a_damaged_file_is_not_migrated(home, steps):
    with closing(sqlite3.connect(home)) as connection:
        connection.execute("UPDATE entity_versions SET content_hash = zeroblob(32) WHERE seq = 4")
        connection.commit()
    before, names = contents(home), beside(home)
    with pytest.raises(StorageCorrupt):
        migrated(home, steps(SECOND))
    assert_untouched(home, before, names)


def test_p13_somebody_who_writes_in_between_is_not_overwritten(home, steps):
    """A program that does not stand in the writers' queue: its row survives, and nothing is migrated."""

    def meddle(done, total, message):
        if message == "0002_made_up":
            with closing(sqlite3.connect(home)) as connection:
                connection.execute("INSERT INTO named_values VALUES ('theirs', 'kept')")
                connection.commit()

    before = contents(home)
    with pytest.raises(GoodiesError):
        migrated(home, steps(SECOND), progress=meddle)
    after = contents(home)
    assert ("theirs", "kept") in after["rows"].pop("named_values")
    before["rows"].pop("named_values")
    assert after == before


KILLED = """
import os, sys
from pathlib import Path
from goodies_mcp.storage.migrate import bring_up_to_date
from tests.support.clock import FakeClock

def die(done, total, message):
    if done == int(sys.argv[3]):
        os.kill(os.getpid(), 9)

bring_up_to_date(Path(sys.argv[1]), clock=FakeClock(), migrations=Path(sys.argv[2]), progress=die)
"""


def killed_at(point, home, folder, request):
    """The exit status of a process that migrates the file and is killed when so many parts are done."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(request.config.rootpath), *sys.path])}
    arguments = [sys.executable, "-c", KILLED, str(home), str(folder), str(point)]
    return subprocess.run(arguments, env=environment, check=False).returncode


@pytest.mark.parametrize("point", range(8))
def test_p13_a_killed_migration_goes_on_where_it_was(home, steps, point, request):
    folder = steps(SECOND, THIRD)
    said = answers(home)
    assert killed_at(point, home, folder, request) == -9
    bring_up_to_date(home, clock=FakeClock(step=timedelta(seconds=1)), migrations=folder)
    assert contents(home)["version"] == (3,)
    assert not home.with_name("home.db.trial").exists()
    with closing(sqlite3.connect(home)) as connection:
        connection.execute("PRAGMA user_version = 1")
    assert answers(home) == said


def test_p13_what_a_killed_migration_left_unindexed_is_indexed_on_opening(home, steps, request):
    """Between the last step and the rebuilt indexes the process ends: whoever opens the file next rebuilds them."""
    folder = steps(["DELETE FROM words;", "INSERT INTO entity_search (entity_search) VALUES ('delete-all');"])
    assert killed_at(4, home, folder, request) == -9
    with closing(sqlite3.connect(home)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (2,)
        connection.execute("PRAGMA user_version = 1")  # the release under test knows no second schema

    async def ask():
        store = open_inline(home, clock=FakeClock(), ids=CountingIds())

        def found(view):
            hits = view.search(TextQuery((("hall",),)), 9)
            return [hit.entity.name for hit in hits], view.near_words("hal")[:1]

        try:
            return await store.read(found)
        finally:
            await store.close()

    assert asyncio.run(ask()) == (["Hall"], ["hall"])


def test_p13_an_older_process_that_has_the_file_open_stops_writing(home, steps):
    """Its statements were made for the old schema; it must say so instead of guessing."""

    async def talk():
        store = open_inline(home, clock=FakeClock(), ids=CountingIds())
        try:
            migrated(home, steps(SECOND))
            with pytest.raises(Conflict):
                await store.write(lambda tx: tx.apply([Device(9).entity(record(50))], local=True))
        finally:
            await store.close()

    before = answers(home)["versions"]
    asyncio.run(talk())
    with closing(sqlite3.connect(home)) as connection:
        assert connection.execute("SELECT count(*) FROM entity_versions").fetchone() == (len(before),)
