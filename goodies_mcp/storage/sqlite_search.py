"""Full text search in the SQLite store. The words of a query are quoted here: none of their characters has a meaning
in FTS5's own language. Ranking looks at the first ``RANKED`` matches only, so a word that is everywhere stays cheap.
"""

import json
import re
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial

from goodies_mcp.core.derived import flattened, indexed
from goodies_mcp.core.models import Entity
from goodies_mcp.storage.interface import TextHit, TextQuery
from goodies_mcp.storage.sql import SQL
from goodies_mcp.storage.sqlite_rows import Row, Terms, entity
from goodies_mcp.storage.sqlite_snippet import Marker, marked, marked_words

RANKED = 2000
"""Matches that are ranked; of more than these, the first that came into the home."""

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
    columns = "name" if query.names_only else "{name text}"
    words = f"{columns} : ({' AND '.join(groups)})"
    if not query.types:
        return words
    kinds = " OR ".join(_quoted(kind) for kind in query.types)
    return f"({words}) AND (kind : ({kinds}))"


def search(connection: sqlite3.Connection, terms: Terms, query: TextQuery, limit: int) -> list[TextHit]:
    """Live entities that match, best first."""
    common = bool(query.types) and _are_common(connection, query.types)
    expression = match_expression(replace(query, types=()) if common else query)
    if expression is None:
        return []
    if common:
        values = (expression, RANKED, limit, json.dumps(query.types))
        ranked = connection.execute(SQL["search_of_types"], values).fetchall()
    else:
        ranked = connection.execute(SQL["search"], (expression, RANKED, limit)).fetchall()
    found = {row[11]: entity(row, terms) for row in connection.execute(SQL["found"], (_numbers(ranked),))}
    marker = Marker(query)
    hits = []
    for number, score in ranked:
        shown = found.get(number)
        if shown is not None and _of_type(shown, query):
            asked = partial(_snippets, connection, "snippet", expression, number)
            hits.append(TextHit(shown, score, _snippet(shown, query, marker, asked)))
    return sorted(hits, key=lambda hit: (hit.rank, hit.entity.id))


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
    rows = connection.execute(SQL["found_at"], (_numbers((number,) for _, number, _ in ranked),)).fetchall()
    found = {row[11]: (entity(row, terms), row[12]) for row in rows}
    marker = Marker(query)
    hits = []
    for score, number, snippets in ranked:
        shown, record = found[number]
        if _of_type(shown, query):
            asked = partial(_snippets, connection, snippets, expression, record if snippets == "snippet" else number)
            hits.append(TextHit(shown, score, _snippet(shown, query, marker, asked)))
    return sorted(hits, key=lambda hit: (hit.rank, hit.entity.id))


def _snippet(shown: Entity, query: TextQuery, marker: Marker, asked: Callable[[], tuple[str, str]]) -> str:
    """The marked excerpt of an entity, from its text where that matched and from its name otherwise."""
    text = "" if query.names_only else flattened(shown.content)
    for each in (text, shown.name):
        excerpt = marker.excerpt(each) if each else ""
        if marked(excerpt):
            return excerpt
    # The index folds and stems in more ways than were tried; it knows what matched, and the text is cut by that.
    for each, said in zip((text, shown.name), asked(), strict=True):
        if each and marked(said):
            excerpt = Marker(marked_words(said)).excerpt(each)
            return excerpt if marked(excerpt) else said
    return marker.excerpt(text or shown.name)


def _snippets(connection: sqlite3.Connection, statement: str, expression: str, number: int) -> tuple[str, str]:
    """What the index itself marks, in text and name."""
    text, name = connection.execute(SQL[statement], (expression, number)).fetchone()
    return text, name


def _phrase(alternative: str) -> str:
    """One alternative, quoted; empty when there is no letter or digit in it."""
    prefix = alternative.rstrip().endswith("*")
    text = indexed(alternative.replace("\0", " ").rstrip().removesuffix("*") if prefix else alternative)
    if not _TOKEN.search(text) or any("\ud800" <= each <= "\udfff" for each in text):
        return ""
    return _quoted(text) + ("*" if prefix else "")


def _quoted(text: str) -> str:
    return '"' + text.replace("\0", " ").replace('"', " ") + '"'


def _of_type(shown: Entity, query: TextQuery) -> bool:
    # The index cuts types into words, so "co2 sensor" would pass for "co2_sensor".
    return not query.types or shown.entity_type in query.types


def _numbers(rows: Iterable[Row]) -> str:
    return "[" + ",".join(str(row[0]) for row in rows) + "]"
