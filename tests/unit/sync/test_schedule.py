"""When sync happens by itself; time here is a list of waits, and each wait ends as the test says."""

import asyncio
from collections import deque

import pytest

from goodies_mcp.errors import RemoteProtocolError, Unauthorized, Unavailable
from goodies_mcp.inbetweenies.actions import Finished, Report
from goodies_mcp.sync.lease import LeaseTaken
from goodies_mcp.sync.schedule import Rhythm, Schedule, real_timer
from goodies_mcp.sync.world import World
from tests.support.clock import FakeClock
from tests.support.ids import CountingIds


class Ended(Exception):
    """The test has seen enough."""


class Service:
    """What a schedule asks of the service."""

    def __init__(self):
        self.sessions = 0
        self.outcomes = deque()
        self.waiting = 0
        self.fresh = False
        self.back = deque()
        self.next_attempt = None

    async def session(self):
        self.sessions += 1
        outcome = self.outcomes.popleft() if self.outcomes else None
        if isinstance(outcome, Finished):
            return outcome
        if outcome is not None:
            raise outcome
        return Finished(Report())

    async def pending(self):
        return self.waiting

    async def is_fresh(self, seconds):
        return self.fresh

    async def is_back(self):
        return self.back.popleft() if self.back else False


class Timer:
    """Notes each wait and moves the clock; ``woken`` says which waits end early: after so many seconds."""

    def __init__(self, clock):
        self.clock = clock
        self.waits = []
        self.woken = deque()
        self.most = 10

    async def __call__(self, event, seconds):
        if len(self.waits) == self.most:
            raise Ended
        self.waits.append(round(seconds, 1))
        if event.is_set():
            return True
        after = self.woken.popleft() if self.woken else None
        if after is None:
            self.clock.advance(seconds=seconds)
            return False
        self.clock.advance(seconds=after)
        event.set()
        return True


class Scene:
    def __init__(self, **rhythm):
        self.clock = FakeClock()
        self.service = Service()
        self.timer = Timer(self.clock)
        world = World(self.clock, CountingIds(), lambda: 0.5, self.timer, "here", 1, lambda _pid: True)
        self.schedule = Schedule(self.service, world, rhythm=Rhythm(**rhythm), timer=self.timer)

    async def watch(self, waits):
        self.timer.most = waits
        with pytest.raises(Ended):
            await self.schedule.run()
        return self.timer.waits


@pytest.fixture
def scene():
    return Scene()


async def test_it_begins_soon_and_goes_on_at_its_interval(scene):
    assert await scene.watch(4) == [8, 300, 300, 300]
    assert scene.service.sessions == 4
    assert scene.service.next_attempt


async def test_chance_spreads_the_devices_of_a_house():
    waits = []
    for chance in (0.0, 0.999):
        scene = Scene()
        object.__setattr__(scene.schedule._world, "chance", lambda chance=chance: chance)
        waits.append((await scene.watch(2))[1])
    assert waits == [270, pytest.approx(330, abs=0.2)]


async def test_a_change_is_synced_once_it_has_settled(scene):
    scene.service.waiting = 1
    scene.timer.woken.extend([None, 100, 1, 1, None])
    assert await scene.watch(6) == [8, 300, 2, 2, 2, 300]
    assert scene.service.sessions == 3


async def test_changes_without_end_are_synced_all_the_same(scene):
    scene.service.waiting = 1
    scene.timer.woken.extend([None, *[1] * 40])
    waits = await scene.watch(17)
    assert waits == [8, 300, *[2] * 15]
    assert scene.service.sessions == 2


async def test_what_is_no_change_for_a_hub_wakes_nobody_and_puts_nothing_off(scene):
    """The state of a device was recorded: no version, nothing to send."""
    scene.timer.woken.extend([None, 100, None, 50, None])
    assert await scene.watch(6) == [8, 300, 2, pytest.approx(198, abs=0.1), 2, pytest.approx(146, abs=0.1)]
    assert scene.service.sessions == 2


async def test_a_failure_is_tried_again_ever_later_up_to_the_interval(scene):
    down = Finished(Report(), Unavailable("away"))
    scene.service.outcomes.extend([down] * 7)
    waits = await scene.watch(40)
    assert waits[:1] == [8]
    # 15, 30, 60, 120, 240, 300, 300 in steps of a look at the hub.
    assert [sum(step) for step in (waits[1:2], waits[2:3], waits[3:5], waits[5:9], waits[9:17])] == [
        15,
        30,
        60,
        120,
        240,
    ]


async def test_after_a_failure_a_change_waits_like_everything_else(scene):
    scene.service.waiting = 1
    scene.service.outcomes.append(Finished(Report(), Unavailable("away")))
    scene.schedule.changed()
    assert await scene.watch(3) == [8, 2, 15]
    scene.schedule.changed()
    assert scene.service.sessions == 2


async def test_a_hub_that_is_back_is_synced_with_at_once(scene):
    scene.service.outcomes.extend([Finished(Report(), Unavailable("away"))] * 3)
    scene.service.back.append(True)
    assert await scene.watch(5) == [8, 15, 30, 30, 300]
    assert scene.service.sessions == 5


async def test_what_a_hub_asks_for_is_kept_to(scene):
    scene.service.outcomes.append(Finished(Report(), Unavailable("busy"), retry_after=900.0))
    waits = await scene.watch(32)
    assert sum(waits[1:31]) == 900
    assert waits[31] == 300


async def test_what_a_person_has_to_mend_is_not_tried_often(scene):
    scene.service.outcomes.extend([Finished(Report(), RemoteProtocolError("no hub")), None])
    waits = await scene.watch(12)
    assert sum(waits[1:11]) == 300


@pytest.mark.parametrize("error", [Unauthorized("no login"), Unavailable("unreadable")])
async def test_without_a_login_it_looks_again_at_its_interval(scene, error):
    scene.service.outcomes.append(error)
    assert await scene.watch(3) == [8, 300, 300]


async def test_while_another_process_syncs_it_comes_again_soon(scene):
    scene.service.outcomes.append(LeaseTaken("busy"))
    assert await scene.watch(3) == [8, 15, 300]


async def test_what_another_process_has_just_done_is_not_done_again(scene):
    scene.service.fresh = True
    assert await scene.watch(3) == [8, 300, 300]
    assert scene.service.sessions == 0


async def test_a_clock_that_is_set_back_puts_nothing_off(scene):
    scene.timer.woken.extend([None, -86_400, None])
    waits = await scene.watch(5)
    assert waits == [8, 300, 2, 300, 300]


async def test_the_real_timer_tells_whether_it_was_woken():
    event = asyncio.Event()
    assert not await real_timer(event, 0.001)
    event.set()
    assert await real_timer(event, 60)
