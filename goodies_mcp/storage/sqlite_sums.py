"""What a transaction adds up, to write it once before the commit: counts, digest, clocks, spans of edits, and what
changes in search. Beside it stand the counter of its own dots, and what the file was asked, so that it is asked once.
"""

import sqlite3
from collections import Counter

from goodies_mcp.core.models import Dot
from goodies_mcp.storage.sql import SQL
from goodies_mcp.storage.sqlite_gathered import IndexChanges


class OwnDots:
    """The counter of this file's incarnation. A number that was taken stays taken, whatever becomes of the work."""

    def __init__(self, incarnation: str, clock: int, taken: int) -> None:
        self.incarnation = incarnation
        self.clock = clock
        self.taken = self.before = taken

    def take(self) -> Dot:
        """The next dot."""
        self.taken += 1
        return Dot(self.incarnation, self.taken)


class Asked:
    """What the file has answered: true until another connection commits or something of ours is undone."""

    __slots__ = ("buckets", "dots", "incarnations", "number", "seq")

    def __init__(self) -> None:
        self.incarnations: dict[str, int] = {}
        """Numbers of incarnations by name."""
        self.buckets: dict[int, bytes] = {}
        """Sums of the digest's buckets by number."""
        self.forget()

    def forget(self) -> None:
        """Ask anew."""
        self.seq = -1
        """The last feed number given, or -1 when the file has to be asked."""
        self.number = -1
        """The last record number given, or -1."""
        self.dots: OwnDots | None = None
        """The counter of our own dots."""
        self.incarnations.clear()
        self.buckets.clear()


class Sums:
    """The sums of one transaction, which units of work share."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.tallies: Counter[str] = Counter()
        """By how much counts have changed."""
        self.shares: Counter[int] = Counter()
        """What new versions add to the digest's buckets, as numbers."""
        self.search = IndexChanges()
        """What search will find."""
        self.clocks: dict[int, int] = {}
        """The highest n seen of incarnations, by their number."""
        self.spans: dict[int, tuple[str, str]] = {}
        """The first and the last edit in blocks of 256 feed numbers."""
        self.places: dict[str, int] = {}
        """Numbers of entities by id, as far as they were asked for."""

    def copy(self) -> "Sums":
        """The sums to go back to when a unit of work fails."""
        same = Sums(self.asked)
        same.tallies.update(self.tallies)
        same.shares.update(self.shares)
        same.search = self.search.copy()
        same.clocks.update(self.clocks)
        same.spans.update(self.spans)
        return same

    def advance(self, clock: int, n: int) -> None:
        """Note a version's n."""
        if n > self.clocks.get(clock, 0):
            self.clocks[clock] = n
            own = self.asked.dots
            if own is not None and clock == own.clock and n > own.taken:
                own.taken = n

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
        if self.shares:
            many(SQL["put_bucket"], self._buckets(connection))
            self.shares.clear()
        if self.clocks:
            many(SQL["advance_clock"], [(clock, n, now) for clock, n in self.clocks.items()])
            self.clocks.clear()
        if self.spans:
            many(SQL["widen_span"], [(block, *span) for block, span in self.spans.items()])
            self.spans.clear()
        self.search.write(connection)

    def _buckets(self, connection: sqlite3.Connection) -> list[tuple[int, bytes]]:
        from goodies_mcp.core.causality.digest import EMPTY, Element, add  # noqa: PLC0415 - start-up: only writers do

        known = self.asked.buckets
        for number, share in self.shares.items():
            if number not in known:
                held = connection.execute(SQL["bucket"], (number,)).fetchone()
                known[number] = held[0] if held else EMPTY
            known[number] = add(known[number], Element(number, share))
        return [(number, known[number]) for number in self.shares]
