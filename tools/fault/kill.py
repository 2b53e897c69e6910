"""P1 and P2: kill -9 a real server while it writes, and see that all it acked is there, once.

Each round starts ``goodies-mcp serve`` on the same file, sends what the last kill left unanswered again (twice: the
second time changes nothing), writes from several lanes at once, kills at a moment drawn from the seed, and opens the
file. The kill itself comes when the machine lets it, so a seed repeats the writes exactly and the moment nearly.
"""

import argparse
import json
import random
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

from goodies_mcp.config import DATABASE
from tools.fault.ledger import Lane, faults
from tools.home_file import seen
from tools.stdio_client import Message, ServerGone, StdioClient, environment, outcome, program

ROUNDS_A_FILE = 40
"""After so many kills a new file is begun: checking everything acked must not come to outweigh the killing."""


@dataclass
class Tally:
    """What the run came to."""

    kills: int = 0
    acked: int = 0
    open_at_kill: int = 0
    retried: int = 0
    doctors: int = 0
    syncs: int = 0
    lost_changes: int = 0
    faults: list[str] = field(default_factory=list)


class KillLoop:
    """The rounds on one file."""

    def __init__(self, data_dir: Path, seed: object, lanes: int) -> None:
        self._data_dir = data_dir
        self._seed = seed
        self._lanes = [Lane(f"lane {number}", seed) for number in range(lanes)]
        self._waiting: dict[int, Lane] = {}
        self._command = program("serve", "--data-dir", str(data_dir), "--toolsets", "all")

    def round(self, number: int, tally: Tally) -> None:
        """Start, send again, write, kill, look."""
        chance = random.Random(f"{self._seed}/{number}")
        early = chance.random() < 0.1
        seconds = chance.uniform(0, 0.8 if early else 0.15)
        with self.started() as server:
            try:
                if early:
                    self._die_early(server, seconds)
                else:
                    server.greet("kill loop")
                    tally.retried += self._send_again(server, tally)
                    self._write(server, seconds)
            except ServerGone as error:
                tally.faults.append(f"round {number}: the server ended by itself: {error}")
            server.kill()
            self._read_last_words(server)
        self.ended(tally)
        tally.kills += 1
        tally.open_at_kill += sum(lane.open is not None for lane in self._lanes)
        tally.faults += [f"round {number}: {fault}" for fault in self._look()]

    def started(self) -> StdioClient:
        """The server of a round."""
        return StdioClient(self._command)

    def ended(self, tally: Tally) -> None:
        """What befalls the file beside the kill: nothing."""

    def _die_early(self, server: StdioClient, seconds: float) -> None:
        """Killed while it starts, recovers the last kill's log, or answers the handshake."""
        deadline = server.started + seconds
        server.request("initialize", {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {}})
        try:
            while (left := deadline - perf_counter()) > 0:
                server.receive(left)
        except TimeoutError:
            pass

    def _send_again(self, server: StdioClient, tally: Tally) -> int:
        again = [lane for lane in self._lanes if lane.open is not None]
        for lane in again:
            if lane.open is None:
                continue
            attempt = lane.open
            answers: list[Message] = [server.tool(attempt.tool, attempt.arguments) for _ in range(2)]
            if answers[0] != answers[1]:
                tally.faults.append(f"{attempt.key}: sent again it answered {answers[1]}, at first {answers[0]}")
            lane.settle(answers[0])
        return len(again)

    def _write(self, server: StdioClient, seconds: float) -> None:
        """Every lane writes, each waiting for its own acks only, until the time is up."""
        self._waiting = {self._start(server, lane): lane for lane in self._lanes}
        deadline = perf_counter() + seconds
        while (left := deadline - perf_counter()) > 0:
            try:
                lane = self._settle(server.receive(left))
            except TimeoutError:
                return
            if lane is not None:
                self._waiting[self._start(server, lane)] = lane

    def _start(self, server: StdioClient, lane: Lane) -> int:
        attempt = lane.next()
        return server.start_tool(attempt.tool, attempt.arguments)

    def _settle(self, message: Message) -> Lane | None:
        lane = self._waiting.pop(message.get("id", 0), None)
        if lane is not None:
            lane.settle(outcome(message))
        return lane

    def _read_last_words(self, server: StdioClient) -> None:
        """What stood in the pipe when it died was acked too."""
        for message in server.last_words():
            self._settle(message)
        self._waiting = {}

    def _look(self) -> list[str]:
        database = self._data_dir / DATABASE
        if not database.exists():
            return [] if not any(lane.acked for lane in self._lanes) else ["the file is gone"]
        found = []
        try:
            with closing(sqlite3.connect(database)) as connection:
                said = [str(row[0]) for row in connection.execute("PRAGMA quick_check")]
        except sqlite3.DatabaseError as error:
            return [f"the file cannot be read: {error}"]
        if said != ["ok"]:
            found.append(f"quick_check: {said[:3]}")
        return found + seen(database, lambda view: faults(view, self._lanes))

    def doctor(self) -> list[str]:
        """What the doctor finds wrong with the file."""
        done = subprocess.run(
            program("doctor", "--data-dir", str(self._data_dir), "--json"),
            capture_output=True,
            env=environment(),
            check=False,
        )
        if done.returncode == 0:
            return []
        try:
            found = [each for each in json.loads(done.stdout)["findings"] if each["verdict"] != "ok"]
        except ValueError:
            found = [done.stdout, done.stderr]
        return [f"doctor: {done.returncode} {found}"]

    @property
    def acked(self) -> int:
        """Writes acked so far."""
        return sum(lane.acked for lane in self._lanes)


def run(
    folder: Path,
    *,
    kills: int,
    seed: int,
    lanes: int = 6,
    talk: bool = False,
    loop: Callable[[Path, object, int], KillLoop] = KillLoop,
) -> Tally:
    """So many rounds; the tally tells whether anything was lost."""
    tally = Tally()
    file_number = 0
    while tally.kills < kills and not tally.faults:
        rounds = loop(folder / f"file-{file_number}", f"{seed}/{file_number}", lanes)
        (folder / f"file-{file_number}").mkdir(mode=0o700)
        for number in range(min(ROUNDS_A_FILE, kills - tally.kills)):
            rounds.round(number, tally)
            if tally.faults:
                break
        tally.acked += rounds.acked
        tally.faults += rounds.doctor()
        tally.doctors += 1
        file_number += 1
        if talk:
            print(
                f"  {tally.kills} kills, {tally.acked} acked writes, {tally.open_at_kill} open when killed", flush=True
            )
    return tally


def main(words: Sequence[str] | None = None) -> int:
    """The full run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    parser.add_argument("--lanes", type=int, default=6)
    parser.add_argument("--folder", type=Path, help="keep the files here (default: a temporary folder)")
    arguments = parser.parse_args(words)
    print(f"kill -9 while writing: seed {arguments.seed}, {arguments.kills} kills, {arguments.lanes} lanes", flush=True)
    started = perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        tally = run(
            arguments.folder or Path(folder),
            kills=arguments.kills,
            seed=arguments.seed,
            lanes=arguments.lanes,
            talk=True,
        )
    for fault in tally.faults[:20]:
        print(f"FAULT {fault}")
    print(
        f"{tally.kills} kills in {perf_counter() - started:.0f} s: {tally.acked} writes acked, {tally.open_at_kill}"
        f" open at a kill, {tally.retried} sent again, doctor asked {tally.doctors} times, {len(tally.faults)} faults"
    )
    print("FAILED" if tally.faults else "passed: 0 acked writes lost, none applied twice, quick_check ok every time")
    return 1 if tally.faults else 0


if __name__ == "__main__":
    sys.exit(main())
