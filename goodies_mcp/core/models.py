"""The values that everything else speaks of: versions of records, and what they show.

A home is a set of immutable **versions**. Entities and relationships are both records: one apply rule, one merge
rule, one history. What a reader sees (``Entity``, ``Relationship``) is a pure function of a record's heads.
"""

import json
from collections.abc import ItemsView, Iterator, KeysView, Mapping, Sequence, ValuesView
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType, TypeAlias

RecordId = NewType("RecordId", str)
"""Identity of an entity or a relationship: a UUID in text form when made here, any text when it came from a peer."""

VersionId = NewType("VersionId", str)
"""``{UTC ISO-8601 with microseconds and +00:00}-{counter:06d}-{user_id}`` (inbetweenies-v2), unique within a record."""

Seq = NewType("Seq", int)
"""Number of a version in this replica's feed: strictly growing in the order of arrival, meaningless elsewhere."""

Sha256 = NewType("Sha256", str)
"""Lower-case hexadecimal SHA-256."""

JsonValue: TypeAlias = "None | bool | int | float | str | Sequence[JsonValue] | Mapping[str, JsonValue]"
JsonObject: TypeAlias = Mapping[str, JsonValue]


# Nothing stands before the object or behind it: to look for that takes a third of the time.
_read = json.JSONDecoder().raw_decode


class JsonText(Mapping[str, JsonValue]):
    """A JSON object kept as text until somebody looks inside: most readers of an entity never open its content."""

    __slots__ = ("_value", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._value: dict[str, JsonValue] | None = None

    def _opened(self) -> dict[str, JsonValue]:
        if self._value is None:
            self._value = _read(self.text)[0] if self.text != "{}" else {}
        return self._value

    @property
    def opened(self) -> Mapping[str, JsonValue]:
        """The object itself, for whoever goes through all of it."""
        return self._opened()

    def __getitem__(self, key: str) -> JsonValue:
        return self._opened()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._opened())

    def __len__(self) -> int:
        return len(self._opened())

    # Mapping's own get and views go through __getitem__: that takes three times as long, ten times for what is missing.

    def get(self, key: str, default: JsonValue = None, /) -> JsonValue:  # type: ignore[override]
        """As of any mapping."""
        return self._opened().get(key, default)

    def keys(self) -> KeysView[str]:
        """As of any mapping."""
        return self._opened().keys()

    def values(self) -> ValuesView[JsonValue]:
        """As of any mapping."""
        return self._opened().values()

    def items(self) -> ItemsView[str, JsonValue]:
        """As of any mapping."""
        return self._opened().items()

    def __repr__(self) -> str:
        return f"JsonText({self.text!r})"


class RecordKind(StrEnum):
    """The two kinds of versioned record."""

    ENTITY = "entity"
    RELATIONSHIP = "relationship"


@dataclass(frozen=True, slots=True)
class Dot:
    """The n-th version that one incarnation of a device ever made (n counts per incarnation, from 1)."""

    incarnation: str
    n: int


Context: TypeAlias = Mapping[str, int]
"""A version vector: incarnation to the highest ``n`` known of it. A dot is in it iff ``n <= context[incarnation]``."""


@dataclass(frozen=True, slots=True)
class EntityPayload:
    """What an entity version says. ``content`` is free JSON and survives untouched."""

    entity_type: str
    name: str
    content: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RelationshipPayload:
    """What a relationship version says: a typed edge between two entities."""

    from_id: RecordId
    to_id: RecordId
    relationship_type: str
    properties: JsonObject = field(default_factory=dict)


Payload: TypeAlias = EntityPayload | RelationshipPayload


@dataclass(frozen=True, slots=True)
class Version:
    """One immutable version of one record (INBETWEENIES B.1).

    ``edited_at`` is the editing device's clock, kept verbatim: UTC ISO-8601 with microseconds and ``+00:00``; it is
    the axis of ``at`` queries and never decides causality. A tombstone (``deleted``) keeps the last payload.
    """

    record_id: RecordId
    version: VersionId
    dot: Dot
    context: Context
    parents: tuple[VersionId, ...]
    payload: Payload
    edited_at: str
    author: str
    device: str
    source_type: str = "manual"
    deleted: bool = False

    @property
    def kind(self) -> RecordKind:
        """Entity or relationship, as the payload says."""
        return RecordKind.ENTITY if isinstance(self.payload, EntityPayload) else RecordKind.RELATIONSHIP


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """A version as this replica holds it: with its feed number, content hash and the batch it came in."""

    seq: Seq
    value: Version
    content_hash: Sha256
    batch: str | None = None


@dataclass(frozen=True, slots=True)
class Entity:
    """What is shown of an entity: by its single head, or merged from several (``conflicted``)."""

    id: RecordId
    version: VersionId
    entity_type: str
    name: str
    content: JsonObject
    created_at: str
    edited_at: str
    author: str = ""
    source_type: str = "manual"
    deleted: bool = False
    conflicted: bool = False


@dataclass(frozen=True, slots=True)
class Relationship:
    """What is shown of an edge."""

    id: RecordId
    version: VersionId
    from_id: RecordId
    to_id: RecordId
    relationship_type: str
    properties: JsonObject
    edited_at: str
    deleted: bool = False
    conflicted: bool = False


@dataclass(frozen=True, slots=True)
class DeviceState:
    """Current value of one capability of one device: local to this replica, neither versioned nor synced (B.15).

    ``since`` is when the value last changed, ``seen_at`` when it was last confirmed; both UTC ISO-8601.
    """

    entity_id: RecordId
    capability: str
    value: JsonObject
    since: str
    seen_at: str


@dataclass(frozen=True, slots=True)
class Content:
    """Binary content, stored once by its hash."""

    sha256: Sha256
    size: int
    content_type: str
    file_name: str | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """One acked unit of change: everything in it was committed together, and ``undo`` takes it back together."""

    id: str
    client: str
    tool: str
    at: str
    author: str = ""
    undoes: str | None = None


@dataclass(frozen=True, slots=True)
class DueDate:
    """Something that falls due: a service, a filter, a warranty, a battery. ``on`` is an ISO date (UTC day)."""

    entity_id: RecordId
    on: str
    what: str
