"""``claude install`` as a person runs it: what Claude Desktop then finds starts, and what was there stays."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.support.command import Command

OTHER = {"theme": "dark", "mcpServers": {"notes": {"command": "npx"}}}


@pytest.fixture
def home(tmp_path):
    return Command(tmp_path / "home", HOME=str(tmp_path), XDG_CONFIG_HOME=str(tmp_path / "config"), APPDATA="")


@pytest.fixture
def settings(tmp_path):
    return tmp_path / "claude.json"


def looked_at(doctor):
    return [finding["verdict"] for finding in doctor.json["findings"] if finding["what"] == "Claude Desktop"]


def test_installed_it_starts_without_any_environment_and_uninstalled_it_is_gone(home, settings, tmp_path):
    settings.write_text(json.dumps(OTHER))
    done = home("claude", "install", "--file", settings, "--toolsets", "query", "--json").json
    assert done["changed"] is True
    now = json.loads(settings.read_text())
    entry = now["mcpServers"].pop("home")
    assert now == OTHER
    assert Path(entry["command"]).is_absolute()
    hello = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "0"}}
    said = [{"id": 1, "method": "initialize", "params": hello}, {"method": "notifications/initialized"}]
    said += [{"id": 2, "method": "tools/list"}]
    lines = b"".join(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n" for message in said)
    command = [entry["command"], *entry["args"]]
    ran = subprocess.run(command, input=lines, stdout=subprocess.PIPE, env={}, cwd="/", check=True, timeout=60)
    tools = {tool["name"] for tool in json.loads(ran.stdout.splitlines()[1])["result"]["tools"]}
    assert "get_home_overview" in tools
    assert "create_entity" not in tools
    assert home.database.exists()

    assert json.loads((settings.parent / done["backup"]).read_text()) == OTHER
    again = home("claude", "install", "--file", settings, "--toolsets", "query", "--no-start", "--json").json
    assert (again["changed"], again["backup"]) == (False, None)
    assert "no longer" in home("claude", "uninstall", "--file", settings).stdout
    assert json.loads(settings.read_text()) == OTHER
    assert 'There is no "home"' in home("claude", "uninstall", "--file", settings).stdout
    assert len(list(tmp_path.glob("claude.backup-*.json"))) == 2


def test_where_claude_keeps_it_is_found_and_made(home, tmp_path):
    file = home("claude", "install", "--no-start", "--read-only", "--json").json["file"]
    assert file.endswith("claude_desktop_config.json")
    entry = json.loads(Path(file).read_text())["mcpServers"]["home"]
    assert entry["args"][-1] == "--read-only"
    assert str(tmp_path) in file
    found = [
        each for each in home("doctor", "--no-start", "--json").json["findings"] if each["what"] == "Claude Desktop"
    ]
    assert [each["verdict"] for each in found] == ["ok"]


def test_the_doctor_sees_an_entry_that_starts_nothing(home):
    file = home("claude", "install", "--no-start", "--json").json["file"]
    said = json.loads(Path(file).read_text())
    said["mcpServers"]["home"]["command"] = "/gone/goodies-mcp"
    Path(file).write_text(json.dumps(said))
    assert looked_at(home("doctor", "--no-start", "--json", code=1)) == ["wrong"]


def test_a_rehearsal_and_a_server_that_does_not_start_change_nothing(home, settings):
    shown = home("claude", "install", "--file", settings, "--dry-run", "--no-start").stdout
    assert list(json.loads(shown)["mcpServers"]) == ["home"]
    assert not settings.exists()
    home.data_dir.write_text("a file where the folder should be")
    refused = home("claude", "install", "--file", settings, code=10)
    assert "does not start" in refused.error
    assert not settings.exists()


def test_a_link_stays_a_link_and_the_file_keeps_its_mode(home, settings, tmp_path):
    real = tmp_path / "dotfiles.json"
    real.write_text("{}")
    real.chmod(0o640)
    settings.symlink_to(real)
    home("claude", "install", "--file", settings, "--no-start")
    assert settings.is_symlink()
    assert "home" in json.loads(real.read_text())["mcpServers"]
    assert real.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    ("content", "code"), [(b"not json", 2), (b"\xff\xfe", 2), (b'{"mcpServers": {"home": {"command": "npx"}}}', 5)]
)
def test_what_is_not_understood_stays_as_it_is(home, settings, content, code):
    settings.write_bytes(content)
    refused = home("claude", "install", "--file", settings, "--no-start", code=code)
    assert str(settings) in refused.error
    assert settings.read_bytes() == content


@pytest.mark.parametrize("name", ["", "a b", "../x", "n" * 65, "ünï"])
def test_strange_names_are_refused(home, settings, name):
    assert "--name" in home("claude", "install", "--file", settings, f"--name={name}", code=2).hint
    assert not settings.exists()
