"""The devices of a home as rows of a table, out and in: what a person keeps in a spreadsheet for the insurance."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from goodies_mcp.core.models import Entity, EntityPayload, JsonValue, RecordId
from goodies_mcp.core.text import fold, visible
from goodies_mcp.core.vocabulary import APPLIANCES, SPACES
from goodies_mcp.errors import GoodiesError, InvalidInput, NotFound
from goodies_mcp.graph import resolve
from goodies_mcp.graph.bounds import checked_name, checked_object
from goodies_mcp.graph.editing import Edit
from goodies_mcp.graph.inventory_table import InventoryRow
from goodies_mcp.graph.joins import create_relationship
from goodies_mcp.graph.paging import by_name
from goodies_mcp.graph.places import Spot, Whereabouts, whereabouts
from goodies_mcp.graph.things import End, create_entity, create_with_edges, namesakes_of, twin_among, update_entity
from goodies_mcp.graph.writes import WriteResult
from goodies_mcp.storage.interface import ReadView

_PAGE = 1_000
_KIND = "device"


@dataclass(frozen=True, slots=True)
class NewRooms:
    """Rooms that a table names and the home lacks are made, in this home (None: the only one)."""

    home: str | None = None


def inventory(view: ReadView) -> list[InventoryRow]:
    """Every device, accessory and service with the room it is in and the facts of its content that are one value,
    ordered by the name of the room and of the device."""
    devices = [entity for entity in _all_devices(view) if entity.entity_type in APPLIANCES]
    places = whereabouts(view, (device.id for device in devices))
    rows = []
    for device in devices:
        room = _room_of(places, device.id)
        facts = {key: text for key, value in device.content.items() if (text := _cell(value))}
        where = (room.name, room.id) if room else ("", "")
        rows.append(InventoryRow(0, device.id, device.entity_type, device.name, *where, facts))
    return sorted(rows, key=lambda row: (fold(row.room), by_name(row.name, RecordId(row.id))))


def take_inventory(edit: Edit, *, rows: Sequence[InventoryRow], new_rooms: NewRooms | None) -> None:
    """Bring the home up to what the rows say: all of them or none.

    A row with an id changes that device; one without is the device of that name and kind in that room, or a new one.
    Empty cells change nothing, so that nothing is deleted by a table that lacks a column.

    Raises what a row is wrong about, naming its line.
    """
    taking = _Taking(edit, new_rooms)
    for row in rows:
        try:
            taking.take(row)
        except GoodiesError as wrong:
            wrong.message = f"line {row.line}: {wrong.message}; nothing of the table was kept"
            wrong.args = (wrong.message,)
            wrong.argument = "file"
            raise


class Rehearsed(Exception):
    """Ends the transaction of a rehearsal; ``result`` is what it would have done."""

    def __init__(self, result: WriteResult) -> None:
        super().__init__()
        self.result = result


def rehearse_inventory(edit: Edit, *, rows: Sequence[InventoryRow], new_rooms: NewRooms | None) -> None:
    """As :func:`take_inventory`, and then nothing of it is kept. Raises :class:`Rehearsed`."""
    take_inventory(edit, rows=rows, new_rooms=new_rooms)
    raise Rehearsed(replace(edit.result(), batch=None, note="nothing was kept: this was a rehearsal"))


class _Taking:
    """One table on its way into the home."""

    def __init__(self, edit: Edit, new_rooms: NewRooms | None) -> None:
        self._edit = edit
        self._new_rooms = new_rooms
        self._rooms: dict[str, RecordId] = {}
        self._met: set[RecordId] = set()

    def take(self, row: InventoryRow) -> None:
        edit, room = self._edit, self._room(row)
        if row.id:
            device = edit.entity(row.id, "id")
            _change(edit, device, row)
            _move(edit, device, room)
            return
        kind = (row.type or _KIND).strip().lower()
        if kind not in APPLIANCES:
            raise InvalidInput(
                f"type is one of {', '.join(sorted(APPLIANCES))}, and not {visible(kind)[:80]!r}",
                argument="type",
                hint="what kind of device it is stands in a column device_type; without a column type all are devices",
            )
        name = checked_name(row.name)
        ends: list[End] = [("located_in", room)] if room else []
        # Two like rows are two like things: what one row is about, no later one is.
        namesakes = [each for each in namesakes_of(edit.tx, kind, name) if each.id not in self._met]
        alike = [each for each in namesakes if not _changes(each, row)]
        twin = twin_among(edit.tx, alike, ends) or twin_among(edit.tx, namesakes, ends)
        if twin:
            _change(edit, twin, row)
            self._met.add(twin.id)
        else:
            content = checked_object(dict(row.facts), "content")
            self._met.add(create_with_edges(edit, EntityPayload(kind, name, content), ends))

    def _room(self, row: InventoryRow) -> RecordId | None:
        """The room that a row names. Its id counts as long as the name beside it was not changed."""
        if row.room_id:
            held = self._edit.tx.entities([RecordId(row.room_id)]).get(RecordId(row.room_id))
            if held is not None and row.room in {"", held.name}:
                return held.id
        if not row.room:
            return None
        key = fold(row.room)
        if key not in self._rooms:
            self._rooms[key] = self._found_room(row.room)
        return self._rooms[key]

    def _found_room(self, name: str) -> RecordId:
        edit, wish = self._edit, self._new_rooms
        if any(each.entity_type in SPACES for each in edit.tx.named(name)):
            return edit.entity(name, "room", resolve.PLACE).id
        if wish is None:
            raise NotFound(f"there is no room {name[:80]!r}", hint="--new-rooms makes the rooms that a table names")
        homes = edit.tx.listed(["home"], after=None, limit=2)
        if wish.home is None and len(homes) > 1:
            hint = "name the home that new rooms are in"
            raise InvalidInput(f"there is no room {name[:80]!r}, and there are several homes", hint=hint)
        inside = wish.home or (homes[0].id if homes else None)
        return create_entity(edit, entity_type="room", name=name, part_of=inside)


def _change(edit: Edit, device: Entity, row: InventoryRow) -> None:
    update_entity(edit, entity=device.id, changes=_changes(device, row), name=row.name or None)


def _changes(device: Entity, row: InventoryRow) -> dict[str, JsonValue]:
    before = device.content
    return {key: _value(text, before.get(key)) for key, text in row.facts.items() if text != _cell(before.get(key))}


def _move(edit: Edit, device: Entity, room: RecordId | None) -> None:
    if room is None:
        return
    there = _room_of(whereabouts(edit.tx, [device.id]), device.id)
    if there is None or there.id != room:
        create_relationship(edit, from_entity=device.id, to_entity=room, relationship_type="located_in")


def _room_of(places: Whereabouts, device: RecordId) -> Spot | None:
    """The nearest place that it is in, be it in another thing there."""
    return next((spot for spot in reversed(places.chain(device)) if spot.type in SPACES), None)


def _all_devices(view: ReadView) -> list[Entity]:
    found: list[Entity] = []
    while page := view.listed(
        sorted(APPLIANCES), after=(fold(found[-1].name), found[-1].id) if found else None, limit=_PAGE
    ):
        found += page
    return found


def _cell(value: JsonValue) -> str:
    """A value as a cell has it; what is more than one value, or none, is left out."""
    if value is None or isinstance(value, (Mapping, list, tuple)):
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def _value(text: str, before: JsonValue) -> JsonValue:
    """What a cell says: text, unless a number or a flag stands there already and the cell is one too."""
    if before is not None and not isinstance(before, str):
        try:
            read = json.loads(text.lower() if text.lower() in {"true", "false"} else text)
        except (ValueError, RecursionError):
            return text
        return read if isinstance(read, (bool, int, float)) else text
    return text
