"""``init`` and the folder it works in: made once, for its owner alone, and nothing lost by asking twice."""

import os
import stat

import pytest

from tests.support.command import Command


@pytest.fixture
def home(tmp_path):
    return Command(tmp_path / "home")


def test_a_home_is_made_for_its_owner_alone(home):
    made = home("init", "--home", "Our house", "--json").json
    assert made["database"] == str(home.database)
    assert made["created"] is True
    assert stat.S_IMODE(home.data_dir.stat().st_mode) == 0o700
    assert stat.S_IMODE(home.database.stat().st_mode) & 0o077 == 0
    assert home.tool("get_entity_details", entity=made["home"])["name"] == "Our house"


def test_a_second_init_changes_nothing_and_says_so(home):
    home("init", "--home", "Our house")
    before = home.digest()
    for words in (("init",), ("init", "--home", "Another")):
        refused = home(*words, code=5)
        assert "already" in refused.error
        assert "--data-dir" in refused.hint
    assert home.digest() == before


def test_the_first_home_can_come_later(home):
    assert "Made" in home("init").stdout
    assert home.tool("get_home_overview").get("homes", []) == []
    home("init", "--home", "Our house")
    assert [one["name"] for one in home.tool("get_home_overview")["homes"]] == ["Our house"]


def test_a_flag_before_the_command_is_heard_and_beats_the_environment(home, tmp_path):
    home("--data-dir", tmp_path / "other", "init")
    home("init", "--data-dir", tmp_path / "third")
    assert (tmp_path / "other" / "goodies.db").is_file()
    assert (tmp_path / "third" / "goodies.db").is_file()
    assert not home.data_dir.exists()


@pytest.mark.parametrize(("name", "code"), [("", 2), ("   ", 2), ("x" * 5000, 6)])
def test_an_odd_name_is_refused_and_leaves_nothing_in_the_way(home, name, code):
    home("init", "--home", name, code=code)
    home("init", "--home", "Our house")


@pytest.mark.skipif(os.name == "posix" and os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_is_told(tmp_path):
    tmp_path.chmod(0o500)
    try:
        assert "ermission" in Command(tmp_path / "home")("init", code=8).error
    finally:
        tmp_path.chmod(0o700)


def test_a_folder_in_a_cloud_is_refused(tmp_path):
    refused = Command(tmp_path / "Dropbox" / "home")("init", code=8)
    assert "Dropbox" in refused.error
    assert not (tmp_path / "Dropbox").exists()


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda path: path.write_bytes(b"this is no database, but long enough to have a header of one" * 99), 12),
        (lambda path: path.write_bytes(b"SQLite format 3\0" + b"\xff" * 4080), 12),
        (lambda path: path.mkdir(), 2),
    ],
    ids=["text", "a broken header", "a folder"],
)
@pytest.mark.parametrize("words", [("call", "get_home_overview"), ("history", "x"), ("backup",), ("export", "-")])
def test_what_is_no_database_is_refused_and_left_as_it_is(home, make, code, words):
    home.data_dir.mkdir(mode=0o700)
    make(home.database)
    before = home.database.read_bytes() if home.database.is_file() else None
    assert str(home.database) in home(*words, code=code).error
    assert before is None or home.database.read_bytes() == before


def test_a_file_in_place_of_the_folder_is_told(tmp_path):
    (tmp_path / "home").write_text("a file")
    assert "no folder" in Command(tmp_path / "home")("init", code=2).error


def test_config_show_tells_who_said_what(home, tmp_path):
    file = tmp_path / "settings.toml"
    file.write_text('author = "Anna"\n', "utf-8")
    shown = home("config", "show", "--config", file, "--json").json
    rows = {row["key"]: row for row in shown["settings"]}
    assert rows["author"] == {"key": "author", "value": "anna", "origin": f"file {file}"}
    assert rows["data_dir"]["origin"] == "environment GOODIES_DATA_DIR"
    assert shown["database"] == str(home.database)
    hidden = Command(home.data_dir, GOODIES_TOKEN="hush-hush")("config")
    assert "hush-hush" not in hidden.stdout
    assert "GOODIES_TOKEN" in hidden.stdout


def test_a_misspelt_variable_is_told_and_nothing_else_happens(home):
    assert "GOODIES_DATA_DIR" in Command(home.data_dir, GOODIES_DATA_DRI="x")("config").stderr


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("cal", "x"), 2, "call"),
        (("tools", "--jsn"), 2, "--json"),
        (("call",), 2, "--help"),
        (("config", "--config", "/no/such/file"), 3, "/no/such/file"),
    ],
)
def test_what_was_typed_wrong_is_said_with_a_way_out(home, words, code, said):
    assert said in home(*words, code=code).stderr


def test_help_and_version(home):
    assert "usage" in home("--help").stdout
    assert "--data-dir" in home("call", "--help").stdout
    assert home("--version").stdout.startswith("goodies-mcp 0.")
