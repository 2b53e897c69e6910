"""What to do about an answer that is no success (PROTOCOL.md, V3-10): one table of statuses, and how long to wait."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from types import MappingProxyType

from goodies_mcp.errors import (
    Conflict,
    Forbidden,
    GoodiesError,
    NotFound,
    RateLimited,
    RemoteProtocolError,
    StorageFull,
    TooLarge,
    Unauthorized,
    Unavailable,
)
from goodies_mcp.inbetweenies.actions import RequestFailed, ResponseReceived
from goodies_mcp.inbetweenies.messages import UNSUPPORTED, parse_error


class Remedy(Enum):
    """What helps."""

    RETRY = auto()
    """Time does; nothing is wrong with the request."""

    SUSPECT = auto()
    """Time may; if it does not, one of the changes in the request is what the hub stumbles over."""

    ISOLATE = auto()
    """One of the changes is refused, and the hub does not say which."""

    SPLIT = auto()
    """A smaller request does."""

    REFRESH = auto()
    """A new token does."""

    FALL_BACK = auto()
    """An older edition does."""

    GIVE_UP = auto()
    """Nothing that a program can do."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A remedy, and what to tell people when it does not help. ``answered``: the hub itself spoke."""

    remedy: Remedy
    error: GoodiesError
    retry_after: float | None = None
    answered: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """How patient a session is (V3-10.3). Waits double from ``first_wait`` to ``longest_wait``, each made shorter by up
    to a half by chance; a hub that asks for more than ``longest_wait`` ends the session instead."""

    attempts: int = 6
    attempts_isolating: int = 3
    first_wait: float = 1.0
    longest_wait: float = 60.0
    most_parked: int = 32
    most_refreshes: int = 4
    most_epochs: int = 3
    most_requests: int = 100_000
    push_rows: int = 4_000
    push_bytes: int = 4 * 1_048_576 - 65_536
    page_rows: int = 10_000
    page_bytes: int = 4 * 1_048_576
    headers: int = 10_000

    def wait(self, attempt: int, chance: float, retry_after: float | None) -> float:
        """Seconds before attempt number ``attempt`` (the second is 2); ``chance`` is in [0, 1)."""
        backoff = min(self.longest_wait, self.first_wait * 2.0 ** min(attempt - 2, 30))
        return max(backoff * (1.0 - chance / 2.0), retry_after or 0.0)


_STATUSES: Mapping[int, tuple[Remedy, type[GoodiesError], str]] = MappingProxyType(
    {
        400: (Remedy.ISOLATE, RemoteProtocolError, "the hub refused the request"),
        401: (Remedy.REFRESH, Unauthorized, "the hub does not know this token"),
        403: (Remedy.GIVE_UP, Forbidden, "the hub does not allow this"),
        404: (Remedy.GIVE_UP, NotFound, "there is no hub at this address"),
        405: (Remedy.GIVE_UP, NotFound, "there is no hub at this address"),
        408: (Remedy.RETRY, Unavailable, "the hub waited too long for the request"),
        409: (Remedy.GIVE_UP, Conflict, "the hub is at odds with this device"),
        413: (Remedy.SPLIT, TooLarge, "the request is too large for the hub"),
        415: (Remedy.GIVE_UP, RemoteProtocolError, "the hub does not take this form"),
        422: (Remedy.ISOLATE, RemoteProtocolError, "the hub refused the request"),
        425: (Remedy.RETRY, Unavailable, "the hub wants the request later"),
        429: (Remedy.RETRY, RateLimited, "the hub has had too many requests"),
        500: (Remedy.SUSPECT, Unavailable, "the hub failed"),
        501: (Remedy.GIVE_UP, RemoteProtocolError, "the hub cannot do this"),
        502: (Remedy.RETRY, Unavailable, "the hub is not reachable behind its proxy"),
        503: (Remedy.RETRY, Unavailable, "the hub is busy"),
        504: (Remedy.RETRY, Unavailable, "the hub was too slow for its proxy"),
        507: (Remedy.RETRY, StorageFull, "the hub's disk is full"),
    }
)


_LOGIN = "goodies-mcp hub login URL logs in again; nothing is lost"


def login_wanted() -> Unauthorized:
    """The end of a session that neither its token nor a new one gets on with."""
    return Unauthorized("the hub wants a new login", hint=_LOGIN)


def judge_answer(answer: ResponseReceived) -> Verdict:
    """What to do about a status that is not 200, whatever came beside it (V3-10.2)."""
    said = parse_error(answer.body)
    status = answer.status
    if 300 <= status < 400:
        error: GoodiesError = RemoteProtocolError(
            f"the hub's address leads elsewhere (HTTP {status})", hint="give the address where the hub really is"
        )
        return Verdict(Remedy.GIVE_UP, error)
    remedy, kind, words = _STATUSES.get(
        status,
        (Remedy.SUSPECT, Unavailable, "the hub failed")
        if status >= 500
        else (Remedy.GIVE_UP, RemoteProtocolError, "the hub answered oddly"),
    )
    message = f"{words} (HTTP {status}){': ' if said.message else ''}{said.message}"
    hint = _LOGIN if kind is Unauthorized else said.hint
    error = kind(message, hint=hint, details={"peer_code": said.code} if said.code else None)
    if status == 400 and (said.code == "unsupported_protocol" or said.message == UNSUPPORTED):
        return Verdict(Remedy.FALL_BACK, error)
    if said.retryable and remedy in {Remedy.ISOLATE, Remedy.GIVE_UP}:
        remedy = Remedy.RETRY
    return Verdict(remedy, error, answer.retry_after, answered=True)


def judge_failure(failed: RequestFailed) -> Verdict:
    """What to do when no answer came at all."""
    return Verdict(Remedy.GIVE_UP if failed.fatal else Remedy.SUSPECT, failed.error)


def judge_nonsense(error: RemoteProtocolError) -> Verdict:
    """What to do about a success whose body is none: a proxy or the way may be to blame, so it is asked again."""
    return Verdict(Remedy.RETRY, error)
