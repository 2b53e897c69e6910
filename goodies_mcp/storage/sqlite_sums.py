"""What a transaction adds up, to write it once before the commit: counts, digest, clocks, spans of edits. Beside it
stand the numbers that it has asked the file for, so that they are asked for once.
"""

import sqlite3
from collections import Counter
from dataclasses import dataclass, field

from goodies_mcp.storage.sql import SQL


@dataclass(slots=True)
class Sums:
    """The sums of one transaction, which units of work share."""

    tallies: Counter[str] = field(default_factory=Counter)
    """By how much counts have changed."""
    buckets: dict[int, bytes] = field(default_factory=dict)
    """The digest's buckets that have changed."""
    clocks: dict[int, int] = field(default_factory=dict)
    """The highest n seen of incarnations, by their number."""
    spans: dict[int, tuple[str, str]] = field(default_factory=dict)
    """The first and the last edit in blocks of 256 feed numbers."""
    seq: int = -1
    """The last feed number given, or -1 when the file has to be asked."""
    number: int = -1
    """The last record number given, or -1."""
    places: dict[str, int] = field(default_factory=dict)
    """Numbers of entities by id, as far as they were asked for."""
    incarnations: dict[str, int] = field(default_factory=dict)
    """Numbers of incarnations, as far as they were asked for."""

    def copy(self) -> "Sums":
        """The sums to go back to when a unit of work fails; what was asked is asked again then."""
        return Sums(Counter(self.tallies), dict(self.buckets), dict(self.clocks), dict(self.spans))

    def advance(self, clock: int, n: int) -> None:
        """Note a version's n."""
        if n > self.clocks.get(clock, 0):
            self.clocks[clock] = n

    def widen(self, seq: int, edited_at: str) -> None:
        """Note when the version of a feed number was edited."""
        block = seq // 256
        held = self.spans.get(block)
        if held is None:
            self.spans[block] = edited_at, edited_at
        elif not held[0] <= edited_at <= held[1]:
            self.spans[block] = min(held[0], edited_at), max(held[1], edited_at)

    def write(self, connection: sqlite3.Connection, now: str) -> None:
        """Write all of it, and begin again from nothing."""
        many = connection.executemany
        if self.tallies:
            many(SQL["tally"], [(kind, n) for kind, n in self.tallies.items() if n])
            self.tallies.clear()
        if self.buckets:
            many(SQL["put_bucket"], self.buckets.items())
            self.buckets.clear()
        if self.clocks:
            many(SQL["advance_clock"], [(clock, n, now) for clock, n in self.clocks.items()])
            self.clocks.clear()
        if self.spans:
            many(SQL["widen_span"], [(block, *span) for block, span in self.spans.items()])
            self.spans.clear()
