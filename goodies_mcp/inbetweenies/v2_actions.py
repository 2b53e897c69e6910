"""What a session with a v2 hub asks of its shell beyond what any session does (PROTOCOL.md, V3-12.1 to V3-12.5)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from goodies_mcp.core.causality.conflicts import Shown
from goodies_mcp.core.models import RecordId, Version
from goodies_mcp.inbetweenies.actions import (
    ANSWERS,
    Action,
    Input,
    RequestFailed,
    ResponseReceived,
    Stop,
    StoreFailed,
)
from goodies_mcp.inbetweenies.rows import Name, Row
from goodies_mcp.inbetweenies.v2_messages import MAX_V2_BYTES


@dataclass(frozen=True, slots=True)
class Fetch:
    """GET the path on the hub, at most ``most`` bytes: what v2 tells by REST only. Answer as to ``Await``."""

    path: str
    most: int = MAX_V2_BYTES


@dataclass(frozen=True, slots=True)
class LookUp:
    """Tell, in one read, what is here of these records and of the versions ``named``, and which live edges touch
    ``ends``, with what is here of those edges and of their other ends. Answer with :class:`LookedUp`."""

    records: tuple[RecordId, ...] = ()
    named: tuple[Name, ...] = ()
    ends: tuple[RecordId, ...] = ()


@dataclass(frozen=True, slots=True)
class ShowMerged:
    """Tell what is shown of those of these entities that have several heads, none of them unpushed, and that no person
    need look at. Answer with :class:`MergedShown`."""

    records: tuple[RecordId, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """One record: its heads, and the newest of its versions that no outbox holds, which a hub should have."""

    heads: tuple[Row, ...]
    settled: Row | None = None


@dataclass(frozen=True, slots=True)
class LookedUp:
    """``known`` has those of the records that are here, ``held`` those of the versions; ``unpushed`` is what of the
    records waits in the outbox or is parked. ``edges`` are heads of live edges."""

    known: Mapping[RecordId, Known] = field(default_factory=dict)
    held: frozenset[Name] = frozenset()
    unpushed: frozenset[Name] = frozenset()
    edges: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True)
class MergedShown:
    """The heads of each such entity, and what they show together."""

    found: tuple[tuple[tuple[Version, ...], Shown], ...] = ()


V2Action: TypeAlias = Action | Fetch | LookUp | ShowMerged
V2Input: TypeAlias = Input | LookedUp | MergedShown

_MORE: Mapping[type[V2Action], tuple[type[V2Input], ...]] = {
    Fetch: (ResponseReceived, RequestFailed, Stop),
    LookUp: (LookedUp, StoreFailed, Stop),
    ShowMerged: (MergedShown, StoreFailed, Stop),
}


def may_answer(action: V2Action, outcome: V2Input) -> bool:
    """Whether the action can have this outcome; anything else is a bug of the shell."""
    allowed: tuple[type[V2Input], ...] = _MORE.get(type(action), ())
    return isinstance(outcome, allowed or ANSWERS.get(type(action), ()))  # type: ignore[arg-type] # no action of v3
