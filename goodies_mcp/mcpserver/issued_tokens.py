"""Tokens of an OAuth 2.1 authorization server: this server is the protected resource (RFC 9728), and never the issuer.

A token is a JWT (RFC 9068), signed with a key that the issuer publishes, for this resource as its audience (RFC 8707).
It is judged here and never passed on.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import anyio
import httpx2
import jwt

from goodies_mcp.errors import Unavailable
from goodies_mcp.mcpserver.authority import METADATA_PATH, SCOPES, Grant

logger = logging.getLogger(__name__)

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures only: with a shared secret whoever can check a token can make one."""

_LEEWAY = 30
"""Seconds by which clocks may differ."""

_FRESH = 3_600.0
_AT_MOST_EVERY = 30.0
_PATIENCE = 10.0
_LARGEST = 1 << 20


class IssuedTokens:
    """Judges the tokens that ``issuer`` gives for ``resource``, this server's URL without a path."""

    def __init__(self, issuer: str, resource: str) -> None:
        self._issuer = issuer
        self._resource = resource.rstrip("/")
        self._keys = _IssuerKeys(issuer)

    async def judge(self, token: str) -> Grant | None:
        """As :meth:`Authority.judge`."""
        try:
            key_id = jwt.get_unverified_header(token).get("kid")
            key = await self._keys.named(key_id if isinstance(key_id, str) else None)
            if key is not None:
                return _grant(self._claims(token, key))
            logger.warning("refused a token that is signed with a key which the issuer does not publish")
        except (jwt.InvalidTokenError, jwt.PyJWKError) as error:
            logger.warning("refused a token: %s", error)
        return None

    def metadata(self) -> Mapping[str, object]:
        """As :meth:`Authority.metadata`."""
        return {
            "resource": self._resource,
            "authorization_servers": [self._issuer],
            "scopes_supported": list(SCOPES),
            "bearer_methods_supported": ["header"],
            "resource_name": "The Goodies: your home",
        }

    def resource_metadata_url(self) -> str:
        """As :meth:`Authority.resource_metadata_url`."""
        return f"{self._resource}{METADATA_PATH}"

    def _claims(self, token: str, key: jwt.PyJWK) -> Mapping[str, Any]:
        said: Mapping[str, Any] = jwt.decode(
            token,
            key,
            algorithms=list(ALGORITHMS),
            audience=[self._resource, f"{self._resource}/", f"{self._resource}/mcp", f"{self._resource}/sse"],
            issuer=self._issuer,
            leeway=_LEEWAY,
            options={"require": ["exp", "iss", "aud"]},
        )
        return said


@dataclass(slots=True)
class _Known:
    keys: tuple[jwt.PyJWK, ...] = ()
    since: float = float("-inf")


class _IssuerKeys:
    """The keys that an issuer publishes: read when first needed, again after an hour, and sooner for a new key."""

    def __init__(self, issuer: str) -> None:
        self._issuer = issuer
        self._known = _Known()
        self._reading = anyio.Lock()

    async def named(self, key_id: str | None) -> jwt.PyJWK | None:
        """The key of this id; of the only one where a token names none."""
        async with self._reading:
            age = monotonic() - self._known.since
            found = self._find(key_id)
            if age > _FRESH or (found is None and age > _AT_MOST_EVERY):
                try:
                    self._known = _Known(await self._published(), monotonic())
                except Unavailable:
                    # Keys that were good an hour ago are better than none.
                    if found is None:
                        raise
                found = self._find(key_id)
            return found

    def _find(self, key_id: str | None) -> jwt.PyJWK | None:
        keys = self._known.keys
        if key_id is None:
            return keys[0] if len(keys) == 1 else None
        return next((key for key in keys if key.key_id == key_id), None)

    async def _published(self) -> tuple[jwt.PyJWK, ...]:
        async with httpx2.AsyncClient(timeout=_PATIENCE, follow_redirects=False) as http:
            address = await self._jwks_uri(http)
            said = await _asked(http, address)
        try:
            return tuple(jwt.PyJWKSet.from_dict(dict(said)).keys) if said else ()
        except jwt.PyJWTError as error:
            raise _unknown(self._issuer, f"its keys cannot be used: {error}") from error

    async def _jwks_uri(self, http: httpx2.AsyncClient) -> str:
        """From the issuer's metadata: RFC 8414, or OpenID Connect Discovery."""
        parts = urlsplit(self._issuer)
        origin, path = f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")
        for address in (
            f"{origin}/.well-known/oauth-authorization-server{path}",
            f"{origin}/.well-known/openid-configuration{path}",
            f"{origin}{path}/.well-known/openid-configuration",
        ):
            said = await _asked(http, address)
            if said and str(said.get("issuer", "")).rstrip("/") == self._issuer.rstrip("/"):
                uri = said.get("jwks_uri")
                if isinstance(uri, str) and (uri.startswith("https://") or parts.scheme == "http"):
                    return uri
        raise _unknown(self._issuer, "it publishes no metadata of its own with a jwks_uri")


async def _asked(http: httpx2.AsyncClient, address: str) -> Mapping[str, Any] | None:
    """A JSON object from there; None where there is none."""
    try:
        async with http.stream("GET", address, headers={"accept": "application/json"}) as answer:
            if answer.status_code != httpx2.codes.OK:
                return None
            body = bytearray()
            async for piece in answer.aiter_bytes():
                body += piece
                if len(body) > _LARGEST:
                    return None
        said = httpx2.Response(200, content=bytes(body)).json()
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise _unknown(address, str(error) or type(error).__name__) from error
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def _unknown(whom: str, why: str) -> Unavailable:
    return Unavailable(f"tokens cannot be judged: {whom}: {why}", hint="is the authorization server up?")


def _grant(claims: Mapping[str, Any]) -> Grant:
    told = claims.get("scope", claims.get("scp", ""))
    scopes = told.split() if isinstance(told, str) else told if isinstance(told, list) else ()
    client = claims.get("client_id") or claims.get("azp") or claims.get("sub") or ""
    subject = claims.get("sub")
    return Grant(
        str(client),
        frozenset(str(scope) for scope in scopes),
        subject if isinstance(subject, str) else None,
        str(claims["iss"]),
    )
