"""kill -9 of the client on every way of the machine: it goes on where it stopped; nothing is lost, or there twice."""

import asyncio
import json
import signal
import sys
from pathlib import Path

import pytest

from goodies_mcp.inbetweenies.states import ADDED, DIAGRAM, Event, State
from tests.support.desk import ANN
from tests.support.hub_process import PASSWORD, HubCommand
from tests.support.shifted import shifted
from tests.support.sync_process import SAVE_LOGIN
from tests.support.syncing import a_device
from tests.support.tiny_hub import TinyHub, says, serving

ROOT = Path(__file__).parents[2]

MERGED = [
    (State.CHECKING_CONFLICTS, Event.CONFLICTS_FOUND),
    (State.RESOLVING_CONFLICTS, Event.CONFLICTS_RESOLVED),
]
DISPUTED = [
    (State.IDLE, Event.SYNC_TRIGGERED),
    (State.COLLECTING_CHANGES, Event.CHANGES_COLLECTED),
    (State.PREPARING_REQUEST, Event.REQUEST_READY),
    (State.SENDING_REQUEST, Event.REQUEST_SENT),
    (State.WAITING_RESPONSE, Event.RESPONSE_RECEIVED),
    (State.PROCESSING_RESPONSE, Event.CHANGES_EXTRACTED),
    (State.RESOLVING_CONFLICTS, Event.AUTO_RESOLUTION_FAILED),
    (State.MANUAL_RESOLUTION, Event.CONFLICT_FILED),
    (State.MANUAL_RESOLUTION, Event.MORE_TO_SYNC),
    (State.SYNC_COMPLETE, Event.SUCCESS),
]
PEACEFUL = [
    (State.CHECKING_CONFLICTS, Event.NO_CONFLICTS),
    (State.APPLYING_CHANGES, Event.CHANGES_APPLIED),
    (State.UPDATING_VECTOR_CLOCK, Event.CLOCK_UPDATED),
    (State.UPDATING_VECTOR_CLOCK, Event.MORE_TO_SYNC),
]
BUSY = [
    (State.WAITING_RESPONSE, Event.TIMEOUT_OR_ERROR),
    (State.RETRYING_REQUEST, Event.RETRY_ATTEMPT),
]
REFUSED = [
    (State.RETRYING_REQUEST, Event.MAX_RETRIES),
    (State.SYNC_FAILED, Event.FAILED),
]
"""Ways by what has to be met on them: two edits that go together or do not, none, a hub that is busy or refuses."""

ALL = [*MERGED, *DISPUTED, *PEACEFUL, *BUSY, *REFUSED]


def test_every_way_is_tried():
    """All but those by which a store that fails, or a program that ends, comes to SyncFailed, which is tried."""
    more = {way for way in ADDED if way[1] is Event.MORE_TO_SYNC}
    assert set(ALL) == set(DIAGRAM) | more
    assert {after for way, after in ADDED.items() if way not in more} == {State.SYNC_FAILED}


async def run(folder, deadly=None):
    """A session in another process: its exit code and what it said. More follows where pages are small."""
    words = [sys.executable, "-m", "tests.support.sync_process", str(folder)]
    if deadly:
        words += [deadly if isinstance(deadly, str) else f"{deadly[0]}, {deadly[1]}"]
        words += ["1"] if Event.MORE_TO_SYNC in deadly else []
    process = await asyncio.create_subprocess_exec(*words, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    said, _ = await process.communicate()
    return process.returncode, said.decode().strip()


async def scene(tmp_path, hub, met=DISPUTED):
    """Two devices that know of one lamp and one fan; then both change one of them, or not; more is new on each."""
    async with a_device(tmp_path, 1, engine="sqlite") as one, a_device(tmp_path, 2) as two:
        for device in (one, two):
            await device.log_in(hub)
        lamp, fan = await one.make("Lamp"), await one.make("Fan", speed=1, place="desk")
        for device in (one, two, one):
            await device.service.sync_now()
        two.clock.advance(minutes=1)
        await two.rename(lamp, "Desk lamp")
        if met is MERGED:
            await two.graph.update_entity(ANN, fan, {"speed": 2})
        await two.make("Kettle")
        await two.service.sync_now()
        if met is DISPUTED:
            await one.rename(lamp, "Reading lamp")
        await one.rename(fan, "Ceiling fan")
        await one.make("Toaster")
        return await one.store.read(lambda view: [each[:2] for each in view.outbox_headers(99)])


async def check(tmp_path, hub, mine, met=DISPUTED):
    async with a_device(tmp_path, 1, engine="sqlite") as one, a_device(tmp_path, 3) as three:
        assert await one.pending() == 0
        feed = (await hub.store.read(lambda view: view.feed_page(0, without=None, limit=999))).versions
        held = [(each.value.record_id, each.value.version) for each in feed]
        assert len(held) == len(set(held))
        assert set(mine) <= set(held)
        assert (await one.service.status()).open_conflicts == (met is DISPUTED)
        assert await hub.store.read(lambda view: view.status().digest) == await one.digest()
        await three.log_in(hub)
        await three.service.sync_now()
        assert await three.names() == await one.names() == ["Ceiling fan", "Desk lamp", "Kettle", "Toaster"]


@pytest.mark.parametrize(
    ("deadly", "met"),
    [(way, ways) for ways in (MERGED, DISPUTED, PEACEFUL) for way in ways],
    ids=lambda each: str(each[1]),
)
async def test_p08_a_client_that_is_killed_goes_on_where_it_stopped(tmp_path, deadly, met):
    async with serving(TinyHub()) as hub:
        mine = await scene(tmp_path, hub, met)
        assert (await run(tmp_path, deadly))[0] == -signal.SIGKILL
        assert await run(tmp_path) == (0, "ok")
        await check(tmp_path, hub, mine, met)


@pytest.mark.parametrize("deadly", [*BUSY, *REFUSED], ids=lambda each: str(each[1]))
async def test_p08_a_client_that_is_killed_in_trouble_goes_on_when_it_is_over(tmp_path, deadly):
    async with serving(TinyHub()) as hub:
        mine = await scene(tmp_path, hub)
        hub.always = says(403 if deadly in REFUSED else 503, b"{}")
        assert (await run(tmp_path, deadly))[0] == -signal.SIGKILL
        hub.always = None
        assert await run(tmp_path) == (0, "ok")
        await check(tmp_path, hub, mine)


async def test_p08_a_client_that_is_killed_again_and_again_gets_through(tmp_path):
    async with serving(TinyHub()) as hub:
        mine = await scene(tmp_path, hub)
        for deadly in DISPUTED[6], DISPUTED[4], DISPUTED[2]:
            assert (await run(tmp_path, deadly))[0] == -signal.SIGKILL
        assert await run(tmp_path) == (0, "ok")
        await check(tmp_path, hub, mine)


async def test_p08_a_client_that_is_killed_before_it_asks_for_a_new_token_is_not_shut_out(tmp_path):
    async with serving(TinyHub()) as hub:
        mine = await scene(tmp_path, hub)
        hub.tokens.clear()
        assert (await run(tmp_path, BUSY[0]))[0] == -signal.SIGKILL
        assert await run(tmp_path) == (0, "ok")
        await check(tmp_path, hub, mine)


@pytest.mark.parametrize("later", [0, 86_400])
async def test_p08_a_client_that_is_killed_before_it_keeps_its_new_token_is_not_shut_out(tmp_path, later):
    """The hub has given it and counts the old one as used; the device comes back at once, or a day later."""
    command = HubCommand(tmp_path / "hub")
    command.init()
    with command.serving() as hub:
        async with a_device(tmp_path, 1, engine="sqlite") as device:
            await device.log_in(hub, PASSWORD)
            await device.service.sync_now()
            await device.make("Lamp")
        login = tmp_path / "device-1" / "hub.json"
        kept = json.loads(login.read_text()) | {"access_token": "expired"}
        login.write_text(json.dumps(kept))
        for _ in range(2):
            assert (await run(tmp_path, SAVE_LOGIN))[0] == -signal.SIGKILL
            assert json.loads(login.read_text()) == kept
        command.program = shifted(later, "goodies_mcp.cli.hub.main")
        hub.kill()
        with command.serving("--port", hub.url.rpartition(":")[2]):
            assert await run(tmp_path) == (0, "ok")
    assert json.loads(login.read_text())["refresh_token"] != kept["refresh_token"]
