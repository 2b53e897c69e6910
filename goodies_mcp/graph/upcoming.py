"""What falls due: dates out of content, the next run of schedules, and batteries that are low now."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from heapq import merge
from itertools import islice

from goodies_mcp.capabilities.readings import HOME_STATE_QUESTIONS, render
from goodies_mcp.core.due import parse_day
from goodies_mcp.core.models import Entity, RecordId
from goodies_mcp.graph.cache import GraphCache
from goodies_mcp.graph.known_states import known_states
from goodies_mcp.graph.moments import parse_moment
from goodies_mcp.graph.paging import Page, open_page
from goodies_mcp.graph.places import Whereabouts, whereabouts
from goodies_mcp.graph.resolve import SOMEWHERE
from goodies_mcp.graph.resolve import entity as resolve
from goodies_mcp.graph.schedules import next_run
from goodies_mcp.storage.interface import ReadView


@dataclass(frozen=True, slots=True)
class DueItem:
    """Something that falls due. ``overdue_days`` is negative while it lies ahead."""

    id: str
    type: str
    name: str
    where: str | None
    what: str
    due: str
    overdue_days: int


@dataclass(frozen=True, slots=True)
class DuePage:
    """What falls due, soonest first."""

    items: tuple[DueItem, ...]
    until: str
    next_cursor: str | None = None
    note: str | None = None


AHEAD = timedelta(days=30)
"""How far ahead is looked when nobody says."""

_EXPIRED = frozenset({"warranty ends", "expires"})
_CHUNK = 400
_MOST_SCANNED = 4_000
_MOST_SCHEDULES = 500

_Due = tuple[str, RecordId, str]
"""Date, entity, what: also the order and the position in a list."""


def what_is_due(
    view: ReadView,
    cache: GraphCache,
    *,
    now: str,
    within: str | None,
    until: str | None,
    limit: int,
    cursor: str | None,
) -> DuePage:
    """What falls due up to and including the day ``until`` (None: 30 days ahead), overdue things first.

    Warranties and expiry dates are told up to 30 days after they have passed; after that nothing can be done.
    """
    today = date.fromisoformat((view.at or now)[:10])
    last = _until(until, today)
    place = resolve(view, within, "within", SOMEWHERE).id if within is not None else None
    page = open_page("what_is_due", [until, place, view.at], limit, cursor)
    low = sorted(_from_devices(view, today)) if today <= last else []
    ordered = merge(_dated(view, last, today, page), low, sorted(_runs(view, now, last)))
    after = _position(page)
    fresh = (due for due in ordered if after is None or due > after)
    items, stopped_at = _collected(view, cache, fresh, place, today, limit)
    return DuePage(items, last.isoformat(), page.cursor(stopped_at) if stopped_at else None)


def _until(until: str | None, today: date) -> date:
    if until is None:
        return min(today, date.max - AHEAD) + AHEAD
    return parse_day(until) or date.fromisoformat(parse_moment(until, "until")[:10])


def _position(page: Page) -> _Due | None:
    if page.position is None:
        return None
    on, entity_id, what = page.position
    return str(on), RecordId(str(entity_id)), str(what)


def _dated(view: ReadView, last: date, today: date, page: Page) -> Iterator[_Due]:
    """Dates out of content in order, from the page's position on. The store pages by (date, entity) and may cut
    between several things of one pair, so the last pair of a full chunk is read again, whole."""
    position = _position(page)
    stale = (today - AHEAD).isoformat() if today > date.min + AHEAD else ""
    after = (position[0], RecordId("")) if position else None
    size = _CHUNK
    while True:
        chunk = view.due(last.isoformat(), after=after, limit=size)
        pairs = [(due.on, due.entity_id) for due in chunk]
        full = len(chunk) == size
        whole = [due for due, pair in zip(chunk, pairs, strict=True) if not full or pair != pairs[-1]]
        yield from ((d.on, d.entity_id, d.what) for d in whole if d.what not in _EXPIRED or d.on >= stale)
        if not full:
            return
        if whole:
            after = (whole[-1].on, whole[-1].entity_id)
        else:
            size *= 2


def _from_devices(view: ReadView, today: date) -> list[_Due]:
    low = HOME_STATE_QUESTIONS["low_battery"]
    states = [each for each in known_states(view, None, "battery") if low.holds("battery", each.value)]
    return [(today.isoformat(), each.entity_id, f"battery: {render('battery', each.value)}") for each in states]


def _runs(view: ReadView, now: str, last: date) -> Iterator[_Due]:
    for schedule in view.listed(("schedule",), after=None, limit=_MOST_SCHEDULES):
        run = next_run(schedule.content, view.at or now)
        if run is not None and run[0] <= last:
            yield run[0].isoformat(), schedule.id, run[1]


def _collected(
    view: ReadView, cache: GraphCache, ordered: Iterable[_Due], place: RecordId | None, today: date, limit: int
) -> tuple[tuple[DueItem, ...], _Due | None]:
    """The first that are within the place, and where to go on; a search for them ends after 4,000 candidates."""
    items: list[DueItem] = []
    scanned = 0
    source = iter(ordered)
    # One more than is shown, to know whether there is more.
    while chunk := list(islice(source, limit + 1)):
        entities = view.entities({due[1] for due in chunk})
        places = whereabouts(view, entities, cache)
        for number, due in enumerate(chunk):
            entity = entities.get(due[1])
            if entity is not None and _is_within(places, entity.id, place):
                items.append(_item(entity, due, places.where(entity.id), today))
            if len(items) == limit:
                more = number + 1 < len(chunk) or next(source, None) is not None
                return tuple(items), due if more else None
        scanned += len(chunk)
        if scanned >= _MOST_SCANNED:
            return tuple(items), chunk[-1]
    return tuple(items), None


def _is_within(places: Whereabouts, record_id: RecordId, place: RecordId | None) -> bool:
    return place is None or record_id == place or any(spot.id == place for spot in places.chain(record_id))


def _item(entity: Entity, due: _Due, where: str | None, today: date) -> DueItem:
    on, _, what = due
    days = (today - date.fromisoformat(on)).days
    return DueItem(entity.id, entity.entity_type, entity.name, where, what, on, days)
