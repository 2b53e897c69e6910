"""Who may ask over HTTP, and what: a token is judged, and comes back as a grant.

``home:read`` lets a client ask, ``home:write`` lets it change the home too. A static token grants both.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

READ = "home:read"
WRITE = "home:write"
SCOPES = (READ, WRITE)
METADATA_PATH = "/.well-known/oauth-protected-resource"
"""Where RFC 9728 looks for the metadata of a resource whose URL has no path."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token grants, to which client, on whose behalf; ``issuer`` vouches for both."""

    client: str
    scopes: frozenset[str]
    subject: str | None = None
    issuer: str | None = None


class Authority(Protocol):
    """Judges tokens."""

    async def judge(self, token: str) -> Grant | None:
        """What the token grants; None when it is none of ours, or no longer.

        Raises:
            Unavailable: nobody could tell just now.
        """
        ...

    def metadata(self) -> Mapping[str, object] | None:
        """The protected resource's metadata (RFC 9728); None where no authorization server gives tokens."""
        ...

    def resource_metadata_url(self) -> str | None:
        """Where the metadata is."""
        ...


class StaticToken:
    """One token, known to both sides: the simple form."""

    def __init__(self, token: str) -> None:
        self._expected = token.encode()

    async def judge(self, token: str) -> Grant | None:
        """As :meth:`Authority.judge`."""
        return Grant("static", frozenset(SCOPES)) if hmac.compare_digest(token.encode(), self._expected) else None

    def metadata(self) -> None:
        """Nobody gives this token but the owner."""

    def resource_metadata_url(self) -> None:
        """As :meth:`metadata`."""
