"""One device in a process of its own: ``python -m tools.chaos.device FOLDER SEED RULE``. It edits, syncs and tells what
it holds, as the lines on its stdin say; each answer is one line. What stands between it and the disk and the hub is the
program's own: its store, its graph, its sync service, its HTTP client.
"""

import asyncio
import json
import os
import sys
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

from goodies_mcp.attended_sync import process_lives
from goodies_mcp.clock import RandomIds, SystemClock
from goodies_mcp.config import DATABASE
from goodies_mcp.core.models import Entity
from goodies_mcp.errors import GoodiesError
from goodies_mcp.graph.home_graph import HomeGraph
from goodies_mcp.graph.writes import Writer
from goodies_mcp.storage.replication import ReplicaView, VersionName
from goodies_mcp.storage.sqlite import SqliteStore, open_store
from goodies_mcp.sync.credentials import Credentials, CredentialsFile
from goodies_mcp.sync.http_transport import HttpTransport, Patience, Wish, login
from goodies_mcp.sync.service import SyncService
from goodies_mcp.sync.world import World
from tools.chaos.rules import DEVICE_TRANSPORTS, Rule

MOST_THINGS, HOT = 60, 5
"""So many are alive at a time; half of all edits are of the first few."""

HURRY = 0.002
"""Of each wait that a session asks for, this share is waited: the way is bad on purpose, and time is short."""

PATIENCE = Patience(connect=2.0, read=1.0, whole=5.0)
_MOST = 10_000


class Device:
    """What one process does."""

    def __init__(self, folder: Path, store: SqliteStore, seed: str, rule: Rule) -> None:
        clock, ids, name = SystemClock(), RandomIds(), folder.name
        self._random = Random(seed)
        self._store = store
        self._file = CredentialsFile(folder)
        self._clock = clock
        self._name = name
        kind = DEVICE_TRANSPORTS.get(rule)

        def connect(file: CredentialsFile, credentials: Credentials) -> HttpTransport:
            if kind is not None:
                return kind(file, credentials, clock=clock, patience=PATIENCE, store=store)
            return HttpTransport(file, credentials, clock=clock, patience=PATIENCE)

        async def pause(seconds: float) -> None:
            await asyncio.sleep(seconds * HURRY)

        world = World(clock, ids, self._random.random, pause, "chaos", os.getpid(), process_lives)
        self._service = SyncService(store, self._file, connect, world)
        self._graph = HomeGraph(store, clock, ids, author=f"person of {name}", device=name)
        self._by = Writer(name, "chaos")

    async def login(self, url: str, password: str) -> dict[str, Any]:
        """Log in, and keep it."""
        self._file.save(await login(url, Wish(password, self._name, self._name), clock=self._clock))
        return {}

    async def furnish(self, rooms: int) -> dict[str, Any]:
        """The rooms that things are moved between."""
        for number in range(rooms):
            await self._graph.create_entity(self._by, "room", f"Room {number}")
        return await self.look()

    async def edit(self, times: int) -> dict[str, Any]:
        """So many edits; the versions that they made and acked."""
        done: Counter[str] = Counter()
        before = await self._store.read(_unacked)
        for _ in range(times):
            done[await self._one_edit()] += 1
        made = await self._store.read(_unacked) - before
        return {"made": sorted(made), "done": done}

    async def sync(self) -> dict[str, Any]:
        """One session, whatever comes of it."""
        try:
            finished = await self._service.session()
        except GoodiesError as error:
            return {"outcome": error.code, "counted": {}, **await self.look()}
        report = finished.report
        counted = {
            "retries": report.retries,
            "repaired": report.repaired,
            "parked": report.parked,
            "merged by themselves": report.merged,
            "conflicts for a person": report.conflicts,
        }
        return {"outcome": finished.error.code if finished.error else "ok", "counted": counted, **await self.look()}

    async def unpark(self) -> dict[str, Any]:
        """Let everything that is held back wait for the hub again."""
        return {"unparked": await self._service.retry_parked()}

    async def look(self) -> dict[str, Any]:
        """What no hub has acknowledged, and how many conflicts are open."""
        return {
            "waiting": sorted(await self._store.read(_unacked)),
            "conflicts": await self._store.read(lambda view: view.status().open_conflicts),
        }

    async def close(self) -> None:
        """Let everything go."""
        await self._service.close()
        await self._store.close()

    async def _one_edit(self) -> str:
        chance, things = self._random, await self._store.read(_things)
        drawn, graph, by = chance.random(), self._graph, self._by
        kind = "create"
        try:
            rooms = await self._store.read(_rooms)
            if len(things) < 8 or (drawn < 0.3 and len(things) < MOST_THINGS):
                number = chance.randrange(1_000_000)
                room = chance.choice(rooms).id if rooms else None
                content = {"watts": number % 90}
                await graph.create_entity(by, "device", f"Thing {number}", content=content, located_in=room)
                return kind
            # Half of all is done to a few, so that people meet over them.
            thing = chance.choice(things[:HOT] if chance.random() < 0.5 else things)
            if drawn < 0.6:
                kind = "update"
                key = chance.choice(("watts", "colour", "notes"))
                name = f"{thing.name.split('/')[0]}/{chance.randrange(100)}" if chance.random() < 0.2 else None
                await graph.update_entity(by, thing.id, {key: chance.randrange(50)}, name=name)
            elif drawn < 0.8 and rooms:
                kind = "move"
                await graph.create_relationship(by, thing.id, chance.choice(rooms).id, "located_in")
            elif drawn < 0.92:
                kind = "delete"
                await graph.delete_entity(by, thing.id, cascade=True)
            else:
                kind = "resolve"
                await self._settle()
        except GoodiesError as error:
            return f"{kind}: {error.code}"
        return kind

    async def _settle(self) -> None:
        """A person settles a conflict, if there is one."""
        page = await self._graph.list_conflicts(limit=5)
        if page.items:
            way = self._random.choice(("keep_local", "keep_remote", "merge"))
            await self._graph.resolve_conflict(self._by, self._random.choice(page.items).id, way)


def _unacked(view: ReplicaView) -> set[VersionName]:
    return {each[:2] for each in view.outbox_headers(_MOST)}


def _things(view: ReplicaView) -> list[Entity]:
    return view.listed(["device"], after=None, limit=_MOST)


def _rooms(view: ReplicaView) -> list[Entity]:
    return view.listed(["room"], after=None, limit=_MOST)


async def main(folder: Path, seed: str, rule: Rule) -> None:
    """Obey until there is nothing more to hear."""
    store = await open_store(folder / DATABASE, clock=SystemClock(), ids=RandomIds())
    device = Device(folder, store, seed, rule)
    verbs = {each.__name__: each for each in (device.login, device.furnish, device.edit, device.unpark)}
    verbs |= {"sync": device.sync, "look": device.look}
    try:
        while line := await asyncio.to_thread(sys.stdin.readline):
            verb, *words = json.loads(line)
            said = await verbs[verb](*words)
            sys.stdout.write(json.dumps(said) + "\n")
            sys.stdout.flush()
    finally:
        await device.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], Rule(sys.argv[3])))
