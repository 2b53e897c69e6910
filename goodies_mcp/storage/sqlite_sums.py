"""What a transaction adds up, to write it once before the commit: counts, digest, clocks, spans of edits, and what
changes in search. Beside it stand the counter of its own dots, and what the file was asked, so that it is asked once.
"""

import sqlite3
from collections import defaultdict

from goodies_mcp.core.models import Dot
from goodies_mcp.core.protocols import Clock
from goodies_mcp.storage.sql import SQL
from goodies_mcp.storage.sqlite_gathered import IndexChanges

BLOCK = 256
"""Feed numbers whose first and last edit are kept together."""


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

    __slots__ = ("buckets", "dots", "incarnations", "number", "open_block", "seq")

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
        self.open_block = -1
        """The block of feed numbers whose span of edits is left open, if that is known."""
        self.dots: OwnDots | None = None
        """The counter of our own dots."""
        self.incarnations.clear()
        self.buckets.clear()


class Sums:
    """The sums of one transaction, which units of work share."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.tallies: defaultdict[str, int] = defaultdict(int)
        """By how much counts have changed."""
        self.shares: defaultdict[int, int] = defaultdict(int)
        """What new versions add to the digest's buckets, as numbers."""
        self.search = IndexChanges()
        """What search will find."""
        self.clocks: dict[int, int] = {}
        """The highest n seen of incarnations, by their number."""
        self.first_seq = -1
        """The first feed number that was given since the last writing, or -1."""
        self.places: dict[str, int] = {}
        """Numbers of entities by id, as far as they were asked for."""

    def copy(self) -> "Sums":
        """The sums to go back to when a unit of work fails."""
        same = Sums(self.asked)
        same.tallies.update(self.tallies)
        same.shares.update(self.shares)
        same.search = self.search.copy()
        same.clocks.update(self.clocks)
        same.first_seq = self.first_seq
        return same

    def advance(self, clock: int, n: int) -> None:
        """Note a version's n."""
        if n > self.clocks.get(clock, 0):
            self.clocks[clock] = n
            own = self.asked.dots
            if own is not None and clock == own.clock and n > own.taken:
                own.taken = n

    def give(self, seq: int) -> None:
        """Note that a version takes this feed number, the next one."""
        self.asked.seq = seq
        if self.first_seq < 0:
            self.first_seq = seq

    def write(self, connection: sqlite3.Connection, clock: Clock) -> None:
        """Write all of it, and begin again from nothing. The clock is read where there is something to date."""
        many = connection.executemany
        if self.tallies:
            many(SQL["tally"], [(kind, n) for kind, n in self.tallies.items() if n])
            self.tallies.clear()
        if self.shares:
            many(SQL["put_bucket"], self._buckets(connection))
            self.shares.clear()
        if self.clocks:
            now = clock.now()
            many(SQL["advance_clock"], [(number, n, now) for number, n in self.clocks.items()])
            self.clocks.clear()
        if self.first_seq >= 0:
            self._settle_spans(connection)
            self.first_seq = -1
        self.search.write(connection)

    def _settle_spans(self, connection: sqlite3.Connection) -> None:
        """Note the spans of edits of the blocks that are full, and leave that of the last one open."""
        last = self.asked.seq // BLOCK
        if last != self.asked.open_block:
            # The number before the first may have been the last one of a block.
            full = range((self.first_seq - 1) // BLOCK, last)
            connection.executemany(SQL["close_span"], [(block,) for block in full])
            connection.execute(SQL["open_span"], (last,))
            self.asked.open_block = last

    def _buckets(self, connection: sqlite3.Connection) -> list[tuple[int, bytes]]:
        from goodies_mcp.core.causality.digest import EMPTY, Element, add  # noqa: PLC0415 - start-up: only writers do

        known = self.asked.buckets
        for number, share in self.shares.items():
            if number not in known:
                held = connection.execute(SQL["bucket"], (number,)).fetchone()
                known[number] = held[0] if held else EMPTY
            known[number] = add(known[number], Element(number, share))
        return [(number, known[number]) for number in self.shares]
