"""``goodies-mcp book`` as people run it."""

import stat

import pytest

from tests.support.command import Command


@pytest.fixture
def home(tmp_path):
    command = Command(tmp_path / "data")
    command("init", "--home", "Our house")
    command.tool("create_entity", entity_type="room", name="Hall", located_in="Our house")
    router = {"device_type": "network", "password": "hunter2"}
    command.tool("create_entity", entity_type="device", name="Router & <Co>", located_in="Hall", content=router)
    command.tool("add_note", text="the bins go out on Mondays")
    return command


def test_the_book_is_one_private_file_that_needs_nothing_else(home, tmp_path):
    file = tmp_path / "book.html"
    ran = home("book", "--out", file, "--json")
    assert ran.json == {
        "file": str(file),
        "bytes": file.stat().st_size,
        "home": "Our house",
        "rooms": 1,
        "devices": 1,
        "papers": 1,
        "private": False,
    }
    text = file.read_text("utf-8")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "Router &amp; &lt;Co&gt;" in text
    assert "the bins go out on Mondays" in text
    assert "hunter2" not in text
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "").replace("http-equiv", "")
    assert list(tmp_path.glob("*.part")) == []


def test_private_content_is_in_it_when_it_is_asked_for(home, tmp_path):
    home("book", "--out", tmp_path / "all.html", "--private")
    assert "hunter2" in (tmp_path / "all.html").read_text("utf-8")


def test_a_file_that_is_there_is_written_over_only_when_told_so(home, tmp_path):
    file = tmp_path / "book.html"
    file.write_text("mine")
    refused = home("book", "--out", file, code=5)
    assert "already" in refused.error
    assert "--force" in refused.hint
    assert file.read_text() == "mine"
    home("book", "--out", file, "--force")
    assert "Our house" in file.read_text("utf-8")


def test_without_a_name_it_is_made_where_one_stands_and_a_dash_is_stdout(home, tmp_path):
    said = home("book", cwd=tmp_path)
    assert str(tmp_path / "house-book.html") in said.stdout
    assert home("book", "--out", "-").stdout.startswith("<!DOCTYPE html>")


def test_the_house_of_another_day(home, tmp_path):
    gone = home("book", "--at", "2020-01-01", "--out", tmp_path / "old.html", code=3)
    assert gone.error == "there was no home yet at 2020-01-01T00:00:00.000000+00:00"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--home", "nope"], 3, "no home is called"),
        (["--at", "yesterday"], 2, "at is no moment"),
        (["--out", "missing/book.html"], 3, "there is no folder"),
        (["--out", "."], 2, "is a folder"),
        (["--pages", "3"], 2, "unknown flag"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_left_behind(home, tmp_path, words, code, said):
    place = tmp_path / "place"
    place.mkdir()
    assert said in home("book", *words, cwd=place, code=code).error
    assert list(place.iterdir()) == []


def test_of_several_homes_one_must_be_named(home, tmp_path):
    home.tool("create_entity", entity_type="home", name="Cottage")
    ran = home("book", "--out", tmp_path / "which.html", code=4)
    assert "several homes" in ran.error
    assert home("book", "--home", "Cottage", "--out", tmp_path / "cottage.html", "--json").json["home"] == "Cottage"
