"""Carries content between this home and its hub: what the exchanges of ``inbetweenies`` ask for, over the transport,
out of the store and into it. No more than one part is ever in memory.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from goodies_mcp.core.models import Content, Sha256
from goodies_mcp.errors import InvalidInput, LocalProtocolError, RemoteProtocolError
from goodies_mcp.inbetweenies.actions import RefreshToken, RequestFailed, RetryDue, TokenRefreshed, TokenRefused, Wait
from goodies_mcp.inbetweenies.content_exchange import (
    Ask,
    Declined,
    End,
    Exchange,
    FetchPart,
    Heard,
    KeepPart,
    Look,
    PartKept,
    SendPart,
    Whole,
    fetching,
    sending,
)
from goodies_mcp.inbetweenies.patience import Patience
from goodies_mcp.inbetweenies.verdicts import Policy
from goodies_mcp.storage.arrivals import Arrivals
from goodies_mcp.storage.replication import ReplicaStore, ReplicaTransaction
from goodies_mcp.sync import content_marks
from goodies_mcp.sync.transport import Transport
from goodies_mcp.sync.world import World

Moved: TypeAlias = Callable[[Content, int], Awaitable[None]]
"""Is told between two parts how many bytes of a content have crossed."""

Renew: TypeAlias = Callable[[], Awaitable[TokenRefreshed | TokenRefused | RequestFailed]]
"""Gets a new token for the transport."""

_TRIES = 2
"""Bytes that are not those of the hash are fetched once more from the beginning: the line may have spoiled them."""


@dataclass(frozen=True, slots=True)
class Carrier:
    """What content is carried between: a store with its unfinished ``arrivals``, and a way to a hub."""

    store: ReplicaStore
    transport: Transport
    world: World
    arrivals: Arrivals
    policy: Policy
    renew: Renew

    async def send(self, content: Content, moved: Moved) -> End:
        """Send what the hub lacks of it. Never raises for what the hub or the line does."""
        return await self._carried(sending(content, self._patience()), content, moved)

    async def fetch(self, about: Content, moved: Moved) -> End:
        """Fetch it, look at its hash, and keep it. Bytes of another hash are thrown away; :class:`Declined` says so.
        Raises what the store raises."""
        for _ in range(_TRIES):
            arrived = await asyncio.to_thread(self.arrivals.received, about.sha256)
            end = await self._carried(fetching(about.sha256, arrived, self._patience()), about, moved)
            if not isinstance(end, Whole):
                return end
            content = Content(about.sha256, end.size, about.content_type or end.kind, about.file_name)
            try:
                await asyncio.to_thread(self.arrivals.check, content)
            except InvalidInput:
                continue
            await self._keep(content)
            return end
        return Declined(
            RemoteProtocolError(
                "the hub sent bytes that are not those of this content's hash; they were thrown away",
                hint="it is asked for again when it is read again",
            )
        )

    async def _keep(self, content: Content) -> None:
        def work(tx: ReplicaTransaction) -> None:
            tx.stream_content(content, self.arrivals.pieces(content.sha256))
            content_marks.note_here(tx, content)

        await self.store.write(work)
        await asyncio.to_thread(self.arrivals.forget, content.sha256)

    async def _carried(self, exchange: Exchange, content: Content, moved: Moved) -> End:
        try:
            ask = next(exchange)
            while True:
                ask = exchange.send(await self._done(ask, content, moved))
        except StopIteration as ended:
            end: End = ended.value
            return end

    async def _done(self, ask: Ask, content: Content, moved: Moved) -> Heard:
        match ask:
            case Look() | FetchPart():
                return await self.transport.carry(ask)
            case SendPart():
                size = ask.end - ask.start
                data = await self.store.read(lambda view: view.content_bytes(content.sha256, ask.start, size))
                if ask.start:
                    await moved(content, ask.start)
                return await self.transport.carry(ask, data)
            case KeepPart():
                if ask.start:
                    await moved(content, ask.start)
                await asyncio.to_thread(self.arrivals.receive, content.sha256, ask.start, ask.data)
                return PartKept()
            case Wait():
                await self.world.pause(ask.seconds)
                return RetryDue()
            case RefreshToken():
                return await self.renew()
            case _:
                raise LocalProtocolError(f"an exchange asked for {type(ask).__name__}")

    def _patience(self) -> Patience:
        return Patience(self.policy, self.world.chance)


async def unmoved(_content: Content, _size: int) -> None:
    """A ``Moved`` for whoever need not be told."""


def shown_name(content: Content) -> str:
    """What people may call it: its file's name, or the beginning of its hash."""
    return content.file_name or Sha256(content.sha256[:12])
