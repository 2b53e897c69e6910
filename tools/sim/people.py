"""What people do to a home: they add, change, move, remove and bring back, on whatever device is at hand."""

from datetime import UTC, datetime, timedelta
from random import Random

from goodies_mcp.core.models import (
    Dot,
    EntityPayload,
    JsonValue,
    Payload,
    RecordId,
    RelationshipPayload,
    Version,
)
from goodies_mcp.core.versions import next_version
from tools.sim.disks import DeviceDisk
from tools.sim.ending import judge_shown
from tools.sim.rules import Rule
from tools.sim.truth import Truth

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
_ROOMS = 12
_HOT = 160
_KINDS = ("device", "device", "device", "note", "automation", "window")


def wall(now: float, offset: float) -> str:
    """What a clock that is off by so many seconds shows."""
    return (BEGINNING + timedelta(seconds=now + offset)).isoformat(timespec="microseconds")


class People:
    """Draws edits. Records are edited while they are young, so that devices meet over the same ones."""

    def __init__(self, random: Random, rule: Rule) -> None:
        self._random = random
        self._rule = rule
        self._entities: list[RecordId] = []
        self._edges: list[RecordId] = []

    def edit(self, disk: DeviceDisk, author: str, at: str) -> None:
        """One person does one thing on one device."""
        drawn = self._random.random()
        record_id = self._pick(self._entities, disk)
        edge = self._pick(self._edges, disk)
        if record_id is None or drawn < 0.10:
            self._create(disk, author, at)
        elif drawn < 0.72 or edge is None:
            self._change(disk, record_id, author, at)
        elif drawn < 0.80:
            self._delete(disk, record_id, author, at)
        elif drawn < 0.96:
            self._move(disk, edge, author, at)
        else:
            self._delete(disk, edge, author, at)

    def look(self, disk: DeviceDisk, truth: Truth) -> None:
        """Somebody looks at a thing: is it there exactly when one of its true heads is alive?"""
        record_id = self._pick(self._entities, disk)
        if record_id is not None:
            judge_shown(truth, record_id, disk)

    def _pick(self, records: list[RecordId], disk: DeviceDisk) -> RecordId | None:
        if not records:
            return None
        picked = records[-1 - int(self._random.random() * min(len(records), _HOT))]
        return picked if picked in disk.heads else None

    def _create(self, disk: DeviceDisk, author: str, at: str) -> None:
        number = len(self._entities)
        thing, place = RecordId(f"thing-{number:06d}"), RecordId(f"place-{number:06d}")
        kind = _KINDS[number % len(_KINDS)]
        name = f"Thing {number}"
        self._make(disk, thing, EntityPayload(kind, name, {"watts": number % 90}), author, at, deleted=False)
        self._make(disk, place, RelationshipPayload(thing, self._room(), "located_in"), author, at, deleted=False)
        self._entities.append(thing)
        self._edges.append(place)

    def _change(self, disk: DeviceDisk, record_id: RecordId, author: str, at: str) -> None:
        """Change one field of what is shown; on a deleted thing this brings it back."""
        payload = disk.shown(record_id).payload
        if not isinstance(payload, EntityPayload):
            return
        drawn = self._random.randrange(6)
        content: dict[str, JsonValue] = dict(payload.content)
        name = payload.name
        if drawn == 0:
            name = f"{name.split('/', maxsplit=1)[0]}/{self._random.randrange(100)}"
        elif drawn == 1:
            content.pop("notes", None)
        elif drawn == 2:
            content["tags"] = sorted({f"tag {self._random.randrange(6)}" for _ in range(3)})
        else:
            value: JsonValue = self._random.choice((0, 1, 1.0, True, None, "warm", "größer", {"max": 3}))
            content[("watts", "notes", "limits")[drawn - 3]] = value
        self._make(disk, record_id, EntityPayload(payload.entity_type, name, content), author, at, deleted=False)

    def _move(self, disk: DeviceDisk, edge: RecordId, author: str, at: str) -> None:
        payload = disk.shown(edge).payload
        if isinstance(payload, RelationshipPayload):
            moved = RelationshipPayload(payload.from_id, self._room(), payload.relationship_type, payload.properties)
            self._make(disk, edge, moved, author, at, deleted=False)

    def _delete(self, disk: DeviceDisk, record_id: RecordId, author: str, at: str) -> None:
        self._make(disk, record_id, disk.shown(record_id).payload, author, at, deleted=True)

    def _room(self) -> RecordId:
        return RecordId(f"room-{self._random.randrange(_ROOMS)}")

    def _make(
        self, disk: DeviceDisk, record_id: RecordId, payload: Payload, author: str, at: str, *, deleted: bool
    ) -> None:
        heads = disk.heads.get(record_id, ())
        dot = disk.next_dot()
        if self._rule is Rule.PLAIN_COUNTERS:
            disk.edit(_counted(heads, record_id, payload, author, at, dot, deleted=deleted))
            return
        disk.edit(
            next_version(
                heads,
                record_id=record_id,
                payload=payload,
                edited_at=at,
                dot=dot,
                author=author,
                device=f"device-{disk.number}",
                deleted=deleted,
            )
        )


def _counted(
    heads: tuple[Version, ...], record_id: RecordId, payload: Payload, author: str, at: str, dot: Dot, *, deleted: bool
) -> Version:
    """The broken rule: a version is later when its counter is higher, whoever counted."""
    counter = 1 + max((head.dot.n for head in heads), default=0)
    honest = next_version(
        (),
        record_id=record_id,
        payload=payload,
        edited_at=at,
        dot=dot,
        author=author,
        device="counter",
        deleted=deleted,
    )
    return Version(
        record_id=record_id,
        version=honest.version,
        dot=Dot("counter", counter),
        context={"counter": counter - 1} if counter > 1 else {},
        parents=tuple(sorted(head.version for head in heads)),
        payload=payload,
        edited_at=at,
        author=author,
        device="counter",
        deleted=deleted,
    )
