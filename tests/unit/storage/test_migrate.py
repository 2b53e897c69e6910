"""The Migration Manager's reading and planning; what it does to files is in tests/fault/test_p13_migrations.py."""

import re
import shutil
import sqlite3
from contextlib import closing

import pytest

from goodies_mcp.storage.migrate import (
    MIGRATIONS,
    MigrationPlan,
    MigrationReport,
    StepRun,
    bring_up_to_date,
    plan,
    read_steps,
    statements,
)
from goodies_mcp.storage.sqlite import open_inline
from goodies_mcp.storage.sqlite_engine import SCHEMA
from tests.support.clock import FakeClock
from tests.support.ids import CountingIds

TRIGGER = "CREATE TRIGGER t AFTER INSERT ON a BEGIN\n  DELETE FROM b; SELECT ';'; -- not; here\nEND;"


async def a_home(path):
    await open_inline(path, clock=FakeClock(), ids=CountingIds()).close()


def test_statements_are_cut_where_they_end():
    script = f"-- first; comment\nSELECT 1; /* a; b */ SELECT 'x;y';\n{TRIGGER}\n\n-- the end; really\n"
    said = list(statements(script))
    assert said == ["-- first; comment\nSELECT 1;", "/* a; b */ SELECT 'x;y';", TRIGGER]


@pytest.mark.parametrize("script", ["SELECT 1", "SELECT 1; SELECT 'x;", "CREATE TRIGGER t BEGIN SELECT 1;"])
def test_a_statement_without_an_end_is_a_mistake(script):
    with pytest.raises(ValueError, match="no end"):
        list(statements(script))


def test_an_empty_script_says_nothing():
    assert list(statements(" \n-- nothing\n")) == []


@pytest.mark.parametrize(
    "names",
    [
        ["0002_late.sql"],
        ["0001_a.sql", "0003_c.sql"],
        ["0001_a.sql", "0001_b.sql"],
        ["1_a.sql"],
        ["0001_Big.sql"],
        ["0001.sql"],
    ],
)
def test_file_names_count_up_from_one(tmp_path, names):
    for name in names:
        (tmp_path / name).write_text("SELECT 1;")
    with pytest.raises(ValueError, match="should be number"):
        read_steps(tmp_path)


def test_steps_come_in_order_and_other_files_are_left_alone(tmp_path):
    for name in ("0002_b.sql", "0001_a.sql", "README.md"):
        (tmp_path / name).write_text("SELECT 1; SELECT 2;")
    steps = read_steps(tmp_path)
    assert [(step.number, step.name, step.statements) for step in steps] == [
        (1, "0001_a", ("SELECT 1;", "SELECT 2;")),
        (2, "0002_b", ("SELECT 1;", "SELECT 2;")),
    ]


def test_the_release_knows_as_many_schemas_as_it_has_files():
    assert [step.number for step in read_steps(MIGRATIONS)] == list(range(1, SCHEMA + 1))


def test_replaying_all_migrations_gives_the_snapshot():
    """A newcomer reads schema.sql; a file was made by the numbered files: both must say the same."""

    def made(scripts):
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.create_function("goodies_text", 1, str)
            connection.create_function("goodies_indexed", 1, str)
            for script in scripts:
                connection.executescript(script)
            rows = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name")
            return [(*row[:3], re.sub(r"\s+", " ", row[3] or "")) for row in rows]

    snapshot = made([(MIGRATIONS.parent / "schema.sql").read_text("utf-8")])
    assert len(snapshot) > 20
    assert made(file.read_text("utf-8") for file in sorted(MIGRATIONS.glob("*.sql"))) == snapshot


async def test_a_file_of_our_schema_needs_nothing(tmp_path):
    path = tmp_path / "home.db"
    await a_home(path)
    todo = plan(path)
    assert (todo.path, todo.current, todo.target, todo.steps, todo.room_needed) == (path, SCHEMA, SCHEMA, (), 0)
    report = bring_up_to_date(path, clock=FakeClock(), dry_run=True)
    assert report == MigrationReport(todo, dry_run=True, digest="", backup=None, runs=())


async def test_a_plan_says_what_is_ahead_and_how_much_room_it_needs(tmp_path):
    path, folder = tmp_path / "home.db", tmp_path / "migrations"
    await a_home(path)
    shutil.copytree(MIGRATIONS, folder)
    (folder / f"{SCHEMA + 1:04d}_more.sql").write_text("CREATE TABLE more (a);")
    (folder / f"{SCHEMA + 2:04d}_most.sql").write_text("CREATE TABLE most (a);")
    todo = plan(path, migrations=folder)
    assert (todo.current, todo.target) == (SCHEMA, SCHEMA + 2)
    assert [step.name for step in todo.steps] == [f"{SCHEMA + 1:04d}_more", f"{SCHEMA + 2:04d}_most"]
    assert todo.room_needed == 2 * path.stat().st_size


def test_a_report_adds_up_its_parts(tmp_path):
    nothing = MigrationPlan(tmp_path, 1, 1, (), 0)
    report = MigrationReport(
        nothing, dry_run=False, digest="", backup=None, runs=(StepRun("a", 0.5), StepRun("b", 1.25))
    )
    assert report.seconds == 1.75
