"""Opening: what is made, and what is put right on the way. What is refused is in tests/fault/test_p14_storage.py."""

import sqlite3
from contextlib import closing

import pytest

from goodies_mcp.storage import maintenance, sqlite_opening
from goodies_mcp.storage.interface import TextQuery
from goodies_mcp.storage.sql import SQL
from goodies_mcp.storage.sqlite_engine import APPLICATION, SCHEMA, connect
from tests.support.build import Device, record


def pragma(path, name):
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(f"PRAGMA {name}").fetchone()[0]


def test_a_new_file_is_ours_and_nobody_elses(opening, run, path):
    run(opening().close())
    assert pragma(path, "application_id") == APPLICATION
    assert pragma(path, "user_version") == SCHEMA
    assert pragma(path, "journal_mode") == "wal"
    assert path.stat().st_mode & 0o777 == 0o600


def test_connections_are_durable_checked_and_small(path, opening, run):
    run(opening().close())
    with closing(connect(path)) as connection:
        settings = {
            name: connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("synchronous", "foreign_keys", "cache_size", "mmap_size")
        }
    assert settings == {"synchronous": 2, "foreign_keys": 1, "cache_size": -8192, "mmap_size": 0}


@pytest.mark.parametrize("begun", [b"", None])
def test_an_empty_file_becomes_a_home(opening, run, path, begun):
    if begun is not None:
        path.write_bytes(begun)
    else:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
    store = opening()
    assert run(store.read(lambda view: view.status())).schema == SCHEMA


def test_a_file_whose_making_was_cut_off_is_made_again(opening, run, path, monkeypatch):
    def cut_off():
        yield "CREATE TABLE half (made)"
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(sqlite_opening, "_first_statements", cut_off)
        with pytest.raises(KeyboardInterrupt):
            opening()
    store = opening()
    assert run(store.read(lambda view: view.feed())) == 0
    with closing(connect(path)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master WHERE name = 'half'").fetchone() is None


def test_indexes_of_another_edition_are_made_anew(opening, run, path):
    store = opening()
    lamp = Device(1).entity(record(1), "Lamp", content={"notes": "brass", "due_on": "2026-05-01"})
    device = Device(2)
    was = device.entity(record(2), "Küche")
    device.clock.advance(minutes=1)
    now = device.entity(record(2), "智能灯", was)
    run(store.write(lambda tx: tx.apply([lamp, was, now], local=True)))
    run(store.close())
    with closing(connect(path)) as connection:
        connection.execute(SQL["put_meta"], ("derived", "0"))
        connection.execute("UPDATE entities SET name_key = 'else'")
        connection.execute("UPDATE superseded SET name_key = 'else'")
        for table in ("entity_search", "word_search"):
            connection.execute(f"INSERT INTO {table} ({table}) VALUES ('delete-all')")
        connection.execute("DELETE FROM words")
        connection.execute("DELETE FROM due_dates")
    store = opening()
    assert run(store.read(lambda view: view.near_words("bras"))) == ["brass"]
    assert len(run(store.read(lambda view: view.due("2027-01-01", after=None, limit=9)))) == 1
    assert len(run(store.read(lambda view: view.search(TextQuery((("能",),)), 9)))) == 1
    assert len(run(store.read(lambda view: view.named("lamp") + view.named("智能灯")))) == 2
    assert len(run(store.read(lambda view: view.named("kuche"), at=was.edited_at))) == 1
    run(store.close())
    assert maintenance.check(path) == []


def test_other_processes_may_write_while_it_is_opened(opening, run, path):
    first = opening()
    with sqlite_opening.writing_alone(path):
        second = opening()
        assert run(second.read(lambda view: view.feed())) == 0
    run(first.write(lambda tx: tx.put_value("a", "b")))
    assert run(second.read(lambda view: view.value("a"))) == "b"
