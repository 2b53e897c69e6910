"""``doctor`` finds what is wrong, says what to do about it, and changes nothing."""

import os
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


def findings(home, *words, code=0):
    said = home("doctor", "--json", *(words or ("--no-start",)), code=code).json
    assert said["well"] is (code == 0)
    return {finding["what"]: finding for finding in said["findings"]}


def verdicts(home, *words, code=0):
    return {what: finding["verdict"] for what, finding in findings(home, *words, code=code).items()}


def sql(file, *statements):
    script = (
        "import sqlite3, sys\n"
        "database = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "for statement in sys.argv[2:]: database.execute(statement).fetchall()\n"
        "database.close()\n"
    )
    subprocess.run([sys.executable, "-c", script, file, *statements], check=True, timeout=60)


def test_a_healthy_home_is_well_and_starts(home):
    found = findings(home, "-v")
    assert {finding["verdict"] for finding in found.values()} == {"ok"}
    assert {"release", "folder", "permissions", "cloud", "disk", "schema", "digest", "start"} <= set(found)
    assert "tools that read" in found["start"]["message"]
    text = home("doctor", "--no-start").stdout
    assert text.endswith("All is well.\n")


def test_looking_changes_nothing(home):
    def files():
        # SQLite keeps an empty log and its index beside a database that was only read.
        found = {file: file.read_bytes() for file in home.data_dir.rglob("*") if file.is_file()}
        return {file: content for file, content in found.items() if content and not file.name.endswith("-shm")}

    before = files()
    home("doctor")
    assert files() == before


def test_before_init_it_says_how_to_begin_and_makes_nothing(tmp_path):
    found = findings(Command(tmp_path / "home"), "-v")
    assert found["database"]["verdict"] == "note"
    assert "init" in found["database"]["hint"]
    assert found["start"]["verdict"] == "ok"
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    "content", [b"this is a text and no database at all " * 200, b"SQLite format 3\0" + b"\xff" * 4080]
)
def test_what_is_no_database_is_wrong(home, content):
    home.database.write_bytes(content)
    assert verdicts(home, code=1)["schema"] == "wrong"
    assert home.database.read_bytes() == content


def test_damaged_pages_are_found(home):
    for n in range(30):
        home.tool("add_note", text=f"note {n} " + "x" * 3000)
    sql(home.database, "PRAGMA wal_checkpoint(TRUNCATE)")
    raw = bytearray(home.database.read_bytes())
    raw[len(raw) // 2 : len(raw) // 2 + 20_000] = os.urandom(20_000)
    home.database.write_bytes(raw)
    assert "wrong" in verdicts(home, code=1).values()


def test_a_newer_schema_is_wrong_and_says_so(home):
    sql(home.database, "PRAGMA user_version = 9999")
    found = findings(home, code=1)["schema"]
    assert found["verdict"] == "wrong"
    assert "upgrade" in found["hint"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entity_versions SET name = 'Another' WHERE seq = 1",
        "UPDATE entities SET deleted = 1 WHERE name = 'Kitchen'",
        "DELETE FROM heads WHERE seq = (SELECT max(seq) FROM heads)",
        "DELETE FROM relationships",
    ],
)
def test_what_does_not_agree_with_the_versions_is_found(home, statement):
    sql(home.database, "PRAGMA foreign_keys = OFF", statement)
    assert "wrong" in verdicts(home, code=1).values()


def test_an_open_folder_is_wrong_and_the_hint_mends_it(home):
    home.database.chmod(0o644)
    home.data_dir.chmod(0o755)
    found = findings(home, code=1)["permissions"]
    assert found["verdict"] == "wrong"
    subprocess.run(found["hint"].split(), check=True, timeout=60)
    assert verdicts(home)["permissions"] == "ok"


def test_a_cloud_folder_is_wrong(home, tmp_path):
    (tmp_path / "Dropbox").mkdir()
    home.data_dir.rename(tmp_path / "Dropbox" / "home")
    moved = Command(tmp_path / "Dropbox" / "home")
    found = findings(moved, "-v", code=1)
    assert found["cloud"]["verdict"] == "wrong"
    assert found["start"]["verdict"] == "wrong"
    assert "Dropbox" in found["start"]["message"]


def test_another_process_is_noted(home):
    with home.started("serve") as server:
        server.stdin.write(b'{"jsonrpc": "2.0", "id": 1, "method": "ping"}\n')
        server.stdin.flush()
        while verdicts(home)["other processes"] != "note":
            assert server.poll() is None
        found = findings(home)["other processes"]
        server.communicate(timeout=30)
    assert str(server.pid) in found["message"]
    assert verdicts(home)["other processes"] == "ok"


def test_a_setting_that_is_wrong_is_told_at_once(home):
    assert "GOODIES_PORT" in Command(home.data_dir, GOODIES_PORT="x")("doctor", code=2).error


def test_a_repair_puts_right_what_it_can_and_says_so(home):
    sql(home.database, "DELETE FROM words", "UPDATE tallies SET n = n + 1")
    sql(
        home.database,
        "INSERT INTO binary_content (sha256, size, content_type, created_at, data) VALUES "
        "('fb8e20fc2e4c3f248c60c39bd652f3c1347298bb977b8b4d5903b85055620603', 2, 'text/plain',"
        " '2020-01-01T00:00:00.000000+00:00', CAST('ab' AS BLOB))",
    )
    assert verdicts(home, code=1)["index"] == "wrong"
    said = home("doctor", "--no-start", "--repair").stdout
    for words in ("indexes of search anew", "counted everything anew", "took away 1 file"):
        assert words in said
    assert said.endswith("All is well.\n")
    assert findings(home, "--no-start", "--repair")["repair"]["message"] == "nothing to repair"


def test_a_repair_of_what_is_no_database_says_so_and_leaves_it(home):
    home.database.write_bytes(b"this is a text and no database at all " * 200)
    assert verdicts(home, "--no-start", "--repair", code=1)["repair"] == "wrong"
    assert home.database.read_bytes().startswith(b"this is a text")
