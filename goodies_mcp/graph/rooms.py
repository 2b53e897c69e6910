"""The devices of a room, floor or home."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from goodies_mcp.core.models import Entity, RecordId
from goodies_mcp.core.vocabulary import APPLIANCES
from goodies_mcp.graph.cache import GraphCache
from goodies_mcp.graph.inside import inside
from goodies_mcp.graph.kinds import device_kind, is_one_of, words_for
from goodies_mcp.graph.known_states import states_in_words
from goodies_mcp.graph.paging import Page, by_name, cut, open_page
from goodies_mcp.graph.places import refs
from goodies_mcp.graph.resolve import PLACE, entity
from goodies_mcp.graph.shown import Ref
from goodies_mcp.storage.interface import ReadView

_MOST_KINDS = 20


@dataclass(frozen=True, slots=True)
class DeviceItem:
    """A device in a list; ``state`` is its known state in words."""

    id: str
    type: str
    name: str
    where: str | None
    kind: str | None = None
    state: str | None = None


@dataclass(frozen=True, slots=True, weakref_slot=True)
class DevicePage:
    """Devices of a room, zone, floor or home."""

    place: Ref
    items: tuple[DeviceItem, ...]
    total: int
    next_cursor: str | None = None
    note: str | None = None


def devices_in_room(
    view: ReadView,
    cache: GraphCache,
    room: str,
    *,
    device_types: Sequence[str],
    include_nested: bool,
    limit: int,
    cursor: str | None,
) -> DevicePage:
    """The devices, by name, each with its known state.

    Services are parts of their accessories and are listed when ``device_types`` asks for them. ``device_types``
    are kinds of device ("light", also by a synonym) or of entity ("accessory").
    """
    place = entity(view, room, "room", PLACE, cache=cache)
    wanted = words_for(device_types)
    page = open_page("devices_in_room", [place.id, wanted, include_nested, view.at], limit, cursor)
    listed = cache.page(view, page, lambda: _page(view, cache, place, page, wanted, nested=include_nested))
    known = states_in_words(view, [RecordId(each.id) for each in listed.items])
    if not known:
        return listed
    return replace(listed, items=tuple(_in_state(each, known.get(RecordId(each.id))) for each in listed.items))


def _in_state(item: DeviceItem, state: str | None) -> DeviceItem:
    return item if state is None else replace(item, state=state)


def _page(
    view: ReadView, cache: GraphCache, place: Entity, page: Page, wanted: frozenset[str], *, nested: bool
) -> DevicePage:
    """The page without states."""
    held = inside(view, [place.id], nested=nested)
    every = held.things.values()
    devices = sorted(_devices(every, wanted), key=lambda e: by_name(e.name, e.id))
    shown, following = cut(page, devices, lambda e: by_name(e.name, e.id))
    where = refs(view, [place, *shown], cache, told=held.containers)
    items = tuple(DeviceItem(e.id, e.entity_type, e.name, where[e.id].where, device_kind(e)) for e in shown)
    note = _kinds_here(_devices(every, frozenset())) if wanted and not devices else None
    return DevicePage(where[place.id], items, len(devices), following, note)


def _kinds_here(devices: Iterable[Entity]) -> str | None:
    """What to ask for instead of a kind that is not here."""
    kinds = sorted({kind for e in devices if (kind := device_kind(e))})
    more = f" and {len(kinds) - _MOST_KINDS} more" if len(kinds) > _MOST_KINDS else ""
    return f"of other kinds there are: {', '.join(kinds[:_MOST_KINDS])}{more}" if kinds else None


def _devices(held: Iterable[Entity], wanted: frozenset[str]) -> list[Entity]:
    devices = [e for e in held if e.entity_type in APPLIANCES]
    if wanted:
        return [e for e in devices if is_one_of(e.entity_type, device_kind(e), wanted)]
    return [e for e in devices if e.entity_type != "service"]
