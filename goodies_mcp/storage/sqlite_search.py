"""Full text search in the SQLite store. The words of a query are quoted here: none of their characters has a meaning
in FTS5's own language. Ranking looks at the first ``RANKED`` matches only, so a word that is everywhere stays cheap.
"""

import re
import sqlite3
from collections.abc import Iterable

from goodies_mcp.core.derived import flattened, indexed
from goodies_mcp.core.models import Entity
from goodies_mcp.core.text import fold
from goodies_mcp.storage.interface import TextHit, TextQuery
from goodies_mcp.storage.sql import SQL
from goodies_mcp.storage.sqlite_rows import Row, Terms, entity, json_column

RANKED = 2000
"""Matches that are ranked; of more than these, the first that came into the home."""

_MARKED = re.compile("\x02([^\x03]*)\x03")
_TOKEN = re.compile(r"[^\W_]+")
_AROUND = 80
"""Characters before and after the first marked word of a snippet that is cut from the text itself."""


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
    expression = match_expression(query)
    if expression is None:
        return []
    (size,) = connection.execute(SQL["search_size"], (expression, RANKED + 1)).fetchone()
    if size <= RANKED:
        ranked = connection.execute(SQL["search"], (expression, limit)).fetchall()
    else:
        ranked = []
        for number, score in connection.execute(SQL["search_some"], (expression, RANKED, limit)).fetchall():
            marked = connection.execute(SQL["search_snippet"], (expression, number)).fetchone()
            ranked.append((number, score, *marked))
    rows = connection.execute(SQL["found"], (_numbers(ranked),)).fetchall()
    found = {row[11]: entity(row, terms) for row in rows}
    hits = [
        TextHit(found[number], score, snippet(found[number], text, name, query))
        for number, score, text, name in ranked
        if number in found and _of_type(found[number], query)
    ]
    return sorted(hits, key=lambda hit: (hit.rank, hit.entity.id))


def search_at(connection: sqlite3.Connection, terms: Terms, query: TextQuery, limit: int, at: str) -> list[TextHit]:
    """Entities as they were at a moment that match, best first."""
    expression = match_expression(query)
    if expression is None:
        return []
    ranked = [
        (score, number, snippets)
        for statement, snippets in (("search_at", "search_snippet"), ("search_superseded_at", "snippet_superseded"))
        for number, score in connection.execute(SQL[statement], (expression, at, RANKED, limit)).fetchall()
    ]
    ranked = sorted(ranked)[:limit]
    rows = connection.execute(SQL["found_at"], (_numbers((number,) for _, number, _ in ranked),)).fetchall()
    found = {row[11]: (entity(row, terms), row[12]) for row in rows}
    hits = []
    for score, number, snippets in ranked:
        shown, record = found[number]
        if _of_type(shown, query):
            rowid = record if snippets == "search_snippet" else number
            text, name = connection.execute(SQL[snippets], (expression, rowid)).fetchone()
            hits.append(TextHit(shown, score, snippet(shown, text, name, query)))
    return sorted(hits, key=lambda hit: (hit.rank, hit.entity.id))


def snippet(shown: Entity, text: str, name: str, query: TextQuery) -> str:
    """The marked excerpt of an entity, from its text where that matched and from its name otherwise.

    An index holds text that is not plain in folded form; the excerpt is then cut anew from the text as it is.
    """
    if query.names_only or "\x02" not in text:
        marked, is_plain, original = name, shown.name.isascii(), shown.name
    else:
        content = json_column(shown.content)
        # Escapes may hide letters that are not plain.
        marked, is_plain, original = text, content.isascii() and "\\u" not in content, ""
    if is_plain:
        return marked
    return _recut(original or flattened(shown.content), {fold(word) for word in _MARKED.findall(marked)})


def _recut(text: str, wanted: set[str]) -> str:
    spans = [token.span() for token in _TOKEN.finditer(text) if fold(token[0]) in wanted]
    first = spans[0][0] if spans else 0
    start, end = max(0, first - _AROUND), first + _AROUND
    pieces, at = ["…" if start else ""], start
    for left, right in spans:
        if left >= start and right <= end:
            pieces += [text[at:left], "\x02", text[left:right], "\x03"]
            at = right
    return "".join([*pieces, text[at:end], "…" if end < len(text) else ""])


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
