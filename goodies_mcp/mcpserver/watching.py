"""Who watches which resource, and how they are told: one look at the store a second, and only while somebody watches.

What has changed is found by asking again what would be read, so that it does not matter who changed it: a tool, sync,
or another process on the same file.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress

from mcp.server.connection import Connection
from mcp.server.session import ServerSession
from mcp.server.subscriptions import InMemorySubscriptionBus, ResourcesListChanged, ResourceUpdated

from goodies_mcp.errors import GoodiesError, NotFound, TooLarge
from goodies_mcp.mcpserver.shelves import LISTING

logger = logging.getLogger(__name__)

INTERVAL = 1.0
"""Seconds between two looks at the store."""

MOST = 500
"""Resources that are watched at a time: each is read anew when something has changed."""

_GONE = "gone"

Mark = Callable[[str], Awaitable[str]]
Moved = Callable[[], Awaitable[object]]


class Watchers:
    """Everybody who watches resources of one home."""

    def __init__(self, mark: Mark, moved: Moved) -> None:
        self.bus = InMemorySubscriptionBus()
        self._mark = mark
        self._moved = moved
        self._sessions: dict[Connection, dict[str, ServerSession]] = {}
        self._marks: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        self._seen: object = None
        self._news = asyncio.Event()
        self._looking: asyncio.Task[None] | None = None

    async def watch(self, uri: str, session: ServerSession) -> None:
        """Tell this client of the older era, until it goes.

        Raises:
            GoodiesError: there is no such resource, or too many are watched already.
        """
        connection = _connection(session)
        if uri in self._sessions.get(connection, ()):
            self._sessions[connection][uri] = session
            return
        await self._add(uri)
        if connection not in self._sessions:
            self._sessions[connection] = {}
            connection.exit_stack.callback(self._left, connection)
        self._sessions[connection][uri] = session

    def unwatch(self, uri: str, session: ServerSession) -> None:
        """Tell it no more."""
        if self._sessions.get(_connection(session), {}).pop(uri, None) is not None:
            self._drop(uri)

    @asynccontextmanager
    async def listened(self, uris: Iterable[str]) -> AsyncIterator[list[str]]:
        """Those of the resources that there are, watched for as long as the context lasts: the bus tells of them."""
        watched: list[str] = []
        try:
            for uri in dict.fromkeys(uris):
                with suppress(GoodiesError):
                    await self._add(uri)
                    watched.append(uri)
            yield watched
        finally:
            for uri in watched:
                self._drop(uri)

    def news(self, _brought: object = None) -> None:
        """Sync has brought something, or stands otherwise than before: look at once."""
        self._news.set()

    async def _add(self, uri: str) -> None:
        if uri not in self._marks:
            if len(self._marks) >= MOST:
                raise TooLarge(f"{MOST} resources are watched already", hint="unsubscribe from some")
            mark = await self._mark(uri)
            self._marks.setdefault(uri, mark)
        self._counts[uri] = self._counts.get(uri, 0) + 1
        if self._looking is None:
            self._looking = asyncio.create_task(self._look_again_and_again(), name="watching")

    def _drop(self, uri: str) -> None:
        self._counts[uri] -= 1
        if not self._counts[uri]:
            del self._counts[uri], self._marks[uri]
        if not self._counts and self._looking is not None:
            self._looking.cancel()
            self._looking = None

    def _left(self, connection: Connection) -> None:
        for uri in self._sessions.pop(connection, ()):
            self._drop(uri)

    async def _look_again_and_again(self) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), INTERVAL)
            told = self._news.is_set()
            self._news.clear()
            try:
                await self._look(told=told)
            except Exception:  # a supervisor: a home that is busy or cannot be read now is looked at again
                logger.debug("a look at the home failed", exc_info=True)

    async def _look(self, *, told: bool) -> None:
        moved = await self._moved()
        if moved == self._seen and not told:
            return
        for uri in list(self._marks):
            try:
                mark = await self._mark(uri)
            except NotFound:
                mark = _GONE
            if uri in self._marks and mark != self._marks[uri]:
                self._marks[uri] = mark
                await self._tell(uri)
        self._seen = moved

    async def _tell(self, uri: str) -> None:
        if uri == LISTING:
            await self.bus.publish(ResourcesListChanged())
            return
        for session in [watched[uri] for watched in self._sessions.values() if uri in watched]:
            try:
                await session.send_resource_updated(uri)
            except Exception:  # noqa: BLE001 - whoever has gone must not keep the others from hearing
                self.unwatch(uri, session)
        await self.bus.publish(ResourceUpdated(uri=uri))


def _connection(session: ServerSession) -> Connection:
    """The client behind a session, of which the SDK makes one for each request."""
    return session._connection  # noqa: SLF001 - there is no public way from one to the other
