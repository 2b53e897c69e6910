"""One life of a home, made from one number: people, devices, a hub, a network, accidents, and the judge at its end."""

import gc
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from time import perf_counter

from goodies_mcp.core.causality.vector_clock import advance_heads
from goodies_mcp.errors import LocalProtocolError, Unavailable
from goodies_mcp.inbetweenies.actions import RequestFailed, ResponseReceived, Send
from goodies_mcp.inbetweenies.messages import check_content_digest, content_digest
from goodies_mcp.inbetweenies.verdicts import Policy
from tools.sim.device import Device, Hear
from tools.sim.disks import DeviceDisk, HubDisk
from tools.sim.ending import judge_the_end
from tools.sim.hub import CALM, Hub, Moods
from tools.sim.network import FAIR, Agenda, Network, Weather
from tools.sim.people import People, wall
from tools.sim.rules import BROKEN_HUBS, Rule, last_writer_wins
from tools.sim.truth import HUB, Truth, Violation

DAY = 86_400.0
_ACCIDENTS = 9
_YOUTH = 100_000
_GENERATION = 20_000
_DEVICES = 5


@dataclass(slots=True)
class Verdict:
    """How a run ended. ``planned`` operations make the run, though it ends early when too much is broken."""

    seed: int
    planned: int
    operations: int
    rule: Rule
    seconds: float
    violations: list[Violation]
    counted: Counter[str] = field(default_factory=Counter)
    digest: str = ""

    @property
    def passed(self) -> bool:
        """Whether every promise was kept."""
        return not self.violations


class World:
    """Everything that a seed makes happen."""

    def __init__(self, seed: int, operations: int, rule: Rule = Rule.NONE, most_violations: int = 20) -> None:
        self.seed, self.operations, self.rule = seed, operations, rule
        self.random = Random(f"{seed}/{rule}")
        self.agenda = Agenda()
        self.truth = Truth(_DEVICES + 1, most_violations)
        self.counted: Counter[str] = Counter()
        self._heads_rule = last_writer_wins if rule is Rule.LAST_WRITER_WINS else advance_heads
        self._fresh = 0
        kind = BROKEN_HUBS.get(rule, HubDisk)
        self.hub = Hub(kind(HUB, self.truth, self._new_id("epoch"), self._heads_rule), self.random, Moods())
        if rule in BROKEN_HUBS:
            self.hub.disk.use(self.agenda, self.random)  # type: ignore[attr-defined] # only broken ones need time
        self.network = Network(self.agenda, self.random, Weather())
        self.people = People(self.random, rule)
        self.devices = [self._new_device(number) for number in range(1, _DEVICES + 1)]
        self.offsets = {device.number: self.random.uniform(-DAY, DAY) for device in self.devices}
        self._backups: list[tuple[str, int]] = []
        self._accidents = sorted(self._accident_times(), reverse=True)

    def run(self) -> Verdict:
        """Live through all operations, heal everything, sync to the end, and judge."""
        began = perf_counter()
        for operation in range(1, self.operations + 1):
            self.truth.operation = operation
            self._operate()
            if self._accidents and self._accidents[-1] <= operation:
                self._accidents.pop()
                self._accident()
            self.agenda.advance(self.agenda.now + self.random.expovariate(0.5))
            if len(self.truth.violations) >= self.truth.most_violations:
                break
            if operation % _GENERATION == 0:
                # Nearly all that was made stays: it need not be looked through again and again.
                gc.collect()
                gc.freeze()
        gc.unfreeze()
        self._heal()
        rounds = self._sync_to_the_end()
        digest = judge_the_end(self.truth, self.hub.disk, [device.disk for device in self.devices])
        self._count(rounds)
        return Verdict(
            self.seed,
            self.operations,
            self.truth.operation,
            self.rule,
            perf_counter() - began,
            self.truth.violations,
            self.counted,
            digest,
        )

    def _accident_times(self) -> Iterator[int]:
        """Many early ones and a late one, as each makes everybody read the whole history again."""
        early = min(self.operations, _YOUTH)
        yield from (int(early * self.random.random() ** 2) for _ in range(_ACCIDENTS))
        yield self.operations // 3

    def _operate(self) -> None:
        drawn = self.random.random()
        device = self.random.choice(self.devices)
        if drawn < 0.54:
            self.counted["edits"] += 1
            # The clock of a device is its own: off by up to a day, and never twice at one microsecond.
            at = wall(self.agenda.now + self.truth.operation * 1e-6, self.offsets[device.number])
            try:
                self.people.edit(device.disk, f"ann.{device.disk.incarnation}", at)
            except LocalProtocolError as error:
                self.truth.broken("P9", error.message)
        elif drawn < 0.85:
            self.counted["looks"] += 1
            self.people.look(device.disk, self.truth)
        elif drawn < 0.97:
            device.sync(self._policy(device))
        elif drawn < 0.98:
            self.counted["cuts"] += 1
            self.network.cut_until[device.number] = self.agenda.now + self.random.expovariate(1 / 400.0)
        elif drawn < 0.99:
            device.crash()
        elif drawn < 0.998:
            self.offsets[device.number] = self.random.uniform(-DAY, DAY)
        else:
            self.counted["backups"] += 1
            self._backups.append((self.hub.disk.epoch(), len(self.hub.disk.feed)))

    def _accident(self) -> None:
        """What happens to a home every few years: a disk dies."""
        if len(self._accidents) % 2:
            self._restore()
        else:
            self._wipe(self.random.choice(self.devices))

    def _restore(self) -> None:
        """The hub's disk dies, and comes back as an old backup, with a new epoch."""
        epoch = self.hub.disk.epoch()
        known = [length for made_in, length in self._backups if made_in == epoch]
        if known:
            self.counted["restores"] += 1
            lost = self.hub.disk.restore(self.random.choice(known[-5:]), self._new_id("epoch"))
            self.truth.forgotten(HUB, [row.name for row in lost])

    def _wipe(self, device: Device) -> None:
        """A device loses its disk and starts anew, as a new incarnation."""
        self.counted["wipes"] += 1
        device.crash()
        self.truth.forgotten(device.number, list(device.disk.names()))
        incarnation = device.disk.incarnation if self.rule is Rule.COUNTERS_REUSED else self._new_id("file")
        device.disk = self._new_disk(device.number, incarnation)

    def _policy(self, device: Device) -> Policy:
        """Small pages at times, so that sessions break in the midst of things, but not for a whole history."""
        disk, hub = device.disk, self.hub.disk
        behind = (
            len(hub.feed)
            if disk.cursor is None or disk.cursor.epoch != hub.epoch()
            else hub.last_seq() - disk.cursor.seq
        )
        if behind + len(disk.outbox) > 200 or self.random.random() < 0.6:
            return Policy()
        rows = self.random.choice((3, 40))
        return Policy(push_rows=rows, page_rows=rows * 2, headers=rows * 100)

    def _post(self, device: Device, request: Send, hear: Hear) -> None:
        """A request on its way to the hub, and the answer on its way back."""
        digest = request.digest

        def at_the_hub(body: bytes) -> None:
            now = wall(self.agenda.now, 0.0)
            self.hub.handle(device.name, request.path, body, digest, now, back)

        def back(answer: ResponseReceived) -> None:
            true = content_digest(answer.body)

            def at_the_device(body: bytes) -> None:
                try:
                    check_content_digest(body, true)
                except Unavailable as error:
                    hear(RequestFailed(error))
                else:
                    hear(ResponseReceived(answer.status, body, answer.retry_after))

            self.network.carry(device.number, answer.body, at_the_device)

        self.network.carry(device.number, request.body, at_the_hub)

    def _heal(self) -> None:
        self.network.weather = FAIR
        self.network.cut_until.clear()
        self.hub.moods = CALM
        for device in self.devices:
            device.crash_share = 0.0
        self.agenda.settle()

    def _sync_to_the_end(self) -> int:
        """Everybody syncs until nobody has anything new; returns the rounds it took."""
        for turn in range(1, 9):
            before = len(self.hub.disk.feed)
            for device in self.devices:
                device.sync(Policy())
                self.agenda.settle()
                if device.last is not None and device.last.error is not None:
                    self.truth.broken("P5", f"{device.name} cannot sync on a fair day: {device.last.error.message}")
            if turn > 1 and len(self.hub.disk.feed) == before:
                return turn
        return 9

    def _new_device(self, number: int) -> Device:
        device = Device(number, self._new_disk(number, self._new_id("file")), self.agenda, self.random, self._post)
        device.crash_share = 0.0005
        device.hub_has = self._hub_has
        device.cursor_first = self.rule is Rule.CURSOR_BEFORE_ROWS
        return device

    def _new_disk(self, number: int, incarnation: str) -> DeviceDisk:
        return DeviceDisk(number, self.truth, incarnation, self._heads_rule)

    def _new_id(self, family: str) -> str:
        self._fresh += 1
        return f"{family}-{self._fresh}"

    def _hub_has(self, epoch: str) -> HubDisk | None:
        """The hub's disk, unless it was restored since it said so."""
        return self.hub.disk if self.hub.disk.epoch() == epoch else None

    def _count(self, rounds: int) -> None:
        truth, network = self.truth, self.network
        self.counted.update(
            versions=truth.made,
            verdicts=truth.verdicts,
            concurrent=truth.concurrent,
            acks=truth.acks,
            destroyed=truth.destroyed,
            hub_crashes=self.hub.crashes,
            messages=network.carried,
            lost=network.lost,
            doubled=network.doubled,
            damaged=network.damaged,
            rounds=rounds,
        )
        for device in self.devices:
            self.counted.update(
                sessions=device.sessions,
                failed=device.failed,
                device_crashes=device.crashes,
                repaired=device.repaired,
                parked=device.parked,
                new_epochs=device.epochs,
            )
