"""What writers were promised, to be held against what the file says afterwards.

A lane is one writer with one attempt open at a time and things of its own, so that what must be there is known exactly:
everything acked, and of the open attempt all or nothing.
"""

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from goodies_mcp.core.models import Entity, RecordId
from goodies_mcp.storage.interface import ReadView
from tools.stdio_client import Message


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a thing: its last number, how many versions and notes it has, whether it is deleted."""

    n: int = 0
    versions: int = 1
    notes: int = 0
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Attempt:
    """One write: the tool call, and what each thing that it touches is like once it is done."""

    key: str
    tool: str
    arguments: Mapping[str, object]
    after: Mapping[str, Known]


class Lane:
    """One writer's things and its open attempt."""

    def __init__(self, name: str, seed: object) -> None:
        self.name = name
        self.things: dict[str, Known] = {}
        self.ids: dict[str, str] = {}
        self.open: Attempt | None = None
        self.acked = 0
        self._random = random.Random(f"{seed}/{name}")
        self._made = 0

    def next(self) -> Attempt:
        """Think of a write and open it."""
        live = [name for name, known in self.things.items() if not known.deleted]
        # What has things in it cannot be deleted alone.
        loose = [name for name in live if name.startswith("thing")]
        share = self._random.random()
        if len(live) < 4 or share < 0.25:
            attempt = self._create()
        elif share < 0.55:
            attempt = self._update(self._random.choice(live))
        elif share < 0.65 and loose:
            attempt = self._delete(self._random.choice(loose))
        elif share < 0.8:
            attempt = self._note(self._random.choice(live))
        else:
            attempt = self._batch(self._random.choice(live))
        self.open = attempt
        return attempt

    def settle(self, answer: Message) -> None:
        """The open attempt was acked with this answer."""
        attempt = self.open
        if attempt is None:
            raise LookupError("nothing is open")
        self.things.update(attempt.after)
        for item in answer["items"]:
            if item["action"] == "created" and item["name"] in attempt.after:
                self.ids[item["name"]] = item["id"]
        self.open = None
        self.acked += 1

    def _attempt(self, tool: str, arguments: Mapping[str, object], after: Mapping[str, Known]) -> Attempt:
        self._made += 1
        key = f"{self.name}-{self._made}"
        return Attempt(key, tool, {**arguments, "idempotency_key": key}, after)

    def _fresh(self, kind: str) -> str:
        return f"{kind} {self._made} of {self.name}"

    def _create(self) -> Attempt:
        name = self._fresh("thing")
        return self._attempt("create_entity", _device(name), {name: Known()})

    def _update(self, name: str) -> Attempt:
        known = self.things[name]
        after = {name: replace(known, n=known.n + 1, versions=known.versions + 1)}
        return self._attempt("update_entity", {"entity": self.ids[name], "changes": {"n": known.n + 1}}, after)

    def _delete(self, name: str) -> Attempt:
        known = self.things[name]
        after = {name: replace(known, versions=known.versions + 1, deleted=True, notes=0)}
        return self._attempt("delete_entity", {"entity": self.ids[name]}, after)

    def _note(self, name: str) -> Attempt:
        known = self.things[name]
        arguments = {"text": f"remark {self._made} by {self.name}", "about": self.ids[name]}
        return self._attempt("add_note", arguments, {name: replace(known, notes=known.notes + 1)})

    def _batch(self, name: str) -> Attempt:
        """Made, changed and remarked upon together: whoever sees one of it must see all."""
        known = self.things[name]
        room, device = self._fresh("room"), self._fresh("device")
        changes = [
            {"action": "create_entity", "entity_type": "room", "name": room, "content": {"n": 0}},
            {"action": "create_entity", **_device(device), "located_in": "$1"},
            {"action": "update_entity", "entity": self.ids[name], "changes": {"n": known.n + 1}},
            {"action": "add_note", "text": f"remark {self._made} by {self.name}", "about": "$2"},
        ]
        after = {
            room: Known(),
            device: Known(notes=1),
            name: replace(known, n=known.n + 1, versions=known.versions + 1),
        }
        return self._attempt("apply_changes", {"changes": changes}, after)


def _device(name: str) -> dict[str, object]:
    return {"entity_type": "device", "name": name, "content": {"n": 0}}


def faults(view: ReadView, lanes: Iterable[Lane]) -> list[str]:
    """What the file does not keep of what was promised; empty when all is well."""
    return [fault for lane in lanes for fault in _lane_faults(view, lane)]


def _lane_faults(view: ReadView, lane: Lane) -> list[str]:
    opened = lane.open.after if lane.open is not None else {}
    found = [
        f"{name}: acked as {known}, found {seen}"
        for name, known in lane.things.items()
        if name not in opened and (seen := seen_of(view, name, lane.ids.get(name))) != known
    ]
    if lane.open is not None:
        seen_now = {name: seen_of(view, name, lane.ids.get(name)) for name in opened}
        before = {name: lane.things.get(name) for name in opened}
        if seen_now not in (before, dict(opened)):
            found.append(f"{lane.open.tool} {lane.open.key} was done in part: {seen_now}, before {before}")
    return found


def seen_of(view: ReadView, name: str, known_id: str | None) -> Known | None:
    """What the file says of a thing; None when it has none of that name."""
    if known_id is None:
        named = view.named(name)
        if not named:
            return None
        if len(named) > 1:
            return Known(versions=-len(named))
        return _seen(view, named[0])
    entity = view.entities([RecordId(known_id)], deleted=True).get(RecordId(known_id))
    return _seen(view, entity) if entity is not None else None


def _seen(view: ReadView, entity: Entity) -> Known:
    n = entity.content.get("n")
    return Known(
        n=n if isinstance(n, int) else -1,
        versions=len(view.versions(entity.id, limit=10_000)),
        notes=len(view.edges([entity.id], "out", ("documented_by",))),
        deleted=entity.deleted,
    )
