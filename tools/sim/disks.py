"""What survives a crash: the replicas of the simulation, kept by the real rules in plain dictionaries.

Every method is one transaction: it happens whole or, when the power goes before it, not at all.
"""

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TypeAlias

from goodies_mcp.core.causality.conflicts import Shown, show
from goodies_mcp.core.causality.digest import EMPTY, Digest, add, bucket_of, remove
from goodies_mcp.core.causality.vector_clock import advance_heads, check_causality, maximal
from goodies_mcp.core.models import Dot, RecordId, Version, VersionId
from goodies_mcp.errors import RemoteProtocolError
from goodies_mcp.inbetweenies.actions import ApplyPage, ChangesCollected, HeadersListed, Parked
from goodies_mcp.inbetweenies.messages import Cursor
from goodies_mcp.inbetweenies.rows import Header, Name, Row, row_of
from goodies_mcp.inbetweenies.server_session import FeedPage, FeedRow, RecordDot
from tools.sim.truth import Truth

_TEXTS = 5_000

HeadsRule: TypeAlias = Callable[[Sequence[Version], Version], tuple[Version, ...]]


class Disk:
    """A set of versions with what is derived from it."""

    def __init__(self, number: int, truth: Truth, heads_rule: HeadsRule = advance_heads) -> None:
        self.number = number
        self.truth = truth
        self._heads_rule = heads_rule
        self.history: dict[RecordId, dict[VersionId, Row]] = {}
        self.heads: dict[RecordId, tuple[Version, ...]] = {}
        self.sums: dict[int, bytes] = {}
        self._digest: Digest | None = None

    def holds(self, name: Name) -> bool:
        """Whether the version is here."""
        return name.version in self.history.get(name.record_id, ())

    def names(self) -> Iterable[Name]:
        """Every version held."""
        return (Name(record_id, version) for record_id, held in self.history.items() for version in held)

    def shown(self, record_id: RecordId) -> Shown:
        """What a reader sees of a record that is held."""
        return show(self.heads[record_id], self._lookup(record_id))

    def version_of(self, record_id: RecordId, version: VersionId) -> Version | None:
        """One version, if it is here."""
        row = self.history.get(record_id, {}).get(version)
        return None if row is None else row.version

    def digest(self) -> Digest:
        """The digest of all that is held."""
        if self._digest is None:
            self._digest = Digest.from_rows(self.sums)
        return self._digest

    def keep(self, row: Row) -> bool:
        """Apply one version by the real rules; whether it was new."""
        version = row.version
        held = self.history.setdefault(version.record_id, {})
        known = held.get(version.version)
        if known is not None:
            if known.content_hash != row.content_hash:
                raise RemoteProtocolError(f"{row.name} is known with other content")
            return False
        parents = (held.get(parent) for parent in version.parents)
        check_causality(version, [parent.version for parent in parents if parent is not None])
        interned, share = self.truth.interned(row)
        held[version.version] = interned
        heads = self._heads_rule(self.heads.get(version.record_id, ()), interned.version)
        self.heads[version.record_id] = heads
        self.sums[share.bucket] = add(self.sums.get(share.bucket, EMPTY), share)
        self._digest = None
        self.truth.applied(self.number, interned.version, heads)
        return True

    def drop(self, rows: Iterable[Row]) -> None:
        """Be as if these had never come: what restoring an old copy does."""
        touched = set()
        for row in rows:
            record_id, version = row.name
            del self.history[record_id][version]
            _, share = self.truth.interned(row)
            self.sums[share.bucket] = remove(self.sums[share.bucket], share)
            touched.add(record_id)
        self._digest = None
        for record_id in touched:
            left = self.history[record_id]
            if left:
                self.heads[record_id] = maximal(row.version for row in left.values())
            else:
                del self.history[record_id], self.heads[record_id]

    def _lookup(self, record_id: RecordId) -> Callable[[VersionId], Version | None]:
        held = self.history[record_id]

        def find(version: VersionId) -> Version | None:
            row = held.get(version)
            return None if row is None else row.version

        return find


class DeviceDisk(Disk):
    """A device's database file: versions, outbox, parked changes and the cursor."""

    def __init__(self, number: int, truth: Truth, incarnation: str, heads_rule: HeadsRule = advance_heads) -> None:
        super().__init__(number, truth, heads_rule)
        self.incarnation = incarnation
        self.made = 0
        self.cursor: Cursor | None = None
        self.outbox: dict[int, Name] = {}
        self.parked: dict[Name, Parked] = {}
        self._places: dict[Name, int] = {}
        self._listing: list[Name] = []
        self._last_place = 0

    def next_dot(self) -> Dot:
        """The next dot of this incarnation."""
        self.made += 1
        return Dot(self.incarnation, self.made)

    def edit(self, version: Version) -> None:
        """A person's change: the version and its outbox row, together."""
        row = row_of(version)
        self.truth.edited(self.number, Row(version, row.content_hash))
        self.keep(row)
        self._put_out(row.name)

    def collect(self, after: int, rows: int) -> ChangesCollected:
        """Change tracker: the next rows of the outbox."""
        waiting = [place for place in self.outbox if place > after]
        taken = waiting[:rows]
        found = tuple(self._sendable(self.outbox[place]) for place in taken)
        return ChangesCollected(found, taken[-1] if taken else after, len(waiting) > len(taken))

    def list_headers(self, hubs: Sequence[bytes], after: Name | None, limit: int) -> HeadersListed:
        """Headers in the buckets that differ from the hub's, and in those of parked changes."""
        same = False
        if after is None:
            ours = self.digest().buckets
            differing = {number for number in range(len(ours)) if ours[number] != hubs[number]}
            same = not differing
            differing |= {bucket_of(name.record_id) for name in self.parked}
            # Sorted once for all pages; what is edited meanwhile is in the outbox anyhow.
            self._listing = sorted(
                name for name in self.names() if differing and bucket_of(name.record_id) in differing
            )
        first = 0 if after is None else bisect_right(self._listing, after)
        headers = tuple(
            Header(name.record_id, name.version, self.history[name.record_id][name.version].content_hash)
            for name in self._listing[first : first + limit]
        )
        return HeadersListed(headers, len(self._listing) > first + limit, same=same)

    def apply_page(self, page: ApplyPage, hub: Disk | None) -> str:
        """All of a page, and the digest of what the hub must hold. ``hub`` is asked by the judge only."""
        waiting = set(self.outbox.values())
        for row in page.rows:
            self.keep(row)
        for name in page.acked:
            if name in self._places or name in self.parked:
                self.truth.acknowledged(name, hub_holds=hub is None or hub.holds(name))
                self.parked.pop(name, None)
                self._take_out(name)
        for parked in page.parked:
            self.parked[parked.name] = parked
            self._take_out(parked.name)
        for name in page.requeue:
            self._put_out(name)
        if page.cursor is not None and not page.nothing:
            self.cursor = page.cursor
        left = set(self.outbox.values()) | set(self.parked)
        if not waiting <= left | set(page.acked):
            self.truth.broken("P10", f"device {self.number} lost a pending edit to a page")
        return self._expected_root(left)

    def _expected_root(self, unacked: Collection[Name]) -> str:
        if not unacked:
            return self.digest().root
        rows = dict(self.sums)
        for name in unacked:
            row = self.history[name.record_id][name.version]
            _, share = self.truth.interned(row)
            rows[share.bucket] = remove(rows[share.bucket], share)
        return Digest.from_rows(rows).root

    def _sendable(self, name: Name) -> Row:
        row = self.history[name.record_id][name.version]
        return row_of(row.version, row.content_hash)

    def _put_out(self, name: Name) -> None:
        if name not in self._places:
            self._last_place += 1
            self._places[name] = self._last_place
            self.outbox[self._last_place] = name

    def _take_out(self, name: Name) -> None:
        place = self._places.pop(name, None)
        if place is not None:
            del self.outbox[place]


class HubDisk(Disk):
    """The hub's database of one household, and the ``HubView`` of its session."""

    def __init__(self, number: int, truth: Truth, epoch: str, heads_rule: HeadsRule = advance_heads) -> None:
        super().__init__(number, truth, heads_rule)
        self._epoch = epoch
        self.feed: list[Row] = []
        self._dots: dict[RecordDot, VersionId] = {}
        self._texts: dict[int, Row] = {}

    def transact(self, work: Callable[[], None]) -> None:
        """One transaction from beginning to commit; an honest one stands still in time."""
        work()

    def restore(self, length: int, epoch: str) -> list[Row]:
        """Become the copy that was taken when the feed was so long, with a new epoch; returns what was lost."""
        lost, self.feed = self.feed[length:], self.feed[:length]
        self.drop(lost)
        for row in lost:
            del self._dots[RecordDot(row.version.record_id, row.version.dot)]
        self._epoch = epoch
        return lost

    def epoch(self) -> str:
        """As ``HubView.epoch``."""
        return self._epoch

    def last_seq(self) -> int:
        """As ``HubView.last_seq``."""
        return len(self.feed)

    def held(self, names: Collection[Name]) -> Mapping[Name, Row]:
        """As ``HubView.held``."""
        found = ((name, self.history.get(name.record_id, {}).get(name.version)) for name in names)
        return {name: row for name, row in found if row is not None}

    def dots(self, dots: Collection[RecordDot]) -> Mapping[RecordDot, VersionId]:
        """As ``HubView.dots``."""
        return {dot: self._dots[dot] for dot in dots if dot in self._dots}

    def apply(self, rows: Sequence[Row]) -> None:
        """As ``HubView.apply``."""
        for row in rows:
            if self.keep(row):
                self.feed.append(self.history[row.version.record_id][row.version.version])
                self._dots[RecordDot(row.version.record_id, row.version.dot)] = row.version.version

    def page(self, after: int, *, without: str | None, limit: int) -> FeedPage:
        """As ``HubView.page``."""
        rows: list[FeedRow] = []
        seq = after
        feed = self.feed
        while seq < len(feed) and len(rows) < limit:
            row = feed[seq]
            seq += 1
            if row.version.dot.incarnation != without:
                rows.append(FeedRow(seq, self._written(seq, row)))
        return FeedPage(rows, seq, seq < len(feed))

    def _written(self, seq: int, row: Row) -> Row:
        """The row with its text, which four devices ask for one after the other."""
        written = self._texts.get(seq)
        if written is None or written.version is not row.version:
            if len(self._texts) > _TEXTS:
                self._texts.clear()
            written = self._texts[seq] = row_of(row.version, row.content_hash)
        return written

    def buckets(self) -> tuple[bytes, ...]:
        """As ``HubView.buckets``."""
        return self.digest().buckets
