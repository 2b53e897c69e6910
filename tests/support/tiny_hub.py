"""A hub made of the protocol's own session over a store in memory, behind a real HTTP server on loopback that does
whatever a test wants instead: it is here to be a bad hub, too.
"""

import asyncio
import hashlib
import json
import ssl
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from goodies_mcp.core.models import VersionId
from goodies_mcp.errors import GoodiesError
from goodies_mcp.inbetweenies.content_coding import decoded, encoded
from goodies_mcp.inbetweenies.limits import MAX_PUSH_BYTES
from goodies_mcp.inbetweenies.messages import (
    COMPARE_PATH,
    SYNC_PATH,
    check_content_digest,
    content_digest,
    parse_compare_request,
    parse_sync_request,
    render,
)
from goodies_mcp.inbetweenies.rows import Name, Row, row_of
from goodies_mcp.inbetweenies.server_session import (
    Caller,
    FeedPage,
    FeedRow,
    RecordDot,
    answer_compare,
    answer_sync,
)
from goodies_mcp.storage.memory import MemoryStore
from goodies_mcp.storage.replication import ReplicaStore, ReplicaTransaction
from tests.support.clock import FakeClock
from tests.support.ids import CountingIds

STATUSES = {"forbidden": 403, "remote_protocol_error": 400, "unavailable": 503, "too_large": 413}
PASSWORD = "open sesame"
CONTENT = "/api/v1/content/"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came, unpacked."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    method: str = "POST"

    @property
    def said(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Says:
    """An answer; ``raw`` is sent instead of all the rest, and the connection ends."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None


Turn = Callable[[Asked], Awaitable[Says | None]]
"""What the hub does with a request instead of answering it; None: it answers after all."""


def says(status: int = 200, body: bytes = b"", **headers: str) -> Turn:
    """Always this."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    async def turn(asked: Asked) -> Says:
        return Says(status, body, named)

    return turn


class TinyHub:
    """One household. ``turns`` are taken one request each; ``requests`` remembers what came."""

    def __init__(self, store: ReplicaStore | None = None, *, household: str = "home", epoch: str = "epoch-1") -> None:
        self.store = store or MemoryStore(clock=FakeClock(), ids=CountingIds(0xC))
        self.household = household
        self.epoch = epoch
        self.devices: dict[str, str] = {}
        self.tokens: set[str] = set()
        self.turns: deque[Turn] = deque()
        self.always: Turn | None = None
        self.requests: list[Asked] = []
        self.logins = 0
        self.packs = "zstd"
        self.contents: dict[str, bytes] = {}
        self.parts: dict[str, bytes] = {}
        self.most_content = 1 << 30
        self.url = ""

    @property
    def syncs(self) -> list[Asked]:
        """The sync requests among what came."""
        return [each for each in self.requests if each.path == SYNC_PATH]

    async def answer(self, asked: Asked) -> Says:
        """What the hub says."""
        self.requests.append(asked)
        turn = self.turns.popleft() if self.turns else self.always
        if turn is not None and (said := await turn(asked)) is not None:
            return said
        try:
            return await self._answered(asked)
        except GoodiesError as error:
            said = {"error": error.as_dict(), "detail": error.message}
            return Says(STATUSES.get(error.code, 500), json.dumps(said).encode())

    async def _answered(self, asked: Asked) -> Says:
        if asked.path.endswith("/auth/admin/login"):
            return self._login(asked.said)
        token = asked.headers.get("authorization", "").removeprefix("Bearer ")
        if asked.path.endswith("/auth/refresh"):
            device = self.devices.pop(f"refresh {asked.said.get('refresh_token')}", None)
            return Says(401, b"{}") if device is None else self._granted(device)
        if token not in self.tokens:
            return Says(401, b'{"detail":"Not authenticated"}')
        if asked.path.startswith(CONTENT):
            return self._content(asked, asked.path.removeprefix(CONTENT))
        check_content_digest(asked.body, asked.headers.get("content-digest"))
        caller = Caller(self.household, self.devices[token], may_write=True)
        body = await self._synced(asked, caller)
        digest = content_digest(body)
        headers = {"content-digest": digest, "content-type": "application/json"}
        if self.packs:
            body, headers["content-encoding"] = encoded(body, self.packs), self.packs
        return Says(200, body, headers)

    async def _synced(self, asked: Asked, caller: Caller) -> bytes:
        now = FakeClock().now()
        if asked.path == COMPARE_PATH:
            compare = parse_compare_request(asked.body)
            return await self.store.write(
                lambda tx: render(answer_compare(compare, caller, TinyView(tx, self.epoch), now))
            )
        sync = parse_sync_request(asked.body)
        return await self.store.write(lambda tx: render(answer_sync(sync, caller, TinyView(tx, self.epoch), now)))

    def _content(self, asked: Asked, sha256: str) -> Says:
        held = self.contents.get(sha256)
        if asked.method == "PUT":
            return self._taken(asked, sha256)
        if held is None:
            return Says(404, b"", {"upload-offset": str(len(self.parts.get(sha256, b"")))})
        if asked.method == "HEAD":
            return Says(200, b"", {"content-length": str(len(held)), "content-type": "image/png"})
        first, last = (int(each) for each in asked.headers["range"].removeprefix("bytes=").split("-"))
        return Says(206, held[first : last + 1], {"content-type": "image/png"})

    def _taken(self, asked: Asked, sha256: str) -> Says:
        said = asked.headers.get("content-range", f"bytes 0-{len(asked.body) - 1}/{len(asked.body)}")
        start, total = int(said.split()[1].split("-")[0]), int(said.rsplit("/", maxsplit=1)[1])
        if total > self.most_content:
            return Says(413, b'{"error":{"code":"too_large","message":"content holds at most so much"}}')
        part = self.parts.get(sha256, b"")
        if start > len(part):
            return Says(409, b"{}", {"upload-offset": str(len(part))})
        self.parts[sha256] = part = part[:start] + asked.body
        if len(part) < total:
            return Says(202, b"{}", {"upload-offset": str(len(part))})
        del self.parts[sha256]
        if hashlib.sha256(part).hexdigest() != sha256:
            return Says(400, b'{"error":{"code":"invalid_input","message":"other bytes"}}')
        self.contents[sha256] = part
        return Says(201, b"{}", {"upload-offset": str(total)})

    def _login(self, said: dict[str, str]) -> Says:
        if said.get("password") != PASSWORD:
            return Says(401, b'{"detail":"Invalid password"}')
        return self._granted(said["device_id"])

    def _granted(self, device: str) -> Says:
        self.logins += 1
        token, refresh = f"token-{self.logins}", f"renew-{self.logins}"
        self.tokens.add(token)
        self.devices[token] = self.devices[f"refresh {refresh}"] = device
        said = {
            "access_token": token,
            "token_type": "bearer",
            "expires_in": 900,
            "role": "owner",
            "refresh_token": refresh,
            "household": self.household,
        }
        return Says(200, json.dumps(said).encode())


class TinyView:
    """``HubView`` over any store."""

    def __init__(self, tx: ReplicaTransaction, epoch: str) -> None:
        self._tx = tx
        self._epoch = epoch

    def epoch(self) -> str:
        return self._epoch

    def last_seq(self) -> int:
        return self._tx.feed()

    def held(self, names: Collection[Name]) -> Mapping[Name, Row]:
        found = self._tx.held(names)
        return {Name(*name): Row(each.value, each.content_hash) for name, each in found.items()}

    def dots(self, dots: Collection[RecordDot]) -> Mapping[RecordDot, VersionId]:
        return {RecordDot(*dot): version for dot, version in self._tx.dots(dots).items()}

    def apply(self, rows: Sequence[Row]) -> None:
        self._tx.apply([row.version for row in rows], local=False)

    def page(self, after: int, *, without: str | None, limit: int) -> FeedPage:
        found = self._tx.feed_page(after, without=without, limit=limit)
        rows = [FeedRow(each.seq, row_of(each.value, each.content_hash)) for each in found.versions]
        return FeedPage(rows, found.upto, found.more)

    def buckets(self) -> Sequence[bytes]:
        return self._tx.buckets()


@asynccontextmanager
async def serving(hub: TinyHub, tls: ssl.SSLContext | None = None) -> AsyncIterator[TinyHub]:
    """The hub at ``hub.url`` for as long as the context lasts; connections still open then are cut off."""
    open_now: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(_conversation(hub, reader, writer))
        open_now.add(task)
        task.add_done_callback(open_now.discard)

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls, limit=16 * 1_048_576)
    hub.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield hub
    finally:
        server.close()
        for task in tuple(open_now):
            task.cancel()
        await asyncio.gather(*open_now, return_exceptions=True)
        await server.wait_closed()


async def _conversation(hub: TinyHub, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while (asked := await _heard(reader)) is not None:
            said = await hub.answer(asked)
            if said.raw is not None:
                writer.write(said.raw)
                await writer.drain()
                break
            length = said.headers.get("content-length", str(len(said.body)))
            head = [f"HTTP/1.1 {said.status} Said", f"content-length: {length}"]
            head += [f"{name}: {value}" for name, value in said.headers.items() if name != "content-length"]
            body = b"" if asked.method == "HEAD" else said.body
            writer.write("\r\n".join([*head, "", ""]).encode() + body)
            await writer.drain()
            if length != str(len(body)) and asked.method != "HEAD":
                break
    except (ConnectionError, ssl.SSLError):
        pass
    finally:
        writer.close()
        with suppress(ConnectionError, ssl.SSLError):
            await writer.wait_closed()


async def _heard(reader: asyncio.StreamReader) -> Asked | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.strip().split("\r\n")
    pairs = (line.partition(":") for line in lines)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    method, path, _ = first.split(" ")
    body = decoded(body, headers.get("content-encoding", ""), MAX_PUSH_BYTES)
    return Asked(path, headers, body, method)
