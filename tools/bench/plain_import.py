"""The floor of an import: the rows of an exported file, on the store's own schema and with its own statements, through
Python's ``sqlite3`` in one transaction. It hashes nothing, checks nothing, merges nothing and yields to nobody.
"""

import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from goodies_mcp.core.derived import indexed, search_text
from goodies_mcp.core.models import EntityPayload
from goodies_mcp.core.text import fold, words
from goodies_mcp.storage.sql import SQL, resource

_CHUNK = 5_000
_Row = Mapping[str, Any]


def plain_import(file: Path, database: Path) -> int:
    """A new database from an export; the number of versions comes back."""
    connection = sqlite3.connect(database, isolation_level=None)
    try:
        for name in ("set_wal", "set_synchronous", "set_cache"):
            connection.execute(SQL[name])
        # In one transaction, as ours are made: each table by itself would be an fsync.
        connection.executescript(f"BEGIN; {resource('schema.sql')} COMMIT;")
        connection.execute(SQL["begin_write"])
        with file.open("rb") as lines:
            rows = _Rows(connection)
            for line in lines:
                row = json.loads(line)
                if row["kind"] in ("entity", "relationship"):
                    rows.add(row)
            rows.finish()
        connection.execute(SQL["commit"])
        return rows.seq
    finally:
        connection.close()


class _Rows:
    """What is written: versions as they come, what is shown of them at the end."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.seq = 0
        self._connection = connection
        self._versions: list[tuple[object, ...]] = []
        self._numbers: dict[str, int] = {}
        self._terms: dict[str, int] = {}
        self._clocks: dict[str, int] = {}
        self._shown: dict[int, tuple[int, _Row]] = {}
        self._words: set[str] = set()

    def add(self, row: _Row) -> None:
        """One version; the one that was shown before belongs to the past."""
        self.seq += 1
        number = self._number(row["id"])
        if number in self._shown:
            self._supersede(*self._shown[number])
        self._shown[number] = (self.seq, row)
        incarnation, n = row["dot"]
        shared = (
            *(self.seq, number, row["edited_at"], n, self._clock(incarnation), n, self._term(row["author"])),
            *(self._term(row["device"]), self._term(row["source_type"]), row["deleted"], bytes(32)),
            *(json.dumps(row["context"]) or None, json.dumps(row["parents"])),
        )
        if row["kind"] == "entity":
            what: tuple[object, ...] = (row["type"], row["name"], None, None, None, json.dumps(row["content"]))
        else:
            ends = (self._number(row["from"]), self._term(row["type"]), self._number(row["to"]))
            what = (None, None, *ends, json.dumps(row["properties"]))
        self._versions.append((*shared, *what))
        if len(self._versions) >= _CHUNK:
            self._flush()

    def finish(self) -> None:
        """All that is made of what is shown."""
        self._flush()
        entities = [(number, seq, row) for number, (seq, row) in self._shown.items() if row["kind"] == "entity"]
        edges = [(number, seq, row) for number, (seq, row) in self._shown.items() if row["kind"] != "entity"]
        many = self._connection.executemany
        many(
            SQL["show_new_entity"],
            [
                (number, row["id"], seq, row["type"], row["name"], fold(row["name"]), row["edited_at"], row["deleted"])
                for number, seq, row in entities
            ],
        )
        many(
            SQL["show_new_edge"],
            [
                (
                    *(number, row["id"], self._number(row["from"]), self._term(row["type"]), self._number(row["to"])),
                    *(seq, row["deleted"]),
                )
                for number, seq, row in edges
            ],
        )
        many(SQL["index_entity"], ((number, *self._texts(row), row["type"]) for number, _, row in entities))
        many(SQL["add_head"], [(number, seq) for number, (seq, _) in self._shown.items()])
        listed = list(enumerate(sorted(self._words), 1))
        many(SQL["add_word"], [(word,) for _, word in listed])
        many(SQL["index_word"], listed)

    def _flush(self) -> None:
        many = self._connection.executemany
        many(SQL["add_version"], self._versions)
        many(SQL["add_change"], [(row[0], "create", None, 1) for row in self._versions])
        many(SQL["add_unpushed"], [(row[0],) for row in self._versions])
        self._versions.clear()

    def _supersede(self, seq: int, row: _Row) -> None:
        if row["kind"] != "entity":
            return
        execute = self._connection.execute
        execute(SQL["supersede"], (seq, fold(row["name"]), None, None))
        execute(SQL["index_version"], (seq, *self._texts(row), row["type"]))

    def _texts(self, row: _Row) -> tuple[str, str]:
        name = indexed(row["name"])
        text = indexed(search_text(EntityPayload(row["type"], row["name"], row["content"])))
        self._words.update(words(name), words(text))
        return name, text

    def _number(self, record: str) -> int:
        return self._numbers.setdefault(record, len(self._numbers) + 1)

    def _term(self, text: str) -> int:
        return self._named(self._terms, "add_term", text)

    def _clock(self, incarnation: str) -> int:
        return self._named(self._clocks, "add_clock", incarnation, None, None, 0, "")

    def _named(self, known: dict[str, int], statement: str, *values: object) -> int:
        name = str(values[0])
        if name not in known:
            known[name] = self._connection.execute(SQL[statement], values).lastrowid or 0
        return known[name]
