"""How content goes up to a hub and comes down from it, part by part, without input or output (PROTOCOL.md, V3-9).

Each exchange is a generator: it yields what to ask of the hub, is sent what came of that, and returns how it ended.
Wherever it is cut off, another one goes on with what has arrived.
"""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Final, TypeAlias

from goodies_mcp.core.models import Content, Sha256
from goodies_mcp.errors import GoodiesError, NotFound, RemoteProtocolError, TooLarge, Unavailable
from goodies_mcp.inbetweenies.actions import (
    RefreshToken,
    RequestFailed,
    ResponseReceived,
    RetryDue,
    TokenRefreshed,
    TokenRefused,
    Wait,
)
from goodies_mcp.inbetweenies.limits import MAX_BLOB_BYTES, MIB
from goodies_mcp.inbetweenies.patience import Patience
from goodies_mcp.inbetweenies.verdicts import Remedy, Verdict, judge_answer, judge_failure, login_wanted

PART: Final = 4 * MIB
"""Bytes of one request: what a slow link carries before a time-out, and what is held in memory."""

_MOVES_ON: Final = 65_536
"""Bytes that an upload has to be further on for its attempts to be counted anew (V3-10.4)."""


def content_path(sha256: Sha256) -> str:
    """Where a hub keeps this content (V3-9.1)."""
    return f"/api/v1/content/{sha256}"


@dataclass(frozen=True, slots=True)
class Look:
    """``HEAD``: whether the hub holds it, and how many bytes."""

    sha256: Sha256


@dataclass(frozen=True, slots=True)
class SendPart:
    """``PUT`` the bytes from ``start`` to before ``end``."""

    content: Content
    start: int
    end: int

    @property
    def whole(self) -> bool:
        """Whether no byte is left out."""
        return self.end - self.start == self.content.size


@dataclass(frozen=True, slots=True)
class FetchPart:
    """``GET`` the bytes from ``start`` to before ``end``."""

    sha256: Sha256
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class KeepPart:
    """Write these bytes down, which begin at ``start``; then say :class:`PartKept`."""

    start: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Told(ResponseReceived):
    """An answer about content: ``length`` is how many bytes of it the hub has, where the answer says so, and ``kind``
    what they are."""

    length: int | None = None
    kind: str = ""


@dataclass(frozen=True, slots=True)
class PartKept:
    """The bytes are written down."""


@dataclass(frozen=True, slots=True)
class Whole:
    """All bytes have crossed: the hub holds them, or they are here, and so many they are."""

    size: int
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Declined:
    """The hub has spoken, and to ask again soon would not help."""

    error: GoodiesError


@dataclass(frozen=True, slots=True)
class Interrupted:
    """It did not come to an end; what has crossed counts."""

    error: GoodiesError
    retry_after: float | None = None


Ask: TypeAlias = Look | SendPart | FetchPart | KeepPart | Wait | RefreshToken
Heard: TypeAlias = Told | RequestFailed | PartKept | RetryDue | TokenRefreshed | TokenRefused
End: TypeAlias = Whole | Declined | Interrupted
Exchange: TypeAlias = Generator[Ask, Heard, End]


def sending(content: Content, patience: Patience) -> Exchange:
    """Send what the hub lacks of it: nothing when it is there, the rest when a part has arrived (V3-9.3)."""
    ask: Look | SendPart = Look(content.sha256)
    best, spoiled = 0, False
    patience.begin()
    while True:
        heard = yield ask
        if isinstance(heard, Told):
            if heard.status in {200, 201}:
                return Whole(content.size)
            arrived = _invited(ask, heard)
            if arrived is not None:
                if arrived >= best + _MOVES_ON:
                    best = arrived
                    patience.begin()
                ask = _next_part(content, arrived)
                continue
            if heard.status == 400 and isinstance(ask, SendPart) and not spoiled:
                # Other bytes than ours arrived, and the hub threw them away. Once the way may be to blame.
                spoiled = True
                ask = Look(content.sha256)
                continue
        end = yield from _helped(heard, patience)
        if end is not None:
            return end
        ask = Look(content.sha256)


def fetching(sha256: Sha256, arrived: int, patience: Patience) -> Exchange:
    """Fetch what is not here of it; ``arrived`` bytes are. Whether they are the right ones is looked at by whoever has
    them all (V3-9.4)."""
    looked = yield from _answered(Look(sha256), patience, 200)
    if not isinstance(looked, Told):
        return looked
    total = looked.length
    if total is None:
        return Interrupted(RemoteProtocolError("the hub does not say how large its content is"))
    if total > MAX_BLOB_BYTES:
        return Declined(TooLarge(f"the hub's content has {total} bytes, and {MAX_BLOB_BYTES} is the most"))
    while arrived < total:
        part = FetchPart(sha256, arrived, min(arrived + PART, total))
        heard = yield from _answered(part, patience, 206)
        if not isinstance(heard, Told):
            return heard
        yield KeepPart(arrived, heard.body)
        arrived += len(heard.body)
    return Whole(total, looked.kind)


def _invited(ask: Look | SendPart, heard: Told) -> int | None:
    """How much has arrived, when this answer asks for more."""
    if heard.length is None or heard.length < 0:
        return None
    if isinstance(ask, Look):
        return heard.length if heard.status == 404 else None
    return heard.length if heard.status == 202 and heard.length >= ask.end else None


def _next_part(content: Content, arrived: int) -> SendPart:
    # When all has arrived and was never looked at, the last byte once more makes the hub do it.
    start = max(0, min(arrived, content.size - 1))
    return SendPart(content, start, min(start + PART, content.size))


def _answered(ask: Look | FetchPart, patience: Patience, status: int) -> Generator[Ask, Heard, Told | End]:
    """Ask until there is an answer of this status, with as much in it as was asked for."""
    patience.begin()
    while True:
        heard = yield ask
        if isinstance(heard, Told) and heard.status == status:
            if isinstance(ask, Look) or len(heard.body) == ask.end - ask.start:
                return heard
            heard = RequestFailed(RemoteProtocolError("the hub sent another part of the content than was asked for"))
        end = yield from _helped(heard, patience)
        if end is not None:
            return end


def _helped(heard: Heard, patience: Patience) -> Generator[Ask, Heard, End | None]:
    """Do what helps, so that the same can be asked again; or how it ends, because nothing does."""
    verdict = _verdict(heard)
    helping = patience.help(verdict, isolating=False)
    if helping is None:
        final = verdict.answered and verdict.remedy in {Remedy.ISOLATE, Remedy.GIVE_UP, Remedy.SPLIT}
        return Declined(verdict.error) if final else Interrupted(verdict.error, verdict.retry_after)
    done = yield helping
    if isinstance(done, TokenRefused):
        return Interrupted(login_wanted())
    if isinstance(done, RequestFailed):
        return Interrupted(done.error)
    return None


def _verdict(heard: Heard) -> Verdict:
    if isinstance(heard, RequestFailed):
        return judge_failure(heard)
    if isinstance(heard, Told) and heard.status in {404, 405, 501}:
        return Verdict(Remedy.GIVE_UP, NotFound("the hub does not have this content"), answered=True)
    if not isinstance(heard, Told) or heard.status < 300 or heard.status == 409:
        return Verdict(Remedy.RETRY, Unavailable("the hub's answers about content do not fit together"))
    return judge_answer(heard)
