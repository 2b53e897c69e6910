"""A device with a home that syncs: the real service over a real store, with time and chance that tests decide about."""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from goodies_mcp.graph.home_graph import HomeGraph
from goodies_mcp.storage.replication import ReplicaStore
from goodies_mcp.sync.credentials import Credentials, CredentialsFile
from goodies_mcp.sync.http_transport import HttpTransport, Patience, Wish, login
from goodies_mcp.sync.service import SyncService
from goodies_mcp.sync.world import World
from tests.support.clock import FakeClock
from tests.support.desk import ANN, Desk
from tests.support.ids import CountingIds
from tests.support.stores import opened
from tests.support.tiny_hub import PASSWORD, TinyHub

PATIENT = Patience(connect=5.0, read=5.0, whole=10.0)


class Pauses(list[float]):
    """Waits that are over at once, and remembered."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self._clock = clock

    async def __call__(self, seconds: float) -> None:
        self.append(seconds)
        self._clock.advance(seconds=seconds)


@dataclass
class Household:
    """One device: store, graph, login file and sync."""

    name: str
    store: ReplicaStore
    file: CredentialsFile
    clock: FakeClock
    ids: CountingIds
    pauses: Pauses
    world: World
    service: SyncService
    graph: HomeGraph
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def desk(self) -> Desk:
        return Desk(self.store, self.clock, self.ids)

    async def log_in(self, hub: TinyHub, password: str = PASSWORD, **options: Any) -> Credentials:
        """A login, kept."""
        wish = Wish(password, self.name, self.name)
        found = await login(hub.url, wish, clock=self.clock, patience=PATIENT, **options)
        self.file.save(found)
        return found

    async def make(self, name: str, entity_type: str = "device", **content: Any) -> str:
        """A new thing; its id."""
        result = await self.graph.create_entity(ANN, entity_type, name, content=content or None)
        return result.items[0].id

    async def rename(self, entity: str, name: str) -> None:
        await self.graph.update_entity(ANN, entity, name=name)

    async def names(self) -> list[str]:
        """What its things are called."""
        found = await self.store.read(lambda view: view.listed([], after=None, limit=1000))
        return [each.name for each in found]

    async def digest(self) -> str:
        return await self.store.read(lambda view: view.status().digest)

    async def pending(self) -> int:
        return (await self.store.read(lambda view: view.outbox_size())).waiting


@asynccontextmanager
async def a_device(
    folder: Path,
    number: int = 1,
    *,
    engine: str = "memory",
    patience: Patience = PATIENT,
    alive: Callable[[int], bool] = lambda _pid: True,
    pid: int | None = None,
    **options: Any,
) -> AsyncIterator[Household]:
    """A device that is not logged in anywhere."""
    name = f"device-{number}"
    folder = folder / name
    folder.mkdir(exist_ok=True)
    clock, ids = FakeClock(), CountingIds(0x10 + number)
    async with opened(engine, folder, clock=clock, ids=ids) as store:
        pauses = Pauses(clock)
        world = World(clock, ids, lambda: 0.5, pauses, "here", pid or os.getpid() + number, alive)
        file = CredentialsFile(folder)

        def connect(kept: CredentialsFile, credentials: Credentials) -> HttpTransport:
            return HttpTransport(kept, credentials, clock=clock, patience=patience)

        service = SyncService(store, file, connect, world, **options)
        graph = HomeGraph(store, clock, ids, author=f"ann-{number}", device=name)
        try:
            yield Household(name, store, file, clock, ids, pauses, world, service, graph)
        finally:
            await service.close()
