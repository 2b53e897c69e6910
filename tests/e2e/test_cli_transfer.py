"""``export`` and ``import``: what goes out comes in again, whole or with the line that is wrong."""

import json
import stat

import pytest

from tests.support.command import Command


@pytest.fixture
def home(tmp_path):
    command = Command(tmp_path / "home")
    command("init", "--home", "Our house")
    command.tool("create_entity", entity_type="room", name="Küche 🍳", part_of="Our house")
    command.tool("create_entity", entity_type="device", name="Oven", located_in="Küche 🍳", content={"watts": 3000})
    command.tool("update_entity", entity="Oven", changes={"watts": 3500, "odd": "\u202e\x01 ', --"})
    command.tool("add_note", text="descale it", about="Oven")
    command.tool("delete_entity", entity="Oven", cascade=True)
    return command


@pytest.fixture
def other(tmp_path):
    return Command(tmp_path / "other")


def test_a_round_trip_keeps_the_digest_and_the_history(home, other, tmp_path):
    file = tmp_path / "home.jsonl"
    wrote = home("export", file, "--json").json
    assert wrote["digest"] == home.digest()
    assert wrote["bytes"] == file.stat().st_size
    assert stat.S_IMODE(file.stat().st_mode) & 0o077 == 0
    took = other("import", file, "--json").json
    assert took["new_versions"] == took["versions"] == wrote["versions"]
    assert other.digest() == home.digest()
    ours, theirs = (each.tool("what_changed", since="2000-01-01", limit=200)["items"] for each in (home, other))
    assert ours == theirs
    assert "versions" in other("doctor", "--no-start").stdout


def test_it_goes_through_pipes(home, other):
    lines = home("export", "-").stdout
    assert "Took in" in other("import", "-", stdin=lines).stdout
    assert other.digest() == home.digest()


def test_a_second_import_changes_nothing(home, other, tmp_path):
    home("export", tmp_path / "home.jsonl")
    other("import", tmp_path / "home.jsonl")
    digest = other.digest()
    assert other("import", tmp_path / "home.jsonl", "--json").json["new_versions"] == 0
    assert other.digest() == digest


def test_two_homes_become_one(home, other, tmp_path):
    other("init", "--home", "Garden house")
    for source, target in ((home, other), (other, home)):
        file = tmp_path / f"{source.data_dir.name}.jsonl"
        source("export", file)
        target("import", file)
    assert home.digest() == other.digest()
    assert len(home.tool("get_home_overview")["homes"]) == 2


def test_a_rehearsal_writes_nothing(home, other, tmp_path):
    home("export", tmp_path / "home.jsonl")
    rehearsed = other("import", tmp_path / "home.jsonl", "--dry-run", "--json").json
    assert rehearsed["dry_run"] is True
    assert rehearsed["new_versions"] == rehearsed["versions"] > 5
    assert not other.data_dir.exists()
    other("init")
    before = other.digest()
    other("import", tmp_path / "home.jsonl", "--dry-run")
    assert other.digest() == before


def test_an_export_overwrites_nothing(home, tmp_path):
    file = tmp_path / "precious"
    file.write_text("precious")
    assert "precious" in home("export", file, code=5).error
    assert file.read_text() == "precious"
    home("export", tmp_path, code=2)
    home("export", tmp_path / "no" / "such" / "folder", code=3)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "precious"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (None, 3),
        (b"", 2),
        (b"no export at all\n", 2),
        (b'{"kind": "goodies-mcp"}\n', 2),
        (b"\xff\xfe\x00", 2),
        (b'{"a": ' + b"[" * 200_000, 2),
        (b'{"kind": "goodies-mcp", "format": 99, "schema": 1, "versions": 1, "digest": ""}\n', 2),
    ],
)
def test_what_is_no_export_is_refused(home, tmp_path, content, code):
    file = tmp_path / "file.jsonl"
    if content is not None:
        file.write_bytes(content)
    before = home.digest()
    assert home("import", file, code=code).stdout == ""
    home("import", tmp_path, code=2)
    assert home.digest() == before


def test_a_line_that_was_altered_is_named(home, other, tmp_path):
    file = tmp_path / "home.jsonl"
    home("export", file)
    lines = file.read_text("utf-8").splitlines(keepends=True)
    number = next(n for n, line in enumerate(lines) if '"watts":3500' in line)
    lines[number] = lines[number].replace("3500", "3600")
    file.write_text("".join(lines), "utf-8")
    assert "line " in other("import", file, code=2).error


def test_a_file_that_ends_early_is_told(home, other, tmp_path):
    file = tmp_path / "home.jsonl"
    home("export", file)
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    assert "line " in other("import", file, code=2).error
    file.write_bytes(whole)
    other("import", file)
    assert other.digest() == home.digest()


def test_progress_is_told_on_stderr_when_asked(home, other, tmp_path):
    told = home("export", tmp_path / "home.jsonl", "--progress")
    assert "versions: " in told.stderr
    assert home("export", tmp_path / "again.jsonl").stderr == ""
    assert "100%" in other("import", tmp_path / "home.jsonl", "--progress").stderr


def test_an_export_from_a_home_in_use_is_whole(home, other):
    with home.started("serve") as server:
        lines = home("export", "-").stdout
        server.communicate(timeout=30)
    other("import", "-", stdin=lines)
    assert other.digest() == home.digest()


def test_a_reader_that_goes_away_ends_the_export(home):
    home("call", "add_note", "-", stdin=json.dumps({"text": "x" * 900_000}))
    with home.started("export", "-") as process:
        process.stdout.read(10)
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


def test_an_import_into_a_read_only_home_is_refused(home, other, tmp_path):
    home("export", tmp_path / "home.jsonl")
    other("init")
    before = other.digest()
    assert (
        "read-only" in Command(other.data_dir, GOODIES_READ_ONLY="1")("import", tmp_path / "home.jsonl", code=8).error
    )
    assert other.digest() == before
