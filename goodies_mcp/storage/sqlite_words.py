"""The vocabulary of the SQLite store: which words are new, and which come near one that somebody typed."""

import json
import sqlite3
from collections.abc import Iterable

from goodies_mcp.core.derived import indexed
from goodies_mcp.core.text import fold
from goodies_mcp.storage.sql import SQL

LONGEST = 64
"""Longer words are no words; nobody mistypes them."""

_MOST_DIGITS = 3
"""A word with more digits is a number: a serial, a date. There is one for each thing, and nobody half remembers it."""

_CANDIDATES = 200
_SAME_START = 4000
_NEAR_ENOUGH = 70.0
_SHORT = 5
"""Up to this length two words may be near without sharing three letters in a row."""


class Vocabulary:
    """Takes words in. Those seen before are remembered, as words are never taken out again."""

    MOST_REMEMBERED = 50_000

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._known: set[str] = set()
        self._unsure: set[str] = set()

    def add(self, found: Iterable[str]) -> None:
        """Make these words part of the vocabulary."""
        new = set(found)
        new -= self._known
        new -= self._unsure
        if not new:
            return
        execute = self._connection.execute
        spelled = vocabulary_of(new)
        for (word,) in execute(SQL["new_words"], (json.dumps(list(spelled)),)).fetchall() if spelled else ():
            number = execute(SQL["add_word"], (word,)).lastrowid
            execute(SQL["index_word"], (number, word))
        self._unsure.update(spelled)

    def committed(self) -> None:
        """What was added is there to stay."""
        if len(self._known) + len(self._unsure) > self.MOST_REMEMBERED:
            self._known.clear()
        self._known |= self._unsure
        self._unsure.clear()

    def rolled_back(self) -> None:
        """What was added may be gone."""
        self._unsure.clear()


def vocabulary_of(found: Iterable[str]) -> set[str]:
    """Those of some words that a vocabulary takes in."""
    return {word for word in found if len(word) <= LONGEST and (word.isalpha() or _is_spelled(word))}


def _is_spelled(word: str) -> bool:
    return sum(each.isdigit() for each in word) <= _MOST_DIGITS


def near_words(connection: sqlite3.Connection, word: str, limit: int) -> list[str]:
    """Words that contain this one or are spelled nearly like it, nearest first, that something live still holds."""
    # Loaded with the first misspelling, not with the first answer.
    from rapidfuzz import fuzz  # noqa: PLC0415

    sought = fold(word)
    if not sought or any("\ud800" <= each <= "\udfff" for each in sought):
        return []
    ranked = []
    for candidate in _candidates(connection, sought):
        likeness = fuzz.ratio(sought, candidate)
        if sought in candidate or likeness >= _NEAR_ENOUGH:
            ranked.append((-likeness, candidate))
    ranked.sort()
    found: list[str] = []
    for _, candidate in ranked:
        if len(found) >= limit:
            break
        if _in_use(connection, candidate):
            found.append(candidate)
    return found


def _candidates(connection: sqlite3.Connection, sought: str) -> set[str]:
    found: set[str] = set()
    trigrams = dict.fromkeys(sought[at : at + 3] for at in range(len(sought) - 2))
    quoted = ['"' + each.replace('"', '""') + '"' for each in trigrams if "\0" not in each]
    if quoted:
        # All trigrams: words with this one inside. Any: words that are nearly this one.
        for joint in (" AND ", " OR "):
            rows = connection.execute(SQL["words_with_trigrams"], (joint.join(quoted), _CANDIDATES))
            found.update(row[0] for row in rows)
    else:
        pattern = sought.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        found.update(row[0] for row in connection.execute(SQL["words_within"], (f"%{pattern}%", _CANDIDATES)))
    if len(sought) <= _SHORT:
        start = sought[0]
        bounds = (start, start + "\U0010ffff", len(sought) - 1, len(sought) + 1, _SAME_START)
        found.update(row[0] for row in connection.execute(SQL["words_from"], bounds))
    return found


def _in_use(connection: sqlite3.Connection, word: str) -> bool:
    """Whether search finds it: the vocabulary also remembers words of what was deleted or changed since."""
    expression = '{name text} : "' + indexed(word) + '"'
    return connection.execute(SQL["is_found"], (expression,)).fetchone() is not None
