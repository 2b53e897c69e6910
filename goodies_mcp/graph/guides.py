"""What to do and to read for a device: procedures, manuals and notes about it, its like, and its room."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from goodies_mcp.core.models import Entity, JsonValue, RecordId
from goodies_mcp.core.text import visible, words
from goodies_mcp.core.vocabulary import SPACES
from goodies_mcp.graph.cache import MODEST, GraphCache
from goodies_mcp.graph.paging import Page, by_name, cut, open_page
from goodies_mcp.graph.places import Spot, whereabouts
from goodies_mcp.graph.resolve import DEVICE
from goodies_mcp.graph.resolve import entity as resolve
from goodies_mcp.graph.shown import Ref
from goodies_mcp.storage.interface import ReadView, TextQuery


@dataclass(frozen=True, slots=True)
class GuideItem:
    """A procedure, manual or note that applies; ``because`` says why (to the device, its model, its room)."""

    id: str
    type: str
    name: str
    because: str
    steps: tuple[str, ...] = ()
    text: str | None = None


@dataclass(frozen=True, slots=True)
class GuidePage:
    """What to do and to read for a device."""

    device: Ref
    items: tuple[GuideItem, ...]
    next_cursor: str | None = None


_MOST_OF_MODEL = 50
_LONGEST_TEXT = 2_000
_MOST_STEPS = 200
_KINDS = ("procedure", "manual", "note")

_Reason = tuple[int, str]
_Applying = tuple[Entity, _Reason]


def procedures_for_device(
    view: ReadView, cache: GraphCache, device: str, *, limit: int, cursor: str | None
) -> GuidePage:
    """Documents that apply, nearest first: to the device itself, what it is part of, its model, its place."""
    found = resolve(view, device, "device", DEVICE, cache=cache)
    page = open_page("procedures_for_device", [found.id, view.at], limit, cursor)
    return cache.page(view, page, lambda: _page(view, cache, found, page), _is_short)


def _page(view: ReadView, cache: GraphCache, device: Entity, page: Page) -> GuidePage:
    places = whereabouts(view, [device.id], cache)
    applying = _linked(view, device, places.chain(device.id))
    for document in _of_model(view, device):
        applying.setdefault(document.id, (document, (2, f"about the model {_model(device)}")))
    shown, following = cut(page, sorted(applying.values(), key=_order), _order)
    items = tuple(_item(document, because) for document, (_, because) in shown)
    itself = Ref(device.id, device.entity_type, device.name, places.where(device.id))
    return GuidePage(itself, items, following)


def _order(applying: _Applying) -> tuple[int, int, str, str]:
    document, (nearness, _) = applying
    return nearness, _KINDS.index(document.entity_type), *by_name(document.name, document.id)


def _linked(view: ReadView, device: Entity, around: Sequence[Spot]) -> dict[RecordId, _Applying]:
    """Documents joined by an edge to the device or to what it is in, each with its nearest reason."""
    reasons: dict[RecordId, _Reason] = {device.id: (0, "about the device itself")}
    for spot in around:
        said = f"for {spot.name}, where it is" if spot.type in SPACES else f"for {spot.name}, which it is part of"
        reasons[spot.id] = (3 if spot.type in SPACES else 1, said)
    found: dict[RecordId, _Applying] = {}
    reaching = view.joined(reasons, "in", ("procedure_for",), _KINDS)
    for document, near, _ in (*reaching, *view.joined(reasons, "out", ("documented_by",), _KINDS)):
        known = found.get(document.id)
        found[document.id] = (document, min(known[1], reasons[near]) if known else reasons[near])
    return found


def _is_short(page: GuidePage) -> bool:
    return sum(len(item.text or "") + sum(map(len, item.steps)) for item in page.items) <= MODEST


def _model(device: Entity) -> str | None:
    model = device.content.get("model")
    return visible(model)[:100] if isinstance(model, str) and len(model.strip()) > 2 else None


def _of_model(view: ReadView, device: Entity) -> Iterable[Entity]:
    """Documents that mention the model, as a phrase."""
    phrase = " ".join(words(_model(device) or ""))
    if not phrase:
        return []
    query = TextQuery(groups=((phrase,),), types=_KINDS)
    return [hit.entity for hit in view.search(query, _MOST_OF_MODEL)]


def _item(document: Entity, because: str) -> GuideItem:
    said = (document.content.get(key) for key in ("text", "description", "summary"))
    text = next((each[:_LONGEST_TEXT] for each in said if isinstance(each, str) and each.strip()), None)
    steps = tuple(_steps(document.content.get("steps")))
    return GuideItem(document.id, document.entity_type, document.name, because, steps, text)


def _steps(value: JsonValue) -> Iterable[str]:
    """Steps as people and importers write them: texts, or objects with a text in them."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        return
    for step in value[:_MOST_STEPS]:
        if isinstance(step, str):
            yield step
        elif isinstance(step, Mapping):
            said = (step.get(key) for key in ("text", "instruction", "description", "title", "name"))
            yield from [each for each in said if isinstance(each, str)][:1]
