"""Every tool there is, with arguments that make sense in the demo home, in an order in which each finds its thing."""

from pathlib import Path
from typing import Any

from goodies_mcp.app import finished, inline_home
from goodies_mcp.config import load
from goodies_mcp.mcpserver.calling import call
from goodies_mcp.mcpserver.catalogue import catalogue
from goodies_mcp.mcpserver.registry import ToolContext

Call = tuple[str, dict[str, Any], str | None]
"""The tool, what it is given, and the code of the error that it answers with, if any."""

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def every_tool(folder: Path) -> list[Call]:
    """The calls, for the demo home in this folder and any copy of it."""
    with inline_home(load({"data_dir": str(folder)}, {}), read_only=True) as home:
        context = ToolContext(home.graph)

        def known(tool: str, **arguments: Any) -> Any:
            outcome = finished(call(catalogue(), context, tool, arguments))
            assert not outcome.is_error, outcome.text
            return outcome.structured

        version = known("get_entity_details", entity="Dryer")["version"]
        edges = known("get_entity_relationships", entity="Washing machine", direction="out", detail="full")["items"]
    power = next(edge["id"] for edge in edges if edge["relationship_type"] == "depends_on")
    return [*READING, *_writing(version, power), *SYNC]


READING: tuple[Call, ...] = (
    ("get_home_overview", {}, None),
    ("search_entities", {"query": "kitchen lihgt", "entity_types": ["device"], "limit": 5}, None),
    ("get_entity_details", {"entity": "Boiler", "include": ["relationships", "history", "content"]}, None),
    ("get_entity_relationships", {"entity": "Kitchen", "direction": "in"}, None),
    ("get_home_map", {}, None),
    ("get_devices_in_room", {"room": "Ground floor", "device_types": ["light"]}, None),
    ("find_device_controls", {"device": "Dryer"}, None),
    ("get_room_connections", {"room": "Hall"}, None),
    ("find_path", {"from": "Kitchen", "to": "Guest room"}, None),
    ("find_path", {"from": "Kitchen", "to": "Nowhere at all"}, "not_found"),
    ("find_similar_entities", {"entity": "Dryer"}, None),
    ("get_procedures_for_device", {"device": "Boiler"}, None),
    ("get_automations_in_room", {"room": "Hall"}, None),
    ("get_entity_history", {"entity": "Kitchen"}, None),
    ("get_home_state", {"within": "Ground floor", "only": "on"}, None),
    ("what_is_due", {"until": "2027-12-31"}, None),
    ("what_changed", {"since": "2026-01-01", "limit": 3}, None),
)


def _writing(version: str, power: str) -> tuple[Call, ...]:
    changes = [{"action": "update_entity", "entity": "Shed", "name": "Garden shed"}]
    return (
        ("create_entity", {"entity_type": "room", "name": "Loft — Büro 屋根裏", "part_of": "Upper floor"}, None),
        ("create_entity", {"entity_type": "castle", "name": "x"}, "invalid_input"),
        ("update_entity", {"entity": "Dryer", "changes": {"colour": "white"}}, None),
        ("restore_entity", {"entity": "Dryer", "version": version}, None),
        ("delete_entity", {"entity": "Kitchen window", "cascade": True}, None),
        ("undo", {}, None),
        (
            "create_relationship",
            {"from_entity": "Utility room light", "to_entity": "Breaker panel", "relationship_type": "depends_on"},
            None,
        ),
        ("update_relationship", {"relationship": power, "properties": {"note": "behind the machine"}}, None),
        ("delete_relationship", {"relationship": power}, None),
        ("apply_changes", {"changes": changes}, None),
        ("create_procedure", {"title": "Reset", "steps": ["Off", "On"], "for_entities": ["Dryer"]}, None),
        ("add_note", {"text": "Bulb: E27\nSecond line", "about": "Utility room light"}, None),
        ("add_device_manual", {"device": "Dryer", "title": "The manual", "text": "Error E24: empty the tank."}, None),
        ("attach_file", {"entity": "Dryer", "data_base64": "Ynl0ZXM=", "caption": "Receipt"}, None),
        ("add_device_image", {"entity": "Guest toilet", "data_base64": PIXEL, "caption": "A dot"}, None),
        ("read_content", {"content": "The manual", "find": "tank"}, None),
        ("read_content", {"content": "Guest toilet"}, None),
    )


SYNC: tuple[Call, ...] = (
    ("get_sync_status", {}, None),
    ("list_conflicts", {}, None),
    ("resolve_conflict", {"conflict": "Dryer", "resolution": "keep_local"}, "conflict"),
    ("sync_now", {}, "unauthorized"),
)
