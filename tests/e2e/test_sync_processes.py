"""Two homes, a hub, and the commands and tools that people and assistants use: all of it in processes of their own."""

import json

import pytest

from tests.support.command import Command
from tests.support.hub_process import PASSWORD, HubCommand
from tests.support.served_device import ServedDevice


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    command = HubCommand(tmp_path_factory.mktemp("hub") / "data")
    command.init("--user", "ann", "--household", "Our house")
    with command.serving() as running:
        yield running


@pytest.fixture
def devices(tmp_path, hub):
    """Two homes that are logged in, named laptop and tablet."""
    made = [Command(tmp_path / name, GOODIES_DEVICE=name, GOODIES_AUTHOR="ann") for name in ("laptop", "tablet")]
    for each in made:
        each("init")
        each("hub", "login", hub.url, "--password-stdin", stdin=PASSWORD + "\n")
        each("sync")
    return made


def synced(*devices):
    """Sync everybody twice, so that everybody has seen everything."""
    for _ in range(2):
        for each in devices:
            each("sync")


def test_what_is_made_on_one_device_is_there_on_the_other(devices):
    laptop, tablet = devices
    room = laptop.tool("create_entity", entity_type="room", name="Kitchen")["items"][0]["id"]
    tablet.tool("create_entity", entity_type="device", name="Lamp")
    synced(*devices)
    assert tablet.tool("get_entity_details", entity=room)["name"] == "Kitchen"
    assert laptop.tool("get_entity_details", entity="Lamp")["type"] == "device"
    assert laptop.digest() == tablet.digest()
    status = laptop("status", "--json").json
    assert (status["state"], status["pending"], status["failure"]) == ("Idle", 0, None)
    assert laptop.tool("get_sync_status")["last_success"] == status["last_success"]
    assert laptop.tool("get_home_overview")["last_sync"] == status["last_success"]
    said = laptop("status").stdout
    assert "0 waiting, 0 parked" in said
    assert "Last success: 2" in said


def test_a_conflict_is_shown_on_both_devices_and_settled_for_both(devices):
    laptop, tablet = devices
    lamp = laptop.tool("create_entity", entity_type="device", name="Lamp")["items"][0]["id"]
    synced(*devices)
    laptop.tool("update_entity", entity=lamp, name="Reading lamp")
    tablet.tool("update_entity", entity=lamp, name="Desk lamp")
    synced(*devices)
    for device, local in ((laptop, "Reading lamp"), (tablet, "Desk lamp")):
        assert device.tool("get_home_overview")["open_conflicts"] == 1
        (item,) = device("conflicts", "--json").json["items"]
        (name,) = (field for field in item["fields"] if field["field"] == "name")
        assert name["base"] == "Lamp"
        assert name["shown"] == "Desk lamp"
        assert {side["side"]: side["value"] for side in name["sides"]}["local"] == local
        said = device("conflicts").stdout
        assert "Reading lamp" in said
        assert "grew from version=" in said
    settled = laptop("resolve", lamp, "--keep-local")
    assert "Reading lamp" in settled.stdout
    synced(*devices)
    for device in devices:
        assert device.tool("list_conflicts")["total"] == 0
        assert device.tool("get_entity_details", entity=lamp)["name"] == "Reading lamp"
    assert laptop.digest() == tablet.digest()
    again = laptop("resolve", lamp, "--merge", code=5)
    assert "no open conflict" in again.error


def test_a_conflict_is_settled_by_a_patch(devices):
    laptop, tablet = devices
    fan = laptop.tool("create_entity", entity_type="device", name="Fan")["items"][0]["id"]
    synced(*devices)
    laptop.tool("update_entity", entity=fan, changes={"speed": 1})
    tablet.tool("update_entity", entity=fan, changes={"speed": 2})
    synced(*devices)
    laptop("resolve", fan, "--custom", '{"speed": 3}', "--name", "Ceiling fan")
    synced(*devices)
    found = tablet.tool("get_entity_details", entity=fan)
    assert (found["name"], found["content"]) == ("Ceiling fan", {"speed": 3})


def test_every_failure_has_its_exit_code_and_says_what_to_do(tmp_path, hub):
    home = Command(tmp_path / "home")
    assert "init" in home("sync", code=3).hint
    home("init")
    assert "hub login" in home("sync", code=7).hint
    assert home("status", "--json").json["hub"] is None
    wrong = home("hub", "login", hub.url, "--password-stdin", stdin="wrong\n", code=7)
    assert "password" in wrong.error
    assert "in clear" in home("hub", "login", "http://hub.example", "--password-stdin", stdin="x\n", code=8).error
    away = home("hub", "login", "http://127.0.0.1:9", "--password-stdin", stdin="x\n", code=10)
    assert "cannot be reached" in away.error
    assert "no address" in home("hub", "login", "ftp://hub.example", "--password-stdin", stdin="x\n", code=2).error
    assert "no address was given" in home("hub", "login", "--password-stdin", stdin="x\n", code=2).error
    assert "nobody to type" in home("hub", "login", hub.url, code=2).error
    assert "single call" in home("call", "sync_now", code=2).error
    home("resolve", "Lamp", code=2)
    home("resolve", "Lamp", "--merge", "--keep-local", code=2)
    assert not (tmp_path / "home" / "hub.json").exists()


def test_a_hub_that_is_away_loses_nothing_and_is_told(tmp_path):
    command = HubCommand(tmp_path / "hub")
    command.init()
    home = Command(tmp_path / "home")
    home("init")
    with command.serving() as hub:
        home("hub", "login", hub.url, "--password-stdin", stdin=PASSWORD + "\n")
        home("sync")
    home.tool("create_entity", entity_type="device", name="Lamp")
    failed = home("sync", code=10)
    assert "cannot be reached" in failed.error
    status = home("status", "--json").json
    assert (status["pending"], status["failure"]["code"]) == (1, "unavailable")
    assert "cannot be reached" in home("status").stdout


def test_logging_out_ends_the_login_and_keeps_the_home(devices, hub):
    laptop, _ = devices
    laptop.tool("create_entity", entity_type="device", name="Heater")
    token = json.loads((laptop.data_dir / "hub.json").read_text())["access_token"]
    said = laptop("hub", "logout", "--json").json
    assert said == {"logged_out": True, "forgotten": False}
    assert not (laptop.data_dir / "hub.json").exists()
    with hub.client(token) as http:
        assert http.get("/api/v1/auth/me").status_code == 401
    assert "hub login" in laptop("sync", code=7).hint
    assert laptop("status", "--json").json["pending"] == 1
    assert "Nobody" in laptop("hub", "logout").stdout
    laptop("hub", "login", hub.url, "--password-stdin", stdin=PASSWORD + "\n")
    laptop("sync")
    assert laptop("status", "--json").json["pending"] == 0


def test_a_home_of_one_household_does_not_run_into_another(devices, tmp_path):
    laptop, _ = devices
    other = HubCommand(tmp_path / "other hub")
    other.init("--household", "Summer house")
    with other.serving() as hub:
        refused = laptop("hub", "login", hub.url, "--password-stdin", stdin=PASSWORD + "\n", code=5)
        assert "household" in refused.error
        assert "--forget" in refused.hint
        laptop("hub", "logout", "--forget")
        laptop("hub", "login", hub.url, "--password-stdin", stdin=PASSWORD + "\n")
        laptop("sync")
        assert laptop("status", "--json").json["pending"] == 0


def test_the_settings_hub_must_be_that_of_the_login(devices):
    laptop, _ = devices
    laptop.environ["GOODIES_HUB_URL"] = "https://elsewhere.example"
    refused = laptop("sync", code=2)
    assert "the login is at" in refused.error


def test_no_token_is_shown_anywhere(devices):
    laptop, _ = devices
    kept = json.loads((laptop.data_dir / "hub.json").read_text())
    secrets = [kept["access_token"], kept["refresh_token"]]
    assert (laptop.data_dir / "hub.json").stat().st_mode & 0o077 == 0
    laptop.tool("create_entity", entity_type="device", name="Oven")
    said = [
        laptop("sync", "-vv", "--progress"),
        laptop("status", "--json"),
        laptop("config", "show", "--json"),
        laptop("doctor", "--no-start", "--json"),
    ]
    for ran in said:
        assert not any(secret in ran.stdout + ran.stderr for secret in secrets)
    for file in laptop.data_dir.iterdir():
        if file.is_file() and file.name != "hub.json":
            assert not any(secret.encode() in file.read_bytes() for secret in secrets)


def test_an_assistant_syncs_with_progress_and_hears_of_it(devices):
    laptop, tablet = devices
    tablet.tool("create_entity", entity_type="device", name="Toaster")
    tablet("sync")
    with ServedDevice(laptop, GOODIES_SYNC="false") as host:
        assert host.capabilities["resources"] == {"subscribe": True, "listChanged": False}
        uri = "goodies://sync/status"
        assert uri in {each["uri"] for each in host.ask("resources/list")["result"]["resources"]}
        host.ask("resources/subscribe", uri=uri)
        host.say(
            b'{"jsonrpc":"2.0","id":"s","method":"tools/call","params":{"name":"sync_now","arguments":{},'
            b'"_meta":{"progressToken":7}}}'
        )
        heard = {}
        while not {"s", "notifications/progress", "notifications/resources/updated"} <= heard.keys():
            said = host.hear()
            heard[said.get("method", said.get("id"))] = said
        result, notices = heard.pop("s")["result"], {method: said["params"] for method, said in heard.items()}
        assert result["structuredContent"]["pulled"] == 1
        assert notices["notifications/progress"]["progressToken"] == 7
        assert notices["notifications/progress"]["progress"] == 1
        assert notices["notifications/resources/updated"] == {"uri": uri}
        (read,) = host.ask("resources/read", uri=uri)["result"]["contents"]
        assert json.loads(read["text"])["last_success"] == result["structuredContent"]["last_success"]
        unknown = host.ask("resources/read", uri="goodies://sync/token")
        assert unknown["error"]["code"] == -32002
        assert host.call("get_entity_details", entity="Toaster")["structuredContent"]["type"] == "device"


def test_a_server_syncs_by_itself_after_its_start_and_after_a_change(devices):
    laptop, tablet = devices
    tablet.tool("create_entity", entity_type="device", name="Iron")
    tablet("sync")
    uri = "goodies://sync/status"
    with ServedDevice(laptop, GOODIES_SYNC_INTERVAL="1") as host:
        host.ask("resources/subscribe", uri=uri)
        while host.call("get_entity_details", entity="Iron")["isError"]:
            host.notice("notifications/resources/updated")
        made = host.call("create_entity", entity_type="device", name="Mixer")
        assert not made["isError"]
        while host.call("get_sync_status")["structuredContent"]["pending"]:
            host.notice("notifications/resources/updated")
    tablet("sync")
    assert tablet.tool("get_entity_details", entity="Mixer")["type"] == "device"


def test_a_call_does_not_sync_at_its_end(devices):
    laptop, _ = devices
    laptop.tool("create_entity", entity_type="device", name="Blender")
    assert laptop("status", "--json").json["pending"] == 1
