"""Every statement: its name is used, its plan walks no big table, and the schema is what the migrations make."""

import re
import sqlite3
from pathlib import Path

import pytest

import goodies_mcp.storage
from goodies_mcp.core.models import DeviceState
from goodies_mcp.storage.inline import open_inline
from goodies_mcp.storage.interface import Answer
from goodies_mcp.storage.sql import FOR_ONE, SQL, parsed, resource
from goodies_mcp.storage.sqlite_engine import SCHEMA, connect
from tests.support.build import Device, a_batch, a_file, record
from tests.support.clock import FakeClock, moment
from tests.support.ids import CountingIds

STORAGE = Path(goodies_mcp.storage.__file__).parent
MIGRATIONS = sorted((STORAGE / "sql" / "migrations").iterdir())
MAINTENANCE = parsed(resource("maintenance.sql"))

BIG = {
    "entities", "relationships", "entity_versions", "heads", "entity_changes", "outbox", "superseded", "due_dates",
    "superseded_due_dates", "terms", "vector_clocks", "words", "batches", "idempotency_answers", "binary_content",
    "awaited_parents", "device_state", "named_values", "edit_spans", "sync_conflicts",
}  # fmt: skip

SCANS = {
    "batches": "from the newest on, and ends with the limit",
    "counts_at": "there is no count of the past; every entity is asked once",
    "contents": "walks the index of hashes at the end of a session",
    "count_conflicts": "walks the index of what is open",
    "count_unpushed": "walks the keys of what is unpushed, a few bytes each",
    "outbox_headers": "from the first on, and ends with the limit",
    "outbox_size": "as count_unpushed",
    "unpark_all": "a person asks for it, once in a while",
    "states": "asks for all there are",
    "words_within": "a text of one or two letters has no trigram; the vocabulary is small beside the home",
}


def lived_in(path):
    """A home with a little of everything, so that no plan is made for empty tables."""
    store = open_inline(path, clock=FakeClock(), ids=CountingIds())
    device, data = Device(1), b"manual"

    def work(tx):
        tx.begin_batch(a_batch("b1"))
        things = [device.entity(record(n), f"Lamp {n}", content={"due_on": "2026-05-01"}) for n in range(1, 40)]
        edges = [device.edge(record(100 + n), record(n), record(n + 1)) for n in range(1, 39)]
        newer = [device.entity(record(n), f"Light {n}", things[n - 1]) for n in range(1, 20)]
        other = Device(2).entity(record(30), "Torch", things[29], entity_type="manual")
        tx.apply([*things, *edges, *newer, other, device.entity(record(30), "Beam", things[29])], local=True)
        tx.put_states([DeviceState(record(1), "on_off", {"on": True}, moment(), moment())])
        tx.put_content(a_file(data), data)
        tx.put_value("key", "value")
        tx.remember("key", Answer("a" * 64, "{}", moment()))

    finish(store.write(work))
    finish(store.close())


def finish(coroutine):
    with pytest.raises(StopIteration) as ended:
        coroutine.send(None)
    return ended.value.value


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    path = tmp_path_factory.mktemp("plans") / "home.db"
    lived_in(path)
    connection = connect(path, read_only=True)
    yield connection
    connection.close()


def plan(connection, statement):
    values = {int(number): None for number in re.findall(r"\?(\d+)", statement)}
    rows = connection.execute(
        f"EXPLAIN QUERY PLAN {statement}", [values.get(n + 1) for n in range(max(values, default=0))]
    )
    return [row[3] for row in rows]


def aliases(statement):
    """Which table each alias of a statement stands for."""
    found = re.findall(r"(?:FROM|JOIN)\s+(\w+)(?:\s+AS\s+(\w+))?", statement)
    return {alias or table: table for table, alias in found}


def planned(name, statement):
    return not re.match(r"(?:PRAGMA|BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|DROP|VACUUM)", statement)


HOT = [(name, text) for name, text in SQL.items() if planned(name, text)]
ONES = [(f"{name} for one", text) for name, text in FOR_ONE.items()]


@pytest.mark.parametrize(("name", "statement"), HOT + ONES, ids=[name for name, _ in HOT + ONES])
def test_no_statement_walks_a_big_table(home, name, statement):
    tables = aliases(statement)
    steps = plan(home, statement)
    walked = [
        step
        for step in steps
        if (found := re.match(r"SCAN (\w+)(?! VIRTUAL)", step)) and tables.get(found[1], found[1]) in BIG
    ]
    assert not [step for step in steps if "AUTOMATIC" in step or "BLOOM" in step]
    if name in SCANS:
        assert walked, f"{name} needs no exception any more"
    else:
        assert not walked, steps


def test_exceptions_are_statements():
    assert set(SCANS) <= set(SQL)


def test_statistics_that_somebody_made_are_gone_with_the_next_opening(home, tmp_path):
    """After ANALYZE the planner leaves even fixed joins for something slower."""
    path = tmp_path / "home.db"
    lived_in(path)
    connection = connect(path)
    connection.execute("ANALYZE")
    assert plan(connection, SQL["edges_out_of_types"]) != plan(home, SQL["edges_out_of_types"])
    connection.close()
    store = open_inline(path, clock=FakeClock(), ids=CountingIds())
    for name in ("entities", "edges_out", "edges_in", "edges_out_of_types", "edges_in_of_types", "versions"):
        assert plan(store._engine.connection, SQL[name]) == plan(home, SQL[name])
    finish(store.close())


@pytest.mark.parametrize(("file", "statements"), [("queries.sql", SQL), ("maintenance.sql", MAINTENANCE)])
def test_every_statement_is_used(file, statements):
    code = "".join(path.read_text("utf-8") for path in STORAGE.glob("*.py"))
    said = set(re.findall(r"\"(\w+)\"", code))
    made = {f"{start}{end}" for start in ("edges_in", "edges_out") for end in ("", "_of_types", "_at")}
    made |= {"neighbours_in_of_types", "neighbours_out_of_types"}
    assert set(statements) - said - made == set(), f"in {file}, and nowhere in the code"


def test_every_statement_that_is_asked_for_exists():
    known = {*SQL, *MAINTENANCE, *parsed(resource("migrate.sql"))}
    for path in STORAGE.glob("*.py"):
        asked = re.findall(
            r"(?:SQL|QUERIES|FOR_ONE)\[\"(\w+)\"\]|_(?:rows|row|one|run)\(\"(\w+)\"", path.read_text("utf-8")
        )
        assert {name for pair in asked for name in pair if name} <= known, path.name


def test_there_is_no_sql_outside_its_folder():
    verbs = re.compile(r"\"\s*(?:SELECT|INSERT|UPDATE|DELETE|CREATE|PRAGMA|BEGIN|VACUUM)\s+\w", re.IGNORECASE)
    for path in STORAGE.glob("*.py"):
        found = [match for match in verbs.findall(path.read_text("utf-8")) if match == match.upper()]
        assert not found, path.name


def test_statement_names_are_unique_and_say_something():
    with pytest.raises(ValueError, match="twice"):
        parsed("-- name: a\n-- One.\nSELECT 1;\n-- name: a\n-- Two.\nSELECT 2;\n")
    with pytest.raises(ValueError, match="says nothing"):
        parsed("-- name: a\nSELECT 1;\n")


def test_migrations_are_numbered_without_gaps():
    assert [path.name[:5] for path in MIGRATIONS] == [f"{n:04d}_" for n in range(1, len(MIGRATIONS) + 1)]
    assert all(re.fullmatch(r"\d{4}_[a-z0-9_]+\.sql", path.name) for path in MIGRATIONS)
    assert len(MIGRATIONS) == SCHEMA
    assert f"user_version = {SCHEMA}" in SQL["set_user_version"]


def test_the_snapshot_is_what_the_migrations_make():
    made = []
    for scripts in ([path.read_text("utf-8") for path in MIGRATIONS], [resource("schema.sql")]):
        connection = sqlite3.connect(":memory:")
        for script in scripts:
            connection.executescript(script)
        made.append(sorted(connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master"), key=repr))
        connection.close()
    assert made[0] == made[1]
