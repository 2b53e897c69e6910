"""Rules that look right and are not: with any of them, the harness must report a loss, or it is no check."""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from random import Random

from goodies_mcp.core.causality.vector_clock import advance_heads
from goodies_mcp.core.models import Version
from goodies_mcp.inbetweenies.rows import Row
from goodies_mcp.inbetweenies.server_session import FeedPage, FeedRow
from tools.sim.disks import HubDisk
from tools.sim.network import Agenda


class Rule(StrEnum):
    """Which rule is broken on purpose."""

    NONE = "none"
    LAST_WRITER_WINS = "last-writer-wins"
    PLAIN_COUNTERS = "plain-counters"
    CURSOR_BY_CLOCK = "cursor-by-clock"
    ACK_BEFORE_COMMIT = "ack-before-commit"
    CURSOR_BEFORE_ROWS = "cursor-before-rows"
    COUNTERS_REUSED = "counters-reused"


def last_writer_wins(heads: Sequence[Version], new: Version) -> tuple[Version, ...]:
    """One head only, by the wall clock: what concurrent edits of people on two devices do not survive."""
    return (max(advance_heads(heads, new), key=lambda version: (version.edited_at, version.version)),)


class HastyHub(HubDisk):
    """Answers first and writes a moment later; a crash in between costs what it just promised to keep."""

    def use(self, agenda: Agenda, random: Random) -> None:
        """Where its delays come from."""
        self._agenda, self._random = agenda, random

    def apply(self, rows: Sequence[Row]) -> None:
        """Promise it."""
        if self._random.random() < 0.02:
            return
        self._agenda.after(self._random.uniform(0.0, 2.0), lambda: super(HastyHub, self).apply(rows))


class ClockHub(HubDisk):
    """Stamps rows with the time their request came, commits and answers a moment later, and pages by time."""

    def use(self, agenda: Agenda, random: Random) -> None:
        """Where its time comes from."""
        self._agenda, self._random = agenda, random
        self._stamps: list[int] = []
        self._stamp = 0

    def transact(self, work: Callable[[], None]) -> None:
        """Look at the clock, and commit when the transaction ends."""
        stamp = self.last_seq()

        def commit() -> None:
            self._stamp = stamp
            work()

        self._agenda.after(self._random.uniform(0.0, 1.0), commit)

    def last_seq(self) -> int:
        """The time."""
        return int(self._agenda.now * 1_000_000)

    def apply(self, rows: Sequence[Row]) -> None:
        """With the time at which the transaction began."""
        super().apply(rows)
        self._stamps += [self._stamp] * (len(self.feed) - len(self._stamps))

    def page(self, after: int, *, without: str | None, limit: int) -> FeedPage:  # noqa: ARG002 - a time cannot be cut
        """Everything that is later than that moment, all at once."""
        rows = [
            FeedRow(stamp, row)
            for stamp, row in zip(self._stamps, self.feed, strict=True)
            if stamp > after and row.version.dot.incarnation != without
        ]
        return FeedPage(rows, self.last_seq(), more=False)

    def restore(self, length: int, epoch: str) -> list[Row]:
        """As the honest one."""
        del self._stamps[length:]
        return super().restore(length, epoch)


BROKEN_HUBS: Mapping[Rule, type[HubDisk]] = {Rule.ACK_BEFORE_COMMIT: HastyHub, Rule.CURSOR_BY_CLOCK: ClockHub}
