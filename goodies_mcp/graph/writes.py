"""Who writes, and what a write did."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Done:
    """One thing that a write did.

    ``action`` is created, updated, moved, deleted, restored, unchanged, exists or would_delete.
    """

    action: str
    kind: str
    id: str
    type: str
    name: str
    version: str | None = None
    where: str | None = None
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WriteResult:
    """What a write did, item by item. ``batch`` names it for ``undo``; None when nothing was written."""

    items: tuple[Done, ...]
    batch: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes: the client (``undo`` takes back its last batch), the tool, and a key that makes retries safe."""

    client: str
    tool: str
    idempotency_key: str | None = None
