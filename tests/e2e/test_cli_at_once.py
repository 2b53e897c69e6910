"""Several commands on one home at once, a command that is cut off, and folders with odd names."""

import os
import pty
import signal
import subprocess

import pytest

from tests.support.command import PROGRAM, Command


@pytest.fixture
def home(tmp_path):
    return Command(tmp_path / "home")


def ended(process):
    stdout, stderr = process.communicate(timeout=60)
    assert b"Traceback" not in stderr
    return process.returncode, stdout, stderr


def test_of_many_who_begin_one_makes_the_home(home):
    codes = sorted(ended(process)[0] for process in [home.started("init", "--home", "Our house") for _ in range(4)])
    assert codes == [0, 5, 5, 5]
    assert len(home.tool("get_home_overview")["homes"]) == 1
    assert home("doctor", "--no-start", "--json").json["well"]


def test_calls_at_once_all_come_through(home):
    home("init", "--home", "Our house")
    calls = [home.started("call", "add_note", f'{{"text": "note {n}"}}') for n in range(8)]
    assert [ended(process)[0] for process in calls] == [0] * 8
    assert home.tool("get_home_overview")["counts"]["note"] == 8


@pytest.mark.parametrize("name", ["a b#c?d%20e", "Küche 🍳", "'; DROP", "-rf", "[x]*", "with\nline"])
def test_a_folder_may_have_any_name(tmp_path, name):
    home = Command(tmp_path / name)
    home("init", "--home", "Our house")
    assert home.tool("get_home_overview")["homes"][0]["name"] == "Our house"
    file = home("backup", "--json").json["file"]
    home("restore", file, "--yes")
    home("export", tmp_path / f"{name}.jsonl")
    assert home("doctor", "--no-start", "--json").json["well"]
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == [name]


def test_an_import_that_is_killed_can_be_done_again(home, tmp_path):
    other = Command(tmp_path / "other")
    home("init", "--home", "Our house")
    changes = [{"action": "create_entity", "entity_type": "contact", "name": f"Anna {n}"} for n in range(500)]
    for _ in range(6):
        home.tool("apply_changes", changes=changes)
    home("export", tmp_path / "home.jsonl")
    with other.started("import", tmp_path / "home.jsonl", "--progress") as process:
        process.stderr.readline()
        process.kill()
        process.communicate(timeout=60)
    other("import", tmp_path / "home.jsonl")
    assert other.digest() == home.digest()
    assert other("doctor", "--no-start", "--json").json["well"]


def test_ctrl_c_ends_a_command_with_its_code_and_no_trace(home, tmp_path):
    home("init")
    fifo = tmp_path / "arguments"
    os.mkfifo(fifo)
    # The second opens when the command has opened it too, and now waits for what is written.
    with home.started("call", "add_note", f"@{fifo}") as process, fifo.open("wb"):
        process.send_signal(signal.SIGINT)
        assert ended(process) == (130, b"", b"")


@pytest.mark.parametrize(("answer", "code"), [(b"y\n", 0), (b"no\n", 8), (b"\n", 8), (b"\x04", 8)])
def test_a_person_is_asked_before_a_restore(home, tmp_path, answer, code):
    home("init", "--home", "Our house")
    home("backup", tmp_path / "backup.db")
    home.tool("add_note", text="later")
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*PROGRAM, "restore", tmp_path / "backup.db"],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **home.environ},
    ) as process:
        os.close(theirs)
        os.write(ours, answer)
        _, stderr = process.communicate(timeout=60)
    os.close(ours)
    assert process.returncode == code, stderr
    assert b"[y/N]" in stderr
    assert ("note" in home.tool("get_home_overview")["counts"]) is (code != 0)
