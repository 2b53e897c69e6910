"""Query tools: each one question to the home, parsed, asked of HomeGraph, rendered by the funnel."""

from dataclasses import replace
from typing import TYPE_CHECKING

from goodies_mcp.mcpserver import schemas
from goodies_mcp.mcpserver.plain_messages import HOME_MAP
from goodies_mcp.mcpserver.registry import ToolContext, tool

if TYPE_CHECKING:  # start-up: a call loads the answer that it gives and no other
    from goodies_mcp.graph.results import (
        ConnectionPage,
        DeviceControls,
        DevicePage,
        Difference,
        DifferencePage,
        DuePage,
        Edge,
        EdgePage,
        EntityDetails,
        FieldChange,
        GuideItem,
        GuidePage,
        HistoryItem,
        HistoryPage,
        HomeOverview,
        MapIndex,
        PathResult,
        RoutinePage,
        SearchPage,
        SimilarPage,
        StateItem,
        StatePage,
    )


def _names_only(changes: "tuple[FieldChange, ...]") -> "tuple[FieldChange, ...]":
    return tuple(replace(change, before=None, after=None) for change in changes)


def _edge(item: "Edge") -> "Edge":
    return replace(item, properties={})


def _guide(item: "GuideItem") -> "GuideItem":
    return replace(item, steps=(), text=None)


def _version(item: "HistoryItem") -> "HistoryItem":
    return replace(item, changes=_names_only(item.changes))


def _state(item: "StateItem") -> "StateItem":
    return replace(item, value={})


def _difference(item: "Difference") -> "Difference":
    return replace(item, changes=_names_only(item.changes))


@tool("Home overview", toolset="query", default=True)
async def get_home_overview(context: ToolContext, args: schemas.GetHomeOverview) -> "HomeOverview":
    """Homes, floors and rooms with counts, devices without a room, conflicts, last sync. Call it first, for what there
    is and its names."""
    return await context.graph.get_home_overview(args.home, at=args.at, limit=args.limit, cursor=args.cursor)


@tool("Home map", toolset="query", app=HOME_MAP)
async def get_home_map(context: ToolContext, args: schemas.GetHomeMap) -> "MapIndex":
    """Show the person a map of their home: floors, rooms, doors, devices and their states. For facts use the other
    tools."""
    return await context.graph.get_map_index(args.home, at=args.at)


@tool("Search", toolset="query", default=True)
async def search_entities(context: ToolContext, args: schemas.SearchEntities) -> "SearchPage":
    """Find anything by words in names, notes, manuals, procedures; forgives typos, knows synonyms. To list a room use
    get_devices_in_room."""
    return await context.graph.search_entities(
        args.query,
        entity_types=args.entity_types,
        within=args.within,
        at=args.at,
        limit=args.limit,
        cursor=args.cursor,
    )


@tool("Entity details", toolset="query", default=True)
async def get_entity_details(context: ToolContext, args: schemas.GetEntityDetails) -> "EntityDetails":
    """One entity, whole: content, version, place, relationships, history if asked for."""
    return await context.graph.get_entity_details(
        args.entity, include=args.include, at=args.at, limit=args.limit, cursor=args.cursor
    )


@tool("Relationships", toolset="query", concise=_edge)
async def get_entity_relationships(context: ToolContext, args: schemas.GetEntityRelationships) -> "EdgePage":
    """The edges of one entity with their ids and what is at the other end. For what is in a room use
    get_devices_in_room."""
    return await context.graph.get_entity_relationships(
        args.entity,
        direction=args.direction,
        relationship_types=args.relationship_types,
        at=args.at,
        limit=args.limit,
        cursor=args.cursor,
    )


@tool("Devices in a room", toolset="query", default=True)
async def get_devices_in_room(context: ToolContext, args: schemas.GetDevicesInRoom) -> "DevicePage":
    """Devices of a room, floor, zone or home with their known state."""
    return await context.graph.get_devices_in_room(
        args.room,
        device_types=args.device_types,
        include_nested=args.include_nested,
        at=args.at,
        limit=args.limit,
        cursor=args.cursor,
    )


@tool("Device controls", toolset="query", default=True)
async def find_device_controls(context: ToolContext, args: schemas.FindDeviceControls) -> "DeviceControls":
    """What can be read and set on a device (units, ranges, last known values and their age), and what controls it."""
    return await context.graph.find_device_controls(args.device, at=args.at)


@tool("Room connections", toolset="query")
async def get_room_connections(context: ToolContext, args: schemas.GetRoomConnections) -> "ConnectionPage":
    """Doors, windows and passages of a room and what lies behind them. For a way through several rooms use
    find_path."""
    return await context.graph.get_room_connections(
        args.room, to_room=args.to_room, at=args.at, limit=args.limit, cursor=args.cursor
    )


@tool("Find a way", toolset="query", default=True)
async def find_path(context: ToolContext, args: schemas.FindPath) -> "PathResult":
    """The way from one room or thing to another, door by door; found: false with the reason when there is none."""
    return await context.graph.find_path(
        args.start, args.goal, avoid=args.avoid, accessible_only=args.accessible_only, at=args.at
    )


@tool("Similar things", toolset="query")
async def find_similar_entities(context: ToolContext, args: schemas.FindSimilarEntities) -> "SimilarPage":
    """What is like an entity by kind, model, content or place, with the reasons. To find things by words use
    search_entities."""
    return await context.graph.find_similar_entities(args.entity, at=args.at, limit=args.limit, cursor=args.cursor)


@tool("Procedures for a device", toolset="query", default=True, concise=_guide)
async def get_procedures_for_device(context: ToolContext, args: schemas.GetProceduresForDevice) -> "GuidePage":
    """Procedures, manuals and notes that apply to a device, its model or its room; detail=full gives their text."""
    return await context.graph.get_procedures_for_device(args.device, at=args.at, limit=args.limit, cursor=args.cursor)


@tool("Automations in a room", toolset="query")
async def get_automations_in_room(context: ToolContext, args: schemas.GetAutomationsInRoom) -> "RoutinePage":
    """Automations, schedules and scenes that touch a room, and what they touch there."""
    return await context.graph.get_automations_in_room(args.room, at=args.at, limit=args.limit, cursor=args.cursor)


@tool("History", toolset="query", concise=_version)
async def get_entity_history(context: ToolContext, args: schemas.GetEntityHistory) -> "HistoryPage":
    """Versions of one entity, newest first: when, who, on which device, what changed (detail=full: from what to
    what). restore_entity takes their ids. For the whole home use what_changed."""
    return await context.graph.get_entity_history(args.entity, limit=args.limit, cursor=args.cursor)


@tool("State of the home", toolset="query", default=True, concise=_state)
async def get_home_state(context: ToolContext, args: schemas.GetHomeState) -> "StatePage":
    """What is on, open, unlocked, too warm, low on battery now, with the age of each value. device_types narrows it
    (light, lock). It switches nothing."""
    return await context.graph.get_home_state(
        within=args.within,
        device_types=args.device_types,
        capability=args.capability,
        only=args.only,
        at=args.at,
        limit=args.limit,
        cursor=args.cursor,
    )


@tool("What is due", toolset="query")
async def what_is_due(context: ToolContext, args: schemas.WhatIsDue) -> "DuePage":
    """Maintenance, filters, warranties and batteries that fall due, soonest first, overdue ones included."""
    return await context.graph.what_is_due(
        within=args.within, until=args.until, at=args.at, limit=args.limit, cursor=args.cursor
    )


@tool("What changed", toolset="query", default=True, concise=_difference)
async def what_changed(context: ToolContext, args: schemas.WhatChanged) -> "DifferencePage":
    """The difference between two moments of the home: what was created, changed, moved, deleted, and by whom. For
    device states use get_home_state."""
    return await context.graph.what_changed(
        args.since, until=args.until, within=args.within, limit=args.limit, cursor=args.cursor
    )
