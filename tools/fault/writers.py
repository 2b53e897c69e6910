"""Several processes on one file: writers and readers, MCP servers and single commands, all at once.

No caller may hear of a lock, nothing acked may be missing, and a reader that asks after an ack sees what was acked.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

from goodies_mcp.config import DATABASE
from tools.bench.lines import milliseconds
from tools.fault.ledger import Lane, faults
from tools.home_file import opened, seen
from tools.stdio_client import Message, Refused, StdioClient, environment, program

Ask = Callable[[str, Mapping[str, object]], Message]
"""Calls a tool, whatever carries it."""

FAIR = 0.25
"""Seconds that no write through a server should wait."""


class Board:
    """What was acked, for readers to ask after. A thing is withdrawn before its deletion is sent."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._acked: dict[str, int] = {}
        self._newest: list[str] = []

    def post(self, lane: Lane) -> None:
        """After an ack: all that the lane holds now."""
        with self._lock:
            for name, known in lane.things.items():
                if name in lane.ids and not known.deleted and self._acked.get(lane.ids[name], -1) < known.n:
                    self._acked[lane.ids[name]] = known.n
                    self._newest.append(lane.ids[name])

    def withdraw(self, thing: str) -> None:
        """Before a deletion."""
        with self._lock:
            self._acked.pop(thing, None)

    def newest(self, chance: random.Random) -> tuple[str, int] | None:
        """One of the things acked last, and the least number that a reader must see of it."""
        with self._lock:
            for thing in reversed(self._newest[-chance.randint(1, 4) :]):
                if thing in self._acked:
                    return thing, self._acked[thing]
        return None

    def stands(self, thing: str) -> bool:
        """Whether it is still to be seen."""
        with self._lock:
            return thing in self._acked


@dataclass
class Worker:
    """What one process did."""

    name: str
    over: str
    waits: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


@contextmanager
def over_server(data_dir: Path, name: str) -> Iterator[Ask]:
    """Tool calls to a server of one's own."""
    with StdioClient(program("serve", "--data-dir", str(data_dir), "--toolsets", "all")) as server:
        server.greet(name)
        # A greeting is answered while most is still to be loaded: what a start takes is no wait for other writers.
        server.tool("get_home_overview", {})
        yield server.tool


@contextmanager
def over_commands(data_dir: Path, _name: str) -> Iterator[Ask]:
    """Tool calls by one process each."""

    def ask(tool: str, arguments: Mapping[str, object]) -> Message:
        command = program("call", tool, json.dumps(arguments), "--json", "--data-dir", str(data_dir))
        done = subprocess.run(command, capture_output=True, env=environment(), check=False)
        if done.returncode:
            raise Refused({"code": f"exit {done.returncode}", "message": done.stderr.decode(errors="replace")})
        answer: Message = json.loads(done.stdout)
        return answer

    yield ask


WAYS = {"server": over_server, "commands": over_commands}


class Crowd:
    """Writers and readers on one file, a thread here for each process there."""

    def __init__(self, data_dir: Path, seed: int) -> None:
        self._data_dir = data_dir
        self._seed = seed
        self._board = Board()
        self._over = threading.Event()
        self.lanes: list[Lane] = []

    def run(self, seconds: float, writers: Sequence[str], readers: Sequence[str]) -> tuple[list[Worker], list[Worker]]:
        """All at work for so long. The words say over what each works: ``server`` or ``commands``."""
        writing = [Worker(f"writer {number}", way) for number, way in enumerate(writers)]
        reading = [Worker(f"reader {number}", way) for number, way in enumerate(readers)]
        self.lanes = [Lane(worker.name, self._seed) for worker in writing]
        ready = threading.Barrier(len(writing) + len(reading) + 1)
        threads = [
            threading.Thread(target=self._at_work, args=(worker, ready, self._writes(lane)))
            for worker, lane in zip(writing, self.lanes, strict=True)
        ] + [threading.Thread(target=self._at_work, args=(worker, ready, self._reads(worker))) for worker in reading]
        for thread in threads:
            thread.start()
        ready.wait()
        self._over.wait(seconds)
        self._over.set()
        for thread in threads:
            thread.join()
        return writing, reading

    def _at_work(self, worker: Worker, ready: threading.Barrier, step: Callable[[Ask], None]) -> None:
        try:
            with WAYS[worker.over](self._data_dir, worker.name) as ask:
                ready.wait()
                while not self._over.is_set():
                    started = perf_counter()
                    step(ask)
                    worker.waits.append(perf_counter() - started)
        except Refused as error:
            worker.faults.append(f"{worker.name} was refused: {error}")
        except Exception as error:  # noqa: BLE001 - a thread's supervisor: the run tells it and fails
            worker.faults.append(f"{worker.name} ended: {error!r}")
            ready.abort()

    def _writes(self, lane: Lane) -> Callable[[Ask], None]:
        def step(ask: Ask) -> None:
            attempt = lane.next()
            if attempt.tool == "delete_entity":
                self._board.withdraw(str(attempt.arguments["entity"]))
            lane.settle(ask(attempt.tool, attempt.arguments))
            self._board.post(lane)

        return step

    def _reads(self, worker: Worker) -> Callable[[Ask], None]:
        chance = random.Random(f"{self._seed}/{worker.name}")

        def step(ask: Ask) -> None:
            found = self._board.newest(chance)
            if found is None:
                ask("get_home_overview", {})
                return
            thing, least = found
            try:
                said = ask("get_entity_details", {"entity": thing, "include": ["content"]})
            except Refused:
                if self._board.stands(thing):
                    raise
                return
            n = said.get("content", {}).get("n")
            if not isinstance(n, int) or n < least:
                worker.faults.append(f"{worker.name} saw {n} of {thing}, acked was {least}")

        return step


def faults_in_file(data_dir: Path, lanes: Sequence[Lane]) -> list[str]:
    """What is missing in the end."""
    return seen(data_dir / DATABASE, lambda view: faults(view, lanes))


def run(data_dir: Path, *, seconds: float, seed: int, talk: bool = True) -> list[str]:
    """Four writers and four readers, one of each over commands; the faults come back."""
    mixed = ("server", "server", "server", "commands")
    with opened(data_dir / DATABASE):
        pass  # a server greets before its home is there, and a command makes none
    crowd = Crowd(data_dir, seed)
    writers, readers = crowd.run(seconds, mixed, mixed)
    found = [fault for worker in (*writers, *readers) for fault in worker.faults]
    found += faults_in_file(data_dir, crowd.lanes)
    if talk:
        for worker in (*writers, *readers):
            print(_told(worker))
    return found


def _told(worker: Worker) -> str:
    if not worker.waits:
        return f"  {worker.name} over {worker.over}: nothing"
    spread = milliseconds(worker.waits)
    fair = ""
    if worker.over == "server" and worker.name.startswith("writer"):
        fair = f" (target {FAIR * 1000:.0f}: {'met' if spread.high <= FAIR * 1000 else 'MISSED'})"
    return (
        f"  {worker.name} over {worker.over}: {spread.count} calls, median {spread.median:.1f} ms,"
        f" p95 {spread.p95:.1f}, worst {spread.high:.0f}{fair}"
    )


def main(words: Sequence[str] | None = None) -> int:
    """The full run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    arguments = parser.parse_args(words)
    print(f"4 writers and 4 readers on one file: seed {arguments.seed}, {arguments.seconds:g} s", flush=True)
    started = perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        found = run(Path(folder), seconds=arguments.seconds, seed=arguments.seed)
    for fault in found[:20]:
        print(f"FAULT {fault}")
    print(f"{perf_counter() - started:.0f} s, {len(found)} faults")
    print("FAILED" if found else "passed: 0 lost, 0 refused, every reader saw what was acked")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
