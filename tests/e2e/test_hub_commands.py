"""``funkygibbon`` as people run it: what each command does, and how it refuses."""

import json
import signal
import stat

import pytest

from goodies_mcp import __version__
from tests.support.command import Command
from tests.support.hub_process import PASSWORD, HubCommand


@pytest.fixture
def fresh(tmp_path):
    return HubCommand(tmp_path / "data")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    command = HubCommand(tmp_path_factory.mktemp("hub") / "data")
    command.init("--user", "ann", "--household", "Our house")
    return command


def test_version_and_help_need_no_hub(fresh):
    assert fresh("--version").stdout == f"funkygibbon {__version__}\n"
    assert "init" in fresh("--help").stdout
    assert fresh().stdout == fresh("help").stdout
    assert not fresh.data_dir.exists()


def test_init_makes_secrets_for_its_owner_alone(fresh):
    said = fresh("init", "--password-stdin", "--json", stdin=PASSWORD).json
    assert (said["user"], said["household"]["name"]) == ("owner", "Home")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in [fresh.data_dir, *fresh.data_dir.iterdir()]}
    assert modes == {"data": 0o700, "keys.json": 0o600, "hub.db": 0o600}
    assert PASSWORD.encode() not in (fresh.data_dir / "hub.db").read_bytes()


def test_init_twice_changes_nothing(made):
    keys = (made.data_dir / "keys.json").read_bytes()
    again = made("init", "--password-stdin", stdin=PASSWORD, code=5)
    assert "ann" in again.error
    assert (made.data_dir / "keys.json").read_bytes() == keys


@pytest.mark.parametrize(("stdin", "code"), [("", 2), ("\n", 2), ("short\n", 2)])
def test_init_without_a_good_password_makes_no_hub(fresh, stdin, code):
    fresh("init", "--password-stdin", stdin=stdin, code=code)
    assert "init" in fresh("serve", code=3).hint


def test_init_where_nobody_can_type_says_what_to_do(fresh):
    assert "--password-stdin" in fresh("init", code=2).hint


@pytest.mark.parametrize("words", [["serve"], ["status"], ["user", "list"], ["backup"], ["key", "rotate"]])
def test_without_a_hub_each_command_names_the_one_that_makes_it(fresh, words):
    ran = fresh(*words, code=3)
    assert "funkygibbon init" in ran.hint
    assert not fresh.data_dir.exists()


def test_serve_refuses_without_keys_and_without_a_user(made, tmp_path):
    (tmp_path / "keys-only").mkdir(mode=0o700)
    keys = tmp_path / "keys-only" / "keys.json"
    keys.write_bytes((made.data_dir / "keys.json").read_bytes())
    keys.chmod(0o600)
    assert "no user" in HubCommand(tmp_path / "keys-only")("serve", code=3).error
    keys.chmod(0o644)
    assert "chmod 600" in HubCommand(tmp_path / "keys-only")("serve", code=8).hint


def test_a_taken_port_is_said(made):
    with made.serving() as hub:
        port = hub.url.rpartition(":")[2]
        assert port in made("serve", "--port", port, code=10).error


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_quietly_when_it_is_told(made, how):
    with made.serving() as hub:
        hub.process.send_signal(how)
        assert hub.process.wait(30) == 0
    assert "Traceback" not in hub.log()


def test_people_come_and_go_beside_a_hub_that_serves(made):
    with made.serving() as hub:
        made("user", "add", "bob", "--password-stdin", stdin=PASSWORD)
        token = hub.login(user="bob")["access_token"]
        with hub.client(token) as http:
            assert http.get("/api/v1/auth/me").json()["role"] == "member"
            made("user", "add", "bob", "--role", "guest")
            assert http.get("/api/v1/auth/me").json()["role"] == "guest"
            made("user", "revoke", "bob")
            assert http.get("/api/v1/auth/me").status_code == 401


def test_a_new_password_ends_every_login_with_the_old_one(made):
    made("user", "add", "cas", "--password-stdin", stdin=PASSWORD)
    with made.serving() as hub:
        token = hub.login(user="cas")["access_token"]
        made("user", "password", "cas", "--password-stdin", stdin="another password")
        with hub.client(token) as http:
            assert http.get("/api/v1/auth/me").status_code == 401
        assert hub.login(user="cas", password="another password")["user"] == "cas"


def test_a_second_household_has_to_be_named(made):
    made("household", "add", "Cabin")
    names = {each["name"] for each in made("household", "list", "--json").json["households"]}
    assert names >= {"Our house", "Cabin"}
    assert "--household" in made("user", "add", "dan", "--password-stdin", stdin=PASSWORD, code=4).error
    made("user", "add", "dan", "--household", "Cabin", "--password-stdin", stdin=PASSWORD)
    listed = made("user", "list", "--household", "Cabin", "--json").json["users"]
    assert [each["name"] for each in listed] == ["ann", "dan"]


def test_a_second_household_of_the_same_name_is_refused(made):
    before = made("household", "list").stdout
    assert "another name" in made("household", "add", "Our house", code=5).hint
    assert made("household", "list").stdout == before


def test_a_device_that_logs_in_is_told_which_households_there_are(made, tmp_path):
    made("household", "add", "Boat")
    device = Command(tmp_path / "device")
    with made.serving() as hub:

        def login(*words, code=0):
            return device("hub", "login", hub.url, "--password-stdin", *words, stdin=PASSWORD + "\n", code=code)

        several = login(code=2)
        assert "Boat (" in several.error
        assert "Our house (" in several.error
        assert "--household" in several.hint
        assert "--household" in login("--household", "Castle", code=2).hint
        login("--household", "Boat")


def test_status_tells_each_household_and_its_epoch(made):
    said = made("status", "--json").json
    assert said["data_dir"] == str(made.data_dir)
    epochs = [each["epoch"] for each in said["households"]]
    assert len(set(epochs)) == len(epochs) >= 1
    assert [each["epoch"] for each in made("status", "--json").json["households"]] == epochs


def test_devices_are_listed_and_shut_out(made):
    told = made("device", "add", "meter", "--name", "Water meter", "--household", "Our house", "--json").json
    assert told["refresh_token"].startswith("fgr_")
    made("device", "add", "meter", "--household", "Our house", code=5)
    made("device", "revoke", "meter", "--household", "Our house")
    made("device", "revoke", "meter", "--household", "Our house", code=3)
    (device,) = [each for each in made("device", "list", "--json").json["devices"] if each["id"] == "meter"]
    (line,) = [each for each in made("device", "list").stdout.splitlines() if "meter" in each]
    assert line.split()[:4] == ["Water", "meter", "meter", "device"]
    assert device["revoked_at"]
    assert told["refresh_token"] not in made("device", "list", "--json").stdout


def test_a_token_signed_before_a_rotation_is_still_good_after_it(made):
    with made.serving() as hub:
        token = hub.login(household="Our house")["access_token"]
    made("key", "rotate")
    with made.serving() as hub, hub.client(token) as http:
        assert http.get("/api/v1/auth/me").status_code == 200


def test_the_audit_log_names_who_was_refused(made):
    with made.serving() as hub, hub.client() as http:
        http.post("/api/v1/auth/login", json={"user": "ann", "password": "a bad guess"})
    entries = made("audit", "--limit", "5", "--json").json["entries"]
    assert entries[0]["event"] == "login_refused"
    assert "a bad guess" not in json.dumps(entries)


def test_settings_are_shown_with_their_origin(made):
    rows = {row["key"]: row for row in made("config", "--json").json["settings"]}
    assert rows["data_dir"] == {
        "key": "data_dir",
        "value": str(made.data_dir),
        "origin": "environment FUNKYGIBBON_DATA_DIR",
    }
    ran = HubCommand(made.data_dir, FUNKYGIBBON_PROT="1")("config")
    assert "FUNKYGIBBON_PORT" in ran.stderr


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["sreve"], 2),
        (["serve", "--prot", "1"], 2),
        (["user", "add"], 2),
        (["user", "password", "nobody"], 3),
        (["user", "revoke", "nobody"], 3),
        (["device", "add"], 2),
        (["household", "add"], 2),
        (["audit", "--limit", "0"], 2),
        (["restore", "nowhere"], 3),
    ],
)
def test_a_wrong_command_is_refused_with_a_hint(made, words, code):
    assert made(*words, code=code).hint


def test_a_synchronised_folder_is_refused(tmp_path):
    command = HubCommand(tmp_path / "Dropbox" / "hub")
    assert "FUNKYGIBBON_DATA_DIR" in command("init", "--password-stdin", stdin=PASSWORD, code=8).hint
