"""A device of ours beside a fielded hub, and somebody else who edits there as fielded clients do."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from goodies_mcp.inbetweenies.actions import Report
from tests.interop.v2_hub.app import V2Hub
from tests.interop.v2_hub.serving import served
from tests.support.clock import FakeClock
from tests.support.syncing import Household, a_device


@dataclass
class FieldedHub:
    """A hub that people run today, behind a real address, on a clock of the test's."""

    hub: V2Hub
    url: str
    clock: FakeClock

    def change(self, entity_id: str, name: str, *parents: str, by: str = "bob", **parts: Any) -> dict[str, Any]:
        """An edit as a fielded client sends it, on top of these versions."""
        version = parts.pop("version", None) or f"{self.clock.now()}-000001-{by}"
        entity = {
            "id": entity_id,
            "version": version,
            "entity_type": parts.pop("entity_type", "device"),
            "name": name,
            "content": parts.pop("content", {}),
            "source_type": "manual",
            "user_id": by,
            "parent_versions": list(parents),
        }
        return {"change_type": parts.pop("change_type", "update"), "entity": entity, "relationships": []}

    def push(self, *changes: dict[str, Any]) -> None:
        """Somebody else's push, taken at once."""
        self.hub.rows.push(list(changes), "bob")

    def edit(self, entity_id: str, name: str, *parents: str, **parts: Any) -> str:
        """Somebody else's edit, taken at once; its version."""
        change = self.change(entity_id, name, *parents, **parts)
        self.push(change)
        return change["entity"]["version"]

    def current(self, entity_id: str) -> dict[str, Any]:
        """What the hub shows."""
        found = self.hub.rows.current(entity_id)
        assert found is not None
        return found

    def names(self) -> list[str]:
        """The names of all that is not deleted there."""
        rows = self.hub.rows.all_current()
        return sorted(row["name"] for row in rows if row["content"].get("deleted") is not True)


@asynccontextmanager
async def a_fielded_hub() -> AsyncIterator[FieldedHub]:
    """A hub that began empty."""
    clock = FakeClock()
    hub = V2Hub(lambda: datetime.fromisoformat(clock.now()))
    with served(hub.app) as url:
        yield FieldedHub(hub, url, clock)


@asynccontextmanager
async def a_v2_device(folder: Path, fielded: FieldedHub, number: int = 1, **options: Any) -> AsyncIterator[Household]:
    """A device of ours that is logged in there."""
    async with a_device(folder, number, **options) as device:
        await device.log_in(fielded, "admin")
        yield device


async def sync(device: Household) -> Report:
    """One session that must come to its good end."""
    finished = await device.service.session()
    if finished.error is not None:
        raise finished.error
    return finished.report


async def entity(device, entity_id):
    found = await device.store.read(lambda view: view.entities([entity_id], deleted=True))
    return found[entity_id]


async def edges(device, entity_id):
    return await device.store.read(lambda view: [*view.edges([entity_id], "out"), *view.edges([entity_id], "in")])


async def conflicts(device):
    return await device.store.read(lambda view: [each.record_id for each in view.open_conflicts(None, 100)])


async def parked(device):
    return await device.store.read(lambda view: view.parked(0, 100))


async def heads(device, entity_id):
    return await device.store.read(lambda view: {each.value.version for each in view.heads(entity_id)})
