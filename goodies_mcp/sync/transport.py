"""How a session's words reach a hub: one interface, so that the pump knows no HTTP."""

from typing import Protocol

from goodies_mcp.inbetweenies.actions import RequestFailed, ResponseReceived, TokenRefreshed, TokenRefused
from goodies_mcp.inbetweenies.content_exchange import FetchPart, Look, SendPart, Told
from goodies_mcp.inbetweenies.limits import MAX_RESPONSE_BYTES
from goodies_mcp.sync.credentials import Credentials


class Transport(Protocol):
    """A way to one hub, with the token that it knows us by. Never raises for what the network or the hub does."""

    @property
    def reached(self) -> bool:
        """Whether the last request found anybody at the hub's address."""
        ...

    async def post(
        self, path: str, body: bytes, digest: str, most: int = MAX_RESPONSE_BYTES
    ) -> ResponseReceived | RequestFailed:
        """Send a body with its ``Content-Digest`` and wait for the whole answer, unpacked and its digest looked at.

        Follows no redirect, reads no more than ``most`` bytes, and gives up after its time-outs.
        """
        ...

    async def get(self, path: str, most: int) -> ResponseReceived | RequestFailed:
        """Ask for what is at the path, which may have at most so many bytes; otherwise as :meth:`post`."""
        ...

    async def carry(self, ask: Look | SendPart | FetchPart, data: bytes = b"") -> Told | RequestFailed:
        """Ask about content, send a part of it, which is ``data``, or fetch one; otherwise as :meth:`post`."""
        ...

    async def refresh(self) -> TokenRefreshed | TokenRefused | RequestFailed:
        """Get a new token and use it from here on."""
        ...

    async def reachable(self) -> bool:
        """Whether somebody is at the hub's address now: no request, only a connection."""
        ...

    def use(self, credentials: Credentials) -> None:
        """Go on with these tokens of the same login: another process may have renewed them."""
        ...

    async def close(self) -> None:
        """Let connections go. Safe to call twice."""
        ...
