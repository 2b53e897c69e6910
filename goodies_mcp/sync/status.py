"""Where sync stands, read from the store and from the login: no hub is asked, and no HTTP client is loaded."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from goodies_mcp.core.models import RecordId
from goodies_mcp.core.sync_status import ContentStatus, HeldBackContent, ParkedItem, RefusedItem, SyncStatus
from goodies_mcp.inbetweenies.messages import V2
from goodies_mcp.storage.replication import ParkedChange, ReplicaView
from goodies_mcp.sync import content_marks, doubting, kept, lease
from goodies_mcp.sync.credentials import Credentials
from goodies_mcp.sync.world import World

MOST_PARKED = 50

_LOGIN = "`goodies-mcp hub login URL` connects this home to a hub"
_PARKED = "Parked changes are sent again after `goodies-mcp sync --retry-parked`."
_CONFLICTS = "list_conflicts shows what people should decide."
_REFUSED = (
    "The hub sent versions that contradict what is here, and they were set aside: a database was copied, or the hub is "
    "broken. What was changed on one of the sides only can be entered again."
)
_V2 = (
    "This hub speaks inbetweenies-v2: files and pictures stay on this device until a newer hub takes them, and edges "
    "that were deleted are told to goodies-mcp devices only."
)
_HELD_BACK = (
    "Files that the hub would not take stay on this device; they are offered again each day, or after "
    "`goodies-mcp sync --retry-parked`."
)
_AWAY = (
    "Files that are not here yet come when they are first read; `goodies-mcp sync --fetch-content always` brings all."
)
_DIVERGED = "Hub and home hold different versions although both are done: please report this."


def read_status(
    view: ReplicaView,
    credentials: Credentials | None,
    world: World,
    *,
    state: str = "Idle",
    next_attempt: str | None = None,
) -> SyncStatus:
    """The status as this snapshot tells it; ``state`` is that of a session in this process."""
    now = world.clock.now()
    last, cursor, size, store = kept.last_session(view), kept.cursor(view), view.outbox_size(), view.status()
    held = lease.current(view)
    if state == "Idle" and held is not None and lease.in_force(held, now, world.host, world.alive):
        state = "Syncing in another process"
    success = view.value(kept.LAST_SUCCESS)
    parked = _parked(view) if size.parked else ()
    protocol = kept.protocol_of(view, credentials.url, now) if credentials is not None else None
    refused = tuple(RefusedItem(each.id, each.version, each.code, each.message) for each in doubting.listed_in(view))
    status = SyncStatus(
        state=state,
        hub=credentials.url if credentials is not None else None,
        pending=size.waiting,
        parked_count=size.parked,
        open_conflicts=store.open_conflicts,
        household=kept.household(view),
        protocol=protocol,
        epoch=cursor.epoch if cursor is not None else None,
        position=cursor.seq if cursor is not None else None,
        last_success=success,
        lag_seconds=_age(success, now),
        last_attempt=last.at or None,
        next_attempt=next_attempt or last.not_before,
        failure=last.failure,
        pushed=last.pushed,
        pulled=last.pulled,
        conflicts=last.conflicts,
        diverged=last.diverged,
        parked=parked,
        refused=refused,
        content=_content(view),
    )
    return replace(status, note=" ".join(_notes(status)) or None)


def _parked(view: ReplicaView) -> tuple[ParkedItem, ...]:
    found = view.parked(0, MOST_PARKED)
    names = view.entities({each.record_id for each in found}, deleted=True)
    return tuple(_item(each, names[each.record_id].name if each.record_id in names else None) for each in found)


def _item(change: ParkedChange, name: str | None) -> ParkedItem:
    reason = change.reason
    return ParkedItem(
        RecordId(change.record_id), change.version, reason.code, reason.message, reason.hint, change.attempts, name
    )


def _content(view: ReplicaView) -> ContentStatus:
    waiting, declined, away = content_marks.waiting(view), content_marks.declined(view), content_marks.away(view)
    return ContentStatus(
        waiting=len(waiting),
        waiting_bytes=sum(each.size for each in waiting),
        held_back_count=len(declined),
        held_back_bytes=sum(each.content.size for each in declined),
        away=len(away),
        away_bytes=sum(each.size for each in away),
        held_back=tuple(
            HeldBackContent(
                each.content.sha256,
                each.content.size,
                each.why.code,
                each.why.message,
                each.why.hint,
                each.content.file_name,
            )
            for each in declined[:MOST_PARKED]
        ),
    )


def _age(at: str | None, now: str) -> float | None:
    if at is None:
        return None
    return max(0.0, (datetime.fromisoformat(now) - datetime.fromisoformat(at)).total_seconds())


def _notes(status: SyncStatus) -> Iterator[str]:
    if status.hub is None:
        yield f"No hub is known: {_LOGIN}."
    if status.protocol == V2:
        yield _V2
    if status.parked_count:
        yield _PARKED
    if status.open_conflicts:
        yield _CONFLICTS
    if status.refused:
        yield _REFUSED
    elif status.diverged:
        yield _DIVERGED
    if status.content.held_back_count:
        yield _HELD_BACK
    if status.content.away and status.hub is not None and status.protocol != V2:
        yield _AWAY
