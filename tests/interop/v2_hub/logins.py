"""Who may come in, as a fielded hub sees it: one password, tokens, guests with a QR code, and a limit that is easily
walked around."""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

import jwt

ADMIN = ["read", "write", "delete", "configure"]
LASTS = 604_800
WINDOW = timedelta(seconds=300)
FAILURES = 5
LOCKED = 900


class TooMany(Exception):
    """Come back in so many seconds."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Too many attempts. Try again in {seconds} seconds.")
        self.seconds = seconds


class Logins:
    def __init__(self, now: Callable[[], datetime], password: str) -> None:
        self._now = now
        self._password = password
        self._secret = secrets.token_hex(32)
        self._failures: dict[str, list[datetime]] = {}
        self._locked: dict[str, datetime] = {}
        self._guests: dict[str, datetime] = {}

    def log_in(self, address: str, password: str) -> dict | None:
        """A token; None when that is not the password."""
        self._check(address)
        if password == self._password:
            return self.grant("admin")
        self._fail(address)
        return None

    def grant(self, role: str, lasts: int = LASTS) -> dict:
        """A token of this role."""
        issued = int(self._now().timestamp())
        claims = {
            "sub": role,
            "role": role,
            "permissions": ADMIN if role == "admin" else ["read"],
            "iat": issued,
            "exp": issued + lasts,
        }
        token = jwt.encode(claims, self._secret, algorithm="HS256")
        return {"access_token": token, "token_type": "bearer", "expires_in": lasts, "role": role}

    def claims(self, token: str) -> dict | None:
        """Who has this token; None when it is none of ours, or too old."""
        try:
            # The hub's clock decides, which in tests is not the machine's.
            claims = jwt.decode(
                token, self._secret, algorithms=["HS256"], options={"verify_exp": False, "verify_iat": False}
            )
        except jwt.PyJWTError:
            return None
        return claims if claims["exp"] > self._now().timestamp() else None

    def invite(self, hours: int) -> tuple[str, datetime]:
        """A guest's token and until when it is good. Kept in memory: a restart forgets it."""
        token, expires = secrets.token_urlsafe(32), self._now() + timedelta(hours=hours)
        self._guests[token] = expires
        return token, expires

    def welcome(self, address: str, token: str) -> dict | None:
        """What a guest's token is exchanged for."""
        self._check(address)
        expires = self._guests.get(token)
        if expires is None or expires <= self._now():
            self._fail(address)
            return None
        return self.grant("guest", int((expires - self._now()).total_seconds()))

    def _check(self, address: str) -> None:
        until = self._locked.get(address)
        if until is not None and until > self._now():
            raise TooMany(int((until - self._now()).total_seconds()))
        now = self._now()
        recent = [at for at in self._failures.get(address, ()) if now - at < WINDOW]
        if len(recent) >= FAILURES:
            self._locked[address] = now + timedelta(seconds=LOCKED)
            raise TooMany(LOCKED)

    def _fail(self, address: str) -> None:
        self._failures.setdefault(address, []).append(self._now())
