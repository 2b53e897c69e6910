"""Devices, clients and a hub without a network between them: real sessions over real stores, one call away."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx2

from goodies_mcp.core.models import EntityPayload, Payload, RecordId, RelationshipPayload, Version, VersionId
from goodies_mcp.core.versions import next_version
from goodies_mcp.funkygibbon.sync.v2 import V2ReadingView, V2WritingView
from goodies_mcp.funkygibbon.sync.view import WritingView
from goodies_mcp.inbetweenies.actions import Finished, RequestFailed, ResponseReceived, TokenRefused
from goodies_mcp.inbetweenies.asking import Identity
from goodies_mcp.inbetweenies.client_session import ClientSession
from goodies_mcp.inbetweenies.messages import COMPARE_PATH, parse_compare_request, parse_sync_request, render
from goodies_mcp.inbetweenies.server_session import Caller, answer_compare, answer_sync
from goodies_mcp.inbetweenies.v2_client_session import V2ClientSession
from goodies_mcp.inbetweenies.v2_messages import parse_request, render_response
from goodies_mcp.inbetweenies.v2_server_session import answer_v2
from goodies_mcp.inbetweenies.v2_serving import served, state_digest
from goodies_mcp.storage.memory import MemoryStore
from goodies_mcp.storage.replication import ReplicaTransaction
from goodies_mcp.sync import kept, lease
from goodies_mcp.sync.client import Pump, Session
from goodies_mcp.sync.world import World
from tests.support.clock import FakeClock
from tests.support.ids import CountingIds

EPOCH = "epoch"


class OurHub:
    """Our hub's sessions over a store in memory."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.store = MemoryStore(clock=clock, ids=CountingIds(0xB))

    async def v3(self, device: str, path: str, body: bytes) -> ResponseReceived:
        """The answer to a v3 device."""
        caller, now = Caller("home", device, may_write=True), self.clock.now()
        if path == COMPARE_PATH:
            compared = parse_compare_request(body)
            answer = await self.store.write(
                lambda tx: render(answer_compare(compared, caller, WritingView(tx, EPOCH), now))
            )
        else:
            asked = parse_sync_request(body)
            answer = await self.store.write(lambda tx: render(answer_sync(asked, caller, WritingView(tx, EPOCH), now)))
        return ResponseReceived(200, answer)

    async def v2(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        """The answer to a v2 client."""
        if method == "GET":
            return 200, {"status": "healthy"}
        asked, now = parse_request(json.dumps(body).encode()), self.clock.now()
        answer = await self.store.write(lambda tx: answer_v2(asked, V2WritingView(tx, EPOCH), now, may_write=True))
        return 200, json.loads(render_response(answer, {}))

    async def shown(self) -> dict[RecordId, tuple[str, dict[str, Any], bool]]:
        """What v2 clients are shown: name, content and whether it is deleted."""

        def work(view):
            reading = V2ReadingView(view, EPOCH)
            found = served(reading, reading.changed(0))
            return {
                key: (each.entity.name, dict(each.entity.content), each.change.change_type == "delete")
                for key, each in found.items()
            }

        return await self.store.read(work)

    async def digest(self) -> str:
        """Over what v2 clients are shown."""
        return await self.store.read(lambda view: state_digest(V2ReadingView(view, EPOCH)))


@dataclass
class Way:
    """A ``Transport`` of two functions."""

    posting: Callable[[str, bytes], Any]
    getting: Callable[[str], Any] | None = None
    reached: bool = True

    async def post(self, path: str, body: bytes, digest: str, most: int = 0) -> ResponseReceived | RequestFailed:
        return await self.posting(path, body)

    async def get(self, path: str, most: int) -> ResponseReceived | RequestFailed:
        assert self.getting is not None
        return await self.getting(path)

    async def refresh(self) -> TokenRefused:
        return TokenRefused()


@dataclass
class FleetDevice:
    """A device of ours: a store, somebody who edits, and sessions of either edition."""

    number: int
    way: Way
    edition: type[ClientSession] | type[V2ClientSession] = ClientSession
    clock: FakeClock = field(default_factory=FakeClock)

    def __post_init__(self) -> None:
        self.ids = CountingIds(0x10 + self.number)
        self.store = MemoryStore(clock=self.clock, ids=self.ids)

    @property
    def name(self) -> str:
        return f"device-{self.number}"

    async def edit(self, record_id: RecordId, name: str, *, deleted: bool = False, **content: Any) -> Version:
        """A version of a thing on top of all that is here of it."""
        payload = EntityPayload("device", name, content)
        return await self._made_of(record_id, payload, deleted=deleted)

    async def join(self, record_id: RecordId, from_id: RecordId, to_id: RecordId, *, deleted: bool = False) -> Version:
        """A version of an edge on top of all that is here of it."""
        return await self._made_of(record_id, RelationshipPayload(from_id, to_id, "located_in"), deleted=deleted)

    async def holds(self, record_id: RecordId, version: str) -> bool:
        """Whether a version is here."""
        return await self.store.read(lambda view: view.version(record_id, VersionId(version))) is not None

    async def _made_of(self, record_id: RecordId, payload: Payload, *, deleted: bool) -> Version:
        at = self.clock.now()

        def work(tx: ReplicaTransaction) -> Version:
            heads = [each.value for each in tx.heads(record_id)]
            version = next_version(
                heads,
                record_id=record_id,
                payload=payload,
                edited_at=at,
                dot=tx.next_dot(),
                author=f"ann-{self.number}",
                device=self.name,
                deleted=deleted,
            )
            tx.apply([version], local=True)
            return version

        return await self.store.write(work)

    async def session(self) -> Finished:
        """One session, to its end."""
        status = await self.store.read(lambda view: view.status())
        session = self._made(Identity(self.name, status.incarnation))

        async def pause(seconds: float) -> None:
            self.clock.advance(seconds=seconds)

        async def tell(*_: object) -> None:
            pass

        world = World(self.clock, self.ids, lambda: 0.5, pause, "here", 1, lambda _: True)
        me = lease.Holder("session", "here", 1)
        cursor = await self.store.read(kept.cursor)
        return await Pump(self.store, self.way, world, me, tell).run(session, cursor)

    def _made(self, identity: Identity) -> Session:
        if self.edition is V2ClientSession:
            return V2ClientSession(identity, chance=lambda: 0.5)
        return ClientSession(identity, "session", chance=lambda: 0.5)


def way_over_http(client: httpx2.AsyncClient) -> Way:
    """A way to a hub's application without a socket."""

    async def post(path: str, body: bytes) -> ResponseReceived:
        answer = await client.post(path, content=body, headers={"Content-Type": "application/json"})
        return ResponseReceived(answer.status_code, answer.content)

    async def get(path: str) -> ResponseReceived:
        answer = await client.get(path)
        return ResponseReceived(answer.status_code, answer.content)

    return Way(post, get)
