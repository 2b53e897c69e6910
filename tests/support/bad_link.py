"""Two devices and a hub over a link on which nothing is sure: every message waits until somebody says what becomes of
it. For state machines that look for the one order of events that breaks a promise.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

from goodies_mcp.core.models import EntityPayload, RecordId
from goodies_mcp.core.versions import next_version
from goodies_mcp.errors import Unavailable
from goodies_mcp.inbetweenies.actions import RequestFailed, ResponseReceived, Send
from goodies_mcp.inbetweenies.messages import check_content_digest, content_digest
from goodies_mcp.inbetweenies.verdicts import Policy
from tests.support.build import record
from tools.sim.device import Device, Hear
from tools.sim.disks import DeviceDisk, HubDisk
from tools.sim.ending import judge_shown, judge_the_end
from tools.sim.hub import CALM, Hub
from tools.sim.network import Agenda
from tools.sim.people import wall
from tools.sim.truth import HUB, Truth

SMALL = Policy(push_rows=2, page_rows=2, headers=2, attempts=3)
RECORDS = tuple(record(n) for n in range(1, 4))


@dataclass(frozen=True)
class Letter:
    """A message on its way."""

    body: bytes
    arrive: Callable[[bytes], None]


class BadLink:
    """The whole of it. ``letters`` are under way; nothing moves by itself but time-outs."""

    def __init__(self, devices: int = 2) -> None:
        self.truth = Truth(devices + 1)
        self.agenda = Agenda()
        self.hub = Hub(HubDisk(HUB, self.truth, "epoch-0"), Random(0), CALM)
        self.letters: list[Letter] = []
        self.devices: list[Device] = []
        self._fresh = 0
        self._edits = 0
        for number in range(1, devices + 1):
            device = Device(number, self._disk(number), self.agenda, Random(0), self._post)
            device.hub_has = lambda epoch: self.hub.disk if self.hub.disk.epoch() == epoch else None
            self.devices.append(device)

    def edit(self, device: int, record_id: RecordId, value: object, *, deleted: bool = False) -> None:
        """Somebody changes or deletes a thing on a device whose clock is wrong."""
        disk = self.devices[device].disk
        heads = disk.heads.get(record_id, ())
        if deleted and not heads:
            return
        self._edits += 1
        # The second device's clock is a day behind.
        at = wall(self.agenda.now + self._edits * 1e-3, -86_400.0 * device)
        payload = disk.shown(record_id).payload if deleted else EntityPayload("device", "Lamp", {"value": value})
        disk.edit(
            next_version(
                heads,
                record_id=record_id,
                payload=payload,
                edited_at=at,
                dot=disk.next_dot(),
                author=f"ann.{disk.incarnation}",
                device=f"device-{device}",
                deleted=deleted,
            )
        )

    def sync(self, device: int) -> None:
        """A session begins, if none is under way."""
        self.devices[device].sync(SMALL)

    def deliver(self, which: int) -> None:
        """A letter arrives; its answer becomes a letter."""
        letter = self.letters.pop(which % len(self.letters))
        letter.arrive(letter.body)

    def double(self, which: int) -> None:
        """A letter is under way twice."""
        self.letters.append(self.letters[which % len(self.letters)])

    def lose(self, which: int) -> None:
        """A letter never arrives."""
        self.letters.pop(which % len(self.letters))

    def damage(self, which: int, place: int) -> None:
        """A letter is cut short."""
        which %= len(self.letters)
        letter = self.letters[which]
        self.letters[which] = replace(letter, body=letter.body[: place % (len(letter.body) or 1)])

    def wait(self) -> None:
        """Time passes: whoever waits for an answer or for another attempt goes on."""
        self.agenda.advance(self.agenda.now + 65.0)

    def crash(self, device: int) -> None:
        """A device's process dies."""
        self.devices[device].crash()

    def restore(self, share: float) -> None:
        """The hub comes back as an older copy of itself, with a new epoch."""
        disk = self.hub.disk
        self._fresh += 1
        lost = disk.restore(int(len(disk.feed) * share), f"epoch-{self._fresh}")
        self.truth.forgotten(HUB, [row.name for row in lost])

    def wipe(self, device: int) -> None:
        """A device loses its disk and starts as a new incarnation."""
        self.crash(device)
        gone = self.devices[device]
        self.truth.forgotten(gone.number, list(gone.disk.names()))
        gone.disk = self._disk(gone.number)

    def look(self) -> None:
        """Every promise about what is held and shown, on every replica, now."""
        for disk in (self.hub.disk, *(device.disk for device in self.devices)):
            for record_id in disk.heads:
                judge_shown(self.truth, record_id, disk)
        assert self.truth.violations == []

    def settle(self) -> str:
        """A fair day: everything arrives, everybody syncs, and all must agree. Returns the digest."""
        for _ in range(4):
            for number in range(len(self.devices)):
                self._finish()
                self.sync(number)
                self._finish()
        digest = judge_the_end(self.truth, self.hub.disk, [device.disk for device in self.devices])
        assert self.truth.violations == []
        return digest

    def _finish(self) -> None:
        for _ in range(2_000):
            if self.letters:
                self.deliver(0)
            elif any(device.syncing for device in self.devices):
                self.wait()
            else:
                return
        raise AssertionError("a session does not end")

    def _post(self, device: Device, request: Send, hear: Hear) -> None:
        def back(answer: ResponseReceived) -> None:
            true = content_digest(answer.body)

            def at_the_device(body: bytes) -> None:
                try:
                    check_content_digest(body, true)
                except Unavailable as error:
                    hear(RequestFailed(error))
                else:
                    hear(ResponseReceived(answer.status, body, answer.retry_after))

            self.letters.append(Letter(answer.body, at_the_device))

        def at_the_hub(body: bytes) -> None:
            self.hub.handle(device.name, request.path, body, request.digest, wall(self.agenda.now, 0.0), back)

        self.letters.append(Letter(request.body, at_the_hub))

    def _disk(self, number: int) -> DeviceDisk:
        self._fresh += 1
        return DeviceDisk(number, self.truth, f"file-{self._fresh}")
