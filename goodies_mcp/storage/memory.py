"""The reference store: the whole contract of ``interface.py`` in dicts, so that tests of the graph need no file and
every engine has something to be compared with. It is written to be read, not to be fast, and keeps nothing on disk.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import islice
from typing import TypeVar

from goodies_mcp.core.canonical import canonical_json, content_hash
from goodies_mcp.core.causality.conflicts import show
from goodies_mcp.core.causality.digest import EMPTY, Digest, add, element
from goodies_mcp.core.causality.vector_clock import advance_heads, check_causality
from goodies_mcp.core.due import due_dates
from goodies_mcp.core.models import (
    Batch,
    Content,
    DeviceState,
    Dot,
    DueDate,
    Entity,
    EntityPayload,
    Payload,
    RecordId,
    Relationship,
    RelationshipPayload,
    Seq,
    Sha256,
    StoredVersion,
    Version,
    VersionId,
)
from goodies_mcp.core.protocols import Clock, IdSource
from goodies_mcp.core.text import fold
from goodies_mcp.errors import InvalidInput, RemoteProtocolError
from goodies_mcp.storage import around
from goodies_mcp.storage.interface import (
    MOST_DELETED,
    MOST_NAMED,
    Answer,
    Applied,
    Direction,
    StoreStatus,
    TextHit,
    TextQuery,
)
from goodies_mcp.storage.memory_replica import SyncView, SyncWriting
from goodies_mcp.storage.memory_search import nearest_words, search
from goodies_mcp.storage.replication import Reason, ReplicaTransaction, ReplicaView

T = TypeVar("T")

SCHEMA = 1
_ANSWERS_KEPT = timedelta(days=7)


@dataclass(slots=True)
class State:
    """All that is stored. Values are immutable, so a copy of the dicts is a snapshot."""

    log: list[StoredVersion] = field(default_factory=list)
    history: dict[RecordId, tuple[StoredVersion, ...]] = field(default_factory=dict)
    heads: dict[RecordId, tuple[Version, ...]] = field(default_factory=dict)
    shown: dict[RecordId, Entity | Relationship] = field(default_factory=dict)
    # Every edge that ever touched a record, in any version: edges of any moment are found without a search.
    touching: dict[RecordId, frozenset[RecordId]] = field(default_factory=dict)
    buckets: dict[int, bytes] = field(default_factory=dict)
    outbox: dict[Seq, RecordId] = field(default_factory=dict)
    parked: dict[Seq, Reason] = field(default_factory=dict)
    attempts: dict[Seq, int] = field(default_factory=dict)
    conflicts_since: dict[RecordId, str] = field(default_factory=dict)
    batches: dict[str, Batch] = field(default_factory=dict)
    states: dict[tuple[RecordId, str], DeviceState] = field(default_factory=dict)
    contents: dict[Sha256, tuple[Content, bytes]] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)

    def copy(self) -> "State":
        """The same, to be changed apart."""
        return State(**{part.name: getattr(self, part.name).copy() for part in fields(self)})


class _View(SyncView):
    """One snapshot, now or as of a moment."""

    def __init__(self, state: State, at: str | None, incarnation: str) -> None:
        self._state = state
        self._at = at
        self._incarnation = incarnation

    @property
    def at(self) -> str | None:
        return self._at

    def feed(self) -> Seq:
        return self._state.log[-1].seq if self._state.log else Seq(0)

    def entities(self, ids: Iterable[RecordId], *, deleted: bool = False) -> dict[RecordId, Entity]:
        found = ((record_id, self._shown(record_id)) for record_id in ids)
        return {key: each for key, each in found if isinstance(each, Entity) and (deleted or not each.deleted)}

    def named(self, name: str) -> list[Entity]:
        folded = fold(name)
        same = (entity for entity in self._live_entities() if fold(entity.name) == folded)
        return sorted(same, key=lambda entity: (entity.entity_type, entity.id))[:MOST_NAMED]

    def deleted_named(self, name: str) -> list[Entity]:
        folded = fold(name)
        shown = self._state.shown.values()
        gone = [e for e in shown if isinstance(e, Entity) and e.deleted and fold(e.name) == folded]
        by_id = sorted(gone, key=lambda entity: entity.id)
        return sorted(by_id, key=lambda entity: entity.edited_at, reverse=True)[:MOST_DELETED]

    def listed(self, types: Sequence[str], *, after: tuple[str, RecordId] | None, limit: int) -> list[Entity]:
        pairs = sorted(
            ((fold(each.name), each.id), each)
            for each in self._live_entities()
            if not types or each.entity_type in types
        )
        return [each for pair, each in pairs if after is None or pair > after][:limit]

    def counts(self) -> dict[str, int]:
        return dict(Counter(entity.entity_type for entity in self._live_entities()))

    def edges(self, ids: Iterable[RecordId], direction: Direction, types: Sequence[str] = ()) -> list[Relationship]:
        wanted = set(ids)
        touching = {edge for record_id in wanted for edge in self._state.touching.get(record_id, ())}
        found = []
        for edge in filter(None, map(self.relationship, touching)):
            near, far = (edge.from_id, edge.to_id) if direction == "out" else (edge.to_id, edge.from_id)
            if near in wanted and (not types or edge.relationship_type in types) and self.entities([far]):
                found.append(edge)
        return sorted(found, key=lambda edge: (edge.relationship_type, edge.id))

    neighbours, joined = around.neighbours, around.joined
    containers, placed, things_in = around.containers, around.placed, around.things_in

    def relationship(self, relationship_id: RecordId, *, deleted: bool = False) -> Relationship | None:
        edge = self._shown(relationship_id)
        return edge if isinstance(edge, Relationship) and (deleted or not edge.deleted) else None

    def search(self, query: TextQuery, limit: int) -> list[TextHit]:
        wanted = (each for each in self._live_entities() if not query.types or each.entity_type in query.types)
        return search(wanted, query)[:limit]

    def near_words(self, word: str, limit: int = 12) -> list[str]:
        payloads = (each.value.payload for each in self._state.log)
        return nearest_words((each for each in payloads if isinstance(each, EntityPayload)), word, limit)

    def versions(self, record_id: RecordId, *, before: Seq | None = None, limit: int = 100) -> list[StoredVersion]:
        newest_first = (each for each in reversed(self._then(record_id)) if before is None or each.seq < before)
        return list(islice(newest_first, limit))

    def histories(self, ids: Iterable[RecordId]) -> dict[RecordId, list[StoredVersion]]:
        return {i: versions for i in ids if (versions := list(self._then(i)))}

    def version(self, record_id: RecordId, version: VersionId) -> StoredVersion | None:
        return next((each for each in self._then(record_id) if each.value.version == version), None)

    def heads(self, record_id: RecordId) -> list[StoredVersion]:
        maximal = {head.version for head in self._state.heads.get(record_id, ())}
        return [each for each in self._state.history.get(record_id, ()) if each.value.version in maximal]

    def edited(self, since: str, until: str, *, after: Seq | None, limit: int) -> list[StoredVersion]:
        within = (
            each
            for each in self._visible(self._state.log)
            if since < each.value.edited_at <= until and (after is None or each.seq > after)
        )
        return list(islice(within, limit))

    def batch_versions(self, batch: str) -> list[StoredVersion]:
        return [each for each in self._visible(self._state.log) if each.batch == batch]

    def batches(self, client: str | None, limit: int) -> list[Batch]:
        newest_first = (
            each for each in reversed(self._state.batches.values()) if client is None or each.client == client
        )
        return list(islice(newest_first, limit))

    def batch(self, batch: str) -> Batch | None:
        return self._state.batches.get(batch)

    def states(self, ids: Iterable[RecordId] | None, capability: str | None = None) -> list[DeviceState]:
        wanted = None if ids is None else set(ids)
        return [
            state
            for (entity_id, name), state in sorted(self._state.states.items(), key=lambda item: item[0])
            if (wanted is None or entity_id in wanted) and (capability is None or name == capability)
        ]

    def due(self, until: str, *, after: tuple[str, RecordId] | None, limit: int) -> list[DueDate]:
        dates = (
            DueDate(entity.id, on, what)
            for entity in self._live_entities()
            for on, what in due_dates(EntityPayload(entity.entity_type, entity.name, entity.content))
            if on <= until and (after is None or (on, entity.id) > after)
        )
        return sorted(dates, key=lambda due: (due.on, due.entity_id, due.what))[:limit]

    def conflicts(self, *, after: RecordId | None, limit: int) -> list[RecordId]:
        conflicted = sorted(key for key, each in self._state.shown.items() if each.conflicted)
        return [key for key in conflicted if after is None or key > after][:limit]

    def content(self, sha256: Sha256) -> Content | None:
        held = self._state.contents.get(sha256)
        return held[0] if held else None

    def content_bytes(self, sha256: Sha256, offset: int = 0, size: int | None = None) -> bytes:
        held = self._state.contents.get(sha256)
        if held is None:
            return b""
        return held[1][offset:] if size is None else held[1][offset : offset + size]

    def value(self, key: str) -> str | None:
        return self._state.values.get(key)

    def answer(self, key: str) -> Answer | None:
        return self._state.answers.get(key)

    def status(self) -> StoreStatus:
        state = self._state
        live = [each for each in state.shown.values() if not each.deleted]
        return StoreStatus(
            feed=self.feed(),
            incarnation=self._incarnation,
            digest=Digest.from_rows(state.buckets).root,
            schema=SCHEMA,
            counts={
                "entities": sum(isinstance(each, Entity) for each in live),
                "relationships": sum(isinstance(each, Relationship) for each in live),
                "versions": len(state.log),
            },
            open_conflicts=sum(each.conflicted for each in state.shown.values()),
            unpushed=len(state.outbox),
        )

    def _live_entities(self) -> Iterator[Entity]:
        shown = map(self._shown, self._state.shown)
        return (each for each in shown if isinstance(each, Entity) and not each.deleted)

    def _shown(self, record_id: RecordId) -> Entity | Relationship | None:
        if self._at is None:
            return self._state.shown.get(record_id)
        then = self._then(record_id)
        if not then:
            return None
        latest = max(then, key=lambda each: (each.value.edited_at, each.value.dot.n, each.content_hash)).value
        return _rendered(latest, latest.payload, deleted=latest.deleted, conflicted=False, history=then)

    def _then(self, record_id: RecordId) -> tuple[StoredVersion, ...]:
        return tuple(self._visible(self._state.history.get(record_id, ())))

    def _visible(self, versions: Iterable[StoredVersion]) -> Iterator[StoredVersion]:
        return (each for each in versions if self._at is None or each.value.edited_at <= self._at)


class _Transaction(_View, SyncWriting):
    """A working copy that becomes the state when the unit of work ends well."""

    def __init__(self, state: State, incarnation: str, next_dot: Callable[[], Dot], clock: Clock) -> None:
        super().__init__(state, None, incarnation)
        self.next_dot = next_dot
        self._clock = clock
        self._batch: str | None = None

    def begin_batch(self, batch: Batch) -> None:
        self._state.batches[batch.id] = batch
        self._batch = batch.id

    def apply(
        self, versions: Sequence[Version], *, local: bool, hashes: Sequence[Sha256] = (), new: Collection[RecordId] = ()
    ) -> list[Applied]:
        del new  # a look takes no time here
        digests = hashes or [content_hash(version) for version in versions]
        added = [self._add(version, digest, local=local) for version, digest in zip(versions, digests, strict=True)]
        return [Applied(each.seq, new, self._state.shown[each.value.record_id]) for each, new in added]

    def put_states(self, states: Sequence[DeviceState]) -> None:
        for state in states:
            key = (state.entity_id, state.capability)
            known = self._state.states.get(key)
            same = known is not None and canonical_json(known.value) == canonical_json(state.value)
            self._state.states[key] = replace(state, since=known.since) if known and same else state

    def put_content(self, content: Content, data: bytes) -> None:
        if sha256(data).hexdigest() != content.sha256 or len(data) != content.size:
            raise InvalidInput("the hash or the size is not that of the data", argument="content")
        self._state.contents.setdefault(content.sha256, (content, bytes(data)))

    def stream_content(self, content: Content, pieces: Iterable[bytes]) -> None:
        if content.sha256 not in self._state.contents:
            self.put_content(content, b"".join(pieces))

    def put_value(self, key: str, value: str | None) -> None:
        if value is None:
            self._state.values.pop(key, None)
        else:
            self._state.values[key] = value

    def remember(self, key: str, answer: Answer) -> None:
        horizon = datetime.fromisoformat(answer.at) - _ANSWERS_KEPT
        for other, kept in list(self._state.answers.items()):
            if datetime.fromisoformat(kept.at) < horizon:
                del self._state.answers[other]
        self._state.answers[key] = answer

    def _add(self, version: Version, digest: Sha256, *, local: bool) -> tuple[StoredVersion, bool]:
        history = self._state.history.get(version.record_id, ())
        for known in history:
            if known.value.version == version.version or known.value.dot == version.dot:
                if known.content_hash != digest:
                    raise RemoteProtocolError(
                        f"version {version.version} of {version.record_id} is known with other content"
                    )
                return known, False
        check_causality(version, [each.value for each in history if each.value.version in version.parents])
        stored = StoredVersion(Seq(self.feed() + 1), version, digest, self._batch)
        has_child = any(version.version in each.value.parents for each in history)
        heads = advance_heads(self._state.heads.get(version.record_id, ()), version, has_child=has_child)
        self._keep(stored, (*history, stored), heads)
        if local:
            self._state.outbox[stored.seq] = version.record_id
        return stored, True

    def _keep(self, stored: StoredVersion, history: tuple[StoredVersion, ...], heads: tuple[Version, ...]) -> None:
        state, record_id = self._state, stored.value.record_id
        state.log.append(stored)
        state.history[record_id] = history
        state.heads[record_id] = heads
        state.shown[record_id] = _show(heads, history)
        if not state.shown[record_id].conflicted:
            state.conflicts_since.pop(record_id, None)
        elif record_id not in state.conflicts_since:
            state.conflicts_since[record_id] = self._clock.now()
        share = element(record_id, stored.value.version, stored.content_hash)
        state.buckets[share.bucket] = add(state.buckets.get(share.bucket, EMPTY), share)
        for payload in (stored.value.payload, _payload(state.shown[record_id])):
            if isinstance(payload, RelationshipPayload):
                for end in (payload.from_id, payload.to_id):
                    state.touching[end] = state.touching.get(end, frozenset()) | {record_id}


class MemoryStore:
    """A ``GraphStore`` that lives as long as the process. A write works on a copy, so a failed one leaves no trace."""

    def __init__(self, *, clock: Clock, ids: IdSource) -> None:
        self._clock = clock
        self._incarnation = ids.new_id()
        self._dots = 0
        self._written = 0
        self._state = State()

    async def read(self, work: Callable[[ReplicaView], T], *, at: str | None = None) -> T:
        """As ``GraphStore.read``."""
        return work(_View(self._state, at, self._incarnation))

    async def write(self, work: Callable[[ReplicaTransaction], T], *, synced: bool = True) -> T:  # noqa: ARG002  no disk
        """As ``GraphStore.write``."""
        copy = self._state.copy()
        result = work(_Transaction(copy, self._incarnation, self._next_dot, self._clock))
        self._state = copy
        self._written += 1
        return result

    async def moved(self) -> tuple[int, ...]:
        """As ``GraphStore.moved``."""
        return (self._written,)

    async def close(self) -> None:
        """Nothing to release."""

    def _next_dot(self) -> Dot:
        self._dots += 1
        return Dot(self._incarnation, self._dots)


def _show(heads: Sequence[Version], history: Sequence[StoredVersion]) -> Entity | Relationship:
    by_id: Mapping[VersionId, Version] = {each.value.version: each.value for each in history}
    shown = show(heads, by_id.get)
    return _rendered(by_id[shown.version], shown.payload, deleted=shown.deleted, conflicted=shown.open, history=history)


def _rendered(
    version: Version, payload: Payload, *, deleted: bool, conflicted: bool, history: Sequence[StoredVersion]
) -> Entity | Relationship:
    if isinstance(payload, RelationshipPayload):
        return Relationship(
            id=version.record_id,
            version=version.version,
            from_id=payload.from_id,
            to_id=payload.to_id,
            relationship_type=payload.relationship_type,
            properties=payload.properties,
            edited_at=version.edited_at,
            deleted=deleted,
            conflicted=conflicted,
        )
    return Entity(
        id=version.record_id,
        version=version.version,
        entity_type=payload.entity_type,
        name=payload.name,
        content=payload.content,
        created_at=min(each.value.edited_at for each in history),
        edited_at=version.edited_at,
        author=version.author,
        source_type=version.source_type,
        deleted=deleted,
        conflicted=conflicted,
    )


def _payload(shown: Entity | Relationship) -> Payload:
    if isinstance(shown, Entity):
        return EntityPayload(shown.entity_type, shown.name, shown.content)
    return RelationshipPayload(shown.from_id, shown.to_id, shown.relationship_type, shown.properties)
