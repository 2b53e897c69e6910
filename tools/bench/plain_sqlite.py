"""The floor of writing: the rows of one ``create_entity``, on the store's own schema and with its own
statements, through Python's ``sqlite3``. It hashes nothing, checks nothing and merges nothing.
"""

import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path

from goodies_mcp.clock import RandomIds, SystemClock
from goodies_mcp.core.derived import indexed, search_text
from goodies_mcp.core.models import EntityPayload
from goodies_mcp.storage.sql import SQL


class PlainWriter:
    """Writes devices into rooms. As durable as the store: a log, and an fsync at each commit."""

    def __init__(self, database: Path) -> None:
        self._clock = SystemClock()
        self._ids = RandomIds()
        self._connection = sqlite3.connect(database, isolation_level=None)
        for name in ("set_wal", "set_synchronous", "set_foreign_keys", "set_cache"):
            self._connection.execute(SQL[name])
        one = self._one
        self._clock_number = one("SELECT max(clock) FROM vector_clocks")
        self._n = one("SELECT max(n) FROM entity_versions")
        self._term = one("SELECT term FROM terms WHERE text = 'located_in'")
        self._words_known: set[str] = set()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def create(self, name: str, content: Mapping[str, str], room: str | None) -> None:
        """One transaction: batch, version, head, what is shown, search, log, outbox, digest, counts, clock; with a room
        all of it for the edge too.
        """
        execute = self._connection.execute
        now = self._clock.now()
        execute(SQL["begin_write"])
        seq = self._one(SQL["feed"]) + 1
        number = self._one(SQL["next_number"])
        batch = execute(SQL["add_batch"], (self._ids.new_id(), "plain", "create", now, "plain", None)).lastrowid
        self._version(seq, number, now, ("device", name, None, None, None, json.dumps(content)))
        record = self._ids.new_id()
        execute(SQL["show_new_entity"], (number, record, seq, "device", name, name.casefold(), now, 0))
        self._index(number, name, content)
        self._log(seq, number, batch)
        if room is not None:
            self._place(seq + 1, number, room, now)
            self._log(seq + 1, number + 1, batch)
        execute(SQL["tally"], ("entity:device", 1))
        execute(SQL["advance_clock"], (self._clock_number, self._n, now))
        execute(SQL["commit"])

    def _place(self, seq: int, number: int, room: str, now: str) -> None:
        execute = self._connection.execute
        place = self._one("SELECT eid FROM entities WHERE id = ?", room)
        self._version(seq, number + 1, now, (None, None, number, self._term, place, "{}"))
        execute(SQL["show_new_edge"], (number + 1, self._ids.new_id(), number, self._term, place, seq, 0))
        execute(SQL["tally"], ("relationships", 1))

    def _log(self, seq: int, number: int, batch: int | None) -> None:
        execute = self._connection.execute
        execute(SQL["add_head"], (number, seq))
        execute(SQL["add_change"], (seq, "create", batch, 1))
        execute(SQL["add_unpushed"], (seq,))
        execute(SQL["put_bucket"], (seq % 256, execute(SQL["bucket"], (seq % 256,)).fetchone()[0]))

    def _version(self, seq: int, number: int, now: str, what: tuple[object, ...]) -> None:
        self._n += 1
        shared = (self._clock_number, self._n, self._term, self._term, self._term, 0, bytes(32), None, None)
        self._connection.execute(SQL["add_version"], (seq, number, now, self._n, *shared, *what))

    def _index(self, number: int, name: str, content: Mapping[str, str]) -> None:
        execute = self._connection.execute
        text = indexed(search_text(EntityPayload("device", name, content)))
        execute(SQL["index_entity"], (number, indexed(name), text, "device"))
        new = {*name.split(), *text.split()} - self._words_known
        for (word,) in execute(SQL["new_words"], (json.dumps(sorted(new)),)).fetchall():
            execute(SQL["index_word"], (execute(SQL["add_word"], (word,)).lastrowid, word))
        self._words_known |= new

    def _one(self, statement: str, *values: object) -> int:
        number: int = self._connection.execute(statement, values).fetchone()[0]
        return number
