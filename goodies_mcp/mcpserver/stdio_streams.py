"""Standard input and output as the SDK's message streams: one JSON message a line, on descriptors of our own.

The SDK's own transport crosses a thread for every line and drops what it cannot read without a word, so that a host
waits for an answer that never comes. Here pipes and sockets are read by the event loop itself, and every line that is
no message is answered as JSON-RPC says.
"""

import asyncio
import json
import os
import re
import stat
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Self

import anyio
import anyio.to_thread
from mcp.shared.message import SessionMessage
from mcp_types import (
    INVALID_REQUEST,
    PARSE_ERROR,
    ErrorData,
    JSONRPCError,
    JSONRPCNotification,
    JSONRPCRequest,
    JSONRPCResponse,
    RequestId,
    jsonrpc_message_adapter,
)
from pydantic import ValidationError

LONGEST_LINE = 16 * 1024 * 1024
"""Bytes of one message; a longer line is skipped and answered with an error."""

CHUNK = 65_536
LAST_ANSWERS = 10.0
"""Seconds that requests in flight get when standard input ends: ``printf … | goodies-mcp`` wants its answers too."""

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[{}\[\]]', re.DOTALL)
_ID = re.compile(rb'\s*:\s*(-?(?:0|[1-9]\d{0,17})|"[^"\\\x00-\x1f]{0,200}")(?=\s*[,}])')
_SEARCHED_FOR_ID = 2_000_000

Read = Callable[[], Awaitable[bytes]]
Write = Callable[[bytes], Awaitable[None]]


class Outgoing:
    """The SDK's write stream: a message becomes a line. Knows which requests still wait for their answer.

    ``told`` holds answers that were given before the SDK was there: they are not given again. ``differed`` is called
    when one of them was not what the SDK says.
    """

    def __init__(
        self,
        write: Write,
        told: Mapping[RequestId, bytes] | None = None,
        differed: Callable[[], object] = lambda: None,
    ) -> None:
        self._write = write
        self._told = dict(told or {})
        self._differed = differed
        self._lock = anyio.Lock(fast_acquire=True)  # without contention, no turn of the loop
        self._waiting: set[RequestId] = set()
        self._all_answered = anyio.Event()

    async def retold(self) -> None:
        """Wait for what was told before: whoever asked it had heard the answer when he went on."""
        if self._told:
            await self.rest()

    def asked(self, request: RequestId) -> None:
        """A request came in."""
        self._waiting.add(request)

    def settled(self, request: RequestId | None) -> None:
        """It was answered, or nobody waits for it any more."""
        self._waiting.discard(request)
        if not self._waiting:
            self._all_answered.set()

    async def rest(self) -> None:
        """Wait until every request was answered, but not for ever."""
        if self._waiting:
            self._all_answered = anyio.Event()
            with anyio.move_on_after(LAST_ANSWERS):
                await self._all_answered.wait()

    async def send(self, item: SessionMessage, /) -> None:
        """Write one message."""
        message = item.message
        line = message.model_dump_json(by_alias=True, exclude_unset=True).encode() + b"\n"
        answered = message.id if isinstance(message, JSONRPCResponse | JSONRPCError) else None
        told = None if answered is None else self._told.pop(answered, None)
        if told is None:
            await self._deliver(line)
        elif told != line:
            self._differed()
        if answered is not None:
            self.settled(answered)

    async def _deliver(self, line: bytes) -> None:
        async with self._lock:
            try:
                await self._write(line)
            except OSError as gone:  # the host closed its end: the SDK takes that for the end of the connection
                raise anyio.BrokenResourceError from gone

    async def aclose(self) -> None:
        """Nothing to release: the descriptor belongs to whoever opened it."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


class Incoming:
    """The SDK's read stream: a line becomes a message, or an error that goes straight back. ``heard`` came before."""

    def __init__(self, read: Read, outgoing: Outgoing, heard: bytes = b"") -> None:
        self._lines = _Lines(read, heard)
        self._outgoing = outgoing

    async def receive(self) -> SessionMessage:
        """The next message.

        Raises:
            EndOfStream: standard input ended, and what was asked before has been answered.
        """
        while True:
            await self._outgoing.retold()
            try:
                message = await self._understood(await self._lines.next())
            except anyio.EndOfStream:
                await self._outgoing.rest()
                raise
            if message is not None:
                return message

    async def _understood(self, line: bytes | None) -> SessionMessage | None:
        if line is None:
            await self._refuse(INVALID_REQUEST, f"A message may have at most {LONGEST_LINE} bytes", None)
            return None
        if not line.strip():
            return None
        try:
            message = jsonrpc_message_adapter.validate_json(line, by_name=False)
        except ValidationError as wrong:
            no_json = wrong.errors(include_url=False, include_input=False)[0]["type"] == "json_invalid"
            told = (PARSE_ERROR, "Parse error") if no_json else (INVALID_REQUEST, "Invalid Request")
            await self._refuse(*told, request_id(line))
            return None
        if isinstance(message, JSONRPCRequest):
            self._outgoing.asked(message.id)
        elif isinstance(message, JSONRPCNotification) and message.method == "notifications/cancelled":
            self._outgoing.settled((message.params or {}).get("requestId"))
        return SessionMessage(message)

    async def _refuse(self, code: int, message: str, request: RequestId | None) -> None:
        refusal = JSONRPCError(jsonrpc="2.0", id=request, error=ErrorData(code=code, message=message))
        await self._outgoing.send(SessionMessage(refusal))

    async def aclose(self) -> None:
        """Nothing to release: the descriptor belongs to whoever opened it."""

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> SessionMessage:
        try:
            return await self.receive()
        except anyio.EndOfStream:
            raise StopAsyncIteration from None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


class _Lines:
    def __init__(self, read: Read, heard: bytes) -> None:
        self._read = read
        self._buffer = bytearray(heard)
        self._searched = 0
        self._skipping = False

    async def next(self) -> bytes | None:
        """The next line, None for one that was too long. Raises EndOfStream."""
        while (end := self._buffer.find(b"\n", self._searched)) < 0:
            self._searched = len(self._buffer)
            if self._searched > LONGEST_LINE:
                self._skipping = True
                self._drop(self._searched)
            chunk = await self._read()
            if not chunk:
                return self._last()
            self._buffer += chunk
        line = bytes(self._buffer[:end])
        self._drop(end + 1)
        skipped, self._skipping = self._skipping, False
        return None if skipped or len(line) > LONGEST_LINE else line

    def _last(self) -> bytes | None:
        """What stands behind the last line end."""
        if not self._buffer and not self._skipping:
            raise anyio.EndOfStream
        line = bytes(self._buffer)
        self._drop(len(line))
        skipped, self._skipping = self._skipping, False
        return None if skipped else line

    def _drop(self, count: int) -> None:
        del self._buffer[:count]
        self._searched = 0


def request_id(line: bytes) -> RequestId | None:
    """The id of a request that cannot be read as a whole: its sender waits for an answer that carries it."""
    depth = 0
    for token in _TOKEN.finditer(line, 0, _SEARCHED_FOR_ID):
        said = token.group()
        if said in (b"{", b"["):
            depth += 1
        elif said in (b"}", b"]"):
            depth -= 1
        elif depth == 1 and said == b'"id"' and (found := _ID.match(line, token.end())):
            told: RequestId = json.loads(found[1].decode("utf-8", "replace"))
            return told
    return None


async def reader_of(descriptor: int) -> Read:
    """How to read a descriptor: pipes and sockets without a thread, anything else (files, terminals) in one."""
    if not _is_pipe(descriptor):

        async def read_in_thread() -> bytes:
            return await anyio.to_thread.run_sync(os.read, descriptor, CHUNK, abandon_on_cancel=True)

        return read_in_thread
    reader = asyncio.StreamReader(limit=4 * CHUNK)
    pipe = os.fdopen(descriptor, "rb", buffering=0, closefd=False)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
    return lambda: reader.read(CHUNK)


@asynccontextmanager
async def writer_to(descriptor: int) -> AsyncIterator[Write]:
    """How to write to a descriptor; what was written is delivered before the context ends."""
    if not _is_pipe(descriptor):

        async def write_in_thread(line: bytes) -> None:
            await anyio.to_thread.run_sync(_write_all, descriptor, line)

        yield write_in_thread
        return
    loop = asyncio.get_running_loop()
    pipe = os.fdopen(descriptor, "wb", buffering=0, closefd=False)
    transport, flow = await loop.connect_write_pipe(_Flow, pipe)

    async def write(line: bytes) -> None:
        transport.write(line)
        await flow.drained()

    try:
        yield write
    finally:
        transport.close()
        with anyio.move_on_after(LAST_ANSWERS, shield=True):
            await flow.lost.wait()


class _Flow(asyncio.BaseProtocol):
    """Whether the other side takes what is written, and whether it is still there."""

    def __init__(self) -> None:
        self._taken = asyncio.Event()
        self._taken.set()
        self.lost = asyncio.Event()

    def pause_writing(self) -> None:
        self._taken.clear()

    def resume_writing(self) -> None:
        self._taken.set()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self.lost.set()
        self._taken.set()

    async def drained(self) -> None:
        if not self._taken.is_set():
            await self._taken.wait()
        if self.lost.is_set():
            raise BrokenPipeError


def _is_pipe(descriptor: int) -> bool:
    mode = os.fstat(descriptor).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def _write_all(descriptor: int, line: bytes) -> None:
    rest = memoryview(line)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
