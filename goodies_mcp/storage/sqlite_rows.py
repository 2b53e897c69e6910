"""Rows in, values out: how versions, entities and edges are written into columns and read back."""

import json
import re
import sqlite3
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

from goodies_mcp.core.models import (
    Batch,
    Context,
    DeviceState,
    Dot,
    Entity,
    EntityPayload,
    JsonObject,
    JsonText,
    Payload,
    RecordId,
    Relationship,
    RelationshipPayload,
    Seq,
    Sha256,
    StoredVersion,
    Version,
    VersionId,
)
from goodies_mcp.core.unsealed import UnsealedEntity, UnsealedRelationship, UnsealedVersion
from goodies_mcp.errors import StorageCorrupt
from goodies_mcp.storage.sql import SQL

Row: TypeAlias = tuple[Any, ...]

_CLOCKS = 1 << 20
_COUNTERS = 1 << 42
"""Bounds within which a counter and the number of an incarnation are kept as one negative number."""

MOMENT = 32
"""Characters of a moment as ``edited_at`` has it."""

_PARTS = re.compile(r"(.{32})-(\d{6,18})-(.*)", re.DOTALL | re.ASCII)


class WrittenRow(NamedTuple):
    """What was written of a version, as far as the rows made from it need it; ``src`` is None for an entity."""

    seq: int
    content: str
    src: int | None
    kind: int | None
    dst: int | None


class Terms:
    """Numbers of repeated texts and of incarnations, remembered as long as the connection: they never change.

    What a transaction added and then took back must be forgotten with :meth:`clear`.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.texts: dict[int, str] = _Fetched(connection, "term")
        """The text of a term by its number."""
        self.incarnations: dict[int, str] = _Fetched(connection, "incarnation")
        """The name of an incarnation by its number."""
        self._known: dict[str, int] = {}
        self._absent: set[str] = set()
        self._absent_at: int | None = None

    def clear(self) -> None:
        """Forget everything."""
        self.texts.clear()
        self.incarnations.clear()
        self._known.clear()
        self._absent.clear()

    def number_at(self, text: str, feed: int) -> int | None:
        """The number of a text in a snapshot of this feed number, if it has one: none is given but to a new version."""
        if feed != self._absent_at:
            self._absent.clear()
            self._absent_at = feed
        if text in self._absent:
            return None
        found = self.number(text)
        if found is None:
            self._absent.add(text)
        return found

    def number(self, text: str) -> int | None:
        """The number of a text, if it has one."""
        found = self._known.get(text)
        if found is None:
            row = self._connection.execute(SQL["term_number"], (text,)).fetchone()
            if row is not None:
                found = self._known[text] = row[0]
        return found

    def numbered(self, text: str) -> int:
        """The number of a text, given to it now if it has none."""
        found = self.number(text)
        if found is None:
            found = self._known[text] = self._connection.execute(SQL["add_term"], (text,)).lastrowid or 0
            self._absent.discard(text)
        return found


class _Fetched(dict[int, str]):
    """Texts by number, asked for once: a row is decoded by subscribing alone."""

    def __init__(self, connection: sqlite3.Connection, statement: str) -> None:
        super().__init__()
        self._connection = connection
        self._statement = SQL[statement]

    def __missing__(self, number: int) -> str:
        row = self._connection.execute(self._statement, (number,)).fetchone()
        if row is None:
            raise StorageCorrupt("a row names something that is not there", hint="look with: goodies-mcp doctor")
        text = self[number] = str(row[0])
        return text


def version_column(version: Version, clock: int) -> int | str:
    """What is kept of a version's id beside other columns: its counter where the user part is the author; one negative
    number for the counter and the incarnation's number ``clock`` where the user part names that too (V3-2.4); and the
    whole id otherwise."""
    n, text = version.dot.n, version.version
    said = f"{version.edited_at}-{n:06d}-{version.author}"
    if text == f"{said}.{version.dot.incarnation[:8]}" and n < _COUNTERS and clock < _CLOCKS:
        return -(n * _CLOCKS + clock)
    found = _PARTS.fullmatch(text)
    if found is not None and found[1] == version.edited_at and found[3] == version.author:
        counter = int(found[2])
        if f"{counter:06d}" == found[2]:
            return counter
    return text


def version_id(edited_at: str, kept: int | str, author: int, terms: Terms) -> VersionId:
    """The id of which :func:`version_column` kept this; ``author`` is the number of a term."""
    if kept.__class__ is str:
        return kept  # type: ignore[return-value]
    name = terms.texts[author]
    if kept >= 0:  # type: ignore[operator] # a number from here on
        return f"{edited_at}-{kept:06d}-{name}"  # type: ignore[return-value]
    counter, clock = divmod(-kept, _CLOCKS)  # type: ignore[operator]
    return f"{edited_at}-{counter:06d}-{name}.{terms.incarnations[clock][:8]}"  # type: ignore[return-value]


def _plain(value: object) -> object:
    return dict(value) if hasattr(value, "keys") else list(value)  # type: ignore[call-overload]


# One encoder for all calls: json.dumps would build a new one each time. What was hashed before does not hold itself.
_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False, default=_plain).encode


def json_column(value: JsonObject) -> str:
    """A JSON object as text, untouched where it is text already."""
    if isinstance(value, JsonText):
        return value.text
    return _json(value) if value else "{}"


def entity(row: Row, terms: Terms) -> Entity:
    """From (id, version, type, name, content, created_at, edited_at, author, source_type, deleted, conflicted, ...)."""
    made: Any = UnsealedEntity()
    made.id, kept, made.entity_type, made.name, content, made.created_at, edited_at, author = row[:8]
    made.author = terms.texts[author]
    made.version = version_id(edited_at, kept, author, terms)
    made.content = JsonText(content)
    made.edited_at = edited_at
    made.source_type = terms.texts[row[8]]
    made.deleted = row[9] == 1
    made.conflicted = row[10] == 1
    made.__class__ = Entity
    return made  # type: ignore[no-any-return]


def relationship(row: Row, terms: Terms) -> Relationship:
    """From (id, from, to, type, version, edited_at, author, properties, deleted, conflicted)."""
    made: Any = UnsealedRelationship()
    made.id, made.from_id, made.to_id, kind, kept, edited_at, author, properties, deleted, conflicted = row
    made.version = version_id(edited_at, kept, author, terms)
    made.relationship_type = terms.texts[kind]
    made.properties = JsonText(properties)
    made.edited_at = edited_at
    made.deleted = deleted == 1
    made.conflicted = conflicted == 1
    made.__class__ = Relationship
    return made  # type: ignore[no-any-return]


def stored_version(row: Row, terms: Terms) -> StoredVersion:
    """From the columns of the statement ``versions``."""
    (seq, record, edited_at, kept, clock, n, author_term, device, source, deleted, digest) = row[:11]
    (context, parents, entity_type, name, src, relationship_type, dst, content, batch) = row[11:]
    payload: Payload
    if name is not None:
        payload = EntityPayload(entity_type, name, JsonText(content))
    else:
        payload = RelationshipPayload(src, dst, terms.texts[relationship_type], JsonText(content))
    made: Any = UnsealedVersion()
    made.record_id = record
    made.version = version_id(edited_at, kept, author_term, terms)
    made.dot = Dot(terms.incarnations[clock], n)
    made.context = read_context(context, terms)
    made.parents = read_parents(parents)
    made.payload = payload
    made.edited_at = edited_at
    made.author = terms.texts[author_term]
    made.device = terms.texts[device]
    made.source_type = terms.texts[source]
    made.deleted = deleted == 1
    made.__class__ = Version
    return StoredVersion(Seq(seq), made, Sha256(digest.hex()), batch)


def context_column(clocks: Sequence[tuple[int, int]]) -> str | None:
    """A context by the numbers of its incarnations: ``3.17 4.2``."""
    return " ".join(f"{clock}.{n}" for clock, n in clocks) or None


def read_context(column: str | None, terms: Terms) -> Context:
    """The context that was kept so."""
    if column is None:
        return {}
    pairs = (pair.split(".") for pair in column.split(" "))
    return {terms.incarnations[int(clock)]: int(n) for clock, n in pairs}


def read_parents(column: str | None) -> tuple[VersionId, ...]:
    """Parents as they were kept: a JSON array, or nothing."""
    return tuple(json.loads(column)) if column else ()


def batch(row: Row) -> Batch:
    """From (id, client, tool, at, author, undoes)."""
    return Batch(*row)


def device_state(row: Row) -> DeviceState:
    """From (entity, capability, value, since, seen_at)."""
    return DeviceState(RecordId(row[0]), row[1], JsonText(row[2]), row[3], row[4])
