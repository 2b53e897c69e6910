"""HTTP/1.1 messages as bytes on a stream: whole ones, to be passed on or spoilt. Only what our client and hub say."""

import asyncio
import re
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

_LIMIT = 16 * 1_048_576
_AT_ONCE = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class Message:
    """A head with its empty line, and a body as it came."""

    head: bytes
    body: bytes

    @property
    def raw(self) -> bytes:
        """All of it."""
        return self.head + self.body

    @property
    def is_framed(self) -> bool:
        """Whether its end can be told without the connection's end."""
        return re.search(rb"(?i)\r\n(content-length|transfer-encoding):", self.head) is not None

    def without(self, header: bytes) -> "Message":
        """The same without a header."""
        return replace(self, head=re.sub(rb"(?i)\r\n" + header + rb":[^\r]*", b"", self.head, count=1))

    def saying(self, header: bytes, value: bytes) -> "Message":
        """The same with a header of this value only."""
        rest = self.without(header)
        return replace(rest, head=rest.head[:-2] + header + b": " + value + b"\r\n\r\n")


def message(status: int, body: bytes, **headers: str) -> Message:
    """An answer of our own."""
    lines = [f"HTTP/1.1 {status} Spoilt", f"content-length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return Message("\r\n".join([*lines, "", ""]).encode(), body)


async def connected(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to somebody on this machine."""
    return await asyncio.open_connection("127.0.0.1", port, limit=_LIMIT)


async def served(met: Callable[[asyncio.StreamReader, asyncio.StreamWriter], None]) -> asyncio.Server:
    """A server on a free port of this machine."""
    return await asyncio.start_server(met, "127.0.0.1", 0, limit=_LIMIT)


async def heard(reader: asyncio.StreamReader) -> Message | None:
    """The next request; None when there is none any more."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        if re.search(rb"(?i)\r\ntransfer-encoding: *chunked", head):
            return Message(head, await _chunks(reader))
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        return Message(head, await reader.readexactly(int(length[1])) if length else b"")
    except asyncio.IncompleteReadError:
        return None


async def answered(reader: asyncio.StreamReader) -> Message:
    """The one answer on a connection that ends with it.

    Raises:
        ConnectionError: it ended before an answer.
    """
    head, found, body = (await reader.read()).partition(b"\r\n\r\n")
    if not found:
        raise ConnectionResetError
    return Message(head + found, body)


def reset(writer: asyncio.StreamWriter) -> None:
    """End a connection without a farewell: the other side hears of a reset."""
    tcp: socket.socket | None = writer.get_extra_info("socket")
    with suppress(OSError):
        if tcp is not None:
            tcp.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
    writer.transport.abort()


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    parts = []
    while True:
        line = await reader.readuntil(b"\r\n")
        part = await reader.readexactly(int(line.split(b";")[0], 16) + 2)
        parts += [line, part]
        if part == b"\r\n":
            return b"".join(parts)
