"""kill -9 of the client in every state of the machine: it goes on where it stopped; nothing is lost, or there twice."""

import asyncio
import signal
import sys
from pathlib import Path

import pytest

from goodies_mcp.inbetweenies.states import State
from tests.support.syncing import a_device
from tests.support.tiny_hub import TinyHub, says, serving

ROOT = Path(__file__).parents[2]
ALWAYS = [
    State.COLLECTING_CHANGES,
    State.PREPARING_REQUEST,
    State.SENDING_REQUEST,
    State.WAITING_RESPONSE,
    State.PROCESSING_RESPONSE,
    State.CHECKING_CONFLICTS,
    State.APPLYING_CHANGES,
    State.UPDATING_VECTOR_CLOCK,
    State.RESOLVING_CONFLICTS,
    State.MANUAL_RESOLUTION,
    State.SYNC_COMPLETE,
]
IN_TROUBLE = [State.RETRYING_REQUEST, State.SYNC_FAILED]


def test_every_state_is_tried():
    assert {*ALWAYS, *IN_TROUBLE, State.IDLE} == set(State)


async def run(folder, deadly=None):
    """A session in another process: its exit code and what it said."""
    words = [sys.executable, "-m", "tests.support.sync_process", str(folder), *([deadly] if deadly else [])]
    process = await asyncio.create_subprocess_exec(*words, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    said, _ = await process.communicate()
    return process.returncode, said.decode().strip()


PEACEFUL = (State.APPLYING_CHANGES, State.UPDATING_VECTOR_CLOCK)
"""States that a page passes only when nobody has to decide anything about it."""


async def scene(tmp_path, hub, *, conflict=True):
    """Two devices that know of one lamp; then both call it something else, or one does; more is new on each."""
    async with a_device(tmp_path, 1, engine="sqlite") as one, a_device(tmp_path, 2) as two:
        for device in (one, two):
            await device.log_in(hub)
        lamp, fan = await one.make("Lamp"), await one.make("Fan", speed=1, place="desk")
        for device in (one, two, one):
            await device.service.sync_now()
        two.clock.advance(minutes=1)
        await two.rename(lamp, "Desk lamp")
        await two.make("Kettle")
        await two.service.sync_now()
        if conflict:
            await one.rename(lamp, "Reading lamp")
        await one.rename(fan, "Ceiling fan")
        await one.make("Toaster")
        return await one.store.read(lambda view: [each[:2] for each in view.outbox_headers(99)])


async def check(tmp_path, hub, mine, *, conflict=True):
    async with a_device(tmp_path, 1, engine="sqlite") as one, a_device(tmp_path, 3) as three:
        assert await one.pending() == 0
        feed = (await hub.store.read(lambda view: view.feed_page(0, without=None, limit=999))).versions
        held = [(each.value.record_id, each.value.version) for each in feed]
        assert len(held) == len(set(held))
        assert set(mine) <= set(held)
        assert (await one.service.status()).open_conflicts == conflict
        assert await hub.store.read(lambda view: view.status().digest) == await one.digest()
        await three.log_in(hub)
        await three.service.sync_now()
        assert await three.names() == await one.names() == ["Ceiling fan", "Desk lamp", "Kettle", "Toaster"]


@pytest.mark.parametrize("deadly", ALWAYS)
async def test_p08_a_client_that_is_killed_goes_on_where_it_stopped(tmp_path, deadly):
    async with serving(TinyHub()) as hub:
        mine = await scene(tmp_path, hub, conflict=deadly not in PEACEFUL)
        assert (await run(tmp_path, deadly))[0] == -signal.SIGKILL
        assert await run(tmp_path) == (0, "ok")
        await check(tmp_path, hub, mine, conflict=deadly not in PEACEFUL)


@pytest.mark.parametrize("deadly", IN_TROUBLE)
async def test_p08_a_client_that_is_killed_in_trouble_goes_on_when_it_is_over(tmp_path, deadly):
    async with serving(TinyHub()) as hub:
        mine = await scene(tmp_path, hub)
        hub.always = says(403 if deadly is State.SYNC_FAILED else 503, b"{}")
        assert (await run(tmp_path, deadly))[0] == -signal.SIGKILL
        hub.always = None
        assert await run(tmp_path) == (0, "ok")
        await check(tmp_path, hub, mine)


async def test_p08_a_client_that_is_killed_again_and_again_gets_through(tmp_path):
    async with serving(TinyHub()) as hub:
        mine = await scene(tmp_path, hub)
        for deadly in (State.MANUAL_RESOLUTION, State.WAITING_RESPONSE, State.CHECKING_CONFLICTS):
            assert (await run(tmp_path, deadly))[0] == -signal.SIGKILL
        assert await run(tmp_path) == (0, "ok")
        await check(tmp_path, hub, mine)


async def test_p08_a_client_that_is_killed_while_it_renews_its_token_is_not_shut_out(tmp_path):
    async with serving(TinyHub()) as hub:
        mine = await scene(tmp_path, hub)
        hub.tokens.clear()
        assert (await run(tmp_path, State.RETRYING_REQUEST))[0] == -signal.SIGKILL
        assert await run(tmp_path) == (0, "ok")
        await check(tmp_path, hub, mine)
