"""The order of search results: what the store found, looked at again by name, place and how connected it is."""

from collections.abc import Sequence
from functools import lru_cache
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


class Asked(NamedTuple):
    """What a search asks for, as names are compared with it."""

    whole: str
    groups: list[frozenset[str]]
    """For each thing that is sought the words that name it, in the singular."""


class Ranked(NamedTuple):
    """A candidate. They are compared by their places in the order, and no two have the same."""

    order: tuple[float, str, str]
    """Best first, then by name and id."""
    hit: TextHit

    @property
    def score(self) -> float:
        """So far; larger is better."""
        return -self.order[0]


def asked_for(sought: Sequence[Sought]) -> Asked:
    """What all of this asks for."""
    groups = [_NO_WORDS.union(*(_said(said)[1] for said in each.alternatives())) for each in sought]
    return Asked(" ".join(each.text for each in sought), groups)


def by_text(looks: Sequence[Sequence[TextHit]], asked: Asked) -> list[Ranked]:
    """Candidates of several looks, each looser than the one before, by the store's rank and by their names.

    What several looks found counts in the strictest. Ranks are compared within a look only.
    """
    whole, groups = asked
    found: dict[RecordId, Ranked] = {}
    for number, hits in enumerate(looks, 1):
        ranks = [hit.rank for hit in hits] or [0.0]
        best, worst = min(ranks), max(ranks)
        for hit in hits:
            record_id = hit.id
            if record_id not in found:
                name, said = _said(hit.name)
                score = _TEXT * (worst - hit.rank) / ((worst - best) or 1.0) + _LOOSER * (len(looks) - number)
                score += _WHOLE_NAME * (name == whole) + _IN_NAME * _share(groups, said)
                found[record_id] = Ranked((-round(score, 4), name[:LONGEST_KEY], record_id), hit)
    return sorted(found.values())


def by_surroundings(candidates: Sequence[Ranked], asked: Asked, places: Whereabouts, placed: Placed) -> list[Ranked]:
    """The candidates again, those better whose place has the words too, and that more hangs on; in the same order."""
    groups = asked.groups
    anything = _NO_WORDS.union(*groups)
    again: list[Ranked] = []
    for (worse, name, _), hit in candidates:
        record_id = hit.id
        score = _CONNECTED * min(placed.leaving.get(record_id, 0), _MANY_EDGES) / _MANY_EDGES - worse
        container = placed.containers.get(record_id)
        around = places.said(container) & anything if container else _NO_WORDS
        if around:
            score += _IN_PLACE * _share(groups, around - _said(hit.name)[1])
        again.append(Ranked((-round(score, 4), name, record_id), hit))
    return again


@lru_cache(maxsize=4096)
def _said(name: str) -> tuple[str, frozenset[str]]:
    """A folded name and its words. Homes say the same names over and over."""
    return fold(name), frozenset(singular(word) for word in words(name))


def _share(asked: Sequence[frozenset[str]], said: frozenset[str]) -> float:
    """Which part of what was asked for is among these words."""
    found = 0
    for group in asked:
        if not group.isdisjoint(said):
            found += 1
    return found / len(asked)
