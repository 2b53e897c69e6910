"""A sync request's bytes in, the answer's bytes out: which edition it speaks, who asks, one transaction, one answer."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from goodies_mcp.core.protocols import Clock
from goodies_mcp.errors import Forbidden, TooLarge
from goodies_mcp.funkygibbon.core.accounts import Principal, Scope
from goodies_mcp.funkygibbon.core.exceptions import UnsupportedProtocol
from goodies_mcp.funkygibbon.storage.interface import HubStore
from goodies_mcp.funkygibbon.sync.answered import Answered, apart
from goodies_mcp.funkygibbon.sync.v2 import V2Server
from goodies_mcp.funkygibbon.sync.view import ReadingView, WritingView
from goodies_mcp.inbetweenies.limits import MAX_PUSH_BYTES
from goodies_mcp.inbetweenies.messages import (
    UNSUPPORTED,
    V2,
    V3,
    parse_compare_request,
    parse_sync_request,
    protocol_of,
    render,
)
from goodies_mcp.inbetweenies.server_session import Caller, answer_compare, answer_sync, writes

_V3_BEGINNING = f'{{"protocol_version":"{V3}",'.encode()

Speaker: TypeAlias = Callable[[Principal, bytes], Awaitable[Answered]]


class InbetweeniesServer:
    """Answers sync requests. Each edition of the protocol has one speaker; ``add`` lets another one in."""

    def __init__(self, store: HubStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._v2 = V2Server(store, clock)
        self._speakers: dict[str, Speaker] = {V2: self._v2.sync, V3: self._sync_v3}

    @property
    def editions(self) -> Mapping[str, Speaker]:
        """The editions that are spoken."""
        return self._speakers

    def add(self, edition: str, speaker: Speaker) -> None:
        """Speak another edition of the protocol too."""
        self._speakers[edition] = speaker

    async def sync(self, principal: Principal, body: bytes) -> Answered:
        """Answer ``POST /api/v1/sync/``.

        Raises:
            UnsupportedProtocol: nobody here speaks that edition.
            RemoteProtocolError: it is no request of its edition.
            Forbidden: it names another household, or a device that the token is not for.
        """
        # As our own client begins; reading all of a large body for one word would cost a tenth of the whole request.
        # Whoever names a second edition further on is refused by the parser of the first.
        edition = V3 if body.startswith(_V3_BEGINNING) else await apart(len(body), protocol_of, body)
        speaker = self._speakers.get(edition)
        if speaker is None:
            raise UnsupportedProtocol(UNSUPPORTED, argument="protocol_version", hint=f"this hub speaks {V3}")
        return await speaker(principal, body)

    async def compare(self, principal: Principal, body: bytes) -> Answered:
        """Answer ``POST /api/v1/sync/compare``. Raises as :meth:`sync`."""
        request = await apart(len(body), parse_compare_request, body)
        caller = caller_of(principal)
        home = await self._store.home(principal.household)
        now = self._clock.now()
        answer = await home.read(lambda view: answer_compare(request, caller, ReadingView(view, home.epoch), now))
        return Answered(render(answer), {"asked": len(request.have), "lacks": len(answer.lacks)})

    async def edges(self, principal: Principal, wanted: Mapping[str, str]) -> Answered:
        """Answer ``GET /api/v1/graph/relationships`` of a v2 client."""
        return await self._v2.edges(principal, wanted)

    async def _sync_v3(self, principal: Principal, body: bytes) -> Answered:
        if len(body) > MAX_PUSH_BYTES:
            raise TooLarge(
                f"a request holds at most {MAX_PUSH_BYTES} bytes", argument="body", hint="send fewer changes"
            )
        request = await apart(len(body), parse_sync_request, body)
        caller = caller_of(principal)
        home = await self._store.home(principal.household)
        now = self._clock.now()
        if writes(request, caller):
            answer = await home.write(lambda view: answer_sync(request, caller, WritingView(view, home.epoch), now))
        else:
            answer = await home.read(lambda view: answer_sync(request, caller, ReadingView(view, home.epoch), now))
        counts = {
            "pushed": len(request.push),
            "acked": len(answer.acked),
            "refused": len(answer.refused),
            "sent": len(answer.changes),
            "seq": answer.cursor.seq if answer.cursor else 0,
        }
        return Answered(await apart(len(answer.changes) * 512, render, answer), counts)


def caller_of(principal: Principal) -> Caller:
    """The principal as the protocol's session knows it.

    Raises:
        Forbidden: its token is for no device, and every dot belongs to one.
    """
    if principal.device is None:
        raise Forbidden("this token is for no device", hint="log in with a device to sync")
    return Caller(
        principal.household,
        principal.device,
        may_write=principal.may(Scope.WRITE),
        sees_all=principal.may(Scope.PRIVATE),
    )
