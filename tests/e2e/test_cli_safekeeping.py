"""``backup``, ``restore`` and ``compact`` on real files, in use and broken."""

import json
import os
import stat
import subprocess
import sys

import pytest

from tests.support.command import Command


@pytest.fixture
def home(tmp_path):
    command = Command(tmp_path / "home")
    command("init", "--home", "Our house")
    command.tool("create_entity", entity_type="room", name="Kitchen", part_of="Our house")
    return command


def elsewhere(home, file):
    """The digest of a backup when it is opened as a home of its own."""
    other = Command(file.parent / "opened")
    other("restore", file, "--yes")
    return other.digest()


def test_a_backup_holds_everything_and_has_a_dated_name(home):
    made = home("backup", "--json").json
    file = home.data_dir / "backups" / os.path.basename(made["file"])  # noqa: PTH119
    assert file.is_file()
    assert stat.S_IMODE(file.stat().st_mode) & 0o077 == 0
    assert elsewhere(home, file) == home.digest()
    assert str(file) in home("backup", file.with_name("named.db")).stdout.replace("named.db", file.name)
    assert home("backup").stdout != home("backup").stdout


def test_a_backup_of_a_home_in_use_is_whole(home, tmp_path):
    with home.started("serve") as server:
        home("backup", tmp_path / "backup.db")
        server.communicate(timeout=30)
    assert elsewhere(home, tmp_path / "backup.db") == home.digest()


def test_a_backup_never_overwrites(home, tmp_path):
    file = tmp_path / "there.txt"
    file.write_text("precious")
    assert str(file) in home("backup", file, code=5).error
    assert file.read_text() == "precious"
    home("backup", tmp_path, code=2)
    home("backup", tmp_path / "no" / "such" / "folder" / "file.db", code=3)


def test_restore_brings_back_what_was_and_keeps_what_is(home, tmp_path):
    before = home.digest()
    home("backup", tmp_path / "backup.db")
    home.tool("create_entity", entity_type="room", name="Hall", part_of="Our house")
    after = home.digest()
    told = home("restore", tmp_path / "backup.db", "--yes", "--json").json
    assert home.digest() == before
    kept = Command(tmp_path / "kept")
    kept("restore", told["kept"], "--yes")
    assert kept.digest() == after
    assert (tmp_path / "backup.db").is_file()


def test_restore_rehearses(home, tmp_path):
    home("backup", tmp_path / "backup.db")
    home.tool("add_note", text="later")
    before = home.digest()
    files = sorted(home.data_dir.rglob("*"))
    told = home("restore", tmp_path / "backup.db", "--dry-run", "--json").json
    assert told["dry_run"] is True
    assert home.digest() == before
    assert sorted(home.data_dir.rglob("*")) == files


def test_restore_asks_when_nobody_said_yes(home, tmp_path):
    home("backup", tmp_path / "backup.db")
    home.tool("add_note", text="later")
    before = home.digest()
    assert "--yes" in home("restore", tmp_path / "backup.db", code=8).hint
    assert home.digest() == before


def test_a_restored_home_is_a_new_incarnation(home, tmp_path):
    home("backup", tmp_path / "backup.db")
    before = incarnation(home)
    home("restore", tmp_path / "backup.db", "--yes")
    home.tool("add_note", text="x")
    assert incarnation(home) != before


def incarnation(home):
    findings = home("doctor", "--no-start", "--json").json["findings"]
    return next(finding["message"] for finding in findings if finding["what"] == "incarnation")


@pytest.mark.parametrize(
    ("content", "code"),
    [(None, 3), (b"no database at all, only text " * 200, 12), (b"", 12), (b"SQLite format 3\0" + b"\0" * 4080, 12)],
)
def test_what_is_no_backup_is_refused_and_nothing_is_touched(home, tmp_path, content, code):
    file = tmp_path / "backup.db"
    if content is not None:
        file.write_bytes(content)
    before = home.digest()
    assert "backup.db" in home("restore", file, "--yes", code=code).error
    assert home.digest() == before


def test_a_damaged_backup_is_refused(home, tmp_path):
    for n in range(20):
        home.tool("add_note", text=f"note {n} " + "x" * 3000)
    home("backup", tmp_path / "backup.db")
    raw = bytearray((tmp_path / "backup.db").read_bytes())
    raw[8192:-4096] = os.urandom(len(raw) - 8192 - 4096)
    (tmp_path / "backup.db").write_bytes(raw)
    before = home.digest()
    home("restore", tmp_path / "backup.db", "--yes", code=12)
    assert home.digest() == before


def test_a_folder_is_no_backup(home, tmp_path):
    home("restore", tmp_path, "--yes", code=2)


def test_restore_waits_for_no_writer(home, tmp_path):
    home("backup", tmp_path / "backup.db")
    holding = (
        "import sqlite3, sys\n"
        "database = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "database.execute('BEGIN IMMEDIATE')\n"
        "print('holding', flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holding, home.database], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout.readline() == b"holding\n"
        assert home("restore", tmp_path / "backup.db", "--yes", code=10).stdout == ""
        writer.communicate(timeout=30)
    home("restore", tmp_path / "backup.db", "--yes")


def test_compact_keeps_what_is_shown(home):
    for n in range(10):
        home.tool("update_entity", entity="Kitchen", changes={"n": n, "filler": "x" * 2000})
    shown = home.tool("get_entity_details", entity="Kitchen")
    home("compact", code=2)
    home("compact", "--keep", "a while", code=2)
    rehearsed = home("compact", "--keep", "1y", "--dry-run", "--json").json
    assert rehearsed["dry_run"] is True
    home("compact", "--keep", "1y", "--json")
    assert home.tool("get_entity_details", entity="Kitchen") == shown
    assert home("doctor", "--no-start", "--json").json["well"]


def test_a_newer_schema_is_refused_by_every_command(home, tmp_path):
    home("backup", tmp_path / "backup.db")
    script = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('PRAGMA user_version = 9999'); c.close()"
    for file in (home.database, tmp_path / "backup.db"):
        subprocess.run([sys.executable, "-c", script, file], check=True, timeout=60)
    for words in (("call", "get_home_overview"), ("backup",), ("export", "-"), ("compact", "--keep", "1y")):
        refused = home.started(*words)
        with refused as process:
            stdout, stderr = process.communicate(timeout=60)
        assert process.returncode not in {0, 1}, (words, stdout, stderr)
        assert b"this release knows" in stderr
    found = json.loads(home("doctor", "--no-start", "--json", code=1).stdout)["findings"]
    assert any("knows" in finding["message"] for finding in found if finding["verdict"] == "wrong")
