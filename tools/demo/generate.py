"""Homes of any size from a seed: the same size and seed give the same homes, version for version.

Each home has about a thousand entities (rooms on floors, doors, some six hundred devices, notes, manuals, procedures,
automations), about two edges an entity, 1.3 versions each and about 400 bytes of content, like the homes behind
the figures of ``docs/performance.md``.
"""

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from goodies_mcp.core.models import Dot, EntityPayload, JsonValue, RecordId, RelationshipPayload, Version, VersionId
from goodies_mcp.core.versions import format_version, user_part

START = datetime(2024, 1, 1, tzinfo=UTC)
HOME_SIZE = 1000
ROOMS = (
    "Kitchen",
    "Living room",
    "Bedroom",
    "Bathroom",
    "Hall",
    "Study",
    "Utility room",
    "Guest room",
    "Attic",
    "Cellar",
)
DEVICES = ("light", "switch", "thermostat", "lock", "sensor", "blind", "fan", "speaker", "camera", "valve")
PLACES = ("ceiling", "wall", "window", "desk", "corner", "door", "floor", "counter", "shelf", "bed")
MAKERS = ("Nordlicht", "Hallbach", "Aquaterm", "Latchwell", "Shadewell", "Clearwell", "Guardia", "Sonora")
CAPABILITIES: dict[str, dict[str, JsonValue]] = {
    "light": {"on_off": {}, "brightness": {}},
    "switch": {"on_off": {}},
    "thermostat": {"thermostat": {}},
    "lock": {"lock": {}, "battery": {}},
    "sensor": {"motion": {}, "battery": {}},
    "blind": {"cover": {}},
    "fan": {"fan": {}},
}
_VOCABULARY = """
quiet humming pressure filter installed replaced cable socket spare winter summer check screw bracket signal channel
battery cover paint tile pipe hinge handle timer fuse drawer shelf warranty receipt invoice noise smell warm cold bright
dim slow loose tight rust drip leak reset update firmware button cartridge
"""
WORDS = _VOCABULARY.split()


@dataclass
class Generator:
    """Yields versions, parents before children and endpoints before edges, all made by one incarnation: one of the
    generator's own, unless it is told which."""

    entities: int
    seed: int
    incarnation: str = ""
    _n: int = 0
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        own = str(self._uuid())
        self.incarnation = self.incarnation or own

    def versions(self) -> Iterator[Version]:
        """All versions of all homes, about 5 for each entity."""
        made = 0
        number = 1
        while made < self.entities:
            size = min(HOME_SIZE, self.entities - made)
            yield from self._home(number, size)
            made += size
            number += 1

    def _home(self, number: int, size: int) -> Iterator[Version]:
        home, first = self._entity("home", f"House {number}", {"address": f"{number} Elm Street"})
        yield first
        left = size - 1
        rooms: list[tuple[RecordId, str]] = []
        floor_count = max(1, min(4, size // 40))
        floors = []
        for level in range(min(floor_count, left)):
            floor, version = self._entity("zone", f"Floor {level} of {number}", {"zone_type": "floor", "level": level})
            yield version
            yield self._edge(floor, "part_of", home)
            floors.append(floor)
            left -= 1
        for index in range(min(max(1, size // 20), left)):
            name = f"{ROOMS[index % len(ROOMS)]} {index // len(ROOMS) + 1}"
            room, version = self._entity("room", name, {"area_m2": self._random.randint(4, 40)})
            yield version
            yield self._edge(room, "part_of", floors[index % len(floors)] if floors else home)
            rooms.append((room, name))
            left -= 1
        yield from self._openings(rooms, min(len(rooms), left))
        left -= min(len(rooms), left)
        yield from self._furnish(rooms or [(home, "house")], left)

    def _openings(self, rooms: list[tuple[RecordId, str]], count: int) -> Iterator[Version]:
        for index in range(count):
            door, version = self._entity("door", f"Door {index + 1}", {"accessible": index % 7 != 0})
            yield version
            here = rooms[index][0]
            there = rooms[(index + 1) % len(rooms)][0]
            yield self._edge(door, "located_in", here)
            yield self._edge(door, "connects_to", here)
            if there != here:
                yield self._edge(door, "connects_to", there)

    def _furnish(self, rooms: list[tuple[RecordId, str]], count: int) -> Iterator[Version]:
        devices: list[RecordId] = []
        for index in range(count):
            room, room_name = rooms[self._random.randrange(len(rooms))]
            share = index % 10
            if share < 7 or not devices:
                device, versions = self._device(room_name, index)
                yield from versions
                yield self._edge(device, "located_in", room)
                if devices and share < 4:
                    yield self._edge(device, "controls", self._random.choice(devices))
                if devices and share % 2:
                    yield self._edge(device, "depends_on", self._random.choice(devices))
                devices.append(device)
            elif share == 7:
                note, version = self._entity("note", f"Note {index}", {"text": self._prose(40)})
                yield version
                yield self._edge(self._random.choice(devices), "documented_by", note)
            elif share == 8:
                steps: list[JsonValue] = [self._prose(8) for _ in range(5)]
                procedure, version = self._entity("procedure", f"Procedure {index}", {"steps": steps})
                yield version
                yield self._edge(procedure, "procedure_for", self._random.choice(devices))
            else:
                routine, version = self._entity("automation", f"Automation {index}", {"description": self._prose(20)})
                yield version
                for target in self._random.sample(devices, min(2, len(devices))):
                    yield self._edge(routine, "automates", target)

    def _device(self, room_name: str, index: int) -> tuple[RecordId, list[Version]]:
        kind = self._random.choice(DEVICES)
        name = f"{room_name} {self._random.choice(PLACES)} {kind} {index}"
        content: dict[str, JsonValue] = {
            "device_type": kind,
            "manufacturer": self._random.choice(MAKERS),
            "model": f"{kind[:2].upper()}-{self._random.randint(100, 999)}",
            "serial_number": f"{self._random.getrandbits(48):012x}",
            "capabilities": CAPABILITIES.get(kind, {"on_off": {}}),
            "notes": self._prose(30),
        }
        device, first = self._entity("device", name, content)
        versions = [first]
        for change in range(self._random.choice((0, 0, 0, 1, 1))):
            versions.append(self._next(versions[-1], {**content, "notes": self._prose(30), "revision": change + 1}))
        return device, versions

    def _prose(self, count: int) -> str:
        return " ".join(self._random.choices(WORDS, k=count))

    def _entity(self, kind: str, name: str, content: dict[str, JsonValue]) -> tuple[RecordId, Version]:
        record = RecordId(str(self._uuid()))
        return record, self._version(record, EntityPayload(kind, name, content), {}, ())

    def _edge(self, source: RecordId, relationship_type: str, target: RecordId) -> Version:
        payload = RelationshipPayload(source, target, relationship_type, {})
        return self._version(RecordId(str(self._uuid())), payload, {}, ())

    def _next(self, parent: Version, content: dict[str, JsonValue]) -> Version:
        if not isinstance(parent.payload, EntityPayload):
            raise TypeError
        payload = EntityPayload(parent.payload.entity_type, parent.payload.name, content)
        return self._version(parent.record_id, payload, {self.incarnation: parent.dot.n}, (parent.version,))

    def _version(
        self,
        record: RecordId,
        payload: EntityPayload | RelationshipPayload,
        context: dict[str, int],
        parents: tuple[VersionId, ...],
    ) -> Version:
        self._n += 1
        edited_at = (START + timedelta(milliseconds=self._n * 7)).isoformat(timespec="microseconds")
        return Version(
            record_id=record,
            version=format_version(edited_at, self._n, user_part("generator", self.incarnation)),
            dot=Dot(self.incarnation, self._n),
            context=context,
            parents=parents,
            payload=payload,
            edited_at=edited_at,
            author="generator",
            device="generator",
            source_type="generated",
        )

    def _uuid(self) -> uuid.UUID:
        return uuid.UUID(int=self._random.getrandbits(128), version=4)
