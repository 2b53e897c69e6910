"""Full text for the memory store: whole words, prefixes and phrases over folded text, by looking at everything."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache, partial

from rapidfuzz import fuzz

from goodies_mcp.core.derived import search_text
from goodies_mcp.core.models import Entity, EntityPayload
from goodies_mcp.core.text import fold, words
from goodies_mcp.storage.interface import EntityHit, TextHit, TextQuery

_TOKEN = re.compile(r"[^\W_]+")
_NAME_WEIGHT = 8.0
_WHOLE_NAME = 4.0
_NEAR_ENOUGH = 70.0
_AROUND = 60
"""Characters that an excerpt shows before and after the first match."""


def search(entities: Iterable[Entity], query: TextQuery) -> list[TextHit]:
    """All matches, best first: words in the name count most, then how often and in how short a text they stand."""
    groups = [[_parsed(alternative) for alternative in group] for group in query.groups]
    hits: list[TextHit] = []
    for entity in entities:
        score = _score(entity, groups, query)
        if score > 0:
            text = entity.name if query.names_only else f"{entity.name}\n{_text(entity)}"
            hits.append(EntityHit(entity, -score, partial(_excerpt, text.rstrip("\n"), groups)))
    return sorted(hits, key=lambda hit: (hit.rank, hit.id))


def nearest_words(payloads: Iterable[EntityPayload], word: str, limit: int) -> list[str]:
    """Words of these payloads that contain ``word`` or resemble it, nearest first."""
    sought = fold(word)
    vocabulary = {each for said in payloads for each in (*_words(said.name), *_words(search_text(said)))}
    likeness = {each: fuzz.ratio(sought, each) for each in vocabulary}
    near = (each for each in vocabulary if (sought and sought in each) or likeness[each] >= _NEAR_ENOUGH)
    return sorted(near, key=lambda each: (-likeness[each], each))[:limit]


_Phrase = tuple[list[str], bool]


def _parsed(alternative: str) -> _Phrase:
    return words(alternative), alternative.endswith("*")


def _score(entity: Entity, groups: Sequence[Sequence[_Phrase]], query: TextQuery) -> float:
    name = _words(entity.name)
    text = () if query.names_only else _words(_text(entity))
    if query.types_too:
        text += _words(entity.entity_type)
    total = 0.0
    for group in groups:
        in_name = sum(_times(phrase, name) for phrase in group)
        in_text = sum(_times(phrase, text) for phrase in group)
        if not in_name and not in_text:
            return 0.0
        total += _NAME_WEIGHT * bool(in_name) + _WHOLE_NAME * any(tuple(sought) == name for sought, _ in group)
        total += in_text / (in_text + 1 + len(text) / 100)
    return total


def _times(phrase: _Phrase, text: Sequence[str]) -> int:
    sought, prefix = phrase
    if not sought:
        return 0
    size = len(sought)
    return sum(_matches(sought, text[at : at + size], prefix=prefix) for at in range(len(text) - size + 1))


def _matches(sought: Sequence[str], found: Sequence[str], *, prefix: bool) -> bool:
    last = found[-1].startswith(sought[-1]) if prefix else found[-1] == sought[-1]
    return last and list(found[:-1]) == list(sought[:-1])


def _excerpt(text: str, groups: Sequence[Sequence[_Phrase]]) -> str:
    exact = {word for group in groups for sought, _ in group for word in sought}
    prefixes = tuple(sought[-1] for group in groups for sought, prefix in group if prefix and sought)
    marked = [
        token.span()
        for token in _TOKEN.finditer(text)
        if any(word in exact or (prefixes and word.startswith(prefixes)) for word in words(token[0]))
    ]
    first = marked[0][0] if marked else 0
    start, end = max(0, first - _AROUND), first + _AROUND
    pieces, at = ["…" if start else ""], start
    for left, right in marked:
        if left >= start and right <= end:
            pieces += [text[at:left], "\x02", text[left:right], "\x03"]
            at = right
    return "".join([*pieces, text[at:end], "…" if end < len(text) else ""])


def _text(entity: Entity) -> str:
    return search_text(EntityPayload(entity.entity_type, entity.name, entity.content))


@lru_cache(maxsize=8192)
def _words(text: str) -> tuple[str, ...]:
    return tuple(words(text))
