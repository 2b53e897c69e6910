"""One run from one seed: people edit on every device, devices sync over a bad way, processes die; then a fair day, and
the verdict. A seed repeats the turns, the edits and the faults of each device; what happens at one moment on two of
them may come in another order.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any

from goodies_mcp.config import DATABASE
from tools.chaos.crew import PASSWORD, DeviceProcess, Died, HubProcess
from tools.chaos.ledger import Ledger
from tools.chaos.proxy import ChaosProxy, Fault
from tools.chaos.rules import Rule

DEVICES = 4
ROOMS = 5
KILLED = 0.012
"""Of so many syncs the device's process is killed in the midst."""

BY_COMMAND = 0.008
"""So many are done by ``goodies-mcp sync``, beside the process that has the file open."""

MOST_FAULTS = 10
_FAIR_ROUNDS = 4


@dataclass
class Verdict:
    """What a run came to."""

    seed: int
    planned: int
    rule: Rule
    syncs: int = 0
    seconds: float = 0.0
    requests: int = 0
    bytes: int = 0
    made: int = 0
    acks: int = 0
    versions: int = 0
    digest: str = ""
    faults: list[str] = field(default_factory=list)
    spoilt: Counter[Fault] = field(default_factory=Counter)
    counted: Counter[str] = field(default_factory=Counter)

    @property
    def passed(self) -> bool:
        """Whether nothing was lost and all agree."""
        return not self.faults


class Run:
    """A hub, devices, and the ways between them."""

    def __init__(self, folder: Path, verdict: Verdict) -> None:
        self._verdict = verdict
        self._random = Random(f"{verdict.seed}/turns")
        self._hub = HubProcess(folder / "hub", verdict.rule)
        names = [f"device-{number}" for number in range(1, DEVICES + 1)]
        self._devices = {n: DeviceProcess(folder / n, f"{verdict.seed}/{n}", verdict.rule) for n in names}
        self._ways = {
            n: ChaosProxy(f"{verdict.seed}/way of {n}", lambda: self._hub.port, self._hub.kill) for n in names
        }
        self._ledger: Ledger | None = None

    @property
    def ledger(self) -> Ledger:
        """Once the hub has a home."""
        if self._ledger is None:
            self._ledger = Ledger(self._hub.home)
        return self._ledger

    async def to_its_end(self, *, talk: bool) -> None:
        """Everything."""
        verdict = self._verdict
        try:
            await self._begin()
            step = max(1, verdict.planned // 20)
            while verdict.syncs < verdict.planned and len(self.ledger.faults) < MOST_FAULTS:
                before = verdict.syncs
                await self._turn()
                if talk and verdict.syncs // step > before // step:
                    said = f"  {verdict.syncs} syncs, {len(self.ledger.made)} versions, {self.ledger.acks} acked"
                    print(f"{said}, {self._hub.kills} times the hub killed", flush=True)
            if not self.ledger.faults:
                await self._fair_day()
        except (Died, TimeoutError) as error:
            self.ledger.faults.append(f"P14: {type(error).__name__} {error}")
        finally:
            for way in self._ways.values():
                await way.stop()
            for device in self._devices.values():
                await device.end()
            await self._hub.end()
        if "Traceback" in self._hub.said:
            self.ledger.faults.append(f"P14: the hub said {self._hub.said[-2_000:]}")
        if not self.ledger.faults:
            paths = {name: device.folder / DATABASE for name, device in self._devices.items()}
            verdict.digest, verdict.versions = self.ledger.judge(paths)
        self._count()

    async def _begin(self) -> None:
        """A hub, devices that are logged in, and a home with rooms on all of them."""
        await self._hub.make()
        for name, device in self._devices.items():
            way = self._ways[name]
            await way.start()
            await device.ask("login", f"http://127.0.0.1:{way.port}", PASSWORD)
        first = next(iter(self._devices))
        for name in (first, *self._devices):
            said = await self._devices[name].ask("sync")
            if name == first and not self.ledger.made:
                said = await self._devices[name].ask("furnish", ROOMS)
                self.ledger.edited(name, said["waiting"])
        for way in self._ways.values():
            way.calm = False

    async def _turn(self) -> None:
        """Some people edit; some devices, perhaps others, sync, at the same time."""
        chance = self._random
        await asyncio.gather(*(self._edited(name, chance.randrange(1, 5)) for name in self._some()))
        chosen = self._some()
        await asyncio.gather(*(self._synced(name, chance.random(), chance.random()) for name in chosen))
        await self._hub.is_back()
        self._verdict.syncs += len(chosen)

    def _some(self) -> list[str]:
        return self._random.sample(list(self._devices), self._random.choice((1, 1, 2, 3, DEVICES)))

    async def _edited(self, name: str, times: int) -> None:
        said = await self._devices[name].ask("edit", times)
        self.ledger.edited(name, said["made"])
        self._verdict.counted.update(said["done"])

    async def _synced(self, name: str, fate: float, moment: float) -> None:
        device = self._devices[name]
        if fate < KILLED:
            await self._killed(device, moment)
            said = await device.ask("look")
        elif fate < KILLED + BY_COMMAND:
            code, _, err = await device.cli("sync")
            self._verdict.counted[f"command: exit {code}"] += 1
            if "Traceback" in err:
                self.ledger.faults.append(f"P14: goodies-mcp sync on {name}: {err[-2_000:]}")
            said = await device.ask("look")
        else:
            said = await device.ask("sync")
            self._verdict.counted[f"session: {said['outcome']}"] += 1
            self._verdict.counted.update(said["counted"])
        self.ledger.looked(name, said["waiting"])

    async def _killed(self, device: DeviceProcess, moment: float) -> None:
        """Kill it at some moment of a session, or just after it."""
        self._verdict.counted["devices killed"] += 1
        session = asyncio.ensure_future(device.ask("sync"))
        await asyncio.wait([session], timeout=moment * 0.1)
        await device.kill()
        await asyncio.gather(session, return_exceptions=True)

    async def _fair_day(self) -> None:
        """Everybody syncs until nothing waits any more, and then once by the command that people use. Nobody logs in
        again: a login that came to its end on the way would be a fault.
        """
        for way in self._ways.values():
            way.calm = True
        await self._hub.is_back()
        for device in self._devices.values():
            await device.ask("unpark")
        for _ in range(_FAIR_ROUNDS):
            said = [await self._looked(name, "sync") for name in self._devices]
            if not any(said):
                break
        for name, device in self._devices.items():
            code, _, err = await device.cli("sync")
            if code:
                self.ledger.faults.append(f"P5: {name} cannot sync on a fair day: {err[-500:]}")
            await self._looked(name, "look")

    async def _looked(self, name: str, verb: str) -> int:
        """How much still waits on a device after this."""
        said: dict[str, Any] = await self._devices[name].ask(verb)
        self.ledger.looked(name, said["waiting"])
        self._verdict.counted["open conflicts at the end"] = said["conflicts"]
        return len(said["waiting"])

    def _count(self) -> None:
        verdict = self._verdict
        verdict.faults = self.ledger.faults
        verdict.made, verdict.acks = len(self.ledger.made), self.ledger.acks
        verdict.counted["hub killed"] = self._hub.kills
        for way in self._ways.values():
            verdict.requests += way.requests
            verdict.bytes += way.bytes
            verdict.spoilt += way.counted


def run(folder: Path, *, syncs: int, seed: int, rule: Rule = Rule.NONE, talk: bool = False) -> Verdict:
    """So many syncs, or fewer where too much is broken; the folder is empty."""
    verdict = Verdict(seed, syncs, rule)
    began = perf_counter()
    asyncio.run(Run(folder, verdict).to_its_end(talk=talk))
    verdict.seconds = perf_counter() - began
    return verdict
