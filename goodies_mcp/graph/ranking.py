"""The order of search results: what the store found, looked at again by name, place and how connected it is."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import NamedTuple

from goodies_mcp.core.models import RecordId
from goodies_mcp.core.text import fold, words
from goodies_mcp.graph.kinds import singular
from goodies_mcp.graph.paging import LONGEST_KEY
from goodies_mcp.graph.places import Whereabouts
from goodies_mcp.graph.search_words import Sought
from goodies_mcp.storage.interface import Placed, TextHit

_TEXT = 1.0
_WHOLE_NAME = 3.0
_IN_NAME = 1.5
_IN_PLACE = 1.0
_CONNECTED = 0.3
_MANY_EDGES = 10
_LOOSER = 2.0
_NO_WORDS = frozenset[str]()

_order = attrgetter("order")


class Ranked(NamedTuple):
    """A candidate with its score so far; larger is better."""

    hit: TextHit
    score: float
    order: tuple[float, str, str]
    """Best first, then by name and id."""


def by_text(looks: Sequence[Sequence[TextHit]], sought: Sequence[Sought]) -> list[Ranked]:
    """Candidates of several looks, each looser than the one before, by the store's rank and by their names.

    What several looks found counts in the strictest. Ranks are compared within a look only.
    """
    asked = _asked(sought)
    whole = " ".join(each.text for each in sought)
    found: dict[RecordId, Ranked] = {}
    for number, hits in enumerate(looks):
        ranks = [hit.rank for hit in hits] or [0.0]
        best, worst = min(ranks), max(ranks)
        for hit in hits:
            if hit.id not in found:
                name, said = _said(hit.name)
                score = _TEXT * (worst - hit.rank) / ((worst - best) or 1.0) + _LOOSER * (len(looks) - 1 - number)
                score += _WHOLE_NAME * (name == whole) + _IN_NAME * _share(asked, said)
                found[hit.id] = _ranked(hit, score, name[:LONGEST_KEY])
    return sorted(found.values(), key=_order)


def by_surroundings(
    candidates: Sequence[Ranked], sought: Sequence[Sought], places: Whereabouts, placed: Mapping[RecordId, Placed]
) -> list[Ranked]:
    """The candidates again, those better whose place has the words too, and that more hangs on; in the same order."""
    asked = _asked(sought)
    anything = _NO_WORDS.union(*asked)
    again: list[Ranked] = []
    for each in candidates:
        spot = placed.get(each.hit.id)
        if spot is None:
            again.append(each)
            continue
        score = each.score + _CONNECTED * min(spot.leaving, _MANY_EDGES) / _MANY_EDGES
        around = places.said(spot.container) & anything if spot.container else _NO_WORDS
        if around:
            score += _IN_PLACE * _share(asked, around - _said(each.hit.name)[1])
        again.append(_ranked(each.hit, score, each.order[1]))
    return again


def _ranked(hit: TextHit, score: float, name: str) -> Ranked:
    rounded = round(score, 4)
    return Ranked(hit, rounded, (-rounded, name, hit.id))


@lru_cache(maxsize=4096)
def _said(name: str) -> tuple[str, frozenset[str]]:
    """A folded name and its words. Homes say the same names over and over."""
    return fold(name), frozenset(singular(word) for word in words(name))


def _asked(sought: Sequence[Sought]) -> list[frozenset[str]]:
    return [frozenset(singular(part) for alt in each.alternatives() for part in words(alt)) for each in sought]


def _share(asked: Sequence[frozenset[str]], said: frozenset[str]) -> float:
    """Which part of what was asked for is among these words."""
    return sum([not group.isdisjoint(said) for group in asked]) / len(asked) if asked else 0.0
