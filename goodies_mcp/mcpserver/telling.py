"""Log messages to the host, from the level on that it asked for: in the older era once for its connection, in the newer
one with each request that is to be told about. What is logged stays the same, and stderr hears what it heard before.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from typing import Any

from mcp.server.connection import Connection
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.session import ServerSession
from mcp_types import (
    LOG_LEVEL_META_KEY,
    LoggingLevel,
    LoggingMessageNotification,
    LoggingMessageNotificationParams,
    RequestId,
    SetLevelRequestParams,
)
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from goodies_mcp.mcpserver.wording import shown

LEVELS: dict[str, int] = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "notice": logging.INFO + 5,
    "warning": logging.WARNING,
    "error": logging.ERROR,
    "critical": logging.CRITICAL,
    "alert": logging.CRITICAL + 5,
    "emergency": logging.CRITICAL + 10,
}
"""The protocol's levels (RFC 5424) as Python counts them."""

_LONGEST = 4_000
_OURS = logging.getLogger("goodies_mcp")

_Context = ServerRequestContext[Any, Any]


class Telling:
    """Who is told what. One for each server."""

    def __init__(self) -> None:
        self._connections: dict[Connection, int] = {}
        self._handler = _ToHost()
        self._usual: int | None = None
        self._listeners: list[int] = []

    def add_to(self, server: Server[Any]) -> None:
        """Let hosts of the older era say which level they want."""
        server.add_request_handler("logging/setLevel", SetLevelRequestParams, self._set_level)

    async def _set_level(self, context: _Context, params: SetLevelRequestParams) -> dict[str, Any]:
        connection = context.session._connection  # noqa: SLF001 - what lasts longer than this request
        if connection not in self._connections:
            connection.exit_stack.callback(self._connections.pop, connection, None)
        self._connections[connection] = LEVELS[params.level]
        return {}

    def wanted(self, context: _Context) -> int | None:
        """From which level on the host wants to hear of this request; None: not at all."""
        if context.protocol_version in MODERN_PROTOCOL_VERSIONS:
            return LEVELS.get(str((context.meta or {}).get(LOG_LEVEL_META_KEY)))
        return self._connections.get(context.session._connection) if self._connections else None  # noqa: SLF001

    @asynccontextmanager
    async def told(self, context: _Context, level: int) -> AsyncIterator[None]:
        """Tell what is logged from this level on, for as long as the context lasts."""
        messages = _Messages(context.session, context.request_id, level)
        self._listen(level)
        token = _current.set(messages)
        try:
            yield
        finally:
            _current.reset(token)
            self._listeners.remove(level)
            self._adjust()
            await messages.end()

    def _listen(self, level: int) -> None:
        if not self._listeners:
            self._usual = _OURS.level
            _OURS.addHandler(self._handler)
        self._listeners.append(level)
        self._adjust()

    def _adjust(self) -> None:
        usual = logging.NOTSET if self._usual is None else self._usual
        if self._listeners:
            _OURS.setLevel(min(usual or logging.WARNING, *self._listeners))
        else:
            _OURS.setLevel(usual)
            _OURS.removeHandler(self._handler)


class _Messages:
    """What one request has to tell, sent in its order."""

    def __init__(self, session: ServerSession, request: RequestId | None, level: int) -> None:
        self._session = session
        self._request = request
        self._level = level
        self._loop = asyncio.get_running_loop()
        self._waiting: asyncio.Queue[LoggingMessageNotification | None] = asyncio.Queue()
        self._sending = asyncio.create_task(self._send())

    def say(self, record: logging.LogRecord) -> None:
        """Tell this, from whichever thread."""
        if record.levelno < self._level:
            return
        text = shown(record.getMessage())[:_LONGEST]
        told = LoggingMessageNotificationParams(level=_level_of(record), logger=record.name, data=text)
        self._loop.call_soon_threadsafe(self._waiting.put_nowait, LoggingMessageNotification(params=told))

    async def end(self) -> None:
        """Everything that was said has been sent."""
        self._loop.call_soon(self._waiting.put_nowait, None)
        await self._sending

    async def _send(self) -> None:
        while (message := await self._waiting.get()) is not None:
            # Whoever has gone hears nothing any more, which the call itself will notice.
            with suppress(Exception):
                await self._session.send_notification(message, related_request_id=self._request)


_current: ContextVar[_Messages | None] = ContextVar("log messages of this request", default=None)


class _ToHost(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        messages = _current.get()
        if messages is not None:
            try:
                messages.say(record)
            except Exception:  # noqa: BLE001 - as every handler of logging: what cannot be told is no failure
                self.handleError(record)


def _level_of(record: logging.LogRecord) -> LoggingLevel:
    levels: tuple[tuple[int, LoggingLevel], ...] = (
        (logging.CRITICAL, "critical"),
        (logging.ERROR, "error"),
        (logging.WARNING, "warning"),
        (logging.INFO, "info"),
    )
    return next((level for number, level in levels if record.levelno >= number), "debug")
