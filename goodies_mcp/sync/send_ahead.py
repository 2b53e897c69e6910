"""The next request, sent while the page before it is saved (PROTOCOL.md, V3-5.12): the hub and the disk work at once.

The session is asked what it will say, and says it later all the same: only the answer to just these bytes counts.
"""

import asyncio
from typing import Protocol, TypeAlias

from goodies_mcp.errors import GoodiesError
from goodies_mcp.inbetweenies.actions import ChangesCollected, CollectChanges, RequestFailed, ResponseReceived, Send
from goodies_mcp.sync.content_session import ContentSession
from goodies_mcp.sync.read_ahead import ReadAhead
from goodies_mcp.sync.transport import Transport

_Answer: TypeAlias = ResponseReceived | RequestFailed


class Foreseeing(Protocol):
    """A session that can tell what it will ask for."""

    def foresee(self, found: ChangesCollected | None = None) -> CollectChanges | Send | None:
        """What it will ask for once the page that it asks to be saved is saved, as far as that is sure; ``found`` are
        the changes that it has to collect for that. Nothing changes by asking."""
        ...


class SendAhead:
    """The requests of one session. ``content`` may have to go before the changes that a request holds."""

    def __init__(self, transport: Transport, outbox: ReadAhead, content: ContentSession | None) -> None:
        self._transport = transport
        self._outbox = outbox
        self._content = content
        self._sending: asyncio.Task[tuple[Send, _Answer] | None] | None = None

    def go_on(self, session: Foreseeing) -> None:
        """A page is about to be saved: send what comes after it."""
        wish = session.foresee()
        if wish is not None and self._sending is None:
            self._sending = asyncio.create_task(self._sent(session, wish))

    async def answer(self, asked: Send) -> _Answer:
        """The answer to a request, which may be on its way already."""
        task = self._sending
        if task is not None:
            await asyncio.wait([task])
            self._sending = None
            sent = None if task.cancelled() else task.result()
            if sent is not None and sent[0] == asked:
                return sent[1]
        return await self._posted(asked)

    async def close(self) -> None:
        """Leave what is on its way."""
        task, self._sending = self._sending, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _sent(self, session: Foreseeing, wish: CollectChanges | Send) -> tuple[Send, _Answer] | None:
        said: CollectChanges | Send | None = wish
        if isinstance(wish, CollectChanges):
            try:
                found = await self._outbox.peek(wish)
            except GoodiesError:
                return None  # whoever asks for it is told
            if found is None or (self._content is not None and self._content.holds_up(found)):
                return None
            said = session.foresee(found)
        return (said, await self._posted(said)) if isinstance(said, Send) else None

    async def _posted(self, send: Send) -> _Answer:
        return await self._transport.post(send.path, send.body, send.digest, send.most)
