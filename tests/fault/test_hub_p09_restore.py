"""P9: a hub that was restored or copied has a new epoch, and devices bring back what the backup lacks."""

import shutil

import pytest

from goodies_mcp.inbetweenies.messages import COMPARE_PATH, parse_compare_response
from goodies_mcp.inbetweenies.rows import Header, row_of
from tests.support.build import Device, record
from tests.support.hub import compare_body
from tests.support.hub_process import HubCommand


@pytest.fixture
def command(tmp_path):
    made = HubCommand(tmp_path / "data")
    made.init()
    return made


def home_of(command):
    (home,) = (command.data_dir / "households").glob("*/home.db")
    return home


def pushed(command, maker, numbers):
    made = [maker.entity(record(n), f"Thing {n}") for n in numbers]
    with command.serving() as hub, hub.device("laptop") as device:
        device.push(made)
        device.pull_all(own=True)
        assert hub.end() == 0
        return made, device.epoch, device.seq


def test_p09_an_epoch_lasts_over_restarts_and_kills(command):
    _, epoch, seq = pushed(command, Device(1), range(3))
    with command.serving() as hub, hub.device("laptop") as device:
        assert device.epoch == epoch
        hub.kill()
    with command.serving() as hub, hub.device("laptop") as device:
        assert device.epoch == epoch
        assert device.ask((epoch, seq)).cursor is not None


def test_p09_a_restored_hub_has_a_new_epoch_and_gets_back_what_it_lost(command, tmp_path):
    maker = Device(1)
    early, epoch, _ = pushed(command, maker, range(3))
    command("backup", tmp_path / "backup")
    late, _, seq = pushed(command, maker, range(3, 6))
    said = command("restore", tmp_path / "backup")
    assert "new epoch" in said.stdout
    with command.serving() as hub, hub.device("laptop") as device:
        assert device.epoch != epoch
        old = device.ask((epoch, seq))
        assert old.cursor is None, "an old cursor must not be answered with a page"
        assert old.buckets is not None
        have = [Header(*row_of(each).name, row_of(each).content_hash) for each in early + late]
        answer = device.http.post(
            COMPARE_PATH,
            content=compare_body("laptop", device.epoch, *have),
            headers={"Content-Type": "application/json"},
        )
        lacks = {name.version for name in parse_compare_response(answer.content).lacks}
        assert lacks == {each.version for each in late}
        device.push([each for each in late if each.version in lacks])
        assert sorted(each.record_id for each in device.pull_all(own=True)) == sorted(
            each.record_id for each in early + late
        )


def test_p09_a_home_put_back_in_its_place_has_a_new_epoch(command, tmp_path):
    """The same file, of the same inode, with older content: only the count beside it tells."""
    maker = Device(1)
    _, epoch, _ = pushed(command, maker, range(3))
    home = home_of(command)
    shutil.copy(home, tmp_path / "old.db")
    pushed(command, maker, range(3, 6))
    for ending in ("-wal", "-shm"):
        home.with_name(home.name + ending).unlink(missing_ok=True)
    home.write_bytes((tmp_path / "old.db").read_bytes())
    with command.serving() as hub, hub.device("laptop") as device:
        assert device.epoch != epoch


def test_p09_a_copied_hub_has_another_epoch_than_its_original(command, tmp_path):
    _, epoch, _ = pushed(command, Device(1), range(3))
    shutil.copytree(command.data_dir, tmp_path / "copy")
    (tmp_path / "copy").chmod(0o700)
    with HubCommand(tmp_path / "copy").serving() as hub, hub.device("laptop") as device:
        assert device.epoch != epoch
    with command.serving() as hub, hub.device("laptop") as device:
        assert device.epoch == epoch


def test_p09_a_running_hub_is_not_restored_over(command, tmp_path):
    pushed(command, Device(1), range(1))
    command("backup", tmp_path / "backup")
    with command.serving():
        assert "running" in command("restore", tmp_path / "backup", code=10).error


def test_p09_what_is_no_backup_is_refused_and_nothing_is_touched(command, tmp_path):
    pushed(command, Device(1), range(1))
    before = home_of(command).read_bytes()
    (tmp_path / "empty").mkdir()
    command("restore", tmp_path / "empty", code=3)
    command("backup", tmp_path / "backup")
    (broken,) = (tmp_path / "backup" / "households").glob("*/home.db")
    broken.write_bytes(b"half a file")
    command("restore", tmp_path / "backup", code=12)
    assert home_of(command).read_bytes() == before
