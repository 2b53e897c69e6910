"""HomeGraph: what one can ask of a home and how one changes it, one method a use case.

Each method is one unit of work on the store. What it does stands in functions of the neighbouring modules that
take a view; here is only which function, on which snapshot, with whose clock and name. Each method loads its use
case when it is called: start-up, because a command asks one question.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from goodies_mcp.core.protocols import Clock, Fetch, IdSource
from goodies_mcp.graph.cache import GraphCache
from goodies_mcp.graph.home_browsing import HomeBrowsing
from goodies_mcp.graph.home_content import HomeContent
from goodies_mcp.graph.management import HomeManagement
from goodies_mcp.graph.moments import moment_or_now
from goodies_mcp.graph.paging import DEFAULT_LIMIT
from goodies_mcp.storage.interface import GraphStore, ReadView

if TYPE_CHECKING:
    from goodies_mcp.core.protocols import Reading
    from goodies_mcp.graph.inventory_table import InventoryRow
    from goodies_mcp.graph.results import (
        ConflictPage,
        ConnectionPage,
        DeviceControls,
        DevicePage,
        DifferencePage,
        DuePage,
        EdgePage,
        EntityDetails,
        GuidePage,
        HistoryPage,
        HomeMap,
        HomeOverview,
        HouseBook,
        MapIndex,
        PathResult,
        RoutinePage,
        SearchPage,
        SimilarPage,
        StatePage,
    )

T = TypeVar("T")


class HomeGraph(HomeManagement, HomeContent, HomeBrowsing):
    """The domain service over one store.

    Arguments that point at things take ids or names; ``at`` takes any ISO time (None: now); lists take ``limit``
    (1 to 200) and the ``cursor`` of the page before. Errors are those of ``goodies_mcp.errors`` and name the
    argument they concern; every method can raise InvalidInput, NotFound and Ambiguous for its arguments, and
    Unavailable, StorageFull and StorageCorrupt from the store.

    ``author`` and ``device`` stand on the versions that are written here. ``reading`` gives what reads files and
    addresses, when something is to be read; without it, nothing is. ``fetch`` brings files here that are at the hub.
    """

    def __init__(
        self,
        store: GraphStore,
        clock: Clock,
        ids: IdSource,
        *,
        author: str = "owner",
        device: str = "this-device",
        reading: "Callable[[], Reading] | None" = None,
        fetch: Fetch | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._author = author
        self._device = device
        self._reading = reading
        self._fetch = fetch
        self._cache = GraphCache()

    async def get_home_overview(
        self,
        home: str | None = None,
        *,
        at: str | None = None,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> "HomeOverview":
        """Homes, zones, rooms with counts, devices without a room, conflicts, last sync. Pages the rooms."""
        from goodies_mcp.graph.overview import home_overview

        return await self._read(lambda view: home_overview(view, self._cache, home, limit=limit, cursor=cursor), at)

    async def get_home_map(self, home: str | None = None, *, at: str | None = None) -> "HomeMap":
        """Floors, rooms, what joins them and the devices with their states, to be drawn; ``home`` where there are
        several."""
        from goodies_mcp.graph.home_map import home_map

        return await self._read(lambda view: home_map(view, self._cache, home), at)

    async def get_map_index(self, home: str | None = None, *, at: str | None = None) -> "MapIndex":
        """What is on the map, in a few words: its floors and rooms with the number of their devices."""
        from goodies_mcp.graph.home_map import home_map, index_of

        return await self._read(lambda view: index_of(home_map(view, self._cache, home)), at)

    async def get_house_book(
        self, home: str | None = None, *, private: bool = False, at: str | None = None
    ) -> "HouseBook":
        """All of one home for a book that is printed; private content only when it is asked for."""
        from goodies_mcp.graph.house_book import house_book

        now = self._clock.now()
        return await self._read(lambda view: house_book(view, self._cache, home, now=now, private=private), at)

    async def search_entities(
        self,
        query: str,
        *,
        entity_types: Sequence[str] = (),
        within: str | None = None,
        at: str | None = None,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> "SearchPage":
        """Ranked hits over names, content, notes, manuals and procedures, forgiving typos."""
        from goodies_mcp.graph.search import search_entities

        return await self._read(
            lambda view: search_entities(
                view, self._cache, query, entity_types=entity_types, within=within, limit=limit, cursor=cursor
            ),
            at,
        )

    async def get_entity_details(
        self,
        entity: str,
        *,
        include: Sequence[str] = ("relationships", "content"),
        at: str | None = None,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> "EntityDetails":
        """One entity, whole: ``include`` takes relationships, history and content. Pages the relationships."""
        from goodies_mcp.graph.details import entity_details

        return await self._read(
            lambda view: entity_details(view, self._cache, entity, include=include, limit=limit, cursor=cursor), at
        )

    async def get_entity_relationships(
        self,
        entity: str,
        *,
        direction: str | None = None,
        relationship_types: Sequence[str] = (),
        at: str | None = None,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> "EdgePage":
        """Edges with the other end's name; ``direction`` is out, in or None for both."""
        from goodies_mcp.graph.edges import entity_relationships

        return await self._read(
            lambda view: entity_relationships(
                view,
                self._cache,
                entity,
                direction=direction,
                relationship_types=relationship_types,
                limit=limit,
                cursor=cursor,
            ),
            at,
        )

    async def get_devices_in_room(
        self,
        room: str,
        *,
        device_types: Sequence[str] = (),
        include_nested: bool = True,
        at: str | None = None,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> "DevicePage":
        """Devices of a room, zone, floor or home with their known state."""
        from goodies_mcp.graph.rooms import devices_in_room

        return await self._read(
            lambda view: devices_in_room(
                view,
                self._cache,
                room,
                device_types=device_types,
                include_nested=include_nested,
                limit=limit,
                cursor=cursor,
            ),
            at,
        )

    async def find_device_controls(
        self,
        device: str,
        *,
        at: str | None = None,
    ) -> "DeviceControls":
        """Capabilities with unit, range, value and its age, and what controls the device."""
        from goodies_mcp.graph.controls import device_controls

        now = self._clock.now()
        return await self._read(lambda view: device_controls(view, self._cache, device, now=now), at)

    async def get_room_connections(
        self,
        room: str,
        *,
        to_room: str | None = None,
        at: str | None = None,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> "ConnectionPage":
        """Doors, windows, passages and open connections, and what lies behind them."""
        from goodies_mcp.graph.connections import room_connections

        return await self._read(
            lambda view: room_connections(view, self._cache, room, to_room=to_room, limit=limit, cursor=cursor), at
        )

    async def find_path(
        self,
        start: str,
        goal: str,
        *,
        avoid: Sequence[str] = (),
        accessible_only: bool = False,
        at: str | None = None,
    ) -> "PathResult":
        """The way through the rooms, or why there is none. Errors say ``from`` and ``to``, as the tool does."""
        from goodies_mcp.graph.ways import find_path

        return await self._read(
            lambda view: find_path(view, self._cache, start, goal, avoid=avoid, accessible_only=accessible_only), at
        )

    async def find_similar_entities(
        self,
        entity: str,
        *,
        at: str | None = None,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> "SimilarPage":
        """What is alike by kind, model, maker, name and place, with the reasons."""
        from goodies_mcp.graph.similar import similar_entities

        return await self._read(
            lambda view: similar_entities(view, self._cache, entity, limit=limit, cursor=cursor), at
        )

    async def get_procedures_for_device(
        self,
        device: str,
        *,
        at: str | None = None,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> "GuidePage":
        """Procedures, manuals and notes that apply to the device, its model or its room."""
        from goodies_mcp.graph.guides import procedures_for_device

        return await self._read(
            lambda view: procedures_for_device(view, self._cache, device, limit=limit, cursor=cursor), at
        )

    async def get_automations_in_room(
        self,
        room: str,
        *,
        at: str | None = None,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> "RoutinePage":
        """Automations, schedules and scenes that touch the room."""
        from goodies_mcp.graph.routines import automations_in_room

        return await self._read(
            lambda view: automations_in_room(view, self._cache, room, limit=limit, cursor=cursor), at
        )

    async def get_entity_history(
        self,
        entity: str,
        *,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> "HistoryPage":
        """Versions of one entity or relationship, newest first: when, who, where, what changed."""
        from goodies_mcp.graph.history import entity_history

        return await self._read(lambda view: entity_history(view, self._cache, entity, limit=limit, cursor=cursor))

    async def get_home_state(
        self,
        *,
        within: str | None = None,
        device_types: Sequence[str] = (),
        capability: str | None = None,
        only: str | None = None,
        at: str | None = None,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> "StatePage":
        """What is on, open, unlocked, too warm or low on battery, with the age of each value."""
        from goodies_mcp.graph.home_state import Narrowing, home_state

        now = self._clock.now()
        narrowing = Narrowing(device_types, capability, only)
        return await self._read(
            lambda view: home_state(
                view, self._cache, now=now, within=within, narrowing=narrowing, limit=limit, cursor=cursor
            ),
            at,
        )

    async def get_inventory(self, *, at: str | None = None) -> "list[InventoryRow]":
        """Every device with its room and its plain facts, by room and name: the rows of a table."""
        from goodies_mcp.graph.inventory import inventory

        return await self._read(inventory, at)

    async def what_is_due(
        self,
        *,
        within: str | None = None,
        until: str | None = None,
        at: str | None = None,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> "DuePage":
        """Maintenance, warranties, batteries and schedules that fall due until a day (None: 30 days ahead)."""
        from goodies_mcp.graph.upcoming import what_is_due

        now = self._clock.now()
        return await self._read(
            lambda view: what_is_due(
                view, self._cache, now=now, within=within, until=until, limit=limit, cursor=cursor
            ),
            at,
        )

    async def what_changed(
        self,
        since: str,
        *,
        until: str | None = None,
        within: str | None = None,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> "DifferencePage":
        """The difference between two moments of the house; ``until`` None is now."""
        from goodies_mcp.graph.changed import what_changed

        now = self._clock.now()
        return await self._read(
            lambda view: what_changed(
                view, self._cache, since, now=now, until=until, within=within, limit=limit, cursor=cursor
            )
        )

    async def list_conflicts(self, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None) -> "ConflictPage":
        """What people have to decide: both sides and what they grew from, field by field."""
        from goodies_mcp.graph.conflicts import list_conflicts

        return await self._read(lambda view: list_conflicts(view, self._device, limit=limit, cursor=cursor))

    async def _read(self, work: Callable[[ReadView], T], at: str | None = None) -> T:
        return await self._store.read(work, at=moment_or_now(at))
