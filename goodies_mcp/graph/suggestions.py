"""What somebody who has typed a few letters may mean: names of things that begin so, that hold the words, or that are
spelled nearly so. Every suggestion is a text that an argument takes.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from goodies_mcp.core.models import Entity
from goodies_mcp.core.text import fold, visible, words
from goodies_mcp.core.vocabulary import APPLIANCES
from goodies_mcp.errors import Ambiguous, InvalidInput, NotFound
from goodies_mcp.graph.kinds import device_kind
from goodies_mcp.graph.places import whereabouts
from goodies_mcp.graph.resolve import LONGEST_NAME, Sort, entity, nearest
from goodies_mcp.storage.interface import ReadView, TextQuery

MOST = 100
"""Suggestions in one answer (MCP's own limit)."""

_FEW = 5
_MOST_COUNTED = 1_000
_MOST_WORDS = 8


@dataclass(frozen=True, slots=True)
class Suggestions:
    """Texts to choose from; ``total`` counts all there are, None where that is not known."""

    values: tuple[str, ...]
    total: int | None
    more: bool


def suggested(view: ReadView, typed: str, sort: Sort) -> Suggestions:
    """Names of things of this sort, those that begin with what was typed first. Near names only where those are few."""
    start = _start(typed)
    found = {each.id: each for each in _beginning(view, start, sort)}
    more = len(found) > MOST
    if start and not more:
        found |= {each.id: each for each in _holding(view, start, sort) if each.id not in found}
        if len(found) < _FEW:
            found |= {each.id: each for each in _near(view, start, sort) if each.id not in found}
        more = len(found) > MOST
    shown = list(found.values())[:MOST]
    values = tuple(dict.fromkeys(_text(view, each, sort) for each in shown))
    total = _count(view, sort) if not start else len(values) if not more else None
    return Suggestions(values, total, more)


def suggested_kinds(view: ReadView, typed: str) -> Suggestions:
    """Kinds of device that there are in this home ("light"), the most frequent first; of a large home those of some."""
    start = _start(typed)
    devices = view.listed(tuple(sorted(APPLIANCES)), after=None, limit=_MOST_COUNTED)
    kinds = Counter(kind for each in devices if (kind := device_kind(each)) and fold(kind).startswith(start))
    values = tuple(kind for kind, _ in sorted(kinds.items(), key=lambda each: (-each[1], each[0])))
    return Suggestions(values[:MOST], len(values), len(values) > MOST)


def _start(typed: str) -> str:
    """What names are compared with: a half of a character is none."""
    return fold(typed[:LONGEST_NAME].encode("utf-8", "replace").decode())


def _kinds(sort: Sort) -> tuple[str, ...]:
    return tuple(sorted(sort.kinds))


def _beginning(view: ReadView, start: str, sort: Sort) -> Iterator[Entity]:
    from_there = view.listed(_kinds(sort), after=(start, "") if start else None, limit=MOST + 1)  # type: ignore[arg-type] # less than any id
    return (each for each in from_there if fold(each.name).startswith(start))


def _holding(view: ReadView, start: str, sort: Sort) -> list[Entity]:
    said = words(start)[:_MOST_WORDS]
    query = TextQuery(groups=tuple((f"{word}*",) for word in said), types=_kinds(sort), names_only=True)
    return [hit.entity for hit in view.search(query, MOST)] if said else []


def _near(view: ReadView, start: str, sort: Sort) -> list[Entity]:
    return [each for each in nearest(view, start, sort) if not sort.kinds or each.entity_type in sort.kinds]


def _count(view: ReadView, sort: Sort) -> int:
    return sum(count for kind, count in view.counts().items() if not sort.kinds or kind in sort.kinds)


def _text(view: ReadView, thing: Entity, sort: Sort) -> str:
    """The shortest text that means this one thing: its name, its name with its place, or its id."""
    if visible(thing.name) == thing.name and len(thing.name) <= LONGEST_NAME // 2:
        if _means(view, thing.name, thing, sort):
            return thing.name
        around = whereabouts(view, [thing.id]).chain(thing.id)
        if around and _means(view, placed := f"{thing.name} in {around[-1].name}", thing, sort):
            return placed
    return thing.id


def _means(view: ReadView, text: str, thing: Entity, sort: Sort) -> bool:
    try:
        return entity(view, text, "name", sort).id == thing.id
    except (Ambiguous, InvalidInput, NotFound):
        return False
