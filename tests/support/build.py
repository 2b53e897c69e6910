"""Versions for tests: what an edit on some device makes, with only the parts that matter to the case spelled out."""

from collections.abc import Iterable
from dataclasses import replace
from hashlib import sha256

from goodies_mcp.core.models import (
    Batch,
    Content,
    Dot,
    EntityPayload,
    JsonObject,
    Payload,
    RecordId,
    RelationshipPayload,
    Sha256,
    Version,
)
from goodies_mcp.core.versions import next_version
from tests.support.clock import FakeClock, moment
from tests.support.ids import uuid


def record(n: int) -> RecordId:
    """The id of the n-th record."""
    return RecordId(uuid(n, 0xE))


def entity_version(
    record_id: RecordId,
    name: str = "Lamp",
    *,
    entity_type: str = "device",
    content: JsonObject | None = None,
    dot: Dot,
    parents: Iterable[Version] = (),
    edited_at: str = moment(0),
    author: str = "ann",
    device: str = "tablet",
    source_type: str = "manual",
    deleted: bool = False,
) -> Version:
    """A version of an entity on top of ``parents``."""
    return next_version(
        parents,
        record_id=record_id,
        payload=EntityPayload(entity_type, name, content or {}),
        edited_at=edited_at,
        dot=dot,
        author=author,
        device=device,
        source_type=source_type,
        deleted=deleted,
    )


def edge_version(
    record_id: RecordId,
    from_id: RecordId,
    to_id: RecordId,
    relationship_type: str = "located_in",
    *,
    properties: JsonObject | None = None,
    dot: Dot,
    parents: Iterable[Version] = (),
    edited_at: str = moment(0),
    author: str = "ann",
    device: str = "tablet",
    deleted: bool = False,
) -> Version:
    """A version of an edge on top of ``parents``."""
    return next_version(
        parents,
        record_id=record_id,
        payload=RelationshipPayload(from_id, to_id, relationship_type, properties or {}),
        edited_at=edited_at,
        dot=dot,
        author=author,
        device=device,
        deleted=deleted,
    )


class Device:
    """Somebody's device somewhere: it numbers its versions and has its own clock, and knows no store."""

    def __init__(self, n: int = 1, *, author: str | None = None, clock: FakeClock | None = None) -> None:
        self.incarnation = uuid(n, 0xD)
        self.name = f"device-{n}"
        # Version ids name the author: the same person twice in one microsecond would be one version.
        self.author = author or ("ann" if n == 1 else f"ann-{n}")
        self.clock = clock or FakeClock()
        self.made = 0

    def dot(self) -> Dot:
        """The next dot of this device."""
        self.made += 1
        return Dot(self.incarnation, self.made)

    def version(self, record_id: RecordId, payload: Payload, *parents: Version, deleted: bool = False) -> Version:
        """The next version that this device makes, at its clock's time."""
        return next_version(
            parents,
            record_id=record_id,
            payload=payload,
            edited_at=self.clock.now(),
            dot=self.dot(),
            author=self.author,
            device=self.name,
            deleted=deleted,
        )

    def entity(
        self,
        record_id: RecordId,
        name: str = "Lamp",
        *parents: Version,
        entity_type: str = "device",
        content: JsonObject | None = None,
    ) -> Version:
        """A version of an entity."""
        return self.version(record_id, EntityPayload(entity_type, name, content or {}), *parents)

    def edge(
        self,
        record_id: RecordId,
        from_id: RecordId,
        to_id: RecordId,
        *parents: Version,
        relationship_type: str = "located_in",
        properties: JsonObject | None = None,
    ) -> Version:
        """A version of an edge."""
        payload = RelationshipPayload(from_id, to_id, relationship_type, properties or {})
        return self.version(record_id, payload, *parents)

    def tombstone(self, *parents: Version) -> Version:
        """The deletion of what the parents (of one record) said; it keeps the payload of the first."""
        return self.version(parents[0].record_id, parents[0].payload, *parents, deleted=True)

    def revival(self, *parents: Version) -> Version:
        """The same thing again, after its deletion."""
        return self.version(parents[0].record_id, parents[0].payload, *parents)


def forged(version: Version, **changed: object) -> Version:
    """The same version with parts replaced that no honest device would replace."""
    return replace(version, **changed)


def a_batch(batch_id: str, *, client: str = "desk", tool: str = "create_entity", at: str = moment(0)) -> Batch:
    """A batch with only its id and client worth telling."""
    return Batch(id=batch_id, client=client, tool=tool, at=at, author="ann")


def a_file(data: bytes, content_type: str = "application/octet-stream", file_name: str | None = None) -> Content:
    """The description of binary content that is true to its bytes."""
    return Content(Sha256(sha256(data).hexdigest()), len(data), content_type, file_name)
