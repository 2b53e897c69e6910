"""Rows that wait to be written together: one statement for all of a kind, in an order that suits the tables.

What a unit of work reads back must be written first; whoever reads says so.
"""

import sqlite3
from collections import defaultdict
from typing import Any, Final, TypeAlias

from goodies_mcp.storage.sql import SQL

IndexRow: TypeAlias = tuple[int, str, str, str]
"""What search holds of an entity, or of a version of the past: its number, name, text and kind."""

# What a row refers to comes before it.
_ORDER: Final = (
    "add_version",
    "show_new_entity",
    "show_new_edge",
    "add_head",
    "add_change",
    "add_unpushed",
    "add_due",
    "supersede",
    "add_superseded_due",
)


class GatheredRows:
    """Rows of new versions and of what they show, one call of ``apply`` long."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._executemany = connection.executemany
        self._rows: defaultdict[str, list[tuple[Any, ...]]] = defaultdict(list)
        self.records: set[int] = set()
        """Numbers of the records of which something waits."""

    def of(self, statement: str) -> list[tuple[Any, ...]]:
        """The rows that wait for a statement: whoever has thousands adds them here."""
        return self._rows[statement]

    def add(self, statement: str, *row: object) -> None:
        """One more row."""
        self._rows[statement].append(row)

    def write(self) -> None:
        """Write what waits."""
        if self.records:
            self.records.clear()
            for statement in _ORDER:
                if rows := self._rows.get(statement):
                    self._executemany(SQL[statement], rows)
                    rows.clear()


class IndexChanges:
    """What goes into search and comes out of it, one transaction long.

    A full text index takes rows in the order of their numbers: each step back makes it write out what it holds in
    memory, which costs more than all the rest of an edit.
    """

    def __init__(self) -> None:
        self._entering: dict[int, IndexRow] = {}
        self._leaving: dict[int, IndexRow] = {}
        self._past: dict[int, IndexRow] = {}

    def copy(self) -> "IndexChanges":
        """The changes to go back to when a unit of work fails."""
        same = IndexChanges()
        same._entering = dict(self._entering)
        same._leaving = dict(self._leaving)
        same._past = dict(self._past)
        return same

    def enter(self, row: IndexRow) -> None:
        """Find an entity by this from now on."""
        self._entering[row[0]] = row

    def leave(self, connection: sqlite3.Connection, number: int) -> IndexRow:
        """Find a live entity no more. What it was found by is made from the row that still shows it."""
        row = self._entering.pop(number, None)
        if row is None:
            row = self._leaving[number] = connection.execute(SQL["indexed_entity"], (number,)).fetchone()
        return row

    def keep(self, row: IndexRow) -> None:
        """Find a version of the past by this from now on; its number is that of the feed."""
        self._past[row[0]] = row

    def forget(self, connection: sqlite3.Connection, seq: int) -> None:
        """Find a version of the past no more."""
        if self._past.pop(seq, None) is None:
            connection.execute(SQL["unindex_version"], (seq,))

    def write(self, connection: sqlite3.Connection) -> None:
        """Write all of it, and begin again from nothing."""
        if self._leaving:
            for number in sorted(self._leaving.keys() | self._entering.keys()):
                if number in self._leaving:
                    connection.execute(SQL["unindex_entity"], self._leaving[number])
                if number in self._entering:
                    connection.execute(SQL["index_entity"], self._entering[number])
            self._leaving.clear()
        elif self._entering:
            connection.executemany(SQL["index_entity"], [self._entering[number] for number in sorted(self._entering)])
        self._entering.clear()
        if self._past:
            connection.executemany(SQL["index_version"], [self._past[seq] for seq in sorted(self._past)])
            self._past.clear()
