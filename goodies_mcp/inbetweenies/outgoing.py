"""The changes that a session still has to send, and the search for one that the hub stumbles over (V3-10.5).

A request with changes that keeps failing is first sent without any. If that fails too, the hub is at fault and the
session ends; if it works, the batch is halved and halved again until the culprit stands alone and is parked.
"""

from collections.abc import Collection, Iterable

from goodies_mcp.errors import GoodiesError
from goodies_mcp.inbetweenies.actions import Parked
from goodies_mcp.inbetweenies.messages import Refusal
from goodies_mcp.inbetweenies.rows import Name, Row


class Outgoing:
    """Batches in order, the one in flight apart. Whatever leaves this without an ack is still in the outbox."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Row, ...]] = []
        self._parked: list[Parked] = []
        self.in_flight: tuple[Row, ...] = ()
        self.isolating = False
        self.isolated = 0
        self.deferred = 0

    @property
    def waiting(self) -> bool:
        """Whether a batch is left."""
        return bool(self._waiting)

    def collected(self, rows: tuple[Row, ...]) -> None:
        """One more batch."""
        if rows:
            self._waiting.append(rows)

    @property
    def next(self) -> tuple[Row, ...]:
        """The next batch; empty when none is left."""
        return self._waiting[0] if self._waiting else ()

    def take(self) -> tuple[Row, ...]:
        """The next batch, which is in flight from here on; empty when none is left."""
        self.in_flight = self._waiting.pop(0) if self._waiting else ()
        return self.in_flight

    def answered(self, acked: Collection[Name]) -> None:
        """An answer came: what it neither acks nor refuses stays in the outbox for another session (V3-5.4)."""
        self.deferred += len(self.in_flight) - len(acked)
        self.in_flight = ()

    def untaken(self) -> None:
        """The hub looked at nothing that was in flight; the outbox, which still holds it, is read again."""
        self.in_flight = ()

    def park(self, parked: Parked) -> None:
        """Hold one change back, with the reason."""
        self._parked.append(parked)

    def refused(self, refused: Iterable[Refusal]) -> tuple[Name, ...]:
        """What the hub will never take is parked; what it may take later stays where it is. Returns the parked."""
        final = [each for each in refused if not each.retryable]
        for each in final:
            self.park(Parked(each.name, each.code, each.message, each.hint))
        return tuple(each.name for each in final)

    def parked(self) -> tuple[Parked, ...]:
        """What has been parked since the last time, to be saved with the next page."""
        taken = tuple(self._parked)
        self._parked.clear()
        return taken

    def probe(self) -> None:
        """Send nothing next, to see whether the changes are to blame; then in halves."""
        self.isolating = True
        self._waiting[:0] = _halves(self.in_flight)
        self.in_flight = ()

    def divide(self, error: GoodiesError, *, guilty: bool) -> None:
        """Halve what failed. One change alone is parked, or put off when nothing proves it ``guilty``."""
        rows = self.in_flight
        self.in_flight = ()
        if len(rows) > 1:
            self._waiting[:0] = _halves(rows)
        elif guilty:
            self.isolated += 1
            self.park(Parked(rows[0].name, error.code, error.message, error.hint))
        else:
            self.deferred += 1


def _halves(rows: tuple[Row, ...]) -> list[tuple[Row, ...]]:
    middle = (len(rows) + 1) // 2
    return [half for half in (rows[:middle], rows[middle:]) if half]
