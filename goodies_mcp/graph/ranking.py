"""The order of search results: what the store found, looked at again by name, place and how connected it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter

from goodies_mcp.core.models import Entity, RecordId
from goodies_mcp.core.text import fold, words
from goodies_mcp.graph.kinds import singular
from goodies_mcp.graph.paging import LONGEST_KEY
from goodies_mcp.graph.places import Whereabouts
from goodies_mcp.graph.search_words import Sought
from goodies_mcp.storage.interface import TextHit

_TEXT = 1.0
_WHOLE_NAME = 3.0
_IN_NAME = 1.5
_IN_PLACE = 1.0
_CONNECTED = 0.3
_MANY_EDGES = 10
_LOOSER = 2.0

_order = attrgetter("order")


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate with its score so far; larger is better."""

    hit: TextHit
    score: float
    order: tuple[float, str, str]
    """Best first, then by name and id."""

    @property
    def entity(self) -> Entity:
        """What was found."""
        return self.hit.entity


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
            if hit.entity.id not in found:
                name, said = _said(hit.entity.name)
                score = _TEXT * (worst - hit.rank) / ((worst - best) or 1.0) + _LOOSER * (len(looks) - 1 - number)
                score += _WHOLE_NAME * (name == whole) + _IN_NAME * _share(asked, said)
                found[hit.entity.id] = _ranked(hit, score)
    return sorted(found.values(), key=_order)


def by_surroundings(
    candidates: Sequence[Ranked], sought: Sequence[Sought], places: Whereabouts, degrees: Mapping[RecordId, int]
) -> list[Ranked]:
    """The candidates again, those better whose place has the words too, and that more hangs on; in the same order."""
    asked = _asked(sought)
    again: list[Ranked] = []
    known: dict[RecordId, frozenset[str]] = {}
    for each in candidates:
        found = each.entity
        around = _around(places, places.parents.get(found.id), known)
        edges = min(degrees.get(found.id, 0), _MANY_EDGES) / _MANY_EDGES
        score = each.score + _IN_PLACE * _share(asked, around - _said(found.name)[1]) + _CONNECTED * edges
        again.append(_ranked(each.hit, score))
    return again


def _around(places: Whereabouts, place: RecordId | None, known: dict[RecordId, frozenset[str]]) -> frozenset[str]:
    """The words in the names of a place and of all that it is in."""
    if place is None or place not in places.spots:
        return frozenset()
    if place not in known:
        known[place] = own = _said(places.spots[place].name)[1]  # this much is known already where a cycle closes
        known[place] = own | _around(places, places.parents.get(place), known)
    return known[place]


def _ranked(hit: TextHit, score: float) -> Ranked:
    rounded = round(score, 4)
    return Ranked(hit, rounded, (-rounded, _said(hit.entity.name)[0][:LONGEST_KEY], hit.entity.id))


@lru_cache(maxsize=4096)
def _said(name: str) -> tuple[str, frozenset[str]]:
    """A folded name and its words. Homes say the same names over and over."""
    return fold(name), frozenset(singular(word) for word in words(name))


def _asked(sought: Sequence[Sought]) -> list[frozenset[str]]:
    return [frozenset(singular(part) for alt in each.alternatives() for part in words(alt)) for each in sought]


def _share(asked: Sequence[frozenset[str]], said: frozenset[str]) -> float:
    """Which part of what was asked for is among these words."""
    return sum([not group.isdisjoint(said) for group in asked]) / len(asked) if asked else 0.0
