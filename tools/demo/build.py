"""Builds the demo home of ``home.toml`` through HomeGraph's own use cases, as an assistant would.

Dates in the file are counted from the day it is built ("today-170d"), so that something is always due.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from goodies_mcp.graph.home_graph import HomeGraph
from goodies_mcp.graph.results import Writer

HOME_FILE = Path(__file__).parent / "home.toml"
BATCH = 500

_RELATIVE = re.compile(r"^today([+-]\d+)d$")

Table = Mapping[str, Any]
Change = dict[str, Any]


async def build_demo_home(graph: HomeGraph, today: date, file: Path = HOME_FILE) -> int:
    """Create the home in an empty graph and set its devices' states; returns the number of entities and edges."""
    with file.open("rb") as opened:
        home: Table = _dated(tomllib.load(opened), today)
    changes = [*_structure(home), *_devices(home), *_documents(home), *_routines(home)]
    writer = Writer(client="demo", tool="apply_changes")
    for start in range(0, len(changes), BATCH):
        await graph.apply_changes(writer, changes[start : start + BATCH])
    await graph.record_states(
        [
            (device["name"], capability, value)
            for device in home["devices"]
            for capability, value in device.get("state", {}).items()
        ]
    )
    return len(changes)


def _dated(value: Any, today: date) -> Any:  # noqa: ANN401 - a TOML document is any mix of its types
    if isinstance(value, dict):
        return {key: _dated(inner, today) for key, inner in value.items()}
    if isinstance(value, list):
        return [_dated(inner, today) for inner in value]
    if isinstance(value, str) and (match := _RELATIVE.match(value)):
        return (today + timedelta(days=int(match[1]))).isoformat()
    return value


def _entity(kind: str, table: Table, **more: str) -> Change:
    return {
        "action": "create_entity",
        "entity_type": kind,
        "name": table["name"],
        "content": table.get("content", {}),
        **more,
    }


def _edge(source: str, relationship_type: str, target: str, **properties: str) -> Change:
    edge: Change = {
        "action": "create_relationship",
        "from_entity": source,
        "to_entity": target,
        "relationship_type": relationship_type,
    }
    return {**edge, "properties": properties} if properties else edge


def _structure(home: Table) -> Iterator[Change]:
    house = home["home"]["name"]
    yield _entity("home", home["home"])
    for zone in home["zones"]:
        yield _entity("zone", zone, part_of=house)
    for room in home["rooms"]:
        yield _entity("room", room, part_of=room["in"])
    for opening in home["openings"]:
        yield _entity(opening["type"], opening, located_in=opening["between"][0])
        for space in opening["between"]:
            yield _edge(opening["name"], "connects_to", space)


def _devices(home: Table) -> Iterator[Change]:
    for app in home["apps"]:
        yield _entity("app", app)
    for device in home["devices"]:
        yield _entity("device", device, **({"located_in": device["in"]} if "in" in device else {}))
    for device in home["devices"]:
        yield from _ties(device)
    for contact in home["contacts"]:
        yield _entity("contact", contact)
        for target in contact["manages"]:
            yield _edge(contact["name"], "manages", target)


def _ties(device: Table) -> Iterator[Change]:
    for relationship_type, key in (("part_of", "part_of"), ("controlled_by_app", "app")):
        if key in device:
            yield _edge(device["name"], relationship_type, device[key])
    for relationship_type in ("controls", "monitors"):
        for target in device.get(relationship_type, ()):
            yield _edge(device["name"], relationship_type, target)
    for target, role in device.get("depends_on", {}).items():
        yield _edge(device["name"], "depends_on", target, role=role)


def _documents(home: Table) -> Iterator[Change]:
    for manual in home["manuals"]:
        yield _entity("manual", manual)
        for device in manual["for"]:
            yield _edge(device, "documented_by", manual["name"])
    for procedure in home["procedures"]:
        content = {key: procedure[key] for key in ("steps", "category", "tools_needed") if key in procedure}
        yield _entity("procedure", {"name": procedure["name"], "content": content})
        for device in procedure["for"]:
            yield _edge(procedure["name"], "procedure_for", device)
    for note in home["notes"]:
        yield {"action": "add_note", "text": note["text"], "about": note["about"], "category": note["category"]}


def _routines(home: Table) -> Iterator[Change]:
    for routine in home["routines"]:
        yield _entity(routine["type"], routine)
        for target in routine["touches"]:
            yield _edge(routine["name"], "automates", target)
        for trigger in routine.get("triggered_by", ()):
            yield _edge(routine["name"], "triggered_by", trigger)
