"""What is shown, kept as rows beside the versions that say it: entities and edges of now, search over them, what
falls due, and the same of the past. Nothing here decides; it is told what to show.
"""

import sqlite3
from collections.abc import Callable
from typing import Any

from goodies_mcp.core.causality.conflicts import Shown
from goodies_mcp.core.derived import indexed, search_text
from goodies_mcp.core.due import due_dates
from goodies_mcp.core.models import (
    Entity,
    EntityPayload,
    JsonText,
    RecordId,
    Relationship,
    RelationshipPayload,
    Version,
)
from goodies_mcp.core.text import fold, words
from goodies_mcp.core.unsealed import UnsealedEntity, UnsealedRelationship
from goodies_mcp.storage.sql import SQL
from goodies_mcp.storage.sqlite_gathered import GatheredRows
from goodies_mcp.storage.sqlite_rows import Terms, WrittenRow, json_column
from goodies_mcp.storage.sqlite_sums import Sums
from goodies_mcp.storage.sqlite_words import Vocabulary

Place = Callable[[RecordId], int]


class Projection:
    """The rows of what is shown. New ones wait in ``rows``; counts and search in the transaction's ``sums``."""

    def __init__(
        self, connection: sqlite3.Connection, terms: Terms, vocabulary: Vocabulary, sums: Sums, rows: GatheredRows
    ) -> None:
        self._connection = connection
        self._execute = connection.execute
        self._terms = terms
        self._vocabulary = vocabulary
        self._sums = sums
        self._tallies = sums.tallies
        self._rows = rows
        self._words: set[str] = set()

    def write(self) -> None:
        """Write what waits here: the words of what was shown."""
        self._vocabulary.add(self._words)
        self._words.clear()

    def show_first(
        self, number: int, row: WrittenRow, version: Version, created_at: str, *, placed: bool = False
    ) -> Entity | Relationship:
        """Show a record of which nothing was held; ``placed`` when its number was given to it before."""
        payload, deleted = version.payload, version.deleted
        if isinstance(payload, RelationshipPayload):
            self._rows.add("show_new_edge", number, version.record_id, row.src, row.kind, row.dst, row.seq, deleted)
            self._tallies["relationships"] += not deleted
            return _edge(version, payload, row.content, deleted=deleted, conflicted=False)
        key = fold(payload.name)
        if placed:
            self._rows.write()
            self._execute(SQL["add_place"], (number, version.record_id))
            shown = (number, row.seq, payload.entity_type, payload.name, key, created_at, deleted, 0, None)
            self._execute(SQL["show_entity"], shown)
        else:
            new = (number, version.record_id, row.seq, payload.entity_type, payload.name, key, created_at)
            self._rows.add("show_new_entity", *new, deleted)
        if not deleted:
            self._index(number, payload)
        return _entity(version, payload, row.content, created_at, deleted=deleted, conflicted=False)

    def change(
        self, number: int, seq: int, best: Version, shown: Shown, place: Place, *, merged: bool, first: str
    ) -> Entity | Relationship:
        """Show something else of a record: ``seq`` is the number of ``best``, ``first`` the newcomer's edit."""
        payload = shown.payload
        if isinstance(payload, EntityPayload):
            return self._change_entity(number, seq, best, shown, payload, merged=merged, first=first)
        if not self._leave_edge(number):
            self._hide_entity(number)
        src, dst = place(payload.from_id), place(payload.to_id)
        kind = self._terms.numbered(payload.relationship_type)
        properties = json_column(payload.properties)
        values = (number, src, kind, dst, seq, shown.deleted, shown.open, properties if merged else None)
        self._execute(SQL["show_edge"], values)
        self._tallies["relationships"] += not shown.deleted
        return _edge(best, payload, properties, deleted=shown.deleted, conflicted=shown.open)

    def add_past(self, number: int, row: WrittenRow, version: Version) -> None:
        """Keep a version that arrived late and is not shown now, for questions about the past."""
        self._execute(SQL["lower_first_edit"], (number, version.edited_at))
        self.keep_past(number, row, version)

    def keep_past(self, number: int, row: WrittenRow, version: Version) -> None:
        """Keep a version for questions about the past."""
        payload = version.payload
        if version.deleted:
            return
        self._rows.records.add(number)
        if isinstance(payload, RelationshipPayload):
            self._rows.add("supersede", row.seq, None, row.src, row.dst)
            return
        self._rows.add("supersede", row.seq, fold(payload.name), None, None)
        name, text = indexed(payload.name), indexed(search_text(payload))
        self._sums.search.keep((row.seq, name, text, payload.entity_type))
        self._words.update(words(f"{name} {text}"))
        for on, what in due_dates(payload):
            self._rows.add("add_superseded_due", row.seq, on, what)

    def _change_entity(
        self, number: int, seq: int, best: Version, shown: Shown, payload: EntityPayload, *, merged: bool, first: str
    ) -> Entity:
        created_at = self._leave_entity(number)
        if created_at is None:
            self._hide_edge(number)
            created_at = self._execute(SQL["first_edit"], (number,)).fetchone()[0]
        created_at = min(created_at, first)
        content = json_column(payload.content)
        values = (number, seq, payload.entity_type, payload.name, fold(payload.name), created_at, shown.deleted)
        self._execute(SQL["show_entity"], (*values, shown.open, content if merged else None))
        if not shown.deleted:
            self._index(number, payload)
        return _entity(best, payload, content, created_at, deleted=shown.deleted, conflicted=shown.open)

    def _leave_entity(self, number: int) -> str | None:
        """Take what is shown out of search, dates and counts, and keep it for the past; when it was created."""
        row = self._execute(SQL["shown_entity"], (number,)).fetchone()
        if row is None or row[0] is None:
            return None
        current, entity_type, deleted, merged, created_at, name_key = row
        if deleted:
            return str(created_at)
        _, *found_by = self._sums.search.leave(self._connection, number)
        if not merged:
            self._execute(SQL["supersede"], (current, name_key, None, None))
            self._sums.search.keep((current, *found_by))
            self._execute(SQL["supersede_due"], (number, current))
        self._execute(SQL["drop_due"], (number,))
        self._tallies[f"entity:{entity_type}"] -= 1
        return str(created_at)

    def _leave_edge(self, number: int) -> bool:
        """As :meth:`_leave_entity`; whether the record was shown as an edge."""
        row = self._execute(SQL["shown_edge"], (number,)).fetchone()
        if row is None or row[0] is None:
            return False
        current, src, dst, deleted, merged = row
        if not deleted:
            if not merged:
                self._execute(SQL["supersede"], (current, None, src, dst))
            self._tallies["relationships"] -= 1
        return True

    def come_back(self, seq: int) -> None:
        """A version that was one of several heads is the only one left: it is no longer only of the past."""
        self._sums.search.forget(self._connection, seq)
        self._execute(SQL["drop_superseded_due"], (seq,))
        self._execute(SQL["drop_superseded"], (seq,))

    def _hide_entity(self, number: int) -> None:
        """The record is shown as an edge from now on, if it was an entity before."""
        if self._leave_entity(number) is not None:
            self._execute(SQL["hide_entity"], (number,))

    def _hide_edge(self, number: int) -> None:
        if self._leave_edge(number):
            self._execute(SQL["hide_edge"], (number,))

    def _index(self, number: int, payload: EntityPayload) -> None:
        name, text = indexed(payload.name), indexed(search_text(payload))
        self._sums.search.enter((number, name, text, payload.entity_type))
        self._words.update(words(f"{name} {text}"))
        for on, what in due_dates(payload):
            self._rows.records.add(number)
            self._rows.add("add_due", number, on, what)
        self._tallies[f"entity:{payload.entity_type}"] += 1


def _entity(
    version: Version, payload: EntityPayload, content: str, created_at: str, *, deleted: bool, conflicted: bool
) -> Entity:
    made: Any = UnsealedEntity()
    made.id = version.record_id
    made.version = version.version
    made.entity_type = payload.entity_type
    made.name = payload.name
    made.content = JsonText(content)
    made.created_at = created_at
    made.edited_at = version.edited_at
    made.author = version.author
    made.source_type = version.source_type
    made.deleted = deleted
    made.conflicted = conflicted
    made.__class__ = Entity
    return made  # type: ignore[no-any-return]


def _edge(
    version: Version, payload: RelationshipPayload, properties: str, *, deleted: bool, conflicted: bool
) -> Relationship:
    made: Any = UnsealedRelationship()
    made.id = version.record_id
    made.version = version.version
    made.from_id = payload.from_id
    made.to_id = payload.to_id
    made.relationship_type = payload.relationship_type
    made.properties = JsonText(properties)
    made.edited_at = version.edited_at
    made.deleted = deleted
    made.conflicted = conflicted
    made.__class__ = Relationship
    return made  # type: ignore[no-any-return]
