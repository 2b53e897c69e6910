"""What is kept about content that crosses: which of it a hub holds, which it declined, and which is known of and not
here. Whatever has no mark has to be asked about: a lost mark costs one question, and loses nothing.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from goodies_mcp.core.models import Content, Sha256
from goodies_mcp.core.sync_status import SyncFailure
from goodies_mcp.errors import GoodiesError
from goodies_mcp.inbetweenies.content_naming import named_in
from goodies_mcp.inbetweenies.rows import Row
from goodies_mcp.storage.interface import Transaction
from goodies_mcp.storage.replication import ReplicaTransaction, ReplicaView
from goodies_mcp.sync import kept

_AT_HUB = "sync.content at hub "
_DECLINED = "sync.content declined "
_AWAY = "sync.content away "

_ASKED_AGAIN = timedelta(days=1)
"""How long a hub's refusal is believed: its limits may be others tomorrow."""


@dataclass(frozen=True, slots=True)
class DeclinedContent:
    """Content that a hub would not take, and why."""

    content: Content
    why: SyncFailure


def unsent(view: ReplicaView, epoch: str, now: str) -> list[Content]:
    """What is here, and may go up to the hub of this epoch because it neither holds nor has just declined it."""
    at_hub, declined = view.values(_AT_HUB), view.values(_DECLINED)
    wanted = (
        each
        for each in view.contents()
        if at_hub.get(each) != epoch and not (each in declined and _still(declined[each], epoch, now))
    )
    return list(_known(view, wanted))


def unsent_of(view: ReplicaView, named: Iterable[Sha256], epoch: str, now: str) -> list[Content]:
    """Those of the ``named`` that :func:`unsent` tells."""
    wanted = (
        each
        for each in dict.fromkeys(named)
        if view.value(_AT_HUB + each) != epoch and not _still(view.value(_DECLINED + each), epoch, now)
    )
    return list(_known(view, wanted))


def waiting(view: ReplicaView) -> list[Content]:
    """What is here, and neither at the hub, as far as is known, nor declined by it."""
    epoch, at_hub = _epoch(view), view.values(_AT_HUB)
    gone = {each for each, there in at_hub.items() if there == epoch} | _declined(view).keys()
    return list(_known(view, (each for each in view.contents() if each not in gone)))


def declined(view: ReplicaView) -> list[DeclinedContent]:
    """What is here and the hub would not take."""
    found = []
    for sha256, told in _declined(view).items():
        content = view.content(sha256)
        if content is not None:
            found.append(DeclinedContent(content, SyncFailure(told["code"], told["message"], told["hint"])))
    return found


def away(view: ReplicaView) -> list[Content]:
    """What something here names and is not here; the size is 0 where none was told."""
    found = view.values(_AWAY).items()
    return [
        Content(Sha256(sha256), *json.loads(said)) for sha256, said in found if view.content(Sha256(sha256)) is None
    ]


def note_named(tx: ReplicaTransaction, rows: Iterable[Row]) -> None:
    """Remember what arriving versions name and is not here; what a tombstone names nobody misses."""
    for row in rows:
        if not row.version.deleted:
            for each in named_in(row.version):
                if tx.content(each.sha256) is None:
                    tx.put_value(_AWAY + each.sha256, json.dumps([each.size, each.content_type, each.file_name]))


def described(view: ReplicaView, sha256: Sha256) -> Content | None:
    """How a version described this content, when it is not here."""
    said = view.value(_AWAY + sha256)
    return None if said is None else Content(sha256, *json.loads(said))


def note_at_hub(tx: Transaction, sha256: Sha256, epoch: str) -> None:
    """The hub of this epoch holds it."""
    tx.put_value(_AT_HUB + sha256, epoch)
    tx.put_value(_DECLINED + sha256, None)


def note_declined(tx: Transaction, sha256: Sha256, epoch: str, now: str, why: GoodiesError) -> None:
    """The hub of this epoch would not take it."""
    said = {"epoch": epoch, "at": now, "code": why.code, "message": why.message, "hint": why.hint}
    tx.put_value(_DECLINED + sha256, json.dumps(said))


def note_here(tx: ReplicaTransaction, content: Content) -> None:
    """It has come down from the hub that the cursor is of."""
    epoch = _epoch(tx)
    if epoch is not None:
        note_at_hub(tx, content.sha256, epoch)
    tx.put_value(_AWAY + content.sha256, None)


def ask_again(tx: ReplicaTransaction) -> int:
    """Let everything that was declined be offered again; how much there was."""
    marks = tx.values(_DECLINED)
    for each in marks:
        tx.put_value(_DECLINED + each, None)
    return len(marks)


def _epoch(view: ReplicaView) -> str | None:
    """That of the hub that this home last synced with."""
    position = kept.cursor(view)
    return None if position is None else position.epoch


def _declined(view: ReplicaView) -> dict[Sha256, dict[str, Any]]:
    """What that hub declined, and what it said."""
    epoch, found = _epoch(view), ((each, json.loads(said)) for each, said in view.values(_DECLINED).items())
    return {Sha256(each): told for each, told in found if told["epoch"] == epoch}


def _known(view: ReplicaView, wanted: Iterable[Sha256]) -> Iterator[Content]:
    for each in wanted:
        content = view.content(each)
        if content is not None:
            yield content


def _still(declined: str | None, epoch: str, now: str) -> bool:
    """Whether the hub of this epoch is still believed not to want it."""
    if declined is None:
        return False
    said = json.loads(declined)
    since = datetime.fromisoformat(now) - datetime.fromisoformat(said["at"])
    return bool(said["epoch"] == epoch) and timedelta(0) <= since < _ASKED_AGAIN
