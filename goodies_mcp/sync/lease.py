"""One session at a time for each database file, whatever the number of processes that have it open: a row says whose
turn it is, until when, and which process of which machine that is, so that nobody waits for the dead.
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from goodies_mcp.errors import Unavailable
from goodies_mcp.storage.interface import ReadView, Transaction
from goodies_mcp.sync.world import Alive

LEASE = "sync.lease"
LENGTH = timedelta(minutes=5)
"""Longer than any wait or time-out of a session: each page renews it."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who syncs: one session of a process on a machine."""

    session: str
    host: str
    pid: int


@dataclass(frozen=True, slots=True)
class Lease:
    """Whose turn it is, and when it ends unless it is renewed."""

    holder: Holder
    until: str


class LeaseTaken(Unavailable):
    """Another session is under way."""


def current(view: ReadView) -> Lease | None:
    """Whose turn it is; it may be over."""
    kept = view.value(LEASE)
    if kept is None:
        return None
    said = json.loads(kept)
    return Lease(Holder(**said["holder"]), said["until"])


def in_force(lease: Lease, now: str, here: str, alive: Alive) -> bool:
    """Whether the lease still binds others: it has not run out, its machine's clock was not turned back since, and its
    process, where it can be asked, lives."""
    at, until = datetime.fromisoformat(now), datetime.fromisoformat(lease.until)
    if not at < until <= at + LENGTH:
        return False
    return lease.holder.host != here or alive(lease.holder.pid)


def take(tx: Transaction, me: Holder, now: str, alive: Alive) -> None:
    """Make it our turn, or renew it.

    Raises:
        LeaseTaken: it is somebody else's.
    """
    held = current(tx)
    if held is not None and held.holder != me and in_force(held, now, me.host, alive):
        raise LeaseTaken(
            "this home is being synced by another process",
            hint="it will be done in a moment; `goodies-mcp status` shows how it went",
        )
    until = (datetime.fromisoformat(now) + LENGTH).isoformat(timespec="microseconds")
    tx.put_value(LEASE, json.dumps(asdict(Lease(me, until))))


def release(tx: Transaction, me: Holder) -> None:
    """It is nobody's turn, unless somebody took it over."""
    held = current(tx)
    if held is not None and held.holder == me:
        tx.put_value(LEASE, None)
