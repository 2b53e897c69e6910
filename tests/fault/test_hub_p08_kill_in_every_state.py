"""kill -9 of the hub in every state of the client's machine: it comes back, and nothing is lost, or there twice."""

from contextlib import ExitStack

import pytest

from goodies_mcp.inbetweenies.states import State
from goodies_mcp.inbetweenies.verdicts import Policy
from tests.support.hub_process import PASSWORD, HubCommand
from tests.support.syncing import a_device

ELSEWHERE = {State.IDLE, State.RETRYING_REQUEST, State.SYNC_FAILED}
"""Before and after a session there is nothing to break, and the others are where one comes once the hub is gone."""

SMALL = Policy(push_rows=1, page_rows=1)
"""So that one session meets pages with a conflict and without."""


class Mortal:
    """A hub that is killed, and comes back at the same address."""

    def __init__(self, folder):
        self._command = HubCommand(folder)
        self._command.init()
        self._life = ExitStack()
        self._process = self._life.enter_context(self._command.serving())
        self.url = self._process.url

    def kill(self):
        self._process.kill()

    def revive(self):
        self._life.close()
        self._process = self._life.enter_context(self._command.serving("--port", self.url.rpartition(":")[2]))

    def close(self):
        self._life.close()


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    made = Mortal(tmp_path_factory.mktemp("mortal") / "hub")
    yield made
    made.close()


@pytest.mark.parametrize(("number", "deadly"), list(enumerate(s for s in State if s not in ELSEWHERE)), ids=str)
async def test_p08_a_hub_that_is_killed_in_any_state_of_a_session_loses_nothing(tmp_path, hub, number, deadly):
    seen, first = [], 2 * number + 1

    def observe(_before, _event, after):
        if watching and after == deadly and deadly not in seen:
            hub.kill()
        seen.append(after)

    watching = False
    async with a_device(tmp_path, first, observe=observe, policy=SMALL) as one, a_device(tmp_path, first + 1) as two:
        for device in (one, two):
            await device.log_in(hub, PASSWORD)
        lamp = await one.make(f"Lamp of {deadly}")
        for device in (one, two):
            await device.service.sync_now()
        await two.rename(lamp, f"Desk lamp of {deadly}")
        await two.make(f"Kettle of {deadly}")
        await two.service.sync_now()
        await one.rename(lamp, f"Reading lamp of {deadly}")
        await one.make(f"Toaster of {deadly}")
        mine = await one.store.read(lambda view: {each[:2] for each in view.outbox_headers(99)})
        seen.clear()
        watching = True
        finished = await one.service.session()
        assert deadly in seen
        assert finished.error is None or State.RETRYING_REQUEST in seen
        hub.revive()
        for device in (one, two):
            status = await device.service.sync_now()
            assert (status.pending, status.parked_count) == (0, 0)
        assert lamp in {each.id for each in (await two.graph.list_conflicts(limit=99)).items}
        held = await two.store.read(lambda view: set(view.held(mine)))
        assert held == mine
        assert await one.digest() == await two.digest()
