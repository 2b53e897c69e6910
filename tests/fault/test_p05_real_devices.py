"""Devices in processes of their own that have wrong clocks, are copies of each other, are many, or meet an old hub: all
agree in the end, and nothing is lost.
"""

import asyncio
import shutil
from contextlib import ExitStack

import pytest

from goodies_mcp.config import DATABASE
from goodies_mcp.storage.incarnation import IncarnationFile
from goodies_mcp.storage.maintenance import check
from tests.support.command import Command
from tests.support.hub_process import PASSWORD, HubCommand
from tests.support.served_device import ServedDevice
from tests.support.shifted import shifted
from tools.chaos.crew import DeviceProcess
from tools.chaos.ledger import Ledger
from tools.chaos.rules import Rule
from tools.home_file import seen

DAY = 86_400


@pytest.fixture
def hub(tmp_path):
    command = HubCommand(tmp_path / "hub")
    command.init()
    with command.serving() as running:
        yield running


def joined(folder, hub, *, ahead=0):
    """A home that is logged in, on a machine whose clock is so many seconds ahead."""
    home = Command(folder, GOODIES_DEVICE=folder.name, GOODIES_AUTHOR="ann", GOODIES_SYNC="false")
    home.program = shifted(ahead, "goodies_mcp.cli.main")
    home("init")
    home("hub", "login", hub.url, "--password-stdin", stdin=PASSWORD + "\n")
    return home


def digest(home):
    return seen(home.database, lambda view: view.status().digest)


def agree(*homes):
    assert len({digest(home) for home in homes}) == 1
    for home in homes:
        assert [found for found in check(home.database) if found.serious] == []


def in_turn(*hosts):
    """Everybody syncs until everybody has seen everything."""
    for host in (*hosts, *hosts):
        status = host.tool("sync_now")
        assert (status["pending"], status["parked_count"]) == (0, 0)


def test_p05_clocks_that_are_off_by_a_day_decide_nothing_about_what_came_after_what(tmp_path, hub):
    homes = joined(tmp_path / "early", hub, ahead=-DAY), joined(tmp_path / "late", hub, ahead=DAY)
    with ServedDevice(homes[0]) as early, ServedDevice(homes[1]) as late:
        lamp = late.tool("create_entity", entity_type="device", name="Lamp")["items"][0]["id"]
        in_turn(late, early)
        # Two days earlier by its clock, and yet after what it has seen.
        early.tool("update_entity", entity=lamp, name="Desk lamp")
        in_turn(early, late)
        for each in (early, late):
            assert each.tool("get_entity_details", entity=lamp)["name"] == "Desk lamp"
            assert each.tool("list_conflicts")["total"] == 0
        # At the same time in truth: both sides are kept and shown, whatever the clocks say.
        early.tool("update_entity", entity=lamp, name="Reading lamp")
        late.tool("update_entity", entity=lamp, name="Night lamp")
        in_turn(early, late)
        for each in (early, late):
            (item,) = each.tool("list_conflicts")["items"]
            (name,) = (field for field in item["fields"] if field["field"] == "name")
            assert {side["value"] for side in name["sides"]} == {"Reading lamp", "Night lamp"}
        early.tool("resolve_conflict", conflict=lamp, resolution="keep_local")
        in_turn(early, late)
        for each in (early, late):
            assert each.tool("get_entity_details", entity=lamp)["name"] == "Reading lamp"
            assert each.tool("list_conflicts")["total"] == 0
    agree(*homes)


def test_p09_a_copied_home_is_another_device_at_once(tmp_path, hub):
    """The whole folder is copied, side file and login too, and both go on."""
    home = joined(tmp_path / "laptop", hub)
    with ServedDevice(home) as laptop:
        lamp = laptop.tool("create_entity", entity_type="device", name="Lamp", content={"a": 1})["items"][0]["id"]
        laptop.tool("sync_now")
        laptop.tool("create_entity", entity_type="device", name="Not yet pushed")
    shutil.copytree(home.data_dir, tmp_path / "copy")
    copy = Command(tmp_path / "copy", **{**home.environ, "GOODIES_DATA_DIR": str(tmp_path / "copy")})
    with ServedDevice(home) as laptop, ServedDevice(copy) as other:
        for each, name in ((laptop, "Lamp of the laptop"), (other, "Lamp of the copy")):
            each.tool("update_entity", entity=lamp, name=name)
            each.tool("create_entity", entity_type="note", name=f"Note: {name}")
        in_turn(laptop, other)
        for each in (laptop, other):
            assert each.tool("list_conflicts")["total"] == 1
            assert each.tool("get_home_overview")["counts"]["note"] == 2
    agree(home, copy)
    incarnations = {seen(each.database, lambda view: view.incarnation()) for each in (home, copy)}
    assert len(incarnations) == 2


def test_p09_a_copy_that_nothing_tells_from_its_original_is_noticed_on_the_hub(tmp_path, hub):
    """As where a whole disk is copied, and the file has the same inode on it: both make versions with the same dots."""
    home = joined(tmp_path / "laptop", hub)
    with ServedDevice(home) as laptop:
        lamp = laptop.tool("create_entity", entity_type="device", name="Lamp")["items"][0]["id"]
        laptop.tool("sync_now")
    shutil.copytree(home.data_dir, tmp_path / "copy")
    copy = Command(tmp_path / "copy", **{**home.environ, "GOODIES_DATA_DIR": str(tmp_path / "copy")})
    side = IncarnationFile(copy.database)
    side.bind(side.read()._replace(inode=copy.database.stat().st_ino))
    side.close()
    with ServedDevice(home) as laptop, ServedDevice(copy) as other:
        for each, name in ((laptop, "Lamp of the laptop"), (other, "Lamp of the copy")):
            each.tool("update_entity", entity=lamp, name=name)
            each.tool("create_entity", entity_type="note", name=f"Note: {name}")
        for each in (laptop, other, laptop, other):
            status = each.tool("sync_now")
        # Somebody is told, the change is kept, and nothing else is held back.
        (parked,) = status["parked"]
        assert (parked["name"], parked["code"]) == ("Lamp of the copy", "dot_reused")
        assert "copied" in parked["hint"]
        assert "a database was copied" in status["note"]
        for each, name in ((laptop, "Lamp of the laptop"), (other, "Lamp of the copy")):
            assert each.tool("get_entity_details", entity=lamp)["name"] == name
            assert each.tool("get_home_overview")["counts"]["note"] == 2


async def test_p05_ten_devices_at_once_on_one_hub_agree(tmp_path, hub):
    crew = {name: DeviceProcess(tmp_path / name, name, Rule.NONE) for name in map("device-{}".format, range(10))}

    async def all_at_once(verb, *words):
        return zip(crew, await asyncio.gather(*(each.ask(verb, *words) for each in crew.values())), strict=True)

    try:
        await all_at_once("login", hub.url, PASSWORD)
        await crew["device-0"].ask("sync")
        ledger = Ledger(next((tmp_path / "hub" / "households").glob("*/home.db")))
        ledger.edited("device-0", (await crew["device-0"].ask("furnish", 3))["waiting"])
        for _ in range(3):
            for name, said in await all_at_once("edit", 6):
                ledger.edited(name, said["made"])
            for name, said in await all_at_once("sync"):
                assert said["outcome"] == "ok"
                ledger.looked(name, said["waiting"])
        for _, said in await all_at_once("sync"):
            assert said["outcome"] == "ok"
    finally:
        for each in crew.values():
            await each.end()
    _, versions = ledger.judge({name: each.folder / DATABASE for name, each in crew.items()})
    assert ledger.faults == []
    assert versions == len(ledger.made) > 150


def test_p09_real_devices_bring_a_restored_hub_back_to_where_it_was(tmp_path):
    command = HubCommand(tmp_path / "hub")
    command.init()
    with ExitStack() as stack:
        with command.serving() as hub:
            homes = joined(tmp_path / "laptop", hub), joined(tmp_path / "tablet", hub)
            laptop, tablet = (stack.enter_context(ServedDevice(home)) for home in homes)
            lamp = laptop.tool("create_entity", entity_type="device", name="Lamp")["items"][0]["id"]
            in_turn(laptop, tablet)
            command("backup", tmp_path / "backup")
            # The hub will know nothing of these; the tablet knows of one only from the hub.
            laptop.tool("update_entity", entity=lamp, name="Desk lamp")
            tablet.tool("create_entity", entity_type="device", name="Kettle")
            in_turn(laptop, tablet)
            tablet.tool("delete_entity", entity="Kettle")
            port = hub.url.rpartition(":")[2]
            before = digest(homes[1])
            assert hub.end() == 0
        command("restore", tmp_path / "backup")
        with command.serving("--port", port):
            in_turn(tablet, laptop)
            (home,) = (tmp_path / "hub" / "households").glob("*/home.db")
            assert seen(home, lambda view: view.status().digest) == digest(homes[0]) == before
            for each in (laptop, tablet):
                assert each.tool("get_entity_details", entity=lamp)["name"] == "Desk lamp"
                assert each.tool("get_home_overview")["counts"] == {"device": 1}
    agree(*homes)
