"""What a v2 client is shown of a home that v3 devices edit too (PROTOCOL.md, V3-12.6): one version of each entity, and
edges bound to those.

Where heads are several, v2 has no word for it: they are told as one version whose id names them, and whoever edits that
one has seen them all.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from goodies_mcp.core.causality.conflicts import Shown, show
from goodies_mcp.core.models import EntityPayload, RecordId, RelationshipPayload, Version, VersionId
from goodies_mcp.inbetweenies.rows import Name, Row
from goodies_mcp.inbetweenies.v2_arrivals import digest_of
from goodies_mcp.inbetweenies.v2_kinds import Thing, edge_out, entity_out
from goodies_mcp.inbetweenies.v2_messages import V2Change, V2Edge, V2Entity, V2Request
from goodies_mcp.inbetweenies.v2_rows import merged_change


class Head(NamedTuple):
    """A head and its feed number."""

    seq: int
    version: Version


class V2HubView(Protocol):
    """What v2 needs of the hub's store, for one household, inside one transaction."""

    def last_seq(self) -> int:
        """As ``HubView.last_seq``."""
        ...

    def held(self, names: Collection[Name]) -> Mapping[Name, Row]:
        """As ``HubView.held``."""
        ...

    def apply(self, rows: Sequence[Row]) -> None:
        """As ``HubView.apply``."""
        ...

    def changed(self, after: int) -> Collection[RecordId]:
        """The records of which anything came behind feed number ``after`` (0: all of them)."""
        ...

    def heads(self, ids: Collection[RecordId]) -> Mapping[RecordId, Sequence[Head]]:
        """The heads of those of the records that are held."""
        ...

    def version(self, record_id: RecordId, version: VersionId) -> Version | None:
        """One version."""
        ...

    def history(self, record_id: RecordId) -> Sequence[Version]:
        """The record's latest versions, newest arrival first."""
        ...

    def edges_from(self, ids: Collection[RecordId]) -> Collection[RecordId]:
        """The live edges that leave these entities."""
        ...

    def note(self, key: str) -> str | None:
        """A small text that was put here."""
        ...

    def put_note(self, key: str, value: str) -> None:
        """Keep a small text."""
        ...


class Served(NamedTuple):
    """One entity as v2 is told of it; ``seq`` is the feed number of the last thing that makes it so."""

    seq: int
    change: V2Change
    heads: tuple[Version, ...]

    @property
    def entity(self) -> V2Entity:
        """The entity, which is always there."""
        if self.change.entity is None:
            raise TypeError(self.seq)
        return self.change.entity


def shown(view: V2HubView, heads: Sequence[Version]) -> Shown:
    """What is shown of a record."""
    record_id = heads[0].record_id
    return show(heads, lambda version: view.version(record_id, version))


def served(view: V2HubView, ids: Collection[RecordId]) -> dict[RecordId, Served]:
    """Those of the records that are entities, as v2 is told of them."""
    found = {}
    for record_id, heads in view.heads(ids).items():
        versions = tuple(head.version for head in heads)
        if all(isinstance(version.payload, EntityPayload) for version in versions):
            found[record_id] = Served(max(head.seq for head in heads), _change(view, versions), versions)
    return found


def served_edges(view: V2HubView, ids: Collection[RecordId]) -> list[V2Edge]:
    """Those of the records that are live edges between live entities, bound to what v2 is told of their ends."""
    edges = list(_live_edges(view, ids))
    ends = {end for _, payload in edges for end in (payload.from_id, payload.to_id)}
    alive = {key: each.entity for key, each in served(view, ends).items() if each.change.change_type != "delete"}
    found = []
    for version, payload in edges:
        from_end, to_end = alive.get(payload.from_id), alive.get(payload.to_id)
        if from_end is not None and to_end is not None:
            kind, properties = edge_out(payload.relationship_type, payload.properties, {})
            bound = (from_end.id, from_end.version, to_end.id, to_end.version)
            found.append(V2Edge(version.record_id, *bound, kind, properties, version.author, version.edited_at))
    return found


def state_digest(view: V2HubView) -> str:
    """SHA-256 over every entity's id and current version, tombstones included, ordered by id: as fielded hubs do."""
    everything = served(view, view.changed(0))
    return digest_of({record_id: each.entity.version for record_id, each in everything.items()})


def outgoing(view: V2HubView, request: V2Request, after: int) -> list[Served]:
    """What a client is sent: every entity that changed behind feed number ``after`` with the edges that leave it, and
    those whose edges changed. Edges come with the entity they leave, as some clients look at entities alone."""
    moved = view.changed(after)
    entities = served(view, moved)
    edges = served_edges(view, {*(key for key in moved if key not in entities), *view.edges_from(tuple(entities))})
    bare = {RecordId(edge.from_id) for edge in edges} - entities.keys()
    entities |= served(view, bare)
    leaving: dict[str, list[V2Edge]] = {}
    for edge in edges:
        leaving.setdefault(edge.from_id, []).append(edge)
    wanted = _filter(request)
    found = sorted((each for each in entities.values() if wanted(each.entity)), key=lambda each: each.seq)
    return [
        each._replace(change=V2Change(each.change.change_type, each.entity, tuple(leaving.get(each.entity.id, ()))))
        for each in found
    ]


def merged_key(record_id: str, version: str) -> str:
    """Where the heads are noted that a version stands for which nobody made."""
    return f"v2.merged {record_id} {version}"


def _change(view: V2HubView, heads: tuple[Version, ...]) -> V2Change:
    if len(heads) > 1:
        return merged_change(heads, shown(view, heads))
    version = heads[0]
    payload = version.payload
    if not isinstance(payload, EntityPayload):
        raise TypeError(version.record_id)
    thing = entity_out(
        Thing(payload.entity_type, version.source_type, payload.content), deleted=version.deleted, more={}
    )
    entity = V2Entity(
        version.record_id,
        version.version,
        thing.kind,
        payload.name,
        thing.content,
        thing.source_type,
        version.author,
        version.parents,
    )
    return V2Change("delete" if version.deleted else "update", entity)


def _live_edges(view: V2HubView, ids: Collection[RecordId]) -> Iterable[tuple[Version, RelationshipPayload]]:
    for heads in view.heads(ids).values():
        versions = [head.version for head in heads]
        said = shown(view, versions)
        if isinstance(said.payload, RelationshipPayload) and not said.deleted:
            yield next(version for version in versions if version.version == said.version), said.payload


def _filter(request: V2Request) -> Callable[[V2Entity], bool]:
    kinds, users = set(request.entity_types), set(request.modified_by)
    return lambda entity: (not kinds or entity.entity_type in kinds) and (not users or entity.user_id in users)
