"""The god's-eye history: who really knew of what when they edited, and what every replica really holds.

Nothing here looks at a clock, a context or a dot. A version's true past is the set of versions its maker held, and
theirs; it is kept as bits of one integer per record, so that a question about millions of pairs is an ``&``.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from goodies_mcp.core.causality.digest import Element, element
from goodies_mcp.core.models import RecordId, Version, VersionId
from goodies_mcp.inbetweenies.rows import Name, Row

HUB = 0
"""The hub's number among the replicas; devices count from 1."""


@dataclass(frozen=True, slots=True)
class Violation:
    """A promise that was broken, and when."""

    promise: str
    operation: int
    what: str


@dataclass(slots=True)
class _Record:
    """The versions of one record by number; ``past[n]`` and ``holders[n]`` are bit sets of versions and replicas."""

    numbers: dict[VersionId, int] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    shares: list[Element] = field(default_factory=list)
    past: list[int] = field(default_factory=list)
    holders: list[int] = field(default_factory=list)
    acked: int = 0
    restored_away: int = 0


class Knowledge:
    """What one replica holds of each record: ``known`` with all that it implies, and the true heads."""

    def __init__(self) -> None:
        self.known: dict[RecordId, int] = {}
        self.heads: dict[RecordId, int] = {}


class Truth:
    """Sees every edit, every apply, every ack and every disk that is lost."""

    def __init__(self, replicas: int, most_violations: int = 20) -> None:
        self.operation = 0
        self.violations: list[Violation] = []
        self.verdicts = 0
        self.concurrent = 0
        self.acks = 0
        self.made = 0
        self.destroyed = 0
        self.knowledge = [Knowledge() for _ in range(replicas)]
        self.most_violations = most_violations
        self._records: dict[RecordId, _Record] = {}

    def broken(self, promise: str, what: str) -> None:
        """Note that a promise was broken."""
        if len(self.violations) < self.most_violations:
            self.violations.append(Violation(promise, self.operation, what))

    def edited(self, replica: int, row: Row) -> None:
        """A device made a version: its past is all that the device knows of the record."""
        record = self._records.setdefault(row.version.record_id, _Record())
        self.made += 1
        if row.version.version in record.numbers:
            self.broken("P9", f"the version id {row.version.version} was made twice")
            return
        record.numbers[row.version.version] = len(record.rows)
        record.rows.append(row)
        record.shares.append(element(*row.name, row.content_hash))
        record.past.append(self.knowledge[replica].known.get(row.version.record_id, 0))
        record.holders.append(0)

    def interned(self, row: Row) -> tuple[Row, Element]:
        """The same version as the one object that its maker made, and its share of a digest: there is neither memory
        nor time for a million of them on each replica."""
        record = self._records.get(row.version.record_id)
        number = None if record is None else record.numbers.get(row.version.version)
        if record is None or number is None or record.rows[number].content_hash != row.content_hash:
            self.broken("P12", f"{row.name} was never made by anybody")
            return row, element(*row.name, row.content_hash)
        return record.rows[number], record.shares[number]

    def applied(self, replica: int, version: Version, heads: Iterable[Version]) -> None:
        """A replica holds one version more: its heads must be the true ones (PROMISES P3, P4, P10)."""
        record_id = version.record_id
        record, knowledge = self._records[record_id], self.knowledge[replica]
        number = record.numbers[version.version]
        bit, past = 1 << number, record.past[number]
        known = knowledge.known.get(record_id, 0)
        before = knowledge.heads.get(record_id, 0)
        true_heads = before & ~past | (0 if bit & known else bit)
        knowledge.known[record_id] = known | past | bit
        knowledge.heads[record_id] = true_heads
        record.holders[number] |= 1 << replica
        if replica == HUB:
            record.restored_away &= ~bit
        self.verdicts += 1
        self.concurrent += true_heads & (true_heads - 1) != 0
        claimed = 0
        for head in heads:
            claimed |= 1 << record.numbers[head.version]
        if claimed != true_heads:
            missing, surplus = (true_heads & ~claimed).bit_count(), (claimed & ~true_heads).bit_count()
            self.broken(
                "P4",
                f"replica {replica} after {version.version} of {record_id}: {missing} heads lost, {surplus} false ones",
            )

    def true_heads(self, replica: int, record_id: RecordId) -> list[Version]:
        """The heads of what a replica holds, by what really happened."""
        bits, rows = self.knowledge[replica].heads.get(record_id, 0), self._records[record_id].rows
        found = []
        while bits:
            found.append(rows[(bits & -bits).bit_length() - 1].version)
            bits &= bits - 1
        return found

    def acknowledged(self, name: Name, *, hub_holds: bool) -> None:
        """A device took the change out of its outbox: the hub must have it on disk (PROMISES P2)."""
        record = self._records[name.record_id]
        record.acked |= 1 << record.numbers[name.version]
        self.acks += 1
        if not hub_holds:
            self.broken("P2", f"{name} was acked and is not on the hub's disk")

    def forgotten(self, replica: int, names: Iterable[Name]) -> None:
        """A disk was lost, or became an older copy of itself. Last copies are gone for good then, and somebody is to
        blame when the hub had acked them and its own disk was never restored to a time before."""
        touched: dict[RecordId, None] = {}
        for name in names:
            record = self._records[name.record_id]
            number = record.numbers[name.version]
            bit = 1 << number
            record.holders[number] &= ~(1 << replica)
            touched[name.record_id] = None
            if replica == HUB:
                record.restored_away |= bit
            if not record.holders[number]:
                self.destroyed += 1
                if record.acked & ~record.restored_away & bit:
                    self.broken("P3", f"{name} was acked, and the hub did not keep it")
        for record_id in touched:
            self._look_again(replica, record_id)

    def _look_again(self, replica: int, record_id: RecordId) -> None:
        """What a replica knows of a record after some of it was lost."""
        record, knowledge = self._records[record_id], self.knowledge[replica]
        held = past = 0
        for number, holders in enumerate(record.holders):
            if holders >> replica & 1:
                held |= 1 << number
                past |= record.past[number]
        knowledge.known[record_id] = held | past
        knowledge.heads[record_id] = held & ~past

    def alive(self) -> Iterable[tuple[Row, int]]:
        """Every version that at least one disk holds, and the bit set of its holders."""
        for record in self._records.values():
            yield from ((row, holders) for row, holders in zip(record.rows, record.holders, strict=True) if holders)
