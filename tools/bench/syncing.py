"""Sync between real homes and a real hub, beside plain sqlite3 that writes the same rows from the same lines."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter

from goodies_mcp.app import finished
from goodies_mcp.attended_sync import AttendedSync
from goodies_mcp.clock import RandomIds, SystemClock
from goodies_mcp.config import DATABASE, load
from goodies_mcp.core.models import Version
from goodies_mcp.graph.home_graph import HomeGraph
from goodies_mcp.graph.results import Writer
from goodies_mcp.inbetweenies.rows import row_of
from goodies_mcp.storage.interface import Transaction
from goodies_mcp.storage.sqlite import SqliteStore, open_store
from tools.bench.homes import SEED, SIZES
from tools.bench.hub_process import log_in, new_hub
from tools.bench.lines import Line, against, milliseconds
from tools.bench.plain_import import plain_import
from tools.bench.running import Run
from tools.bench.writing import Newcomers
from tools.demo.generate import Generator
from tools.home_file import opened, seen

_FIRST = "10k"
_FIRST_MS = 2_000
_ROUNDS = 3
_CHUNK = 5_000
_ONE_CHANGE_MS = 8.0
_CHANGES = 200
_CROWD = 10
_EACH = 100
_MOST_ROUNDS = 5
_BY = Writer(client="bench", tool="create_entity")


class Unlike(Exception):
    """Homes that have synced hold different things: then no figure means anything."""


@dataclass(frozen=True, slots=True)
class Device:
    """A home that is open and belongs to a hub."""

    store: SqliteStore
    graph: HomeGraph
    sync: AttendedSync

    async def timed_sync(self) -> float:
        """Seconds of one session."""
        started = perf_counter()
        await self.sync.sync_now()
        return perf_counter() - started


def syncing(run: Run) -> Iterator[Line]:
    """First syncs and one change at 10k, or at the largest size when that is smaller; the same once at the largest; and
    ten devices at once.
    """
    small = min(_FIRST, run.largest, key=SIZES.__getitem__)
    yield from _homes(run, small, max(1, round(_ROUNDS * run.patience)))
    if run.largest != small:
        yield from _homes(run, run.largest, 1)
    yield _crowd(run)


def _homes(run: Run, size: str, rounds: int) -> Iterator[Line]:
    """One home pushes all it has and another pulls it, in turns with the floor; then one tells the other of changes."""
    pushed, pulled, floor = [], [], []
    sent: list[float] = []
    fetched: list[float] = []
    for number in range(rounds):
        folder = run.homes.folder / f"sync-{size}"
        folder.mkdir(mode=0o700)
        homes = folder / "one", folder / "other"
        lines = _filled(homes[0], SIZES[size])
        floor.append(_plain(lines, folder))
        with new_hub(folder / "hub") as address:
            _belong(homes, address)
            pushed.append(asyncio.run(_first_session(homes[0])))
            pulled.append(asyncio.run(_first_session(homes[1])))
            _check_alike(homes)
            if number == rounds - 1:
                sent, fetched = asyncio.run(_one_change_each(homes, run.rounds(_CHANGES)))
                _check_alike(homes)
        shutil.rmtree(folder)
    yield _first_line("first sync, all pushed", size, pushed, floor)
    yield _first_line("first sync, all pulled", size, pulled, floor)
    for what, samples in (("sent", sent), ("fetched", fetched)):
        spread = milliseconds(samples)
        name = f"sync of one change, {what}"
        yield Line(name, size, spread.median, "ms", "8 ms", _ONE_CHANGE_MS, spread.median, spread=spread)


def _first_line(what: str, size: str, samples: Sequence[float], floor: Sequence[float]) -> Line:
    note = f"{SIZES[size] / min(samples):,.0f} entities/s"
    if size == _FIRST:
        note += f", wanted within {_FIRST_MS:,} ms"
    return against(what, size, samples, floor, "plain sqlite3 import", times=2.5, note=note)


def _filled(data_dir: Path, entities: int) -> Path:
    """A home that made all its versions itself, none of which a hub has seen; comes back: a file with them as lines."""
    data_dir.mkdir(mode=0o700)
    lines = data_dir.with_suffix(".jsonl")
    with opened(data_dir / DATABASE) as store, lines.open("w", encoding="utf-8") as file:
        incarnation = finished(store.read(lambda view: view.status().incarnation))
        made = list(Generator(entities, SEED, incarnation).versions())
        for start in range(0, len(made), _CHUNK):
            finished(store.write(partial(_put, versions=made[start : start + _CHUNK])))
        file.writelines(f"{row_of(version).text}\n" for version in made)
    return lines


def _put(transaction: Transaction, versions: Sequence[Version]) -> None:
    transaction.apply(versions, local=True)


def _plain(lines: Path, folder: Path) -> float:
    started = perf_counter()
    plain_import(lines, folder / "plain.db")
    return perf_counter() - started


def _belong(homes: Iterable[Path], address: str) -> None:
    for data_dir in homes:
        data_dir.mkdir(mode=0o700, exist_ok=True)
        log_in(data_dir, address)


def _check_alike(homes: Iterable[Path]) -> None:
    digests = {seen(data_dir / DATABASE, lambda view: view.status().digest) for data_dir in homes}
    if len(digests) > 1:
        raise Unlike


@asynccontextmanager
async def _device(data_dir: Path) -> AsyncIterator[Device]:
    clock, ids = SystemClock(), RandomIds()
    store = await open_store(data_dir / DATABASE, clock=clock, ids=ids)
    sync = AttendedSync(load({"data_dir": str(data_dir)}, {}))
    sync.attach(store, clock, ids)
    try:
        yield Device(store, HomeGraph(store, clock, ids), sync)
    finally:
        await sync.close()
        await store.close()


async def _first_session(data_dir: Path) -> float:
    async with _device(data_dir) as device:
        return await device.timed_sync()


async def _one_change_each(homes: Sequence[Path], changes: int) -> tuple[list[float], list[float]]:
    """Seconds in which one home sends each of so many changes, and in which the other fetches it."""
    newcomers = Newcomers()
    sent, fetched = [], []
    async with _device(homes[0]) as one, _device(homes[1]) as other:
        for number in range(changes + 10):
            name, content, _ = newcomers.next()
            await one.graph.create_entity(_BY, "device", name, content=content)
            times = await one.timed_sync(), await other.timed_sync()
            if number >= 10:
                sent.append(times[0])
                fetched.append(times[1])
    return sent, fetched


def _crowd(run: Run) -> Line:
    """Ten homes with changes of their own and one that they all disagree about, until all of them hold the same."""
    folder = run.homes.folder / "crowd"
    folder.mkdir(mode=0o700)
    homes = [folder / f"home-{number}" for number in range(_CROWD)]
    with new_hub(folder / "hub") as address:
        _belong(homes, address)
        seconds, rounds = asyncio.run(_agreeing(homes, run.rounds(_EACH)))
    _check_alike(homes)
    shutil.rmtree(folder)
    what = f"{_CROWD} devices at once, until all agree"
    return Line(what, f"{run.rounds(_EACH)} each", seconds * 1000, "ms", note=f"{rounds} rounds of sessions")


async def _agreeing(homes: Sequence[Path], changes: int) -> tuple[float, int]:
    """Seconds until everybody holds the same, and how many sessions each had for it."""
    newcomers = Newcomers()
    async with AsyncExitStack() as stack:
        devices = [await stack.enter_async_context(_device(data_dir)) for data_dir in homes]
        made = await devices[0].graph.create_entity(_BY, "device", "Lamp of all")
        for device in devices:
            await device.sync.sync_now()
        for number, device in enumerate(devices):
            for _ in range(changes):
                name, content, _room = newcomers.next()
                await device.graph.create_entity(_BY, "device", name, content=content)
            await device.graph.update_entity(_BY, made.items[0].id, {"owner": number})
        started = perf_counter()
        for rounds in range(1, _MOST_ROUNDS + 1):
            await asyncio.gather(*(device.sync.sync_now() for device in devices))
            digests = {await device.store.read(lambda view: view.status().digest) for device in devices}
            if len(digests) == 1:
                return perf_counter() - started, rounds
    raise Unlike
