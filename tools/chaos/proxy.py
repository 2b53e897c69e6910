"""The way between one device and the hub: every request is passed on or spoilt, as its seed has it."""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Mapping
from enum import StrEnum
from random import Random
from types import MappingProxyType

from tools.chaos.messages import Message, answered, connected, heard, message, reset, served


class Fault(StrEnum):
    """What becomes of a request or of its answer."""

    DELAYED = "delayed"
    TRICKLED = "trickled"
    NOT_SENT = "reset before the hub heard of it"
    HALF_SENT = "reset in the midst of the request"
    ANSWER_LOST = "reset after the hub did it"
    ANSWER_RESET = "reset in the midst of the answer"
    TRUNCATED = "answer cut short"
    DUPLICATED = "sent twice"
    REPLAYED = "an earlier request sent again before it"
    HALF_OPEN = "no answer, and the hub did not hear of it"
    HALF_OPEN_DONE = "no answer, and the hub did it"
    IDLE_RESET = "connection reset after the answer"
    FAILED = "5xx or 429 in the hub's place"
    FAILED_DONE = "5xx after the hub did it"
    DAMAGED = "a byte of the answer changed"
    REQUEST_DAMAGED = "a byte of the request changed"
    NOISE = "bytes that are no HTTP"
    NONSENSE = "200 with a page or half a JSON"
    DENIED = "401 in the hub's place"
    HUB_KILLED = "the hub killed before it heard of it"
    HUB_KILLED_DONE = "the hub killed before its answer was passed on"


COMMON = 3.0
WEATHER: Mapping[Fault, float] = MappingProxyType(
    {
        **dict.fromkeys(Fault, COMMON),
        # These take time, a second or more each.
        Fault.HALF_OPEN: 0.8,
        Fault.HALF_OPEN_DONE: 0.8,
        Fault.HUB_KILLED: 0.15,
        Fault.HUB_KILLED_DONE: 0.15,
    }
)
"""How often, of a hundred requests."""

_DONE = frozenset(
    {
        Fault.TRICKLED,
        Fault.ANSWER_LOST,
        Fault.ANSWER_RESET,
        Fault.TRUNCATED,
        Fault.IDLE_RESET,
        Fault.HALF_OPEN_DONE,
        Fault.HUB_KILLED_DONE,
    }
)
"""The hub has heard of it and answered, and then the connection ends."""

_BREAKING = _DONE | {Fault.NOT_SENT, Fault.HALF_SENT, Fault.HALF_OPEN, Fault.NOISE, Fault.HUB_KILLED}
_FAILURES = (500, 502, 503, 504, 507, 429)
_PAGE = b"<html><body>Welcome to your new router</body></html>"
_HALF = b'{"protocol_version":"inbetweenies-v3","household":'
_SILENCE = 1.5
"""Seconds of a half-open connection, for clients that would wait longer."""


class ChaosProxy:
    """A port of its own for one device. ``hub`` tells the hub's port now, ``kill`` ends the hub's process."""

    def __init__(self, seed: str, hub: Callable[[], int], kill: Callable[[], None]) -> None:
        self.calm = True
        self.counted: Counter[Fault] = Counter()
        self.requests = 0
        self.bytes = 0
        self.port = 0
        # What becomes of the nth request is a matter of the seed alone, whatever became of those before it.
        self._fates, self._random = Random(f"{seed}/fates"), Random(seed)
        self._hub = hub
        self._kill = kill
        self._earlier: deque[bytes] = deque(maxlen=20)
        self._open: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen."""
        self._server = await served(self._connected)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Listen no more, and cut what is open."""
        if self._server is not None:
            self._server.close()
        for task in tuple(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._conversation(reader, writer))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def _conversation(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (asked := await heard(reader)) is not None:
                fault = self._drawn()
                self.requests += 1
                self.bytes += len(asked.body)
                if not await self._exchange(fault, asked, reader, writer):
                    break
        except OSError:
            pass  # a peer that ends is a part of this
        finally:
            reset(writer)

    def _drawn(self) -> Fault | None:
        """What becomes of the next request; the draw is made on fair days too, so that a seed keeps its order."""
        drawn = self._fates.random() * 100.0
        for fault, share in WEATHER.items():
            drawn -= share
            if drawn < 0:
                if self.calm:
                    return None
                self.counted[fault] += 1
                return fault
        return None

    async def _exchange(
        self, fault: Fault | None, asked: Message, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Whether the connection goes on."""
        if fault in _BREAKING:
            await self._break_off(fault, asked, reader, writer)
            return False
        answer = await self._answer(fault, asked)
        writer.write(answer.raw)
        await writer.drain()
        return answer.is_framed

    async def _answer(self, fault: Fault | None, asked: Message) -> Message:
        """The answer that the device gets, whole, whatever it is."""
        chance = self._random
        match fault:
            case Fault.DELAYED:
                await asyncio.sleep(chance.uniform(0.0, 0.1))
            case Fault.REPLAYED if self._earlier:
                await self._told(chance.choice(self._earlier))
            case Fault.FAILED_DONE:
                await self._asked(asked)
            case Fault.REQUEST_DAMAGED:
                return await self._asked(_damaged(asked, chance), keep=False)
            case Fault.DUPLICATED:
                both = await asyncio.gather(self._asked(asked), self._asked(asked), return_exceptions=True)
                answer = both[chance.randrange(2)]
                if isinstance(answer, BaseException):
                    raise answer
                return answer
        match fault:
            case Fault.FAILED | Fault.FAILED_DONE:
                return message(chance.choice(_FAILURES), _PAGE, retry_after="1")
            case Fault.NONSENSE:
                return message(200, chance.choice((_PAGE, _HALF)))
            case Fault.DENIED:
                return message(401, b'{"detail":"Not authenticated"}')
        answer = await self._asked(asked)
        return _damaged(answer, chance) if fault is Fault.DAMAGED else answer

    async def _break_off(
        self, fault: Fault | None, asked: Message, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """What comes before the connection is reset."""
        chance = self._random
        raw = (await self._asked(asked)).raw if fault in _DONE else b""
        match fault:
            case Fault.TRICKLED:
                for start in range(0, len(raw), size := 1 + len(raw) // 20):
                    writer.write(raw[start : start + size])
                    await writer.drain()
                    await asyncio.sleep(0.001)
            case Fault.HALF_SENT:
                await self._begun(asked, chance.randrange(len(asked.raw)))
            case Fault.ANSWER_RESET | Fault.TRUNCATED:
                writer.write(raw[: chance.randrange(len(raw))])
                await writer.drain()
                if fault is Fault.TRUNCATED:
                    writer.write_eof()
                    await reader.read(1)
            case Fault.IDLE_RESET:
                writer.write(raw)
                await writer.drain()
                await asyncio.sleep(0.001)
            case Fault.HALF_OPEN | Fault.HALF_OPEN_DONE:
                await _silent(reader)
            case Fault.NOISE:
                writer.write(chance.randbytes(400))
                await writer.drain()
            case Fault.HUB_KILLED | Fault.HUB_KILLED_DONE:
                self._kill()

    async def _asked(self, asked: Message, *, keep: bool = True) -> Message:
        """What the hub says to it, on a connection of its own."""
        raw = asked.saying(b"connection", b"close").raw
        # A refresh token that is sent again much later is what a thief does, and ends the session as it should.
        if keep and b"/auth/" not in asked.head:
            self._earlier.append(raw)
        return (await self._told(raw)).without(b"connection")

    async def _told(self, raw: bytes) -> Message:
        reader, writer = await connected(self._hub())
        try:
            writer.write(raw)
            await writer.drain()
            answer = await answered(reader)
        finally:
            writer.close()
        self.bytes += len(answer.body)
        return answer

    async def _begun(self, asked: Message, upto: int) -> None:
        _, writer = await connected(self._hub())
        writer.write(asked.raw[:upto])
        await writer.drain()
        reset(writer)


async def _silent(reader: asyncio.StreamReader) -> None:
    try:
        async with asyncio.timeout(_SILENCE):
            await reader.read(1)
    except TimeoutError:
        pass


def _damaged(whole: Message, chance: Random) -> Message:
    """One byte of the body is another; of an empty body nothing."""
    if not whole.body:
        return whole
    place = chance.randrange(len(whole.body))
    other = whole.body[place] ^ (1 << chance.randrange(8))
    return Message(whole.head, whole.body[:place] + bytes([other]) + whole.body[place + 1 :])
