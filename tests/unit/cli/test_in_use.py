"""Whether somebody else has a database open is seen from outside, on every system that can tell."""

import subprocess
import sys

import pytest

from goodies_mcp.cli.in_use import is_open_elsewhere, processes_on

HOLDING = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("PRAGMA journal_mode = WAL").fetchall()
database.execute("CREATE TABLE IF NOT EXISTS t (a)")
database.execute("SELECT count(*) FROM t").fetchall()
print("open", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def database(tmp_path):
    return tmp_path / "some.db"


def holder(database):
    process = subprocess.Popen([sys.executable, "-c", HOLDING, database], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"open\n"
    return process


def test_a_reader_that_does_nothing_is_seen(database):
    with holder(database) as process:
        assert is_open_elsewhere(database)
        assert processes_on(database) == [process.pid]
        process.communicate(timeout=30)
    assert not is_open_elsewhere(database)
    assert processes_on(database) == []


def test_looking_takes_no_lock_away(database):
    with holder(database) as first:
        assert [is_open_elsewhere(database) for _ in range(3)] == [True] * 3
        with holder(database) as second:
            first.communicate(timeout=30)
            assert is_open_elsewhere(database)
            second.communicate(timeout=30)
    assert not is_open_elsewhere(database)
