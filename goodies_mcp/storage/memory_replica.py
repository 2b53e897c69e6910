# ruff: noqa: D102 - the interface says what each verb promises
"""What sync asks of the reference store: the rest of ``replication.py`` in dicts, to be read and not to be fast."""

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from goodies_mcp.core.causality.conflicts import show
from goodies_mcp.core.causality.digest import Digest, bucket_of
from goodies_mcp.core.models import RecordId, Seq, Sha256, StoredVersion, VersionId
from goodies_mcp.storage.replication import (
    DotName,
    FeedStretch,
    OpenConflict,
    OutboxSize,
    ParkedChange,
    Reason,
    VersionHeader,
    VersionName,
)

if TYPE_CHECKING:
    from goodies_mcp.storage.memory import State


class SyncView:
    """What a snapshot adds for sync."""

    _state: "State"
    _incarnation: str

    def incarnation(self) -> str:
        """See ``replication.ReplicaView``, as for everything here."""
        return self._incarnation

    def buckets(self) -> tuple[bytes, ...]:
        return Digest.from_rows(self._state.buckets).buckets

    def outbox(self, after: int, limit: int) -> list[StoredVersion]:
        parked = self._state.parked
        return [each for each in self._queued() if each.seq > after and each.seq not in parked][:limit]

    def outbox_headers(self, limit: int) -> list[VersionHeader]:
        return [_header(each) for each in self._queued()][:limit]

    def outbox_size(self) -> OutboxSize:
        parked = len(self._state.parked)
        return OutboxSize(len(self._state.outbox) - parked, parked)

    def parked(self, after: int, limit: int) -> list[ParkedChange]:
        parked, attempts = self._state.parked, self._state.attempts
        found = [
            ParkedChange(each.seq, each.value.record_id, each.value.version, parked[each.seq], attempts[each.seq])
            for each in self._queued()
            if each.seq > after and each.seq in parked
        ]
        return found[:limit]

    def headers(self, buckets: Collection[int], after: VersionName | None, limit: int) -> list[VersionHeader]:
        every = sorted(_header(each) for each in self._state.log if bucket_of(each.value.record_id) in buckets)
        return [header for header in every if after is None or header[:2] > tuple(after)][:limit]

    def held(self, names: Collection[VersionName]) -> dict[VersionName, StoredVersion]:
        return {(name[0], name[1]): each for name in names if (each := self._named(name)) is not None}

    def dots(self, dots: Collection[DotName]) -> dict[DotName, VersionId]:
        return {
            (record_id, dot): each.value.version
            for record_id, dot in dots
            for each in self._state.history.get(record_id, ())
            if each.value.dot == dot
        }

    def heads_of(self, ids: Collection[RecordId]) -> dict[RecordId, list[StoredVersion]]:
        found = {}
        for record_id in ids:
            heads = {head.version for head in self._state.heads.get(record_id, ())}
            if heads:
                found[record_id] = [each for each in self._state.history[record_id] if each.value.version in heads]
        return found

    def feed_page(self, after: int, *, without: str | None, limit: int) -> FeedStretch:
        behind = [each for each in self._state.log if each.seq > after]
        others = [each for each in behind if each.value.dot.incarnation != without][:limit]
        last = behind[-1].seq if behind else Seq(after)
        upto = others[-1].seq if len(others) == limit else last
        return FeedStretch(others, upto, upto < last)

    def contents(self) -> list[Sha256]:
        return sorted(self._state.contents)

    def values(self, prefix: str) -> dict[str, str]:
        found = sorted(key for key in self._state.values if key.startswith(prefix))
        return {key.removeprefix(prefix): self._state.values[key] for key in found}

    def open_conflicts(self, after: RecordId | None, limit: int) -> list[OpenConflict]:
        since = self._state.conflicts_since
        return [self._conflict(key, since[key]) for key in sorted(since) if after is None or key > after][:limit]

    def _conflict(self, record_id: RecordId, since: str) -> OpenConflict:
        by_id = {each.value.version: each.value for each in self._state.history[record_id]}
        heads = self._state.heads[record_id]
        shown = show(heads, by_id.get)
        other = next(head.version for head in heads if head.version != shown.version)
        fields = tuple(each.path for each in shown.disputed)
        return OpenConflict(record_id, shown.version, other, shown.decision, fields, shown.flags, since)

    def _queued(self) -> Iterator[StoredVersion]:
        return (each for each in self._state.log if each.seq in self._state.outbox)

    def _named(self, name: VersionName) -> StoredVersion | None:
        history = self._state.history.get(name[0], ())
        return next((each for each in history if each.value.version == name[1]), None)


class SyncWriting(SyncView):
    """What a transaction adds for sync."""

    def acknowledge(self, names: Collection[VersionName]) -> int:
        gone = [seq for name in names if (seq := self._queued_at(name)) is not None]
        for seq in gone:
            for part in (self._state.outbox, self._state.parked, self._state.attempts):
                part.pop(seq, None)
        return len(gone)

    def park(self, name: VersionName, reason: Reason) -> bool:
        seq = self._queued_at(name)
        if seq is None:
            return False
        self._state.parked[seq] = Reason(*reason)
        self._state.attempts[seq] = self._state.attempts.get(seq, 0) + 1
        return True

    def unpark(self, names: Collection[VersionName] | None = None) -> int:
        freed = list(self._state.parked) if names is None else [self._queued_at(name) for name in names]
        return sum(self._state.parked.pop(seq, None) is not None for seq in freed if seq is not None)

    def requeue(self, names: Collection[VersionName]) -> int:
        new = 0
        for name in names:
            found = self._named(name)
            if found is not None and found.seq not in self._state.outbox:
                self._state.outbox[found.seq] = found.value.record_id
                new += 1
        return new

    def _queued_at(self, name: VersionName) -> Seq | None:
        found = self._named(name)
        return found.seq if found is not None and found.seq in self._state.outbox else None


def _header(stored: StoredVersion) -> VersionHeader:
    return stored.value.record_id, stored.value.version, stored.content_hash
