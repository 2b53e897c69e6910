"""A hub as it is run, a client of v2 as people run it, and a device of ours: over real sockets, and they agree."""

from time import perf_counter

import httpx2
import pytest

from tests.interop.v2_clients import BlowingOff
from tests.support.clock import FakeClock
from tests.support.desk import ANN
from tests.support.hub_process import PASSWORD, HubCommand
from tests.support.syncing import a_device


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    command = HubCommand(tmp_path_factory.mktemp("hub") / "data")
    command.init()
    with command.serving() as running:
        yield running


@pytest.fixture
async def ask(hub):
    async with httpx2.AsyncClient(base_url=hub.url, timeout=5.0) as http:
        # As Blowing-Off logs in: a password, and no device.
        granted = (await http.post("/api/v1/auth/admin/login", json={"password": PASSWORD})).json()
        assert (granted["token_type"], granted["role"]) == ("bearer", "admin")
        http.headers["Authorization"] = f"Bearer {granted['access_token']}"

        async def say(method, path, body):
            answer = await http.request(method, path, json=body)
            return answer.status_code, answer.json()

        yield say


async def test_a_client_of_v2_and_a_device_of_ours_are_one_home(hub, ask, tmp_path):
    client = BlowingOff(ask, FakeClock())
    client.write("kitchen-1", "Kitchen", "room")
    client.write("lamp-1", "Lamp", watts=5)
    client.join("edge-1", "lamp-1", "kitchen-1")
    await client.sync()
    async with a_device(tmp_path) as device:
        await device.log_in(hub, PASSWORD)
        await device.service.sync_now()
        assert await device.names() == ["Kitchen", "Lamp"]
        assert [edge.to_id for edge in await device.store.read(lambda view: view.edges(["lamp-1"], "out"))] == [
            "kitchen-1"
        ]

        await device.graph.update_entity(ANN, "Lamp", {"watts": 7}, name="Lamp by us")
        await device.service.sync_now()
        await client.sync()
        client.write("lamp-1", "Lamp by both")
        await client.sync()
        await device.service.sync_now()

        assert client.names() == await device.names() == ["Kitchen", "Lamp by both"]
        assert client.entities["lamp-1"]["content"] == {"watts": 7}
        assert (await device.service.status()).open_conflicts == 0


async def test_everything_pending_in_one_request_is_answered_in_time(ask):
    client = BlowingOff(ask, FakeClock(), name="heavy")
    client.write("home-2", "Home", "home")
    for n in range(500):
        client.write(f"thing-{n}", f"Thing {n}", notes="as long as notes are " * 5)
        client.join(f"edge-{n}", f"thing-{n}", "home-2", "part_of")

    started = perf_counter()
    answer = await client.sync()

    assert len(answer["applied"]) == 501
    assert len(answer["applied_relationships"]) == 500
    assert perf_counter() - started < 5.0
    assert (client.pending, client.pending_edges) == ({}, set())
