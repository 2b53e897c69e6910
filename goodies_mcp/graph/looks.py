"""Looking something up, stricter first: as it was written, read with its place, spelled otherwise, in part."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from goodies_mcp.core.derived import search_text
from goodies_mcp.core.models import Entity, EntityPayload, RecordId
from goodies_mcp.core.text import fold, is_unspaced, words
from goodies_mcp.core.vocabulary import SPACES
from goodies_mcp.graph.inside import inside
from goodies_mcp.graph.kinds import singular
from goodies_mcp.graph.places import whereabouts
from goodies_mcp.graph.search_words import Sought, parts
from goodies_mcp.storage.interface import EntityHit, ReadView, TextHit, TextQuery

_PLENTY = 20
"""Matches as written after which nothing else is tried."""

_FEW = 5
"""Matches below which spelling is doubted."""

_MOST_NEAR = 8
_MOST_SPELLINGS = 3
_MOST_IN_PLACE = 1_000
_MOST_NAMED = 10
_MOST_SAID = 12
_LONGEST_PLACE = 3
_RARE = 100
_HELD = 20
_MOST_SAID_ANYWHERE = 2_000
"""Matches below which words are rarer than what is in one place, in each of many places, and at most."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found, a list a look, and what was looked for that nobody wrote."""

    looks: tuple[Sequence[TextHit], ...]
    searched_for: tuple[str, ...] = ()
    in_part: bool = False

    @property
    def widest(self) -> int:
        """Hits of the look that found most."""
        return max(map(len, self.looks))


def look(view: ReadView, sought: Sequence[Sought], types: Sequence[str], most: int) -> Looked:
    """Hits for all that is sought, at most ``most`` a look. Which looks are taken does not depend on ``most``, as long
    as it is 20 or more."""
    kinds = tuple(types)
    written = view.search(TextQuery(tuple((each.written,) for each in sought), kinds, weighing="names"), most)
    looks: list[Sequence[TextHit]] = [_named(view, sought, kinds, written), written]
    if len(written) >= _PLENTY:
        return Looked(tuple(looks))
    said: tuple[str, ...] = ()
    groups = tuple(each.alternatives() for each in sought)
    if any(len(group) > 1 for group in groups):
        looks.append(view.search(TextQuery(groups, kinds, weighing="names"), most))
        said = tuple(dict.fromkeys(word for group in groups for word in group[1:]))
    placed = _in_places(view, sought, kinds)
    looks.append(placed)
    if len(looks[0]) + len(written) + len(placed) >= _FEW:
        return Looked(tuple(looks), said[:_MOST_SAID])
    groups, spelled = _respelled(view, sought)
    looks.append(view.search(TextQuery(groups, kinds, weighing="names"), most) if spelled else [])
    said = (*spelled, *said)[:_MOST_SAID]
    if any(looks) or (len(sought) < 2 and not is_unspaced(sought[0].text)):
        return Looked(tuple(looks), said)
    some = (tuple(dict.fromkeys(part for group in groups for word in group for part in parts(word))),)
    # Here a short name is no better than another: what has more of the words is.
    return Looked((view.search(TextQuery(some, kinds), most),), said, in_part=True)


def _named(
    view: ReadView, sought: Sequence[Sought], types: Sequence[str], written: Sequence[TextHit]
) -> list[EntityHit]:
    """Things with exactly this name: where a word is everywhere, ranking may never have come to them."""
    whole = " ".join(each.text for each in sought)
    named = view.named(whole)
    if not named or any(fold(hit.name) == whole for hit in written):
        return []
    return [EntityHit(e) for e in named if not types or e.entity_type in types][:_MOST_NAMED]


def _in_places(view: ReadView, sought: Sequence[Sought], types: tuple[str, ...]) -> list[TextHit]:
    """Things with the other words in a place that some of the words name: "kitchen light" is a light in there."""
    for size in range(min(_LONGEST_PLACE, len(sought) - 1), 0, -1):
        for start in range(len(sought) - size + 1):
            named, rest = sought[start : start + size], [*sought[:start], *sought[start + size :]]
            name = " ".join(each.text for each in named)
            spaces = {e.id for e in view.named(name) if e.entity_type in SPACES}
            if spaces:
                fitting = _said_anywhere(view, rest, types, spaces)
                if fitting is None:
                    held = list(inside(view, spaces).things.values())[:_MOST_IN_PLACE]
                    fitting = [e for e in held if (not types or e.entity_type in types) and _has(e, rest)]
                return [EntityHit(e) for e in sorted(fitting, key=lambda e: e.id)]
    return []


def _said_anywhere(
    view: ReadView, rest: Sequence[Sought], types: tuple[str, ...], spaces: Collection[RecordId]
) -> Collection[Entity] | None:
    """Of all that has these words what is in one of the places: that is less to look at than all that is in there,
    unless the words are everywhere: then None."""
    groups = tuple(each.alternatives() for each in rest)
    most = min(max(_RARE, _HELD * len(spaces)), _MOST_SAID_ANYWHERE)
    said = view.search(TextQuery(groups, types, types_too=True, weighing="nothing"), most)
    if len(said) == most:
        return None
    places = whereabouts(view, (hit.id for hit in said))
    there = [hit.id for hit in said if any(spot.id in spaces for spot in places.chain(hit.id))]
    return view.entities(there).values()


def _has(entity: Entity, sought: Sequence[Sought]) -> bool:
    text = search_text(EntityPayload(entity.entity_type, entity.name, entity.content))
    said = [singular(word) for word in words(f"{entity.name} {entity.entity_type} {text}")]
    return all(any(_is_said(alternative, said) for alternative in each.alternatives()) for each in sought)


def _is_said(alternative: str, said: Sequence[str]) -> bool:
    if alternative.endswith("*"):
        return any(word.startswith(alternative[:-1]) for word in said)
    row = [singular(word) for word in words(alternative)]
    return any(said[i : i + len(row)] == row for i in range(len(said) - len(row) + 1))


def _respelled(view: ReadView, sought: Sequence[Sought]) -> tuple[tuple[tuple[str, ...], ...], tuple[str, ...]]:
    """Groups with the words of the home that contain a sought word, or, for one that the home does not know, are
    spelled nearly like it; and which words those are."""
    groups: list[tuple[str, ...]] = []
    added: list[str] = []
    for each in sought:
        near: list[str] = []
        if not each.prefix and not each.is_phrase and len(each.text) > 2:
            known = view.near_words(each.text, _MOST_NEAR)
            around = [word for word in known if each.text in word]
            near = around or known[:_MOST_SPELLINGS]
        fresh = [word for word in near if word not in each.alternatives()]
        groups.append((*each.alternatives(), *fresh))
        added += fresh
    return tuple(groups), tuple(dict.fromkeys(added))
