"""The same work for every server: starting, finding, opening, making, two that write, one that is killed."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path
from time import perf_counter

from tools.bench.lines import Line, against, interleaved
from tools.bench.peers.servers import FOLDER, PEERS, Call, Server, Thing, agreed, drawn, ours
from tools.bench.running import Run
from tools.stdio_client import Message, Refused, StdioClient, prepared

_STARTS = 5
_ASKED = 20
_EACH_WRITES = 100
_IN_FLIGHT = 10


def beside_others(run: Run) -> Iterator[Line]:
    """Ours and others, turn by turn. Nothing where the others were not fetched."""
    if not (FOLDER / ".ready").exists():
        print("  the servers of others are not here: `make peers` fetches them", file=sys.stderr)
        return
    for size in run.sizes:
        servers = (ours(run.homes, size), *PEERS)
        things = drawn(run.homes, size)
        folders = {}
        for server in servers:
            folders[server.name] = run.homes.folder / f"{server.name}-{size}"
            folders[server.name].mkdir()
            server.files(folders[server.name], things)
        yield from _timed(run, size, servers, folders, things)
    for server in (ours(run.homes, run.smallest), *PEERS):
        yield from _kept(run, server)
        yield _list_size(run, server)


def _timed(
    run: Run, size: str, servers: Sequence[Server], folders: dict[str, Path], things: Sequence[Thing]
) -> Iterator[Line]:
    starts = interleaved(
        {server.name: _starting(server, folders[server.name]) for server in servers}, run.rounds(_STARTS)
    )
    yield from _lines("start", size, starts)
    clients = {server.name: server.start(folders[server.name]) for server in servers}
    try:
        for client in clients.values():
            client.greet()
        asked = things[:: max(1, len(things) // 50)]
        for what in ("search", "open", "create"):
            takes = {server.name: _asking(what, server, clients[server.name], asked) for server in servers}
            yield from _lines(what, size, interleaved(takes, run.rounds(_ASKED)))
    finally:
        for client in clients.values():
            client.kill()


def _lines(what: str, size: str, samples: dict[str, list[float]]) -> Iterator[Line]:
    floor = next(iter(samples.values()))
    for name, taken in samples.items():
        yield against(f"{name}: {what}", size, taken, floor, "ours")


def _starting(server: Server, folder: Path) -> Callable[[], float]:
    def take() -> float:
        with server.start(folder) as client:
            client.greet()
            client.call("tools/list")
            return perf_counter() - client.started

    return take


def _asking(what: str, server: Server, client: StdioClient, things: Sequence[Thing]) -> Callable[[], float]:
    numbers = count()

    def call() -> Call:
        number = next(numbers)
        thing = things[number % len(things)]
        if what == "search":
            return server.search(thing)
        return server.read(thing) if what == "open" else server.create(_new(number, what))

    agreed(client.answer(client.start_tool(*call())))  # the time of a refusal would be no figure
    return lambda: client.timed(prepared(*call()))


def _new(number: int, who: str) -> Thing:
    return Thing(f"{who}-{number}", "device", f"Made by {who} {number}", "a note about it, as long as notes are " * 8)


def _kept(run: Run, server: Server) -> Iterator[Line]:
    """What two servers on one file, and one that is killed, made and said so: how much of it is not there."""
    for what, race in (("two writers", _two_writers), ("killed", _killed)):
        folder = run.homes.folder / f"{server.name}-{what}".replace(" ", "-")
        folder.mkdir()
        server.files(folder, ())
        acked, refused = race(server, folder)
        lost = len(acked - server.holds(folder))
        yield Line(f"{server.name}: {what}, acked and lost", run.smallest, lost, "", note=f"of {len(acked)} acked")
        if what == "two writers":
            asked = 2 * _EACH_WRITES
            yield Line(f"{server.name}: {what}, refused", run.smallest, refused, "", note=f"of {asked} asked")


def _two_writers(server: Server, folder: Path) -> tuple[set[str], int]:
    acked: set[str] = set()
    refused = 0
    with server.start(folder) as one, server.start(folder) as other:
        clients = (one, other)
        for client in clients:
            client.greet()
        for number in range(_EACH_WRITES):
            things = [_new(number, who) for who in ("ann", "bob")]
            sent = [client.start_tool(*server.create(thing)) for client, thing in zip(clients, things, strict=True)]
            for client, request, thing in zip(clients, sent, things, strict=True):
                try:
                    agreed(client.answer(request))
                    acked.add(thing.name)
                except Refused:
                    refused += 1
    return acked, refused


def _killed(server: Server, folder: Path) -> tuple[set[str], int]:
    acked: set[str] = set()
    with server.start(folder) as client:
        client.greet()
        waiting: dict[int, Thing] = {}
        for number in range(_EACH_WRITES + _IN_FLIGHT):
            thing = _new(number, "carl")
            waiting[client.start_tool(*server.create(thing))] = thing
            if len(waiting) >= _IN_FLIGHT:
                _settle(client.receive(), waiting, acked)
        client.kill()
        for message in client.last_words():
            _settle(message, waiting, acked)
    return acked, 0


def _settle(message: Message, waiting: dict[int, Thing], acked: set[str]) -> None:
    thing = waiting.pop(message.get("id", 0), None)
    if thing is not None:
        try:
            agreed(message)
        except Refused:
            return
        acked.add(thing.name)


def _list_size(run: Run, server: Server) -> Line:
    folder = run.homes.folder / f"{server.name}-list"
    folder.mkdir()
    server.files(folder, ())
    with server.start(folder) as client:
        client.greet()
        tools = client.call("tools/list")["tools"]
    characters = len(json.dumps(tools, ensure_ascii=False, separators=(",", ":")))
    return Line(f"{server.name}: tools/list", "", characters, "characters", note=f"{len(tools)} tools")
