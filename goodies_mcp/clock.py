"""The real time and fresh identities, for the rooms that take both as parameters. Nothing else may enter here."""

import os
from datetime import UTC, datetime


class SystemClock:
    """The machine's clock, as ``core.protocols.Clock`` wants it."""

    def now(self) -> str:
        """UTC now."""
        return datetime.now(UTC).isoformat(timespec="microseconds")


class RandomIds:
    """Random UUIDs (RFC 9562, version 4), as ``core.protocols.IdSource`` wants them."""

    def new_id(self) -> str:
        """A fresh identity. By hand, because the module uuid would be loaded at every start for these four lines."""
        made = bytearray(os.urandom(16))
        made[6] = made[6] & 0x0F | 0x40
        made[8] = made[8] & 0x3F | 0x80
        text = made.hex()
        return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
