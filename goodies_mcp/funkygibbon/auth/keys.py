"""The keys that sign tokens, and their file: made by ``funkygibbon init``, replaced by ``funkygibbon key rotate``.

The newest key signs; older ones still prove what they signed, until nothing of it can be valid any more.
"""

import base64
import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from goodies_mcp.core.protocols import Clock, IdSource
from goodies_mcp.errors import Conflict, Forbidden, NotFound, StorageCorrupt

KEYS = "keys.json"
KEPT = 3
"""Keys that are kept, the newest included."""

_PRIVATE = 0o600


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One key; ``kid`` stands in the head of each token that it signed."""

    kid: str
    created_at: str
    private: Ed25519PrivateKey


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The hub's name as an issuer, and its keys, newest first."""

    issuer: str
    keys: tuple[SigningKey, ...]

    def key(self, kid: str) -> SigningKey | None:
        """The key of this name."""
        return next((key for key in self.keys if key.kid == kid), None)


def make_keys(folder: Path, clock: Clock, ids: IdSource) -> KeyRing:
    """Make the key file. Raises Conflict when it is there already."""
    path = folder / KEYS
    if path.exists():
        raise Conflict(f"there are keys in {folder} already; nothing was changed")
    ring = KeyRing(f"funkygibbon:{ids.new_id()}", (_new_key(clock, ids),))
    _write(path, ring)
    return ring


def rotate_keys(folder: Path, clock: Clock, ids: IdSource) -> KeyRing:
    """Sign with a new key from now on. A hub that runs hears of it when it is started again."""
    ring = read_keys(folder)
    rotated = KeyRing(ring.issuer, (_new_key(clock, ids), *ring.keys)[:KEPT])
    _write(folder / KEYS, rotated)
    return rotated


def read_keys(folder: Path) -> KeyRing:
    """The keys of a hub.

    Raises:
        NotFound: there are none; there is no default.
        Forbidden: others can read them.
        StorageCorrupt: the file is none of ours.
    """
    path = folder / KEYS
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            text = file.read(65_536)
    except FileNotFoundError as error:
        raise NotFound(
            f"there are no keys in {folder}, and a hub without secrets does not start",
            hint="`funkygibbon init` makes them",
        ) from error
    if os.name != "nt" and stat.S_IMODE(mode) & 0o077:
        raise Forbidden(f"{path} can be read by others", hint=f"chmod 600 {path}, then `funkygibbon key rotate`")
    try:
        said = json.loads(text)
        keys = tuple(_parsed(key["kid"], key["created_at"], key["private"]) for key in said["keys"])
        return KeyRing(str(said["issuer"]), keys[: len(keys) or _none()])
    except (ValueError, KeyError, TypeError) as error:
        raise StorageCorrupt(f"{path} is no key file", hint="put it back from where it was kept") from error


def _none() -> int:
    message = "no keys"
    raise ValueError(message)


def _parsed(kid: str, created_at: str, private: str) -> SigningKey:
    return SigningKey(str(kid), str(created_at), Ed25519PrivateKey.from_private_bytes(base64.b64decode(private)))


def _new_key(clock: Clock, ids: IdSource) -> SigningKey:
    return SigningKey(ids.new_id(), clock.now(), Ed25519PrivateKey.generate())


def _write(path: Path, ring: KeyRing) -> None:
    """Write durably, and never half a file."""
    keys = [
        {
            "kid": key.kid,
            "created_at": key.created_at,
            "private": base64.b64encode(
                key.private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
            ).decode(),
        }
        for key in ring.keys
    ]
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE), "wb") as file:
        file.write(json.dumps({"issuer": ring.issuer, "keys": keys}, indent=2).encode())
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
