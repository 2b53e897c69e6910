"""What is like a thing: by kind, model, maker, name and place. Candidates are looked up, never the home scanned."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from goodies_mcp.core.models import Entity, RecordId
from goodies_mcp.core.text import fold, words
from goodies_mcp.core.vocabulary import CONTAINMENT
from goodies_mcp.graph.cache import GraphCache
from goodies_mcp.graph.kinds import alike, device_kind
from goodies_mcp.graph.likeness import likeness
from goodies_mcp.graph.paging import by_name, cut, open_page
from goodies_mcp.graph.places import Whereabouts, ref, whereabouts
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


_MOST_OF_EACH = 40
_ENOUGH = 60
_MOST_BESIDE = 100
_LEAST_SCORE = 2.5
_MOST_WORDS = 6

_Scored = tuple[Entity, float, tuple[str, ...]]


def similar_entities(view: ReadView, cache: GraphCache, entity: str, *, limit: int, cursor: str | None) -> SimilarPage:
    """Things of the same type that share more than that, most alike first, each with the reasons."""
    found = resolve(view, entity, "entity")
    page = open_page("similar_entities", [found.id, view.at], limit, cursor)
    candidates = _candidates(view, found)
    places = whereabouts(view, {found.id, *candidates}, cache)
    scored = (_compared(found, other, places) for other in candidates.values())
    ordered = sorted((each for each in scored if each[1] >= _LEAST_SCORE), key=_order)
    shown, following = cut(page, ordered, _order)
    items = tuple(
        SimilarItem(e.id, e.entity_type, e.name, places.where(e.id), score, reasons) for e, score, reasons in shown
    )
    return SimilarPage(ref(view, found, cache), items, following)


def _order(scored: _Scored) -> tuple[float, str, str]:
    entity, score, _ = scored
    return (-score, *by_name(entity.name, entity.id))


def _candidates(view: ReadView, found: Entity) -> dict[RecordId, Entity]:
    """Those in the same place; then, until there are enough, those with the same model, with the same maker and kind,
    with the words of the name. All words of a look must be there: the store then reads few of them, even of common
    ones."""
    model, maker, kind = (" ".join(words(_said(found, key))) for key in ("model", "manufacturer", "device_type"))
    looks = ([model], [maker, kind], words(found.name)[:_MOST_WORDS])
    others = {i: e for i, e in _beside(view, found).items() if e.entity_type == found.entity_type}
    for phrases in looks:
        groups = tuple((phrase,) for phrase in phrases if phrase)
        if groups and len(others) < _ENOUGH:
            hits = view.search(TextQuery(groups, types=(found.entity_type,)), _MOST_OF_EACH)
            others.update((hit.entity.id, hit.entity) for hit in hits)
    return {i: e for i, e in others.items() if i != found.id}


def _beside(view: ReadView, found: Entity) -> dict[RecordId, Entity]:
    around = {edge.to_id for edge in view.edges([found.id], "out", CONTAINMENT)}
    neighbours = [edge.from_id for edge in view.edges(around, "in", CONTAINMENT)] if around else []
    return view.entities(neighbours[:_MOST_BESIDE])


def _compared(one: Entity, other: Entity, places: Whereabouts) -> _Scored:
    reasons = list(_reasons(one, other))
    name = likeness(one.name, other.name)
    if name >= 0.5:
        reasons.append((2 * name, "the same name" if name == 1 else "a similar name"))
    if place := _shared_place(one, other, places):
        reasons.append((1.0, f"also in {place}"))
    reasons.sort(key=lambda reason: -reason[0])
    return other, round(1.0 + sum(weight for weight, _ in reasons), 3), tuple(said for _, said in reasons)


def _reasons(one: Entity, other: Entity) -> Iterable[tuple[float, str]]:
    if _equal(one, other, "model"):
        yield 4.0, f"the same model ({_said(other, 'model')})"
    if _equal(one, other, "manufacturer"):
        yield 1.0, f"the same maker ({_said(other, 'manufacturer')})"
    kind, other_kind = device_kind(one), device_kind(other)
    if kind and other_kind and alike(fold(kind), fold(other_kind)):
        yield 2.0, f"the same kind ({other_kind})"
    mine, theirs = one.content.get("capabilities"), other.content.get("capabilities")
    if mine and isinstance(mine, Mapping) and isinstance(theirs, Mapping) and mine.keys() == theirs.keys():
        yield 1.0, f"the same capabilities ({', '.join(sorted(mine)[:5])})"


def _shared_place(one: Entity, other: Entity, places: Whereabouts) -> str | None:
    mine, theirs = places.chain(one.id), places.chain(other.id)
    return mine[-1].name if mine and theirs and mine[-1].id == theirs[-1].id else None


def _equal(one: Entity, other: Entity, key: str) -> bool:
    said = fold(_said(one, key))
    return bool(said) and said == fold(_said(other, key))


def _said(entity: Entity, key: str) -> str:
    value = entity.content.get(key)
    return value.strip()[:100] if isinstance(value, str) else ""
