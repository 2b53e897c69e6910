"""Writes that survive a power cut: one after the other against plain sqlite3, and fifty at once."""

import asyncio
import os
import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from time import perf_counter

from goodies_mcp.clock import RandomIds, SystemClock
from goodies_mcp.config import DATABASE
from goodies_mcp.graph.home_graph import HomeGraph
from goodies_mcp.graph.results import Writer
from goodies_mcp.storage.sqlite import open_store
from tools.bench.homes import SEED
from tools.bench.lines import Line, Spread, against, interleaved
from tools.bench.plain_sqlite import PlainWriter
from tools.bench.running import Run, noop_command, nothing
from tools.demo.generate import WORDS
from tools.stdio_client import StdioClient, prepared

_ROUNDS = 300
_IN_FLIGHT = 50
_WRITES = 4000
_BY = Writer(client="bench", tool="create_entity")


class Newcomers:
    """Devices like those of the generated homes, one after the other, with or without a room."""

    def __init__(self, rooms: tuple[str, ...] = ()) -> None:
        self._rooms = rooms
        self._chance = random.Random(SEED)
        self._made = 0

    def next(self) -> tuple[str, Mapping[str, str], str | None]:
        """Name, content and room."""
        self._made += 1
        notes = " ".join(self._chance.choices(WORDS, k=30))
        content = {"device_type": "light", "manufacturer": "Nordlicht", "model": "NL-7", "notes": notes}
        return f"Newcomer {self._made}", content, self._rooms[self._made % len(self._rooms)] if self._rooms else None


def writing(run: Run) -> Iterator[Line]:
    """At the largest size, on copies."""
    rooms = run.homes.things(run.largest).rooms
    yield asyncio.run(_one_by_one(run, Newcomers(), "create_entity, durable"))
    yield asyncio.run(_one_by_one(run, Newcomers(rooms), "create_entity with a place, durable"))
    yield asyncio.run(_many_at_once(run))
    yield from _over_stdio(run)


async def _one_by_one(run: Run, newcomers: Newcomers, what: str) -> Line:
    size = run.largest
    synced = _fsyncs(run)
    plain = PlainWriter(run.homes.copy(size) / DATABASE)
    samples: dict[str, list[float]] = {"ours": [], "plain": []}
    async with _graph(run.homes.copy(size) / DATABASE) as graph:
        for number in range(run.rounds(_ROUNDS) + 20):
            name, content, room = newcomers.next()
            # Turn about: who comes second finds the disk as the first left it.
            for kind in ("ours", "plain") if number % 2 else ("plain", "ours"):
                started = perf_counter()
                if kind == "ours":
                    await graph.create_entity(_BY, "device", name, content=content, located_in=room)
                else:
                    plain.create(name, content, room)
                if number >= 20:
                    samples[kind].append(perf_counter() - started)
    plain.close()
    note = f"one fsync {Spread.of(synced).median * 1000:.2f} ms"
    return against(what, size, samples["ours"], samples["plain"], "plain sqlite3", times=1.5, note=note)


def _fsyncs(run: Run) -> list[float]:
    """What the disk takes to keep one page, whatever anybody does with it."""
    path = run.homes.folder / "fsync"
    taken = []
    file = os.open(path, os.O_WRONLY | os.O_CREAT)
    for _ in range(run.rounds(50)):
        os.pwrite(file, bytes(4096), 0)
        started = perf_counter()
        os.fsync(file)
        taken.append(perf_counter() - started)
    os.close(file)
    path.unlink()
    return taken


class _graph:  # noqa: N801 - reads as a function where it is used
    """HomeGraph over a file."""

    def __init__(self, database: Path) -> None:
        self._database = database

    async def __aenter__(self) -> HomeGraph:
        self._store = await open_store(self._database, clock=SystemClock(), ids=RandomIds())
        return HomeGraph(self._store, SystemClock(), RandomIds())

    async def __aexit__(self, *_error: object) -> None:
        await self._store.close()


async def _many_at_once(run: Run) -> Line:
    size = run.largest
    newcomers = Newcomers()
    left = count = run.rounds(_WRITES)

    async def writer(graph: HomeGraph) -> None:
        nonlocal left
        while left > 0:
            left -= 1
            name, content, _ = newcomers.next()
            await graph.create_entity(_BY, "device", name, content=content)

    async with _graph(run.homes.copy(size) / DATABASE) as graph:
        started = perf_counter()
        await asyncio.gather(*(writer(graph) for _ in range(_IN_FLIGHT)))
        rate = count / (perf_counter() - started)
    return Line(f"create_entity, {_IN_FLIGHT} in flight", size, rate, "/s", "4,000/s", 4000, rate, at_least=True)


def _over_stdio(run: Run) -> Iterator[Line]:
    """The same through the server: alone, and with fifty requests under way."""
    size = run.largest
    newcomers = Newcomers()

    def arguments() -> Mapping[str, object]:
        name, content, _ = newcomers.next()
        return {"entity_type": "device", "name": name, "content": content}

    with StdioClient(noop_command(run.homes.copy(size))) as server:
        server.greet()
        server.tool("create_entity", arguments())
        no_op = prepared(*nothing(0))
        kinds = {
            "create": lambda: server.timed(prepared("create_entity", arguments())),
            "no-op": lambda: server.timed(no_op),
        }
        samples = interleaved(kinds, run.rounds(_ROUNDS), warm=10)
        yield against("create_entity over stdio", size, samples["create"], samples["no-op"], "no-op")
        count = run.rounds(_WRITES // 2)
        started = perf_counter()
        for number in range(count):
            server.start_tool("create_entity", arguments())
            if number >= _IN_FLIGHT:
                server.line()
        for _ in range(min(count, _IN_FLIGHT)):
            server.line()
        rate = count / (perf_counter() - started)
    yield Line(f"create_entity over stdio, {_IN_FLIGHT} in flight", size, rate, "/s")
