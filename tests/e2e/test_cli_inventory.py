"""The devices of a home in a spreadsheet, by command."""

import pytest

from tests.support.command import Command

TABLE = "Name;Room;Serial number\nToaster;Kitchen;00123\nKettle;Pantry;=1+1\n"


@pytest.fixture
def home(tmp_path):
    home = Command(tmp_path / "home")
    home("init", "--home", "Our house")
    home.tool("create_entity", entity_type="room", name="Kitchen", part_of="Our house")
    return home


def test_a_table_goes_in_comes_out_and_goes_in_again_unchanged(home, tmp_path):
    given = tmp_path / "mine.csv"
    given.write_text(TABLE)
    assert "--new-rooms" in home("import", given, code=3).hint
    assert "It would come to: 3 created" in home("import", given, "--new-rooms", "--dry-run").stdout
    made = home("import", given, "--new-rooms", "--json").json
    assert (made["rows"], made["created"]) == (2, 3)
    written = tmp_path / "theirs.CSV"
    assert "2 devices" in home("export", written).stdout
    assert "'=1+1" in written.read_text("utf-8-sig")
    before = home.digest()
    assert "2 unchanged" in home("import", written).stdout
    assert home.digest() == before
    assert home.tool("get_entity_details", entity="Toaster")["content"] == {"serial_number": "00123"}
    home("call", "undo")
    assert home.tool("get_devices_in_room", room="Kitchen")["total"] == 0


def test_pipes_and_odd_files(home, tmp_path):
    assert "1 created" in home("import", "-", "--format", "csv", stdin="name\nLamp\n").stdout
    assert "Lamp" in home("export", "-", "--format", "csv").stdout
    odd = tmp_path / "odd.csv"
    odd.write_bytes("name\nLämp\n".encode("utf-16"))
    assert "UTF-8" in home("import", odd, code=2).error
    assert "already" in home("export", odd, code=5).error
    assert "no column `name`" in home("import", "-", "--format", "csv", code=2).error
    home("export", tmp_path / "all.jsonl")
    assert "CSV" in home("import", tmp_path / "all.jsonl", "--format", "csv", code=2).hint
