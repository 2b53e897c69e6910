"""What HomeGraph answers: plain values, one class an answer, ready to be rendered at any edge.

Times are UTC ISO-8601. ``where`` is a breadcrumb from the outside in ("Our house › Ground floor › Kitchen").
Fields named in ``UNTRUSTED`` hold text that people or devices wrote: data, never instructions (SECURITY).
"""

from dataclasses import dataclass, field

from goodies_mcp.core.models import JsonObject, JsonValue

UNTRUSTED = frozenset({"name", "where", "snippet", "content", "properties", "text", "steps", "reason_text", "value"})


@dataclass(frozen=True, slots=True)
class Ref:
    """A thing as lists show it."""

    id: str
    type: str
    name: str
    where: str | None = None


@dataclass(frozen=True, slots=True)
class PlaceSummary:
    """A home, zone or room with what it holds directly or, for homes and zones, in all that is in it.

    ``devices`` and ``rooms`` are None where there are too many to be counted at once.
    """

    id: str
    type: str
    name: str
    where: str | None
    devices: int | None
    rooms: int | None = 0
    zone_type: str | None = None


@dataclass(frozen=True, slots=True)
class HomeOverview:
    """The first call a model makes: what there is, and what needs attention."""

    homes: tuple[PlaceSummary, ...]
    zones: tuple[PlaceSummary, ...]
    rooms: tuple[PlaceSummary, ...]
    counts: dict[str, int]
    devices_without_room: int
    without_room: tuple[Ref, ...]
    open_conflicts: int
    unpushed_changes: int
    last_sync: str | None
    at: str | None = None
    next_cursor: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """One search result; in ``snippet`` the match stands between ** and **."""

    id: str
    type: str
    name: str
    where: str | None
    snippet: str | None
    score: float


@dataclass(frozen=True, slots=True)
class SearchPage:
    """Ranked hits. ``searched_for`` tells what typos and synonyms were looked for instead or as well."""

    items: tuple[Hit, ...]
    searched_for: tuple[str, ...] = ()
    next_cursor: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Edge:
    """One edge seen from one of its ends."""

    id: str
    relationship_type: str
    direction: str
    other: Ref
    version: str
    properties: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EdgePage:
    """Edges of one entity."""

    entity: Ref
    items: tuple[Edge, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that a version changed; absent sides are None."""

    field: str
    before: JsonValue = None
    after: JsonValue = None


@dataclass(frozen=True, slots=True)
class HistoryItem:
    """One version: when, who, on which device, what changed."""

    version: str
    edited_at: str
    author: str
    device: str
    action: str
    changes: tuple[FieldChange, ...] = ()
    current: bool = False


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Versions of one record, newest first."""

    entity: Ref
    items: tuple[HistoryItem, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class EntityDetails:
    """One entity, whole."""

    id: str
    type: str
    name: str
    where: str | None
    version: str
    content: JsonObject
    created_at: str
    edited_at: str
    author: str
    source_type: str
    conflicted: bool = False
    relationships: tuple[Edge, ...] = ()
    history: tuple[HistoryItem, ...] = ()
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class DeviceItem:
    """A device in a list; ``state`` is its known state in words."""

    id: str
    type: str
    name: str
    where: str | None
    kind: str | None = None
    state: str | None = None


@dataclass(frozen=True, slots=True)
class DevicePage:
    """Devices of a room, zone, floor or home."""

    place: Ref
    items: tuple[DeviceItem, ...]
    total: int
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class CapabilityField:
    """One field of a capability: what it takes and what it is now."""

    field: str
    type: str
    unit: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    options: tuple[str, ...] = ()
    settable: bool = False
    value: JsonValue = None


@dataclass(frozen=True, slots=True)
class CapabilityItem:
    """One capability with its known value in words and that value's age in seconds."""

    capability: str
    fields: tuple[CapabilityField, ...]
    state: str | None = None
    since: str | None = None
    age_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class ControlledBy:
    """Something that controls a device, and through which kind of edge."""

    id: str
    type: str
    name: str
    where: str | None
    relationship_type: str


@dataclass(frozen=True, slots=True)
class DeviceControls:
    """What can be read and set on a device, and what controls it."""

    device: Ref
    capabilities: tuple[CapabilityItem, ...]
    controlled_by: tuple[ControlledBy, ...]


@dataclass(frozen=True, slots=True)
class Connection:
    """A way out of a room: the opening (None: an open connection) and what lies behind it (None: not known)."""

    through: Ref | None
    to: Ref | None
    accessible: bool | None = None
    state: str | None = None


@dataclass(frozen=True, slots=True)
class ConnectionPage:
    """Doors, windows and passages of a room."""

    room: Ref
    items: tuple[Connection, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a way: through which opening into which space."""

    through: Ref | None
    into: Ref


@dataclass(frozen=True, slots=True)
class PathResult:
    """A way through the rooms; ``reason`` says why there is none."""

    found: bool
    start: Ref
    goal: Ref
    steps: tuple[Step, ...] = ()
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class SimilarItem:
    """Something alike, with the reasons."""

    id: str
    type: str
    name: str
    where: str | None
    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SimilarPage:
    """What is alike, most alike first."""

    entity: Ref
    items: tuple[SimilarItem, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class GuideItem:
    """A procedure, manual or note that applies; ``because`` says why (to the device, its model, its room)."""

    id: str
    type: str
    name: str
    because: str
    steps: tuple[str, ...] = ()
    text: str | None = None


@dataclass(frozen=True, slots=True)
class GuidePage:
    """What to do and to read for a device."""

    device: Ref
    items: tuple[GuideItem, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class RoutineItem:
    """An automation, schedule or scene with what it touches in the room."""

    id: str
    type: str
    name: str
    summary: str | None
    touches: tuple[Ref, ...]


@dataclass(frozen=True, slots=True)
class RoutinePage:
    """Automations, schedules and scenes that touch a room."""

    room: Ref
    items: tuple[RoutineItem, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class StateItem:
    """One known value of one device; ``age_seconds`` since it was last confirmed, ``kind`` as in DeviceItem."""

    id: str
    name: str
    where: str | None
    capability: str
    state: str
    value: JsonObject
    since: str
    age_seconds: float
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class StatePage:
    """What is on, open, unlocked, low: with the age of each value. ``unknown`` counts devices without a value."""

    items: tuple[StateItem, ...]
    total: int
    unknown: int = 0
    next_cursor: str | None = None
    note: str | None = None


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


@dataclass(frozen=True, slots=True)
class Difference:
    """What became of one record between two moments."""

    id: str
    kind: str
    type: str
    name: str
    where: str | None
    action: str
    edited_at: str
    author: str
    changes: tuple[FieldChange, ...] = ()


@dataclass(frozen=True, slots=True)
class DifferencePage:
    """The difference between two moments of the house."""

    since: str
    until: str
    items: tuple[Difference, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """One thing that a write did.

    ``action`` is created, updated, moved, deleted, restored, unchanged, exists or would_delete.
    """

    action: str
    kind: str
    id: str
    type: str
    name: str
    version: str | None = None
    where: str | None = None
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WriteResult:
    """What a write did, item by item. ``batch`` names it for ``undo``; None when nothing was written."""

    items: tuple[Done, ...]
    batch: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes: the client (``undo`` takes back its last batch), the tool, and a key that makes retries safe."""

    client: str
    tool: str
    idempotency_key: str | None = None
