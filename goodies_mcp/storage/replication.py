"""What sync asks of a store beyond what the graph does, for a client and for a hub alike. ``tests/contract`` holds
every implementation to it. Names of versions and dots are plain tuples here, so that no room's own types are needed.
"""

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple, Protocol, TypeAlias, TypeVar

from goodies_mcp.core.models import Dot, RecordId, Seq, Sha256, StoredVersion, VersionId
from goodies_mcp.storage.interface import GraphStore, ReadView, Transaction

T = TypeVar("T")

VersionName: TypeAlias = tuple[RecordId, VersionId]
"""A version id is unique within its record only."""

VersionHeader: TypeAlias = tuple[RecordId, VersionId, Sha256]
"""A version's name and its content hash: enough to compare sets."""

DotName: TypeAlias = tuple[RecordId, Dot]
"""A dot is unique within its record only."""

COMPACTED = "compacted"
"""The reason why a change is parked whose body was let go: nothing is left to send."""


class OutboxSize(NamedTuple):
    """How many local changes wait for a hub, and how many are held back."""

    waiting: int
    parked: int


class Reason(NamedTuple):
    """Why a change is held back."""

    code: str
    message: str = ""
    hint: str | None = None


class ParkedChange(NamedTuple):
    """A change that is held back; ``attempts`` counts how often it was."""

    seq: Seq
    record_id: RecordId
    version: VersionId
    reason: Reason
    attempts: int


class FeedStretch(NamedTuple):
    """A stretch of the feed: ``upto`` is the number to which it was read, left-out versions included."""

    versions: Sequence[StoredVersion]
    upto: Seq
    more: bool


class OpenConflict(NamedTuple):
    """A conflict that a person should look at, as it was filed: what is shown, the next best head, which rung of the
    ladder chose, and when it was first seen here."""

    record_id: RecordId
    shown: VersionId
    other: VersionId
    decision: str
    fields: tuple[tuple[str, ...], ...]
    flags: tuple[str, ...]
    since: str


class ReplicaView(ReadView, Protocol):
    """A snapshot as sync sees it: always now, tombstones and everything."""

    def incarnation(self) -> str:
        """Whose versions this file makes."""
        ...

    def buckets(self) -> tuple[bytes, ...]:
        """The 256 buckets of the digest over all versions held."""
        ...

    def outbox(self, after: int, limit: int) -> list[StoredVersion]:
        """Local changes that no hub has acknowledged, parked ones left out, in feed order, behind feed number
        ``after`` (0: from the first). ``core.causality.ordering`` puts parents and ends first within a page."""
        ...

    def outbox_headers(self, limit: int) -> list[VersionHeader]:
        """Headers of what no hub has acknowledged, parked ones included, in feed order."""
        ...

    def outbox_size(self) -> OutboxSize:
        """How much waits, and how much is parked."""
        ...

    def parked(self, after: int, limit: int) -> list[ParkedChange]:
        """Parked changes in feed order, behind feed number ``after``."""
        ...

    def headers(self, buckets: Collection[int], after: VersionName | None, limit: int) -> list[VersionHeader]:
        """Headers of all versions whose record falls into one of these buckets, ordered by name as text, from behind
        ``after`` (None: the first). Versions that were compacted count."""
        ...

    def held(self, names: Collection[VersionName]) -> dict[VersionName, StoredVersion]:
        """Those of the versions that are held, compacted ones too. Payload and batch are not told: an empty entity."""
        ...

    def dots(self, dots: Collection[DotName]) -> dict[DotName, VersionId]:
        """The version that each of these dots made, for those that are held."""
        ...

    def heads_of(self, ids: Collection[RecordId]) -> dict[RecordId, list[StoredVersion]]:
        """The heads of those of the records that have any: quick where most have none."""
        ...

    def feed_page(self, after: int, *, without: str | None, limit: int) -> FeedStretch:
        """Up to ``limit`` versions behind feed number ``after``, in order and without a gap (PROMISES P7), leaving out
        what the incarnation ``without`` made. A page may be short or empty and still have ``more`` behind it: no more
        than some ten thousand feed numbers are looked at. Compacted versions cannot be sent and are left out."""
        ...

    def contents(self) -> list[Sha256]:
        """The hashes of all binary content that is held, in order."""
        ...

    def values(self, prefix: str) -> dict[str, str]:
        """The named texts whose names begin so, by the rest of their names, in order."""
        ...

    def open_conflicts(self, after: RecordId | None, limit: int) -> list[OpenConflict]:
        """Open conflicts, ordered by record id, behind ``after``."""
        ...


class ReplicaTransaction(ReplicaView, Transaction, Protocol):
    """A transaction that can also say what became of local changes."""

    def acknowledge(self, names: Collection[VersionName]) -> int:
        """Take changes out of the outbox, parked or not: a hub holds them. How many there were."""
        ...

    def park(self, name: VersionName, reason: Reason) -> bool:
        """Hold a change back. False, and nothing is done, when it is not in the outbox."""
        ...

    def unpark(self, names: Collection[VersionName] | None = None) -> int:
        """Let parked changes (None: all) wait for a hub again; what was compacted stays parked. How many there were."""
        ...

    def requeue(self, names: Collection[VersionName]) -> int:
        """Put versions into the outbox, whoever made them: a hub lacks them. What is there already stays as it is, a
        compacted one is parked. How many were put there."""
        ...


class ReplicaStore(GraphStore, Protocol):
    """A store as sync sees it."""

    async def read(self, work: Callable[[ReplicaView], T], *, at: str | None = None) -> T:
        """As ``GraphStore.read``."""
        ...

    async def write(self, work: Callable[[ReplicaTransaction], T], *, synced: bool = True) -> T:
        """As ``GraphStore.write``."""
        ...
