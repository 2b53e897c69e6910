"""What a client session asks its shell to do, and what the shell tells it back (PROTOCOL.md, V3-5.1).

One action at a time: the shell carries it out and gives its outcome to ``ClientSession.receive``, which returns the
next action, until ``Finished``. An action that the shell never finishes (a crash) costs nothing: what must last lies in
the store, and the next session goes on from there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias

from goodies_mcp.core.models import RecordId
from goodies_mcp.errors import GoodiesError
from goodies_mcp.inbetweenies.limits import MAX_RESPONSE_BYTES
from goodies_mcp.inbetweenies.messages import Cursor
from goodies_mcp.inbetweenies.rows import Header, Name, Row


@dataclass(frozen=True, slots=True)
class Parked:
    """A change that is held back with the reason, visible and retriable, while the rest goes on (V3-10.6)."""

    name: Name
    code: str
    message: str
    hint: str | None = None


@dataclass(slots=True)
class Report:
    """What a session did, as its one log line and ``sync_status`` show it. Never content.

    Only with a v2 hub: ``overruled`` versions of ours lost there and are kept here; what was ``unusable`` no version of
    ours can say, and it stays on the hub.
    """

    requests: int = 0
    retries: int = 0
    pushed: int = 0
    pulled: int = 0
    parked: int = 0
    deferred: int = 0
    requeued: int = 0
    merged: int = 0
    conflicts: int = 0
    overruled: int = 0
    unusable: int = 0
    new_epoch: bool = False
    repaired: bool = False
    diverged: bool = False
    server_time: str | None = None
    cursor: Cursor | None = None


# Actions.


@dataclass(frozen=True, slots=True)
class CollectChanges:
    """Read the outbox in its order, from behind ``after`` (0: its beginning), parked changes left out.

    Answer with :class:`ChangesCollected`; ``rows.within`` cuts by both bounds.
    """

    after: int
    rows: int
    bytes: int


@dataclass(frozen=True, slots=True)
class ListHeaders:
    """List headers of the store's versions in those digest buckets that differ from the hub's, ordered by name, from
    behind ``after`` (None: the first). Answer with :class:`HeadersListed`."""

    buckets: tuple[bytes, ...]
    after: Name | None
    limit: int


@dataclass(frozen=True, slots=True)
class Send:
    """POST the body to the path on the hub, with ``Content-Digest``; then say :class:`RequestSent`. The answer may have
    at most ``most`` bytes."""

    path: str
    body: bytes
    digest: str
    most: int = MAX_RESPONSE_BYTES


@dataclass(frozen=True, slots=True)
class Await:
    """Wait for the answer to what was sent: :class:`ResponseReceived`, or :class:`RequestFailed` at a timeout."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Let this many seconds pass, then say :class:`RetryDue`."""

    seconds: float


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """Get a new token: :class:`TokenRefreshed`, or :class:`RequestFailed`, or :class:`TokenRefused`."""


@dataclass(frozen=True, slots=True)
class CheckConflicts:
    """Tell what a page will meet here: ``conflict_check.check_conflicts`` over local heads, in one read."""

    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class ApplyPage:
    """Save all of this in one transaction (V3-5.7): rows applied, acked ones out of the outbox and no longer parked,
    ``parked`` out of the outbox and marked, ``requeue`` put into the outbox (again), open conflicts filed, and the
    cursor last, if there is one.

    ``acked`` may name what is in no outbox. Nothing else leaves the outbox (PROMISES P10). When ``nothing`` is true
    there is nothing to write. Answer with :class:`PageApplied`.
    """

    rows: tuple[Row, ...] = ()
    acked: tuple[Name, ...] = ()
    parked: tuple[Parked, ...] = ()
    requeue: tuple[Name, ...] = ()
    conflicts: tuple[RecordId, ...] = ()
    cursor: Cursor | None = None
    nothing: bool = False


@dataclass(frozen=True, slots=True)
class Finished:
    """The session is over. Without ``error`` it did all there was; ``retry_after`` is what the hub asked for.

    ``fall_back``: the hub speaks v2 only; remember it, and begin a v2 session.
    """

    report: Report
    error: GoodiesError | None = None
    retry_after: float | None = None
    fall_back: bool = False


Action: TypeAlias = (
    CollectChanges | ListHeaders | Send | Await | Wait | RefreshToken | CheckConflicts | ApplyPage | Finished
)

# Inputs.


@dataclass(frozen=True, slots=True)
class ChangesCollected:
    """Rows with their text; ``position`` is the outbox place of the last one, ``more`` that others follow."""

    rows: tuple[Row, ...]
    position: int
    more: bool = False


@dataclass(frozen=True, slots=True)
class HeadersListed:
    """Headers in order; ``more`` that others follow behind the last. ``same``: no bucket differs from the hub's."""

    headers: tuple[Header, ...]
    more: bool = False
    same: bool = False


@dataclass(frozen=True, slots=True)
class RequestSent:
    """The request is on its way."""


@dataclass(frozen=True, slots=True)
class ResponseReceived:
    """An answer, decompressed, its ``Content-Digest`` looked at; ``retry_after`` in seconds, whatever its form was."""

    status: int
    body: bytes
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class RequestFailed:
    """No answer: refused, timed out, cut off, damaged. ``fatal``: trying again cannot help (a certificate, a bad
    address)."""

    error: GoodiesError
    fatal: bool = False


@dataclass(frozen=True, slots=True)
class RetryDue:
    """The time asked for by :class:`Wait` has passed."""


@dataclass(frozen=True, slots=True)
class TokenRefreshed:
    """A new token is in use."""


@dataclass(frozen=True, slots=True)
class TokenRefused:
    """There is no way to a new token but a person."""


@dataclass(frozen=True, slots=True)
class ConflictsChecked:
    """How many records of the page the ladder merges by itself, and which need a person."""

    merged: int = 0
    open: tuple[RecordId, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class PageApplied:
    """The page is durable. ``digest`` is the root over what the store holds without what is in the outbox or parked,
    that is, over what the hub must hold; None where that is too dear to tell."""

    digest: str | None = None


@dataclass(frozen=True, slots=True)
class StoreFailed:
    """The store could not do what was asked; nothing of it was kept."""

    error: GoodiesError


@dataclass(frozen=True, slots=True)
class Stop:
    """The program ends; the session is given up wherever it stands."""


Input: TypeAlias = (
    ChangesCollected
    | HeadersListed
    | RequestSent
    | ResponseReceived
    | RequestFailed
    | RetryDue
    | TokenRefreshed
    | TokenRefused
    | ConflictsChecked
    | PageApplied
    | StoreFailed
    | Stop
)

ANSWERS: Mapping[type[Action], tuple[type[Input], ...]] = MappingProxyType(
    {
        CollectChanges: (ChangesCollected, StoreFailed, Stop),
        ListHeaders: (HeadersListed, StoreFailed, Stop),
        Send: (RequestSent, RequestFailed, Stop),
        Await: (ResponseReceived, RequestFailed, Stop),
        Wait: (RetryDue, Stop),
        RefreshToken: (TokenRefreshed, TokenRefused, RequestFailed, Stop),
        CheckConflicts: (ConflictsChecked, StoreFailed, Stop),
        ApplyPage: (PageApplied, StoreFailed, Stop),
        Finished: (),
    }
)
"""What may come back for each action; anything else is a bug of the shell."""
