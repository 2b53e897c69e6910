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
    """Devices like those of the generated homes, one after the other."""

    def __init__(self, rooms: tuple[str, ...]) -> None:
        self._rooms = rooms
        self._chance = random.Random(SEED)
        self._made = 0

    def next(self) -> tuple[str, Mapping[str, str], str]:
        """Name, content and room."""
        self._made += 1
        notes = " ".join(self._chance.choices(WORDS, k=30))
        content = {"device_type": "light", "manufacturer": "Nordlicht", "model": "NL-7", "notes": notes}
        return f"Newcomer {self._made}", content, self._rooms[self._made % len(self._rooms)]


def writing(run: Run) -> Iterator[Line]:
    """At the largest size, on copies."""
    yield from asyncio.run(_one_by_one(run))
    yield asyncio.run(_many_at_once(run))
    yield from _over_stdio(run)


async def _one_by_one(run: Run) -> list[Line]:
    size = run.largest
    newcomers = Newcomers(run.homes.things(size).rooms)
    plain = PlainWriter(run.homes.copy(size) / DATABASE)
    fsync = _Fsync(run.homes.folder / "fsync")
    ours, floor, synced = [], [], []
    async with _graph(run.homes.copy(size) / DATABASE) as graph:
        for number in range(run.rounds(_ROUNDS) + 20):
            name, content, room = newcomers.next()
            started = perf_counter()
            await graph.create_entity(_BY, "device", name, content=content, located_in=room)
            between = perf_counter()
            plain.create(name, content, room)
            ended = perf_counter()
            if number >= 20:
                ours.append(between - started)
                floor.append(ended - between)
                synced.append(fsync.take())
    plain.close()
    fsync.close()
    note = f"one fsync {Spread.of(synced).median * 1000:.2f} ms"
    return [against("create_entity with a place, durable", size, ours, floor, "plain sqlite3", times=1.5, note=note)]


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
    newcomers = Newcomers(run.homes.things(size).rooms)
    left = run.rounds(_WRITES)
    count = left

    async def writer(graph: HomeGraph) -> None:
        nonlocal left
        while left > 0:
            left -= 1
            name, content, room = newcomers.next()
            await graph.create_entity(_BY, "device", name, content=content, located_in=room)

    async with _graph(run.homes.copy(size) / DATABASE) as graph:
        started = perf_counter()
        await asyncio.gather(*(writer(graph) for _ in range(_IN_FLIGHT)))
        seconds = perf_counter() - started
    rate = count / seconds
    return Line(
        f"create_entity with a place, {_IN_FLIGHT} in flight", size, rate, "/s", "4,000/s", 4000, rate, at_least=True
    )


def _over_stdio(run: Run) -> Iterator[Line]:
    """The same through the server: alone, and with fifty requests under way."""
    size = run.largest
    newcomers = Newcomers(run.homes.things(size).rooms)

    def arguments() -> Mapping[str, object]:
        name, content, room = newcomers.next()
        return {"entity_type": "device", "name": name, "content": content, "located_in": room}

    with StdioClient(noop_command(run.homes.copy(size))) as server:
        server.greet()
        server.tool("create_entity", arguments())
        no_op = prepared(*nothing(0))
        samples = interleaved(
            {
                "create": lambda: server.timed(prepared("create_entity", arguments())),
                "no-op": lambda: server.timed(no_op),
            },
            run.rounds(_ROUNDS),
            warm=10,
        )
        yield against("create_entity with a place, over stdio", size, samples["create"], samples["no-op"], "no-op")
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


class _Fsync:
    """What the disk takes to keep one page, whatever anybody does with it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT)

    def take(self) -> float:
        """Seconds for one page and an fsync."""
        started = perf_counter()
        os.write(self._file, bytes(4096))
        os.fsync(self._file)
        return perf_counter() - started

    def close(self) -> None:
        """Remove it."""
        os.close(self._file)
        self._path.unlink()
