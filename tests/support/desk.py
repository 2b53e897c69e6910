"""A home and somebody who writes in it: HomeGraph over a store, with short ways to what tests look at afterwards."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from goodies_mcp.core.models import DeviceState, Entity, JsonObject, Relationship, StoredVersion, Version
from goodies_mcp.graph.home_graph import HomeGraph
from goodies_mcp.graph.results import Writer, WriteResult
from goodies_mcp.storage.interface import GraphStore, StoreStatus
from tests.support.clock import FakeClock
from tests.support.ids import CountingIds
from tests.support.stores import opened

ANN = Writer(client="ann's assistant", tool="test")
BOB = Writer(client="bob's assistant", tool="test")


def retry(key: str, by: Writer = ANN) -> Writer:
    """The same writer with an idempotency key."""
    return Writer(by.client, by.tool, key)


class Desk:
    """HomeGraph on a store, with a clock to move and ids that count."""

    def __init__(self, store: GraphStore, clock: FakeClock, ids: CountingIds) -> None:
        self.store = store
        self.clock = clock
        self.graph = HomeGraph(store, clock, ids, author="ann", device="tablet")

    async def make(self, entity_type: str, name: str, **arguments) -> str:
        """A new thing; its id."""
        return only(await self.graph.create_entity(ANN, entity_type, name, **arguments)).id

    async def tie(
        self, source: str, target: str, kind: str = "located_in", properties: JsonObject | None = None
    ) -> str:
        """A new edge; its id."""
        return only(await self.graph.create_relationship(ANN, source, target, kind, properties=properties)).id

    async def entity(self, record_id: str, at: str | None = None) -> Entity | None:
        """What is shown of a thing, tombstones included."""
        found = await self.store.read(lambda view: view.entities([record_id], deleted=True), at=at)
        return found.get(record_id)

    async def edge(self, record_id: str) -> Relationship | None:
        """What is shown of an edge, tombstones included."""
        return await self.store.read(lambda view: view.relationship(record_id, deleted=True))

    async def edges_from(self, record_id: str) -> list[tuple[str, str]]:
        """Type and target of what leaves a thing."""
        edges = await self.store.read(lambda view: view.edges([record_id], "out"))
        return sorted((edge.relationship_type, edge.to_id) for edge in edges)

    async def versions(self, record_id: str) -> list[StoredVersion]:
        """All versions, oldest first."""
        return (await self.store.read(lambda view: view.versions(record_id)))[::-1]

    async def states(self) -> list[DeviceState]:
        """All device states."""
        return await self.store.read(lambda view: view.states(None))

    async def status(self) -> StoreStatus:
        """Where the store stands."""
        return await self.store.read(lambda view: view.status())

    async def pull(self, *versions: Version) -> None:
        """Versions that arrive from a peer."""
        await self.store.write(lambda tx: tx.apply(versions, local=False))

    async def shown(self) -> dict[str, tuple]:
        """All that lives, by id: what two moments of a home are compared by."""

        def work(view):
            entities = view.listed((), after=None, limit=10_000)
            edges = view.edges([each.id for each in entities], "out")
            return {
                **{e.id: (e.entity_type, e.name, dict(e.content)) for e in entities},
                **{e.id: (e.from_id, e.relationship_type, e.to_id, dict(e.properties)) for e in edges},
            }

        return await self.store.read(work)


def only(result: WriteResult):
    """The one thing that a write did."""
    [item] = result.items
    return item


@asynccontextmanager
async def desk(engine: str, folder: Path, *, family: int = 0xA) -> AsyncIterator[Desk]:
    """An empty home on a store of this engine; homes that are to meet take their ids from different families."""
    clock, ids = FakeClock(), CountingIds(family)
    async with opened(engine, folder, clock=clock, ids=ids) as store:
        yield Desk(store, clock, ids)
