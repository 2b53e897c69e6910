"""Dots of versions that inbetweenies-v2 made, which knows none: the same for whoever pulls them (INBETWEENIES B.1)."""

from hashlib import sha1

from goodies_mcp.core.models import Dot, VersionId

V2_NAMESPACE = "6f0f7c0e-2d8b-5c39-9a57-3f1f5b0c9d21"
"""Namespace (a UUID) of derived incarnations; part of the protocol, so it never changes."""


def derived_dot(version: VersionId) -> Dot:
    """The dot of a version that came from v2: the same wherever it is pulled (INBETWEENIES B.1).

    Like a version id it is unique within a record only.
    """
    # UUIDv5 by hand (RFC 9562, 5.5): the module uuid also makes random and clock-made ids, so it stays outside.
    name = bytes.fromhex(V2_NAMESPACE.replace("-", "")) + version.encode()
    digest = bytearray(sha1(name, usedforsecurity=False).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    text = digest.hex()
    return Dot("-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:])), 1)
