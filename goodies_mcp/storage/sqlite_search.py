"""Full text search in the SQLite store. The words of a query are quoted here: none of their characters has a meaning
in FTS5's own language.

The first ``RANKED`` matches are weighed, so a word that is everywhere stays cheap. But to weigh a word, FTS5 counts all
that holds it: in a large store, the shortest names are the best matches of words that are in plenty of names.
"""

import json
import re
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property, partial
from operator import attrgetter, itemgetter
from typing import NamedTuple

from goodies_mcp.core.derived import flattened, indexed
from goodies_mcp.core.models import Entity, JsonObject, JsonText, RecordId
from goodies_mcp.storage.interface import EntityHit, TextHit, TextQuery
from goodies_mcp.storage.sql import SQL
from goodies_mcp.storage.sqlite_rows import Row, Terms, entity
from goodies_mcp.storage.sqlite_snippet import Marker, marked, marked_words, spaced

RANKED = 2000
"""Matches that are ranked; of more than these, the first that came into the home."""

LARGE = 20_000
"""Records from which counting costs more than it tells."""

_PLENTY = 100
"""Matches among which the shortest names are looked for, if so many there are."""

_SAMPLE = 12
_FAIR = 4
"""It is a fair share when it is one in so many."""

_COMMON = 10
"""A type is common when it is more than one in so many entities."""

_TOKEN = re.compile(r"[^\W_]+")


def match_expression(query: TextQuery) -> str | None:
    """The query in FTS5's language, or None when it holds no word at all."""
    groups = []
    for group in query.groups:
        alternatives = [phrase for phrase in map(_phrase, group) if phrase]
        if not alternatives:
            return None
        groups.append(f"({' OR '.join(alternatives)})")
    if not groups:
        return None
    columns = "name" if query.names_only else "{name text kind}" if query.types_too else "{name text}"
    words = f"{columns} : ({' AND '.join(groups)})"
    if not query.types:
        return words
    kinds = " OR ".join(_quoted(kind) for kind in query.types)
    return f"({words}) AND (kind : ({kinds}))"


class _Match(NamedTuple):
    """A match now. ``text`` is its content as JSON; None where few of the matches are looked at at all."""

    rank: float
    number: int
    id: RecordId
    entity_type: str
    name: str
    text: str | None
    search: "_Search"

    @property
    def entity(self) -> Entity:
        """See ``TextHit``."""
        return self.search.entities[self.number]

    @property
    def content(self) -> JsonObject:
        """See ``TextHit``."""
        return self.entity.content if self.text is None else JsonText(self.text)

    def excerpt(self) -> str:
        """See ``TextHit``."""
        return self.search.excerpts.of(self.name, self.content, "snippet", self.number)


class _Search:
    """What all matches of one search share."""

    def __init__(self, connection: sqlite3.Connection, terms: Terms, query: TextQuery, expression: str) -> None:
        self._connection = connection
        self._terms = terms
        self._types = query.types
        self._numbers: list[int] = []
        self.excerpts = _Excerpts(connection, query, expression)

    def matches(self, rows: Iterable[Row]) -> list[TextHit]:
        """The matches, best first, from rows of (rank, number, id, type, name, content)."""
        # The index cuts types into words, so "co2 sensor" would pass for "co2_sensor".
        shown = [(*row, self) for row in rows if not self._types or row[3] in self._types]
        shown.sort(key=itemgetter(0, 2))
        self._numbers = [each[1] for each in shown]
        return [*map(_Match._make, shown)]

    @cached_property
    def entities(self) -> dict[int, Entity]:
        """All that matched, whole, by number."""
        rows = self._connection.execute(SQL["found"], (json.dumps(self._numbers),))
        return {row[11]: entity(row, self._terms) for row in rows}


def search(connection: sqlite3.Connection, terms: Terms, query: TextQuery, limit: int) -> list[TextHit]:
    """Live entities that match, best first."""
    common = bool(query.types) and _are_common(connection, query.types)
    expression = match_expression(replace(query, types=()) if common else query)
    if expression is None:
        return []
    rows = _ranked(connection, query, limit, expression, json.dumps(query.types) if common else None)
    return _Search(connection, terms, query, expression).matches(rows)


def _ranked(
    connection: sqlite3.Connection, query: TextQuery, limit: int, expression: str, kinds: str | None
) -> list[Row]:
    """Rows of the best matches. ``kinds`` are the types as a JSON list, where the expression does not ask for them
    itself."""
    if query.weighing == "nothing":
        return connection.execute(SQL["any_matches"], (expression, limit, kinds)).fetchall()
    if query.weighing == "names" and (named := _best_named(connection, query, limit, expression, kinds)):
        return named
    if kinds:
        return connection.execute(SQL["search_of_types"], (expression, RANKED, limit, kinds)).fetchall()
    return connection.execute(SQL["search"], (expression, RANKED, limit)).fetchall()


def _best_named(
    connection: sqlite3.Connection, query: TextQuery, limit: int, expression: str, kinds: str | None
) -> list[Row]:
    """Rows of the shortest names with all words, if plenty of names have them; or nothing."""
    if connection.execute(SQL["last_number"]).fetchone()[0] < LARGE:
        return []
    if not _are_of_names(connection, query, expression):
        return []
    in_names = match_expression(replace(query, names_only=True, types=() if kinds else query.types))
    named = connection.execute(SQL["best_named"], (in_names, max(_PLENTY, limit), limit, kinds)).fetchall()
    return named if len(named) == limit else []


def _are_of_names(connection: sqlite3.Connection, query: TextQuery, expression: str) -> bool:
    """Whether of the first matches a fair share has all words in the name: to look for a word in names that none has,
    FTS5 would go through all that hold it elsewhere."""
    rows = connection.execute(SQL["first_names"], (expression, _SAMPLE)).fetchall()
    names = {name for (name,) in rows}
    for group in query.groups:
        sought = [said for said in map(spaced, group) if said]
        names = {name for said in sought for name in names if said in name}
    return len(rows) == _SAMPLE and sum([name in names for (name,) in rows]) * _FAIR >= _SAMPLE


def _are_common(connection: sqlite3.Connection, types: Sequence[str]) -> bool:
    """Whether so many entities are of these types that the index of types is no help."""
    counts: dict[str, int] = dict(connection.execute(SQL["counts"]))
    return sum(counts.get(f"entity:{kind}", 0) for kind in set(types)) * _COMMON > sum(counts.values())


def search_at(connection: sqlite3.Connection, terms: Terms, query: TextQuery, limit: int, at: str) -> list[TextHit]:
    """Entities as they were at a moment that match, best first."""
    expression = match_expression(query)
    if expression is None:
        return []
    ranked = [
        (score, number, snippets)
        for statement, snippets in (("search_at", "snippet"), ("search_superseded_at", "snippet_superseded"))
        for number, score in connection.execute(SQL[statement], (expression, at, RANKED, limit)).fetchall()
    ]
    ranked = sorted(ranked)[:limit]
    rows = connection.execute(SQL["found_at"], (json.dumps([number for _, number, _ in ranked]),)).fetchall()
    found = {row[11]: (entity(row, terms), row[12]) for row in rows}
    excerpts = _Excerpts(connection, query, expression)
    hits: list[TextHit] = []
    for score, number, snippets in ranked:
        shown, record = found[number]
        if not query.types or shown.entity_type in query.types:
            indexed_as = record if snippets == "snippet" else number
            made = partial(excerpts.of, shown.name, shown.content, snippets, indexed_as)
            hits.append(EntityHit(shown, score, made))
    return sorted(hits, key=attrgetter("rank", "id"))


class _Excerpts:
    """The marked excerpts of one search: most hits are never shown, so theirs are not made."""

    def __init__(self, connection: sqlite3.Connection, query: TextQuery, expression: str) -> None:
        self._connection = connection
        self._query = query
        self._expression = expression

    @cached_property
    def _marker(self) -> Marker:
        return Marker(self._query)

    def of(self, name: str, content: JsonObject, statement: str, number: int) -> str:
        """From its text where that matched and from its name otherwise; the statement asks the index, by number."""
        text = "" if self._query.names_only else flattened(content)
        for each in (text, name):
            excerpt = self._marker.excerpt(each) if each else ""
            if marked(excerpt):
                return excerpt
        # The index folds and stems in more ways than were tried; it knows what matched, and the text is cut by that.
        said_of = self._connection.execute(SQL[statement], (self._expression, number)).fetchone()
        for each, said in zip((text, name), said_of, strict=True):
            if each and marked(said):
                excerpt = Marker(marked_words(said)).excerpt(each)
                return excerpt if marked(excerpt) else said
        return self._marker.excerpt(text or name)


def _phrase(alternative: str) -> str:
    """One alternative, quoted; empty when there is no letter or digit in it."""
    prefix = alternative.rstrip().endswith("*")
    text = indexed(alternative.replace("\0", " ").rstrip().removesuffix("*") if prefix else alternative)
    if not _TOKEN.search(text) or any("\ud800" <= each <= "\udfff" for each in text):
        return ""
    return _quoted(text) + ("*" if prefix else "")


def _quoted(text: str) -> str:
    return '"' + text.replace("\0", " ").replace('"', " ") + '"'
