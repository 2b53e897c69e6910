"""Sessions over streamable HTTP that a host can come back to: what it missed while it was away is said once more.

The SDK asks one store for all sessions and tells it streams by the host's own request numbers, which are the same in
every session. So each session gets a store of its own here: nobody can be shown what another was told.
"""

from collections import deque

from mcp.server.streamable_http import EventCallback, EventMessage, EventStore
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp_types import JSONRPCError, JSONRPCMessage, JSONRPCResponse

KEPT = 64
"""Messages of a session that can be said once more: a host that was away for longer asks anew."""

RETRY = 1_000
"""Milliseconds after which a host that was cut off comes back."""


class Told(EventStore):
    """What one session was told last. An id names its stream, so that it is good for longer than its message."""

    def __init__(self) -> None:
        self._count = 0
        self._messages: deque[tuple[int, str, JSONRPCMessage | None]] = deque(maxlen=KEPT)

    async def store_event(self, stream_id: str, message: JSONRPCMessage | None) -> str:
        """Keep a message of a stream, or (none) its beginning."""
        self._count += 1
        self._messages.append((self._count, stream_id, message))
        return f"{self._count}-{stream_id}"

    async def replay_events_after(self, last_event_id: str, send_callback: EventCallback) -> str | None:
        """Say what came after this event in its stream. Its id comes back when there is more to come, and none when the
        last word was said or the event is none of ours."""
        said, _, stream = last_event_id.partition("-")
        if not (said.isascii() and said.isdecimal() and len(said) < 20) or not 0 < int(said) <= self._count:
            return None
        for number, stream_id, message in list(self._messages):
            if stream_id != stream or number <= int(said) or message is None:
                continue
            await send_callback(EventMessage(message, f"{number}-{stream}"))
            if isinstance(message, JSONRPCResponse | JSONRPCError):
                return None
        return stream


class Sessions(StreamableHTTPSessionManager):
    """The SDK's sessions, each with what it was told."""

    @property
    def event_store(self) -> EventStore:
        """A new store: asked once, when a session begins."""
        return Told()

    @event_store.setter
    def event_store(self, given: EventStore | None) -> None:
        if given is not None:
            raise ValueError("one store for all sessions would tell one what another was told")
