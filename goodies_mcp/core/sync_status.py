"""What people and programs are told about sync."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ParkedItem:
    """A change that is held back until somebody looks at it; ``name`` is what it is called now, where it has a name."""

    id: str
    version: str
    code: str
    message: str
    hint: str | None = None
    attempts: int = 1
    name: str | None = None


@dataclass(frozen=True, slots=True)
class RefusedItem:
    """A version that the hub sent and that contradicts what is held here: it was set aside."""

    id: str
    version: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class SyncFailure:
    """Why the last session did not come to its end."""

    code: str
    message: str
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class HeldBackContent:
    """A file that the hub would not take: it stays on this device, and what was written about it is on both."""

    sha256: str
    size: int
    code: str
    message: str
    hint: str | None = None
    file_name: str | None = None


@dataclass(frozen=True, slots=True)
class ContentStatus:
    """Files and pictures, each counted once by its bytes: what is here and not at the hub, what the hub would not take
    (``held_back`` lists the first of it), and what something here names and is not here yet, but at the hub. Sizes in
    bytes; of what is away as far as it was told."""

    waiting: int = 0
    waiting_bytes: int = 0
    held_back_count: int = 0
    held_back_bytes: int = 0
    away: int = 0
    away_bytes: int = 0
    held_back: tuple[HeldBackContent, ...] = ()


@dataclass(frozen=True, slots=True)
class SyncStatus:
    """Where sync stands.

    ``state`` is that of the machine in PROTOCOL.md; ``Idle`` between sessions. ``hub`` is None while nobody has logged
    in. ``lag_seconds`` is how old the last success is. ``pushed``, ``pulled`` and ``conflicts`` tell of the last
    session; ``diverged`` that hub and home hold different sets although both think they are done. ``note`` says what a
    person could do next.
    """

    state: str
    hub: str | None
    pending: int
    parked_count: int
    open_conflicts: int
    household: str | None = None
    protocol: str | None = None
    epoch: str | None = None
    position: int | None = None
    last_success: str | None = None
    lag_seconds: float | None = None
    last_attempt: str | None = None
    next_attempt: str | None = None
    failure: SyncFailure | None = None
    pushed: int = 0
    pulled: int = 0
    conflicts: int = 0
    diverged: bool = False
    parked: tuple[ParkedItem, ...] = ()
    refused: tuple[RefusedItem, ...] = ()
    content: ContentStatus = ContentStatus()
    note: str | None = None
