"""How far a session has read the outbox, and how much of it fits into one push (PROTOCOL.md, V3-11.1)."""

from goodies_mcp.errors import LocalProtocolError
from goodies_mcp.inbetweenies.actions import ChangesCollected, CollectChanges
from goodies_mcp.inbetweenies.limits import UNTOLD_PUSH_ROWS
from goodies_mcp.inbetweenies.rows import Row
from goodies_mcp.inbetweenies.verdicts import Policy


class Collecting:
    """The way through the outbox, from its beginning to its end. ``more``: the end was not reached."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._position = 0
        self.more = True
        self.told(UNTOLD_PUSH_ROWS)

    def told(self, takes: int) -> None:
        """So many changes does the hub take in one push."""
        self._rows = min(self._policy.push_rows, takes)

    def wish(self) -> CollectChanges:
        """What is to be read next."""
        return CollectChanges(self._position, self._rows, self._policy.push_bytes)

    def took(self, found: ChangesCollected) -> tuple[Row, ...]:
        """The changes of a stretch that was read. Raises LocalProtocolError for what nobody asked for."""
        if len(found.rows) > self._rows or (found.rows and found.position <= self._position):
            raise LocalProtocolError("the outbox gave more than was asked for, or the same again")
        self._position = found.position if found.rows else self._position
        self.more = found.more and bool(found.rows)
        return found.rows

    def begin_again(self) -> None:
        """Read it from the beginning: what a hub was found to lack is in it again."""
        self._position = 0
        self.more = True
