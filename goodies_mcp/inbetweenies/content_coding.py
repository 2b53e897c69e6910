"""Bodies of messages, smaller on their way (PROTOCOL.md, V3-5.9): gzip and zstd, and no bomb is ever unpacked.

Both sides use this; it is imported by their transports only, as most processes never send anything.
"""

import sys
import zlib
from typing import Final

from goodies_mcp.errors import RemoteProtocolError, TooLarge

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ACCEPTED: Final = "zstd, gzip"
"""What ``Accept-Encoding`` says."""

_GZIP = 31
"""zlib's word for a gzip header around a window of full size."""


def encoded(body: bytes, coding: str) -> bytes:
    """The body in this coding, ``zstd`` or ``gzip``; fast rather than small."""
    if coding == "zstd":
        return zstd.compress(body, 3)
    if coding == "gzip":
        packer = zlib.compressobj(1, wbits=_GZIP)
        return packer.compress(body) + packer.flush()
    message = f"{coding} is no coding of ours"
    raise ValueError(message)


def decoded(body: bytes, coding: str, most: int) -> bytes:
    """What the body was before, at most ``most`` bytes; no coding at all and ``identity`` leave it as it is.

    Raises:
        TooLarge: it is larger, and was not unpacked further.
        RemoteProtocolError: it is damaged, cut off, or in another coding.
    """
    name = coding.strip().lower()
    if name in {"", "identity"}:
        whole = body
    elif name == "gzip":
        whole = _unpacked(zlib.decompressobj(wbits=_GZIP), body, most)
    elif name == "zstd":
        whole = _unpacked(zstd.ZstdDecompressor(), body, most)
    else:
        raise RemoteProtocolError(f"the body is packed as {name[:40]!r}, which nobody asked for")
    if len(whole) > most:
        raise TooLarge(f"the body holds more than {most} bytes")
    return whole


def _unpacked(unpacker: "zstd.ZstdDecompressor | zlib._Decompress", body: bytes, most: int) -> bytes:
    try:
        # One byte more than allowed is enough to know.
        whole = unpacker.decompress(body, most + 1)
    except (zlib.error, zstd.ZstdError) as error:
        raise RemoteProtocolError("the body is damaged: it cannot be unpacked") from error
    if len(whole) <= most and not unpacker.eof:
        raise RemoteProtocolError("the body is cut off: its packing does not end")
    if unpacker.unused_data:
        raise RemoteProtocolError("the body goes on behind its packing")
    return whole
