"""What is like a thing: by kind, model, maker, name and place. Candidates are looked up, never the home scanned."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from goodies_mcp.core.models import Entity, JsonValue, RecordId
from goodies_mcp.core.text import fold, words
from goodies_mcp.core.vocabulary import CONTAINMENT
from goodies_mcp.graph.cache import GraphCache
from goodies_mcp.graph.kinds import alike, device_kind
from goodies_mcp.graph.likeness import likeness
from goodies_mcp.graph.paging import Page, by_name, cut, open_page
from goodies_mcp.graph.places import whereabouts
from goodies_mcp.graph.resolve import entity as resolve
from goodies_mcp.graph.shown import Ref
from goodies_mcp.storage.interface import ReadView, TextQuery


@dataclass(frozen=True, slots=True)
class SimilarItem:
    """Something alike, with the reasons."""

    id: str
    type: str
    name: str
    where: str | None
    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SimilarPage:
    """What is alike, most alike first."""

    entity: Ref
    items: tuple[SimilarItem, ...]
    next_cursor: str | None = None


_MOST_OF_MODEL = 40
_MOST_OF_EACH = 20
_ENOUGH = 30
_MOST_BESIDE = 100
_LEAST_SCORE = 2.5
_MOST_WORDS = 6

_Scored = tuple[Entity, float, tuple[str, ...]]
_Reason = tuple[float, str]


def similar_entities(view: ReadView, cache: GraphCache, entity: str, *, limit: int, cursor: str | None) -> SimilarPage:
    """Things of the same type that share more than that, most alike first, each with the reasons."""
    found = resolve(view, entity, "entity", cache=cache)
    page = open_page("similar_entities", [found.id, view.at], limit, cursor)
    return cache.page(view, page, lambda: _page(view, cache, found, page))


def _page(view: ReadView, cache: GraphCache, found: Entity, page: Page) -> SimilarPage:
    beside = _beside(view, found)
    itself = whereabouts(view, [found.id, *beside], cache)
    place = next(reversed(itself.chain(found.id)), None)
    told = {i: itself.parents[i] for i in beside}
    one, together = _Traits.of(found), ((1.0, f"also in {place.name}"),) if place else ()
    scored = (
        _compared(one, other, together if place and told.get(i) == place.id else ())
        for i, other in _candidates(view, found, beside).items()
    )
    ordered = sorted((each for each in scored if each[1] >= _LEAST_SCORE), key=_order)
    shown, following = cut(page, ordered, _order)
    places = whereabouts(view, (e.id for e, _, _ in shown), cache, told=told)
    items = tuple(
        SimilarItem(e.id, e.entity_type, e.name, places.where(e.id), score, reasons) for e, score, reasons in shown
    )
    return SimilarPage(Ref(found.id, found.entity_type, found.name, itself.where(found.id)), items, following)


def _order(scored: _Scored) -> tuple[float, str, str]:
    entity, score, _ = scored
    return (-score, *by_name(entity.name, entity.id))


def _candidates(view: ReadView, found: Entity, beside: Mapping[RecordId, Entity]) -> dict[RecordId, Entity]:
    """Those in the same place; then, until there are enough, those with the same model, with the same maker and kind,
    with the words of the name. All words of a look must be there: the store then reads few of them, even of common
    ones."""
    model, maker, kind = (" ".join(words(_said(found, key))) for key in ("model", "manufacturer", "device_type"))
    named = words(found.name)[:_MOST_WORDS]
    # Numbers tell things of one name apart; those with the same ones are looked for where the others are too many.
    spelled = [each for each in named if not each.isdecimal()] or named
    others = dict(beside)

    def look(phrases: Iterable[str], most: int) -> bool:
        groups = tuple((phrase,) for phrase in phrases if phrase)
        hits = view.search(TextQuery(groups, types=(found.entity_type,), weighing="nothing"), most) if groups else []
        others.update((hit.id, hit.entity) for hit in hits)
        return len(hits) == most

    for phrases, most in (([model], _MOST_OF_MODEL), ([maker, kind], _MOST_OF_EACH)):
        if len(others) < _ENOUGH:
            look(phrases, most)
    if len(others) < _ENOUGH and look(spelled, _MOST_OF_EACH) and spelled != named:
        look(named, _MOST_OF_EACH)
    others.pop(found.id, None)
    return others


def _beside(view: ReadView, found: Entity) -> dict[RecordId, Entity]:
    """Things of its type in any of the places that it is in."""
    around = {each.id for each in view.containers([found.id])}
    inside = {each.entity.id: each.entity for each in view.joined(around, "in", CONTAINMENT, (found.entity_type,))}
    return {i: inside[i] for i in sorted(inside)[:_MOST_BESIDE]}


def _compared(one: "_Traits", other: Entity, reasons: Iterable[_Reason]) -> _Scored:
    found = _reasons(one, _Traits.of(other))
    found += reasons
    found.sort(key=lambda reason: -reason[0])
    return other, round(1.0 + sum(weight for weight, _ in found), 3), tuple(said for _, said in found)


def _reasons(one: "_Traits", other: "_Traits") -> list[_Reason]:
    found: list[_Reason] = []
    if one.model and one.model == other.model:
        found.append((4.0, f"the same model ({_said(other.entity, 'model')})"))
    if one.maker and one.maker == other.maker:
        found.append((1.0, f"the same maker ({_said(other.entity, 'manufacturer')})"))
    if one.kind and other.kind and (one.kind == other.kind or alike(one.kind, other.kind)):
        found.append((2.0, f"the same kind ({device_kind(other.entity)})"))
    mine, theirs = one.capabilities, other.capabilities
    if mine and theirs and mine.keys() == theirs.keys():
        found.append((1.0, f"the same capabilities ({', '.join(sorted(theirs)[:5])})"))
    name = likeness(one.entity.name, other.entity.name)
    if name >= 0.5:
        found.append((2 * name, "the same name" if name == 1 else "a similar name"))
    return found


class _Traits(NamedTuple):
    """What things are compared by, folded; empty where nothing is said."""

    entity: Entity
    model: str
    maker: str
    kind: str
    capabilities: Mapping[str, JsonValue]

    @classmethod
    def of(cls, entity: Entity) -> "_Traits":
        model, maker = _folded(_said(entity, "model")), _folded(_said(entity, "manufacturer"))
        can = entity.content.get("capabilities")
        return cls(entity, model, maker, _folded(device_kind(entity) or ""), can if isinstance(can, Mapping) else {})


# Makers and kinds are few.
_folded = lru_cache(maxsize=256)(fold)


def _said(entity: Entity, key: str) -> str:
    value = entity.content.get(key)
    return value.strip()[:100] if isinstance(value, str) else ""
