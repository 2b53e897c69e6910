# ruff: noqa: D102 - the interface says what each verb promises
"""What a snapshot of the SQLite store answers now: the past is in ``sqlite_past``, search in ``sqlite_search``."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from goodies_mcp.core.models import (
    Batch,
    Content,
    DeviceState,
    Dot,
    DueDate,
    Entity,
    EntityPayload,
    RecordId,
    Relationship,
    Seq,
    Sha256,
    StoredVersion,
    Version,
    VersionId,
)
from goodies_mcp.core.text import fold
from goodies_mcp.core.vocabulary import CONTAINMENT
from goodies_mcp.storage.around import placed_by
from goodies_mcp.storage.interface import (
    MOST_DELETED,
    MOST_NAMED,
    Answer,
    Contained,
    Container,
    Direction,
    Joined,
    Neighbour,
    Placed,
    StoreStatus,
    TextHit,
    TextQuery,
)
from goodies_mcp.storage.sql import FOR_ONE, SQL
from goodies_mcp.storage.sqlite_rows import (
    MOMENT,
    Row,
    Terms,
    batch,
    device_state,
    entity,
    read_context,
    read_parents,
    relationship,
    stored_version,
    version_id,
)

LAST = 2**63 - 1
"""Above every feed number."""
LATEST = "\U0010ffff"
"""After every moment, as text."""


class View:
    """A consistent snapshot of the graph, now. The caller holds the transaction that makes it one."""

    def __init__(self, connection: sqlite3.Connection, terms: Terms) -> None:
        self._connection = connection
        self._terms = terms
        self._feed: Seq | None = None

    @property
    def at(self) -> str | None:
        """See ``ReadView``, as for everything here."""
        return None

    def feed(self) -> Seq:
        if self._feed is None:
            self._feed = Seq(self._one("feed"))
        return self._feed

    def entities(self, ids: Iterable[RecordId], *, deleted: bool = False) -> dict[RecordId, Entity]:
        terms = self._terms
        rows = self._listed_rows("entities", ids)
        return {row[0]: entity(row, terms) for row in rows if deleted or not row[9]}

    def named(self, name: str) -> list[Entity]:
        return [entity(row, self._terms) for row in self._rows("named", fold(name), MOST_NAMED)]

    def deleted_named(self, name: str) -> list[Entity]:
        return [entity(row, self._terms) for row in self._rows("deleted_named", fold(name), MOST_DELETED)]

    def listed(self, types: Sequence[str], *, after: tuple[str, RecordId] | None, limit: int) -> list[Entity]:
        name, record_id = after or ("", "")
        if not types:
            return [entity(row, self._terms) for row in self._rows("listed", name, record_id, limit)]
        found = [
            entity(row, self._terms)
            for kind in dict.fromkeys(types)
            for row in self._rows("listed_of_type", name, record_id, limit, kind)
        ]
        if len(types) > 1:
            found.sort(key=lambda each: (fold(each.name), each.id))
        return found[:limit]

    def counts(self) -> dict[str, int]:
        # Cut here: a text function of SQLite ends at a NUL.
        return {kind.removeprefix("entity:"): n for kind, n in self._rows("counts")}

    def edges(self, ids: Iterable[RecordId], direction: Direction, types: Sequence[str] = ()) -> list[Relationship]:
        statement = "edges_out" if direction == "out" else "edges_in"
        if types:
            rows = self._listed_rows(f"{statement}_of_types", ids, self._numbers(types))
        else:
            rows = self._listed_rows(statement, ids)
        return self._ordered_edges(rows)

    def neighbours(
        self, ids: Iterable[RecordId], direction: Direction, types: Sequence[str] = (), kinds: Sequence[str] = ()
    ) -> list[Neighbour]:
        terms = self._terms
        statement = "neighbours_out" if direction == "out" else "neighbours_in"
        values = (*self._containment(), json.dumps(list(kinds)) if kinds else None)
        if types:
            rows = self._listed_rows(f"{statement}_of_types", ids, *values, self._numbers(types))
        else:
            rows = self._listed_rows(statement, ids, *values)
        found = [
            Neighbour(relationship(row[:10], terms), entity(row[10:], terms), row[21] or None, row[21] is not None)
            for row in rows
        ]
        found.sort(key=lambda each: (each.edge.relationship_type, each.edge.id))
        return found

    def joined(
        self, ids: Iterable[RecordId], direction: Direction, types: Sequence[str], kinds: Sequence[str] = ()
    ) -> list[Joined]:
        terms = self._terms
        values = (self._numbers(types), json.dumps(list(kinds)) if kinds else None)
        rows = self._listed_rows("joined_out" if direction == "out" else "joined_in", ids, *values)
        return [Joined(entity(row, terms), row[11], terms.texts[row[12]]) for row in rows]

    def containers(self, ids: Iterable[RecordId]) -> list[Container]:
        return [Container._make(row) for row in self._listed_rows("containers", ids, *self._containment())]

    def placed(self, ids: Iterable[RecordId]) -> Placed:
        return placed_by(self._listed_rows("placed", ids, *self._containment()))

    def things_in(self, ids: Iterable[RecordId], kinds: Sequence[str] = ()) -> list[Contained]:
        terms = self._terms
        values = (*self._containment(), json.dumps(list(kinds)) if kinds else None)
        rows = self._listed_rows("things_in", ids, *values)
        return [Contained(entity(row, terms), row[11], row[12] == 1, row[13] == 1) for row in rows]

    def relationship(self, relationship_id: RecordId, *, deleted: bool = False) -> Relationship | None:
        row = self._row("relationship", relationship_id)
        return relationship(row, self._terms) if row is not None and (deleted or not row[8]) else None

    def search(self, query: TextQuery, limit: int) -> list[TextHit]:
        # Search is loaded with the first question: a process that only opens one thing never needs it.
        from goodies_mcp.storage.sqlite_search import search  # noqa: PLC0415

        return search(self._connection, self._terms, query, limit)

    def near_words(self, word: str, limit: int = 12) -> list[str]:
        from goodies_mcp.storage.sqlite_words import near_words  # noqa: PLC0415 - as search

        return near_words(self._connection, word, limit)

    def versions(self, record_id: RecordId, *, before: Seq | None = None, limit: int = 100) -> list[StoredVersion]:
        number = self.number(record_id)
        if number is None:
            return []
        until = LAST if before is None else before
        seqs = self._rows("version_seqs", number, self.at or LATEST, until, limit)
        return self._versions(seqs)[::-1]

    def histories(self, ids: Iterable[RecordId]) -> dict[RecordId, list[StoredVersion]]:
        found: dict[RecordId, list[StoredVersion]] = {}
        for each in self._versions(self._listed_rows("seqs_of_records", ids, self.at or LATEST)):
            found.setdefault(each.value.record_id, []).append(each)
        return found

    def version(self, record_id: RecordId, version: VersionId) -> StoredVersion | None:
        number = self.number(record_id)
        seq = None if number is None else self.seq_of(number, version)
        found = self._versions([(seq,)]) if seq is not None else []
        return found[0] if found and (self.at is None or found[0].value.edited_at <= self.at) else None

    def heads(self, record_id: RecordId) -> list[StoredVersion]:
        number = self.number(record_id)
        return [] if number is None else self._versions(self._rows("head_seqs", number))

    def edited(self, since: str, until: str, *, after: Seq | None, limit: int) -> list[StoredVersion]:
        last = until if self.at is None else min(until, self.at)
        return self._versions(self._rows("edited_seqs", since, last, after or 0, limit))

    def batch_versions(self, batch: str) -> list[StoredVersion]:
        found = self._versions(self._rows("batch_seqs", batch))
        return found if self.at is None else [each for each in found if each.value.edited_at <= self.at]

    def batches(self, client: str | None, limit: int) -> list[Batch]:
        rows = self._rows("batches", limit) if client is None else self._rows("batches_of_client", client, limit)
        return [batch(row) for row in rows]

    def batch(self, batch_id: str) -> Batch | None:
        row = self._row("batch", batch_id)
        return None if row is None else batch(row)

    def states(self, ids: Iterable[RecordId] | None, capability: str | None = None) -> list[DeviceState]:
        if ids is None and capability is None:
            rows = self._rows("states")
        elif ids is None:
            rows = self._rows("states_of_capability", capability)
        else:
            every = sorted(self._listed_rows("states_of", ids))
            rows = [row for row in every if capability is None or row[1] == capability]
        return [device_state(row) for row in rows]

    def due(self, until: str, *, after: tuple[str, RecordId] | None, limit: int) -> list[DueDate]:
        on, record_id = after or ("", "")
        return [DueDate(*row) for row in self._rows("due", until, on, record_id, limit)]

    def conflicts(self, *, after: RecordId | None, limit: int) -> list[RecordId]:
        return [row[0] for row in self._rows("conflicts", after or "", limit)]

    def content(self, sha256: Sha256) -> Content | None:
        row = self._row("content", sha256)
        return None if row is None else Content(*row)

    def content_bytes(self, sha256: Sha256, offset: int = 0, size: int | None = None) -> bytes:
        row = self._row("content_number", sha256)
        if row is None:
            return b""
        # Opened in place: reading the column would load all of it for a part.
        with self._connection.blobopen("binary_content", "data", row[0], readonly=True) as data:
            start = min(offset, len(data))
            data.seek(start)
            return data.read(len(data) - start if size is None else size)

    def value(self, key: str) -> str | None:
        row = self._row("value", key)
        return None if row is None else row[0]

    def answer(self, key: str) -> Answer | None:
        row = self._row("answer", key)
        return None if row is None else Answer(*row)

    def status(self) -> StoreStatus:
        from goodies_mcp.core.causality.digest import Digest  # noqa: PLC0415 - as search

        feed = self.feed()
        edges = self._row("tallied", "relationships")
        incarnation = self._row("meta", "incarnation")
        return StoreStatus(
            feed=feed,
            # None yet where a copy was only ever read.
            incarnation=incarnation[0] if incarnation else "",
            digest=Digest.from_rows(dict(self._rows("buckets"))).root,
            schema=self._one("user_version"),
            counts={
                "entities": sum(View.counts(self).values()),
                "relationships": edges[0] if edges else 0,
                # Feed numbers have no gaps and versions are never dropped, only their bodies.
                "versions": feed,
            },
            open_conflicts=self._one("count_conflicts"),
            unpushed=self._one("count_unpushed"),
        )

    def _containment(self) -> list[int | None]:
        """Numbers of the types of edges that say where things are."""
        feed = self.feed()
        return [self._terms.number_at(kind, feed) for kind in CONTAINMENT]

    def _numbers(self, types: Sequence[str]) -> str:
        """The numbers of types of edges as a list in JSON, without those that no edge ever had."""
        feed = self.feed()
        numbers = (self._terms.number_at(kind, feed) for kind in dict.fromkeys(types))
        return json.dumps([number for number in numbers if number is not None])

    def _execute(self, statement: str, *values: object) -> sqlite3.Cursor:
        return self._connection.execute(SQL[statement], values)

    def _rows(self, statement: str, *values: object) -> list[Row]:
        return self._connection.execute(SQL[statement], values).fetchall()

    def _listed_rows(self, statement: str, ids: Iterable[str], *values: object) -> list[Row]:
        """Rows of a statement that takes a list of ids, each id once, in the order of the ids."""
        wanted = [each for each in dict.fromkeys(ids) if each.isascii() or _is_text(each)]
        if not wanted:
            return []
        if len(wanted) == 1:
            return self._connection.execute(FOR_ONE[statement], (wanted[0], *values)).fetchall()
        if any("\0" in each for each in wanted):
            return [row for each in wanted for row in self._listed_rows(statement, (each,), *values)]
        return self._connection.execute(SQL[statement], (json.dumps(wanted), *values)).fetchall()

    def _row(self, statement: str, *values: object) -> Row | None:
        row: Row | None = self._connection.execute(SQL[statement], values).fetchone()
        return row

    def _one(self, statement: str, *values: object) -> Any:  # noqa: ANN401 - a column has whatever type it has
        return self._connection.execute(SQL[statement], values).fetchone()[0]

    def number(self, record_id: RecordId) -> int | None:
        """The number of a record inside the store, if the store has heard of it."""
        row = self._row("record_number", record_id)
        return None if row is None else row[0]

    def seq_of(self, number: int, version: VersionId) -> int | None:
        """The feed number of a version by its id, whichever way the id is kept."""
        # Nearly every id begins with the moment of its edit, and nearly every moment has one.
        edited_at = version[:MOMENT]
        for seq, kept, author in self._rows("versions_of_moment", number, edited_at):
            if version_id(edited_at, kept, author, self._terms) == version:
                return int(seq)
        row = self._row("version_by_text", number, version)
        return None if row is None else row[0]

    def header(self, seq: int) -> Version:
        """What causality needs of a version, without payload; it is there also when the version was compacted."""
        record, edited_at, kept, clock, n, author, context, parents = self._row("header", seq) or ()
        return Version(
            record_id=RecordId(str(record)),
            version=version_id(edited_at, kept, author, self._terms),
            dot=Dot(self._terms.incarnations[clock], n),
            context=read_context(context, self._terms),
            parents=read_parents(parents),
            payload=EntityPayload("", ""),
            edited_at=edited_at,
            author=self._terms.texts[author],
            device="",
        )

    def _versions(self, seqs: Iterable[Row]) -> list[StoredVersion]:
        """Versions by their feed numbers, in feed order."""
        numbers = sorted(row[0] for row in seqs)
        if not numbers:
            return []
        return [stored_version(row, self._terms) for row in self._rows("versions", json.dumps(numbers))]

    def _ordered_edges(self, rows: Iterable[Row]) -> list[Relationship]:
        found = [relationship(row, self._terms) for row in rows]
        found.sort(key=lambda edge: (edge.relationship_type, edge.id))
        return found


def _is_text(text: str) -> bool:
    """Whether a text can be written down: an id with half a character in it is nobody's."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
