"""All that HomeGraph answers, and what sync tells, in one place: plain values, one class an answer, ready to be
rendered at any edge.

Each class stands beside its use case, because a command that asks one question pays for one answer. Whoever names them
all, to list or to test them, finds them here; nobody else should load this.
"""

from goodies_mcp.core.sync_status import ParkedItem, RefusedItem, SyncFailure, SyncStatus
from goodies_mcp.graph.changed import Difference, DifferencePage
from goodies_mcp.graph.conflicts import ConflictItem, ConflictPage, ConflictSide, FieldConflict, SideValue
from goodies_mcp.graph.connections import Connection, ConnectionPage
from goodies_mcp.graph.content_page import ContentPage
from goodies_mcp.graph.controls import CapabilityField, CapabilityItem, ControlledBy, DeviceControls
from goodies_mcp.graph.details import EntityDetails
from goodies_mcp.graph.differences import FieldChange
from goodies_mcp.graph.edges import Edge, EdgePage
from goodies_mcp.graph.guides import GuideItem, GuidePage
from goodies_mcp.graph.history import HistoryItem, HistoryPage
from goodies_mcp.graph.home_map import (
    HomeMap,
    MapDevice,
    MapFloor,
    MapIndex,
    MapIndexFloor,
    MapIndexRoom,
    MapOpening,
    MapRoom,
)
from goodies_mcp.graph.home_state import StateItem, StatePage
from goodies_mcp.graph.house_book import BookPaper, BookRoom, BookThing, HouseBook
from goodies_mcp.graph.overview import HomeOverview, PlaceSummary
from goodies_mcp.graph.passages import Passage
from goodies_mcp.graph.rooms import DeviceItem, DevicePage
from goodies_mcp.graph.routines import RoutineItem, RoutinePage
from goodies_mcp.graph.search import Hit, SearchPage
from goodies_mcp.graph.shown import Ref
from goodies_mcp.graph.similar import SimilarItem, SimilarPage
from goodies_mcp.graph.upcoming import DueItem, DuePage
from goodies_mcp.graph.ways import PathResult, Step
from goodies_mcp.graph.writes import Done, Writer, WriteResult

__all__ = [
    "BookPaper",
    "BookRoom",
    "BookThing",
    "CapabilityField",
    "CapabilityItem",
    "ConflictItem",
    "ConflictPage",
    "ConflictSide",
    "Connection",
    "ConnectionPage",
    "ContentPage",
    "ControlledBy",
    "DeviceControls",
    "DeviceItem",
    "DevicePage",
    "Difference",
    "DifferencePage",
    "Done",
    "DueItem",
    "DuePage",
    "Edge",
    "EdgePage",
    "EntityDetails",
    "FieldChange",
    "FieldConflict",
    "GuideItem",
    "GuidePage",
    "HistoryItem",
    "HistoryPage",
    "Hit",
    "HomeMap",
    "HomeOverview",
    "HouseBook",
    "MapDevice",
    "MapFloor",
    "MapIndex",
    "MapIndexFloor",
    "MapIndexRoom",
    "MapOpening",
    "MapRoom",
    "ParkedItem",
    "Passage",
    "PathResult",
    "PlaceSummary",
    "Ref",
    "RefusedItem",
    "RoutineItem",
    "RoutinePage",
    "SearchPage",
    "SideValue",
    "SimilarItem",
    "SimilarPage",
    "StateItem",
    "StatePage",
    "Step",
    "SyncFailure",
    "SyncStatus",
    "WriteResult",
    "Writer",
]
