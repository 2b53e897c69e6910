"""What an access token says and for how long (JWT, EdDSA), and what a refresh token is. Time and ids come in."""

import base64
import os
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import jwt

from goodies_mcp.core.protocols import Clock, IdSource
from goodies_mcp.errors import Unauthorized
from goodies_mcp.funkygibbon.auth.keys import KeyRing
from goodies_mcp.funkygibbon.core.accounts import HouseholdId, Principal, SessionId

AUDIENCE = "goodies-hub"
ALGORITHM = "EdDSA"
ACCESS_SECONDS = 900
"""Life of an access token that can be refreshed."""

LONG_ACCESS_SECONDS = 604_800
"""Life of one that cannot: clients of v2 know no refresh, and expect a week."""

_LEEWAY = 5
_REFRESH_PREFIX = "fgr_"


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token that was proved says: which session of which household. All else is looked up."""

    household: HouseholdId
    session: SessionId
    token: str


class Tokens:
    """Makes and proves access tokens."""

    def __init__(self, ring: KeyRing, clock: Clock, ids: IdSource) -> None:
        self._ring = ring
        self._clock = clock
        self._ids = ids
        self._public = {key.kid: key.private.public_key() for key in ring.keys}

    def access(self, principal: Principal, seconds: int) -> str:
        """A token for a session."""
        now = self._now()
        claims = {
            "iss": self._ring.issuer,
            "aud": AUDIENCE,
            "sub": principal.user or principal.device or principal.session,
            "hh": principal.household,
            "sid": principal.session,
            "role": principal.role.value,
            "jti": self._ids.new_id(),
            "iat": now,
            "exp": now + seconds,
        }
        newest = self._ring.keys[0]
        return jwt.encode(claims, newest.private, algorithm=ALGORITHM, headers={"kid": newest.kid})

    def proved(self, token: str) -> Claims:
        """What a token says.

        Raises:
            Unauthorized: it is none of ours, or has expired.
        """
        try:
            kid = jwt.get_unverified_header(token).get("kid")
            key = self._public.get(kid) if isinstance(kid, str) else None
            if key is None:
                raise _refused()
            said = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=self._ring.issuer,
                # The library would ask the machine's clock; ours is passed in.
                options={
                    "require": ["exp", "iat", "jti"],
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                },
            )
            household, session, jti, expires = said["hh"], said["sid"], said["jti"], int(said["exp"])
        except (jwt.InvalidTokenError, KeyError, TypeError, ValueError) as error:
            raise _refused() from error
        if expires + _LEEWAY <= self._now():
            raise Unauthorized("the token has expired", hint="refresh it, or log in again")
        return Claims(HouseholdId(str(household)), SessionId(str(session)), str(jti))

    def _now(self) -> int:
        return int(datetime.fromisoformat(self._clock.now()).timestamp())


def new_refresh_token() -> str:
    """A fresh secret of 256 bits."""
    return _REFRESH_PREFIX + base64.urlsafe_b64encode(os.urandom(32)).rstrip(b"=").decode()


def hash_of(refresh_token: str) -> str:
    """What is kept of a refresh token: it is random, so a plain hash is enough."""
    return sha256(refresh_token.encode("utf-8", "surrogatepass")).hexdigest()


def _refused() -> Unauthorized:
    return Unauthorized("Invalid or expired token", hint="log in again")
