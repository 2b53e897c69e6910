"""What the hub knows us by: a file beside the database that only its owner may read. No token is ever written anywhere
else: not into the database, which is copied and exported, and not into logs or settings.
"""

import json
import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from goodies_mcp.errors import Forbidden, GoodiesError, InvalidInput, RemoteProtocolError, Unauthorized, Unavailable

FILE = "hub.json"
_MOST = 65_536


@dataclass(frozen=True, slots=True)
class Credentials:
    """A login at one hub, as one device of one household."""

    url: str
    device_id: str
    access_token: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    expires_at: str | None = None
    household: str | None = None
    role: str | None = None
    ca_file: str | None = None
    allow_http: bool = False


class CredentialsFile:
    """The file; written whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE

    def load(self) -> Credentials | None:
        """What is there, or None where nobody has logged in.

        Raises:
            Forbidden: others may read the file.
            InvalidInput: it is damaged.
            Unavailable: it cannot be read.
        """
        try:
            file = os.open(self.path, os.O_RDONLY)
        except FileNotFoundError:
            return None
        except OSError as cause:
            raise self._unreadable(cause) from cause
        try:
            if os.name != "nt" and os.fstat(file).st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise Forbidden(f"others may read {self.path}", hint=f"log in again, or: chmod 600 {self.path}")
            return self._parsed(os.read(file, _MOST))
        except OSError as cause:
            raise self._unreadable(cause) from cause
        finally:
            os.close(file)

    def required(self) -> Credentials:
        """What is there.

        Raises:
            Unauthorized: nobody has logged in.
            Forbidden, InvalidInput, Unavailable: as :meth:`load`.
        """
        found = self.load()
        if found is None:
            raise Unauthorized("no hub is known", hint="`goodies-mcp hub login URL` logs in to one")
        return found

    def save(self, credentials: Credentials) -> None:
        """Keep these, for the owner alone, durably.

        Raises:
            Unavailable: the file cannot be written.
        """
        aside = self.path.with_name(f"{self.path.name}.{os.getpid()}.new")
        try:
            with suppress(FileNotFoundError):
                aside.unlink()
            file = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(file, "w", encoding="utf-8") as writing:
                json.dump(asdict(credentials), writing, indent=1)
                writing.flush()
                os.fsync(writing.fileno())
            aside.replace(self.path)
        except OSError as cause:
            with suppress(OSError):
                aside.unlink()
            raise Unavailable(f"{self.path} cannot be written ({cause.strerror})") from cause

    def remove(self) -> bool:
        """Forget the login; whether there was one."""
        try:
            self.path.unlink()
        except FileNotFoundError:
            return False
        except OSError as cause:
            raise Unavailable(f"{self.path} cannot be removed ({cause.strerror})") from cause
        return True

    def _parsed(self, text: bytes) -> Credentials:
        try:
            said = json.loads(text.decode())
            known = {each.name: said[each.name] for each in fields(Credentials) if each.name in said}
            found = Credentials(**known)
            if not all(isinstance(each, str) for each in (found.url, found.device_id, found.access_token)):
                raise TypeError
        except (ValueError, TypeError) as cause:
            raise InvalidInput(f"{self.path} is damaged", hint="log in again: goodies-mcp hub login URL") from cause
        return found

    def _unreadable(self, cause: OSError) -> GoodiesError:
        return Unavailable(f"{self.path} cannot be read ({cause.strerror})")


def renewed(before: Credentials, body: bytes, now: str) -> Credentials:
    """The login with what the hub's answer adds to it, which came ``now``.

    Raises:
        RemoteProtocolError: it gives no token.
    """
    try:
        said: Any = json.loads(body.decode())
        access = said["access_token"]
        if not isinstance(access, str) or not access:
            raise TypeError
    except (ValueError, TypeError, KeyError, RecursionError) as cause:
        raise RemoteProtocolError(
            "what is at this address is no hub: it gave no token", hint="check the address", argument="url"
        ) from cause
    lasts = said.get("expires_in")
    expires_at = None
    if isinstance(lasts, int | float) and 0 < lasts < 1e9:
        expires_at = (datetime.fromisoformat(now) + timedelta(seconds=lasts)).isoformat()
    return replace(
        before,
        access_token=access,
        refresh_token=_text(said, "refresh_token") or before.refresh_token,
        expires_at=expires_at,
        device_id=_text(said, "device_id") or before.device_id,
        household=_text(said, "household") or before.household,
        role=_text(said, "role") or before.role,
    )


def _text(said: Mapping[str, Any], key: str) -> str | None:
    value = said.get(key)
    return value if isinstance(value, str) and value else None
