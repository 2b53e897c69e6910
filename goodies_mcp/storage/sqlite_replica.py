# ruff: noqa: D102 - the interface says what each verb promises
"""What sync asks of the SQLite store: outbox, feed, and the set of versions by name, dot and digest bucket."""

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping
from itertools import groupby

from goodies_mcp.core.models import RecordId, Seq, Sha256, StoredVersion, VersionId
from goodies_mcp.storage.replication import (
    COMPACTED,
    DotName,
    FeedStretch,
    OpenConflict,
    OutboxSize,
    ParkedChange,
    Reason,
    VersionHeader,
    VersionName,
)
from goodies_mcp.storage.sql import SQL
from goodies_mcp.storage.sqlite_rows import Row, Terms, stored_version, version_id
from goodies_mcp.storage.sqlite_view import View

_LOOKED_AT = 10_000
"""Feed numbers that one page looks at, and records that one step of a comparison does."""


class SyncView(View):
    """A snapshot as sync sees it."""

    def __init__(self, connection: sqlite3.Connection, terms: Terms) -> None:
        super().__init__(connection, terms)
        self._asked: dict[RecordId, int | None] = {}

    def incarnation(self) -> str:
        """See ``replication.ReplicaView``, as for everything here."""
        return str(self._one("meta", "incarnation"))

    def buckets(self) -> tuple[bytes, ...]:
        from goodies_mcp.core.causality.digest import Digest  # noqa: PLC0415 - start-up: only sync and status need it

        return Digest.from_rows(dict(self._rows("buckets"))).buckets

    def outbox(self, after: int, limit: int) -> list[StoredVersion]:
        return self._versions(self._rows("outbox_seqs", after, limit))

    def outbox_headers(self, limit: int) -> list[VersionHeader]:
        return [self._header(*row[1:]) for row in self._rows("outbox_headers", limit)]

    def outbox_size(self) -> OutboxSize:
        every, parked = self._rows("outbox_size")[0]
        return OutboxSize(every - parked, parked)

    def parked(self, after: int, limit: int) -> list[ParkedChange]:
        return [self._parked(row) for row in self._rows("parked", after, limit)]

    def headers(self, buckets: Collection[int], after: VersionName | None, limit: int) -> list[VersionHeader]:
        from goodies_mcp.core.causality.digest import bucket_of  # noqa: PLC0415 - as above

        found: list[VersionHeader] = []
        start = after[0] if after is not None else ""
        while len(found) < limit:
            walked = self._rows("records_from", start, _LOOKED_AT)
            wanted = {number: record_id for record_id, number in walked if bucket_of(record_id) in buckets}
            headers = self._headers(wanted)
            found += sorted(header for header in headers if after is None or header[:2] > after)
            if len(walked) < _LOOKED_AT:
                break
            # The next id in the order of texts: nothing lies between a text and itself with a NUL behind it.
            start = walked[-1][0] + "\0"
        return found[:limit]

    def held(self, names: Collection[VersionName]) -> dict[VersionName, StoredVersion]:
        seqs = json.dumps([seq for _, seq in self._seqs_of(names)])
        found = [stored_version(row, self._terms) for row in self._rows("held", seqs)]
        return {(each.value.record_id, each.value.version): each for each in found}

    def dots(self, dots: Collection[DotName]) -> dict[DotName, VersionId]:
        numbers = self.numbers(record_id for record_id, _ in dots)
        clocks: dict[str, int | None] = {}
        found: dict[DotName, VersionId] = {}
        for record_id, dot in dots:
            number = numbers.get(record_id)
            if number is None:
                continue
            if dot.incarnation not in clocks:
                row = self._row("clock_number", dot.incarnation)
                clocks[dot.incarnation] = None if row is None else row[0]
            clock = clocks[dot.incarnation]
            row = None if clock is None else self._row("version_by_dot", clock, dot.n, number)
            if row is not None:
                found[record_id, dot] = self.header(row[0]).version
        return found

    def heads_of(self, ids: Collection[RecordId]) -> dict[RecordId, list[StoredVersion]]:
        numbers = json.dumps(list(self.numbers(ids).values()))
        heads = self._versions(self._rows("heads_of", numbers))
        heads.sort(key=lambda each: (each.value.record_id, each.seq))
        return {key: list(group) for key, group in groupby(heads, key=lambda each: each.value.record_id)}

    def feed_page(self, after: int, *, without: str | None, limit: int) -> FeedStretch:
        own = None if without is None else self._row("clock_number", without)
        last = min(int(self.feed()), after + _LOOKED_AT)
        seqs = self._rows("feed_seqs", after, last, None if own is None else own[0], limit)
        upto = seqs[-1][0] if len(seqs) == limit else max(last, after)
        return FeedStretch(self._versions(seqs), Seq(upto), upto < self.feed())

    def contents(self) -> list[Sha256]:
        return [row[0] for row in self._rows("contents")]

    def values(self, prefix: str) -> dict[str, str]:
        # No text comes behind the last of all characters.
        found = self._rows("values_between", prefix, f"{prefix}\U0010ffff")
        return {key.removeprefix(prefix): value for key, value in found}

    def open_conflicts(self, after: RecordId | None, limit: int) -> list[OpenConflict]:
        found = []
        for record_id, shown, other, decision, data, since in self._rows("open_conflicts", after or "", limit):
            said = json.loads(data)
            fields = tuple(tuple(path) for path in said["fields"])
            found.append(OpenConflict(record_id, shown, other, decision, fields, tuple(said["flags"]), since))
        return found

    def numbers(self, ids: Iterable[RecordId]) -> dict[RecordId, int]:
        """The numbers of those of the records that the store has heard of. Whoever takes in a page asks for them three
        times: they are looked up once."""
        wanted, asked = dict.fromkeys(ids), self._asked
        new = [each for each in wanted if each not in asked]
        if new:
            asked.update(dict.fromkeys(new))
            asked.update(self._listed_rows("record_numbers", new))
        return {each: number for each in wanted if (number := asked[each]) is not None}

    def forget_numbers(self) -> None:
        """Look numbers up again: some are about to be given."""
        self._asked.clear()

    def _seqs_of(self, names: Collection[VersionName]) -> list[tuple[VersionName, int]]:
        """The feed numbers of those of the versions that are held."""
        numbers = self.numbers(record_id for record_id, _ in names)
        found = []
        for name in dict.fromkeys(names):
            number = numbers.get(name[0])
            seq = None if number is None else self.seq_of(number, name[1])
            if seq is not None:
                found.append((name, seq))
        return found

    def _headers(self, records: Mapping[int, RecordId]) -> list[VersionHeader]:
        rows = self._rows("record_headers", json.dumps(list(records)))
        return [self._header(records[row[0]], *row[1:]) for row in rows]

    def _header(self, record_id: str, edited_at: str, kept: int | str, author: int, digest: bytes) -> VersionHeader:
        return RecordId(record_id), version_id(edited_at, kept, author, self._terms), Sha256(digest.hex())

    def _parked(self, row: Row) -> ParkedChange:
        seq, record_id, edited_at, kept, author, attempts, reason = row
        version = version_id(edited_at, kept, author, self._terms)
        return ParkedChange(Seq(seq), RecordId(record_id), version, _reason(reason), attempts)


class SyncWriting(SyncView):
    """What a transaction adds for sync."""

    def acknowledge(self, names: Collection[VersionName]) -> int:
        # What is acked was sent first, or, by a comparison, is mostly in no outbox: the head of the queue tells.
        left = dict.fromkeys(names)
        looked_at = len(left) + 16
        queued = self._rows("outbox_headers", looked_at)
        seqs = []
        for row in queued:
            name = self._header(*row[1:])[:2]
            if name in left:
                del left[name]
                seqs.append((row[0],))
        if left and len(queued) == looked_at:
            seqs += [(seq,) for _, seq in self._seqs_of(left)]
        return self._connection.executemany(SQL["drop_unpushed"], seqs).rowcount if seqs else 0

    def park(self, name: VersionName, reason: Reason) -> bool:
        said = json.dumps(reason)
        return any(self._changed("park", seq, said) for _, seq in self._seqs_of([name]))

    def unpark(self, names: Collection[VersionName] | None = None) -> int:
        if names is not None:
            return sum(self._changed("unpark", seq, COMPACTED) for _, seq in self._seqs_of(names))
        return self._changed("unpark_all", COMPACTED)

    def requeue(self, names: Collection[VersionName]) -> int:
        return sum(self._changed("requeue", seq, COMPACTED) for _, seq in self._seqs_of(names))

    def _changed(self, statement: str, *values: object) -> int:
        return self._execute(statement, *values).rowcount


def _reason(kept: str | None) -> Reason:
    """What was kept of a reason: JSON, or one word."""
    if kept is None or not kept.startswith("["):
        return Reason(kept or "unknown")
    return Reason(*json.loads(kept))
