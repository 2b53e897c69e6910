# ruff: noqa: D102 - the interface says what each verb promises
"""What a snapshot of the SQLite store answers about a moment in the past: from versions, not from today's rows."""

import heapq
import sqlite3
from collections.abc import Iterable, Iterator, Sequence

from goodies_mcp.core.models import DueDate, Entity, RecordId, Relationship
from goodies_mcp.core.text import fold
from goodies_mcp.errors import InvalidInput
from goodies_mcp.storage import around
from goodies_mcp.storage.interface import MOST_NAMED, Direction, TextHit, TextQuery
from goodies_mcp.storage.sql import SQL
from goodies_mcp.storage.sqlite_replica import SyncView
from goodies_mcp.storage.sqlite_rows import Row, Terms, entity, relationship


class PastView(SyncView):
    """A consistent snapshot of the graph as it was shown at a moment.

    Raises InvalidInput when the moment lies before the horizon that compaction has left.
    """

    def __init__(self, connection: sqlite3.Connection, terms: Terms, at: str) -> None:
        super().__init__(connection, terms)
        self._at = at
        horizon = self._row("meta", "horizon")
        if horizon is not None and at < horizon[0]:
            raise InvalidInput(
                f"history before {horizon[0]} was compacted", argument="at", hint=f"ask about {horizon[0]} or later"
            )

    @property
    def at(self) -> str | None:
        return self._at

    def entities(self, ids: Iterable[RecordId], *, deleted: bool = False) -> dict[RecordId, Entity]:
        rows = self._listed_rows("entities_at", ids, self._at)
        return {row[0]: entity(row, self._terms) for row in rows if deleted or not row[9]}

    def named(self, name: str) -> list[Entity]:
        return [entity(row, self._terms) for row in self._rows("named_at", fold(name), self._at, MOST_NAMED)]

    def listed(self, types: Sequence[str], *, after: tuple[str, RecordId] | None, limit: int) -> list[Entity]:
        name, record_id = after or ("", "")
        streams = [self._listed(each, name, record_id) for each in ("listed_at", "listed_superseded_at")]
        found: list[Entity] = []
        for row in heapq.merge(*streams, key=lambda row: (row[11], row[0])):
            if len(found) >= limit:
                break
            if not types or row[2] in types:
                found.append(entity(row, self._terms))
        return found

    def counts(self) -> dict[str, int]:
        return dict(self._rows("counts_at", self._at))

    def edges(self, ids: Iterable[RecordId], direction: Direction, types: Sequence[str] = ()) -> list[Relationship]:
        statement = "edges_out_at" if direction == "out" else "edges_in_at"
        found = self._ordered_edges(self._listed_rows(statement, ids, self._at))
        return [edge for edge in found if edge.relationship_type in types] if types else found

    neighbours, joined = around.neighbours, around.joined
    containers, placed, things_in = around.containers, around.placed, around.things_in

    def relationship(self, relationship_id: RecordId, *, deleted: bool = False) -> Relationship | None:
        row = self._row("relationship_at", relationship_id, self._at)
        return relationship(row, self._terms) if row is not None and (deleted or not row[8]) else None

    def search(self, query: TextQuery, limit: int) -> list[TextHit]:
        from goodies_mcp.storage.sqlite_search import search_at  # noqa: PLC0415 - loaded with the first question

        return search_at(self._connection, self._terms, query, limit, self._at)

    def due(self, until: str, *, after: tuple[str, RecordId] | None, limit: int) -> list[DueDate]:
        on, record_id = after or ("", "")
        return [DueDate(*row) for row in self._rows("due_at", until, on, record_id, limit, self._at)]

    def _listed(self, statement: str, name: str, record_id: str) -> Iterator[Row]:
        """Rows as they are asked for: nobody knows beforehand how many a page needs."""
        return iter(self._connection.execute(SQL[statement], (name, record_id, self._at)))
