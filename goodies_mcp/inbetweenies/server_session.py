"""The hub's side of sync, without input or output (PROTOCOL.md, V3-5, V3-6): a request and a view in, an answer out.

The shell authenticates, opens one transaction of the caller's household, lets this decide inside it, commits, and only
then sends the answer (V3-5.4). A request is answered from one snapshot, so acks, page and digest belong together.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from goodies_mcp.core.causality.digest import root
from goodies_mcp.core.causality.vector_clock import check_causality
from goodies_mcp.core.models import Dot, RecordId, Version, VersionId
from goodies_mcp.errors import Forbidden, RemoteProtocolError
from goodies_mcp.inbetweenies.limits import MAX_PAGE_BYTES, MAX_PAGE_ROWS, MAX_PUSH_ROWS
from goodies_mcp.inbetweenies.messages import (
    CompareRequest,
    CompareResponse,
    Cursor,
    Limits,
    Refusal,
    SyncRequest,
    SyncResponse,
)
from goodies_mcp.inbetweenies.rows import Name, Row, row_of, within

_LONGEST_REASON = 512
"""Characters of a reason, which may name long ids again: with thousands of them an answer keeps its limit (V3-11.2)."""


class RecordDot(NamedTuple):
    """A dot is unique within its record only (V3-3.2)."""

    record_id: RecordId
    dot: Dot


class FeedRow(NamedTuple):
    """A version at its place in the hub's feed."""

    seq: int
    row: Row


@dataclass(frozen=True, slots=True)
class FeedPage:
    """A stretch of the feed: ``upto`` is the number to which it was read, left-out rows included."""

    rows: Sequence[FeedRow]
    upto: int
    more: bool


class HubView(Protocol):
    """What a session asks of the hub's store, for one household, inside one transaction."""

    def epoch(self) -> str:
        """The random id of this history of the household (V3-6.1)."""
        ...

    def last_seq(self) -> int:
        """The highest feed number; 0 when the feed is empty."""
        ...

    def held(self, names: Collection[Name]) -> Mapping[Name, Row]:
        """Those of the versions that are held. Their text on the wire is not needed."""
        ...

    def dots(self, dots: Collection[RecordDot]) -> Mapping[RecordDot, VersionId]:
        """The version that each of these dots made, for those that are held."""
        ...

    def apply(self, rows: Sequence[Row]) -> None:
        """Add versions that were judged, all of them, at the end of the feed; those held already are skipped."""
        ...

    def page(self, after: int, *, without: str | None, limit: int) -> FeedPage:
        """Up to ``limit`` rows behind feed number ``after``, in order, gap-free (PROMISES P7), leaving out what the
        incarnation ``without`` made. A row's text on the wire is made where it is missing."""
        ...

    def buckets(self) -> Sequence[bytes]:
        """The 256 buckets of the household's digest."""
        ...


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, as authentication found out. ``sees_all``: nothing is hidden from it, so digests can agree."""

    household: str
    device_id: str
    may_write: bool
    sees_all: bool = True


def writes(request: SyncRequest, caller: Caller) -> bool:
    """Whether answering this needs a write transaction."""
    return bool(request.push) and caller.may_write


def answer_sync(request: SyncRequest, caller: Caller, view: HubView, server_time: str) -> SyncResponse:
    """The answer to ``POST /api/v1/sync/``. Commit before it is sent (V3-5.4).

    Raises:
        Forbidden: the request names another household, or a device that the caller is not.
    """
    _check_caller(request.household, request.device_id, caller)
    epoch = view.epoch()
    if request.after is None or request.after.epoch != epoch or request.after.seq > view.last_seq():
        return SyncResponse(
            household=caller.household,
            request=request.request,
            epoch=epoch,
            server_time=server_time,
            takes=MAX_PUSH_ROWS,
            seq=view.last_seq(),
            buckets=[bucket.hex() for bucket in view.buckets()],
        )
    acked, refused = _take(request.push, caller, view)
    changes, seq, more = _page(request, view)
    return SyncResponse(
        household=caller.household,
        request=request.request,
        epoch=epoch,
        cursor=Cursor(epoch=epoch, seq=seq),
        more=more,
        digest=root(view.buckets()) if caller.sees_all and not more else None,
        server_time=server_time,
        takes=MAX_PUSH_ROWS,
        refused=refused,
        acked=tuple(acked),
        changes=changes,
    )


def answer_compare(request: CompareRequest, caller: Caller, view: HubView, server_time: str) -> CompareResponse:
    """The answer to ``POST /api/v1/sync/compare`` (V3-6.4). Nothing is written.

    Raises:
        Forbidden: the request names another household, or a device that the caller is not.
    """
    _check_caller(request.household, request.device_id, caller)
    epoch = view.epoch()
    lacks: list[Name] = []
    refused: list[Refusal] = []
    tells_buckets = request.epoch != epoch or not request.have
    if not tells_buckets:
        held = view.held({Name(each.record_id, each.version) for each in request.have})
        for each in request.have:
            name = Name(each.record_id, each.version)
            known = held.get(name)
            if known is None:
                lacks.append(name)
            elif known.content_hash != each.content_hash:
                refused.append(_other_content(name))
    return CompareResponse(
        household=caller.household,
        request=request.request,
        epoch=epoch,
        server_time=server_time,
        seq=view.last_seq() if tells_buckets else None,
        buckets=[bucket.hex() for bucket in view.buckets()] if tells_buckets else None,
        refused=refused,
        lacks=tuple(lacks),
    )


def _check_caller(household: str | None, device_id: str, caller: Caller) -> None:
    if household is not None and household != caller.household:
        raise Forbidden("this device belongs to another household", hint="log in to the household it was set up for")
    if device_id != caller.device_id:
        raise Forbidden("the token belongs to another device", hint="log in again on this device")


def _take(push: Sequence[Row], caller: Caller, view: HubView) -> tuple[list[Name], list[Refusal]]:
    """Judge each change by itself, then apply the good ones together (V3-5.4, V3-5.5)."""
    if not push:
        return [], []
    if not caller.may_write:
        return [], [_refusal(row.name, "forbidden", "this device may only read") for row in _once(push)]
    changes = [(row.name, RecordDot(row.version.record_id, row.version.dot), row) for row in push]
    judge = _Judge(changes, view)
    acked: list[Name] = []
    refused: list[Refusal] = []
    for name, dot, row in changes:
        why = judge.refuses(name, dot, row)
        if why is None:
            judge.accept(name, dot, row)
            acked.append(name)
        else:
            refused.append(why)
    view.apply(judge.new)
    acked = list(dict.fromkeys(acked))
    taken = set(acked)
    # The same name twice with two contents: the first was taken, and a name is answered once.
    return acked, [each for each in {each.name: each for each in refused}.values() if each.name not in taken]


class _Judge:
    """What is known of the records of one push: from the store, and from the push itself."""

    def __init__(self, changes: Sequence[tuple[Name, RecordDot, Row]], view: HubView) -> None:
        named = {name for name, _, _ in changes}
        parents = {Name(name.record_id, parent) for name, _, row in changes for parent in row.version.parents}
        self._held: dict[Name, Row] = dict(view.held(named | parents))
        self._dots = dict(view.dots([dot for _, dot, _ in changes]))
        self.new: list[Row] = []

    def accept(self, name: Name, dot: RecordDot, row: Row) -> None:
        """It will be held; what comes later in the push is judged in its light."""
        if name not in self._held:
            self._held[name] = row
            self._dots[dot] = name.version
            self.new.append(row)

    def refuses(self, name: Name, dot: RecordDot, row: Row) -> Refusal | None:
        """Why the change cannot be taken, or None."""
        version, known = row.version, self._held.get(name)
        if known is not None:
            return None if known.content_hash == row.content_hash else _other_content(name)
        if dot in self._dots:
            return _refusal(
                name,
                "dot_reused",
                f"another version has the dot {version.dot.incarnation}/{version.dot.n}",
                "the database file was copied or restored: it needs a new incarnation",
            )
        try:
            check_causality(version, self._parents(version))
        except RemoteProtocolError as error:
            return _refusal(name, "false_context", error.message)
        return None

    def _parents(self, version: Version) -> Iterable[Version]:
        found = (self._held.get(Name(version.record_id, parent)) for parent in version.parents)
        return [row.version for row in found if row is not None]


def _page(request: SyncRequest, view: HubView) -> tuple[tuple[Row, ...], int, bool]:
    """A page within both bounds, the number it ends at, and whether the feed goes on."""
    after = request.after.seq if request.after is not None else 0
    limits: Limits = request.limits
    found = view.page(
        after, without=None if request.own else request.incarnation, limit=min(limits.rows, MAX_PAGE_ROWS)
    )
    rows = tuple(each.row if each.row.text else row_of(each.row.version, each.row.content_hash) for each in found.rows)
    fitting = within(rows, len(rows), min(limits.bytes, MAX_PAGE_BYTES))
    if len(fitting) < len(rows):
        return fitting, found.rows[len(fitting) - 1].seq, True
    return rows, found.upto, found.more


def _once(rows: Sequence[Row]) -> Iterable[Row]:
    return {row.name: row for row in rows}.values()


def _other_content(name: Name) -> Refusal:
    return _refusal(
        name,
        "version_reused",
        "the hub holds another version of this name",
        "two devices made it: create the change again on one of them",
    )


def _refusal(name: Name, code: str, message: str, hint: str | None = None) -> Refusal:
    return Refusal(record=name.record_id, version=name.version, code=code, message=message[:_LONGEST_REASON], hint=hint)
