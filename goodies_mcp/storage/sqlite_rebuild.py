"""Makes anew what is derived from content: indexes, vocabulary, due dates. Nothing that anybody wrote is touched."""

import sqlite3
from collections.abc import Iterator

from goodies_mcp.core.derived import DERIVED
from goodies_mcp.core.due import due_dates
from goodies_mcp.core.models import EntityPayload, JsonText
from goodies_mcp.core.text import fold, words
from goodies_mcp.storage.sql import SQL as QUERIES
from goodies_mcp.storage.sql import parsed, resource
from goodies_mcp.storage.sqlite_words import vocabulary_of

SQL = parsed(resource("maintenance.sql"))


def rebuild_derived(connection: sqlite3.Connection) -> None:
    """Rebuild all of it in one transaction. The caller holds the writer lock."""
    execute = connection.execute
    execute(SQL["begin"])
    try:
        execute(SQL["rebuild_search"])
        execute(SQL["rebuild_version_search"])
        texts = execute(SQL["all_texts"])
        spelled = vocabulary_of(word for row in texts for text in row if text for word in words(text))
        execute(SQL["drop_words"])
        connection.executemany(SQL["add_word"], ((word,) for word in sorted(spelled)))
        execute(SQL["rebuild_word_search"])
        execute(SQL["drop_all_due"])
        execute(SQL["drop_all_superseded_due"])
        connection.executemany(QUERIES["add_due"], _due(connection, "all_contents"))
        connection.executemany(QUERIES["add_superseded_due"], _due(connection, "all_past_contents"))
        for kept, found in (("put_name_key", "all_names"), ("put_past_name_key", "all_past_names")):
            connection.executemany(SQL[kept], _keys(connection, found))
        execute(QUERIES["put_meta"], ("derived", str(DERIVED)))
        execute(SQL["commit"])
    except BaseException:
        connection.rollback()
        raise


def _keys(connection: sqlite3.Connection, statement: str) -> list[tuple[str, int]]:
    """The keys by which names are found, where they are others than those that are kept."""
    return [(key, n) for n, name, kept in connection.execute(SQL[statement]) if (key := fold(name)) != kept]


def _due(connection: sqlite3.Connection, statement: str) -> Iterator[tuple[int, str, str]]:
    for number, entity_type, name, content in connection.execute(SQL[statement]).fetchall():
        for on, what in due_dates(EntityPayload(entity_type, name, JsonText(content))):
            yield number, on, what
