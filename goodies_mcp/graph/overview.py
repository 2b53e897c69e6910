"""The first call a model makes: what there is, and what needs attention. Small, however large the home."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from goodies_mcp.core.models import Entity, RecordId
from goodies_mcp.core.text import fold
from goodies_mcp.graph.cache import GraphCache
from goodies_mcp.graph.census import MOST_COUNTED, ROOM_TYPES, Census, devices_directly_in, take_census
from goodies_mcp.graph.inside import rooms_below
from goodies_mcp.graph.paging import Page, by_name, cut, open_page
from goodies_mcp.graph.places import Whereabouts, refs, whereabouts
from goodies_mcp.graph.resolve import HOME
from goodies_mcp.graph.resolve import entity as resolve
from goodies_mcp.graph.shown import Ref
from goodies_mcp.storage.interface import ReadView


@dataclass(frozen=True, slots=True)
class PlaceSummary:
    """A home, zone or room with what it holds directly or, for homes and zones, in all that is in it.

    ``devices`` and ``rooms`` are None where there are too many to be counted at once.
    """

    id: str
    type: str
    name: str
    where: str | None
    devices: int | None
    rooms: int | None = 0
    zone_type: str | None = None


@dataclass(frozen=True, slots=True)
class HomeOverview:
    """The first call a model makes: what there is, and what needs attention."""

    homes: tuple[PlaceSummary, ...]
    zones: tuple[PlaceSummary, ...]
    rooms: tuple[PlaceSummary, ...]
    counts: dict[str, int]
    devices_without_room: int
    without_room: tuple[Ref, ...]
    open_conflicts: int
    unpushed_changes: int
    last_sync: str | None
    at: str | None = None
    next_cursor: str | None = None
    note: str | None = None


LAST_SYNC = "sync.last_success"
"""The store's named value in which the sync client leaves the time of its last success."""

_MOST_PLACES = 50
_FEW_HOMES = 5
"""Of more homes nobody wants to read all floors and rooms in one list."""

_MOST_ROOMLESS = 20


def home_overview(
    view: ReadView, cache: GraphCache, home: str | None, *, limit: int, cursor: str | None
) -> HomeOverview:
    """Homes and zones (up to 50 zones, on the first page), rooms by name, page by page, and what needs attention.

    ``home`` keeps to the places of one home; where there are more than five and none is named, the homes alone are
    listed, page by page. Counts by type and devices without a room are those of the whole store; conflicts and unpushed
    changes are always those of now.
    """
    only = resolve(view, home, "home", HOME) if home is not None else None
    counts = view.counts()
    many = only is None and counts.get("home", 0) > _FEW_HOMES
    page = open_page("home_overview", [only.id if only else None, many, view.at], limit, cursor)
    if only:
        places, following = _places_of(view, cache, only, page)
    elif many:
        places, following = _listed(view, ("home",), page)
    else:
        places, following = _places_everywhere(view, page)
    census = cache.remembered(view, "census", lambda: take_census(view))
    summaries = _summaries(view, cache, census, places)
    homeless = view.entities(census.roomless[:_MOST_ROOMLESS])
    status = view.status()
    return HomeOverview(
        homes=tuple(each for each in summaries if each.type == "home"),
        zones=tuple(each for each in summaries if each.type == "zone"),
        rooms=tuple(each for each in summaries if each.type in ROOM_TYPES),
        counts=dict(sorted(counts.items())),
        devices_without_room=len(census.roomless),
        without_room=tuple(sorted(refs(view, homeless.values(), cache).values(), key=lambda r: by_name(r.name, r.id))),
        open_conflicts=status.open_conflicts,
        unpushed_changes=status.unpushed,
        last_sync=view.value(LAST_SYNC),
        at=view.at,
        next_cursor=following,
        note=" ".join(_notes(view, census, places, counts, many=many)) or None,
    )


def _places_of(view: ReadView, cache: GraphCache, home: Entity, page: Page) -> tuple[list[Entity], str | None]:
    held = sorted(_spaces_in(view, cache, home), key=lambda e: by_name(e.name, e.id))
    zones = [e for e in held if e.entity_type == "zone"]
    rooms = [e for e in held if e.entity_type in ROOM_TYPES]
    shown, following = cut(page, rooms, lambda e: by_name(e.name, e.id))
    return [*_at_first(page, [home, *zones[:_MOST_PLACES]]), *shown], following


def _spaces_in(view: ReadView, cache: GraphCache, home: Entity) -> Iterable[Entity]:
    """The zones and rooms of a home; rooms in rooms are left out where there are very many of them."""
    spaces = view.listed((*ROOM_TYPES, "zone"), after=None, limit=MOST_COUNTED + 1)
    if len(spaces) > MOST_COUNTED:
        return rooms_below(view, [home.id]).values()
    places = whereabouts(view, (e.id for e in spaces), cache, lasting=True)
    return (e for e in spaces if any(spot.id == home.id for spot in places.chain(e.id)))


def _places_everywhere(view: ReadView, page: Page) -> tuple[list[Entity], str | None]:
    rooms, following = _listed(view, ROOM_TYPES, page)
    above = [e for kind in ("home", "zone") for e in view.listed((kind,), after=None, limit=_MOST_PLACES)]
    return [*_at_first(page, above), *rooms], following


def _at_first(page: Page, places: list[Entity]) -> list[Entity]:
    """What is only listed on the first page."""
    return places if page.position is None else []


def _listed(view: ReadView, types: Sequence[str], page: Page) -> tuple[list[Entity], str | None]:
    after = (str(page.position[0]), RecordId(str(page.position[1]))) if page.position else None
    found = view.listed(types, after=after, limit=page.limit + 1)
    shown = found[: page.limit]
    following = page.cursor((fold(shown[-1].name), shown[-1].id)) if len(found) > page.limit else None
    return shown, following


def _summaries(view: ReadView, cache: GraphCache, census: Census, places: Sequence[Entity]) -> list[PlaceSummary]:
    where = whereabouts(view, (e.id for e in places), cache, lasting=True)
    rooms = [e.id for e in places if e.entity_type in ROOM_TYPES]
    devices = census.devices
    if devices is None:
        devices = cache.remembered(view, ("devices in", *rooms), lambda: devices_directly_in(view, rooms))
    return [_summary(place, where, census, devices.get(place.id, 0)) for place in places]


def _summary(place: Entity, where: Whereabouts, census: Census, devices: int) -> PlaceSummary:
    is_room = place.entity_type in ROOM_TYPES
    zone_type = place.content.get("zone_type") if place.entity_type == "zone" else None
    return PlaceSummary(
        id=place.id,
        type=place.entity_type,
        name=place.name,
        where=where.where(place.id),
        devices=devices if is_room or census.devices is not None else None,
        rooms=0 if is_room else None if census.rooms is None else census.rooms[place.id],
        zone_type=zone_type if isinstance(zone_type, str) else None,
    )


def _notes(
    view: ReadView, census: Census, places: Sequence[Entity], counts: dict[str, int], *, many: bool
) -> Iterator[str]:
    if not counts:
        then = f"at {view.at}: its first version is younger" if view.at else "yet: create_entity makes a home"
        yield f"Nothing is known of the home {then}."
    if census.devices is None:
        yield f"Devices without a room were looked for among the first {MOST_COUNTED} devices only."
    if many:
        yield "There are many homes: the floors and rooms of one are listed when it is named as home."
    if sum(1 for e in places if e.entity_type == "zone") == _MOST_PLACES:
        yield f"Only {_MOST_PLACES} zones are listed; search_entities finds the others."
