"""What sync keeps in the store between sessions, as small named texts: never a token. The cursor is written in the same
transaction as the page it stands behind (PROMISES P8).
"""

import json
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any

from goodies_mcp.core.sync_status import SyncFailure
from goodies_mcp.errors import GoodiesError
from goodies_mcp.inbetweenies.actions import Finished
from goodies_mcp.inbetweenies.messages import Cursor
from goodies_mcp.storage.interface import ReadView, Transaction
from goodies_mcp.sync import doubting

CURSOR = "sync.cursor"
HOUSEHOLD = "sync.household"
LAST = "sync.last"
LAST_SUCCESS = "sync.last_success"
"""Read by the graph's overview too."""

_PROTOCOL = "sync.protocol "
_REMEMBERED = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class LastSession:
    """How the last session went; ``not_before`` is when the hub wants to hear from us again."""

    at: str = ""
    failure: SyncFailure | None = None
    pushed: int = 0
    pulled: int = 0
    conflicts: int = 0
    failures: int = 0
    diverged: bool = False
    not_before: str | None = None


def cursor(view: ReadView) -> Cursor | None:
    """Where the next session goes on; None when this store never synced."""
    kept = view.value(CURSOR)
    return None if kept is None else Cursor.model_validate_json(kept)


def put_cursor(tx: Transaction, at: Cursor) -> None:
    """Note where the next session goes on."""
    tx.put_value(CURSOR, at.model_dump_json())


def household(view: ReadView) -> str | None:
    """The household that this home belongs to, once a hub has told."""
    return view.value(HOUSEHOLD)


def put_household(tx: Transaction, household: str) -> None:
    """Note which household this home belongs to."""
    tx.put_value(HOUSEHOLD, household)


def protocol_of(view: ReadView, hub: str, now: str) -> str | None:
    """The edition that this hub was found to speak; what was found out more than a day ago is asked again."""
    at, _, protocol = (view.value(_PROTOCOL + hub) or "").partition(" ")
    if not protocol or not at <= now or datetime.fromisoformat(now) - datetime.fromisoformat(at) > _REMEMBERED:
        return None
    return protocol


def put_protocol(tx: Transaction, hub: str, protocol: str, now: str) -> None:
    """Remember which edition the hub speaks."""
    tx.put_value(_PROTOCOL + hub, f"{now} {protocol}")


def forget_protocol(tx: Transaction, hub: str) -> None:
    """Find out anew which edition the hub speaks."""
    tx.put_value(_PROTOCOL + hub, None)


def last_session(view: ReadView) -> LastSession:
    """How the last session went."""
    kept: dict[str, Any] = json.loads(view.value(LAST) or "{}")
    known = {each.name: kept[each.name] for each in fields(LastSession) if each.name in kept}
    session = LastSession(**known)
    return replace(session, failure=SyncFailure(**kept["failure"])) if kept.get("failure") else session


def put_finished(tx: Transaction, finished: Finished, session: str, now: str, not_before: str | None) -> None:
    """Note how a session went."""
    before, report, error = last_session(tx), finished.report, finished.error
    last = LastSession(
        at=now,
        failure=failure_of(error) if error is not None else None,
        pushed=report.pushed,
        pulled=report.pulled,
        conflicts=report.conflicts,
        failures=before.failures + 1 if error is not None else 0,
        # What a session that failed could not compare is still as it was.
        diverged=report.diverged or (error is not None and before.diverged),
        not_before=not_before,
    )
    tx.put_value(LAST, json.dumps(asdict(last)))
    if error is None:
        tx.put_value(LAST_SUCCESS, now)
        if not report.diverged:
            doubting.forget(tx, but_of=session)


def failure_of(error: GoodiesError) -> SyncFailure:
    """The error as the status tells it."""
    return SyncFailure(error.code, error.message, error.hint)


def forget(tx: Transaction) -> None:
    """Belong to no household: every version stays, and the next hub is compared with from the beginning."""
    for key in (CURSOR, HOUSEHOLD, LAST, LAST_SUCCESS):
        tx.put_value(key, None)
    doubting.forget(tx)
