"""The bundle as a desktop host takes it: checked and unpacked by the format's own program, then started as the manifest
says, with next to no environment.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.interop.foreign import run
from tools.bundle.facts import ROOT

MCPB = ("@anthropic-ai/mcpb", "dist/cli/cli.js")
UV = Path(sys.executable).with_name("uv")
CABIN = {"entity_type": "home", "name": "Cabin"}
HELLO = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "host", "version": "1"}}


def cache():
    """Where uv keeps what it fetched, so that nothing is fetched twice."""
    return subprocess.run([UV, "cache", "dir"], capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel that is tested, or one of what is here."""
    if installed := os.environ.get("TEST_INSTALLED_WHEEL"):
        return Path(installed)
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def unpacked(kit, wheel, tmp_path_factory):
    folder = tmp_path_factory.mktemp("bundle")
    command = [sys.executable, "-m", "tools.bundle", "--out", folder, "--wheel", wheel]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    (bundle,) = folder.glob("*.mcpb")
    done = run([*kit.node(*MCPB), "unpack", str(bundle), str(folder / "unpacked")])
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "unpacked"


def test_the_formats_own_program_finds_the_manifest_valid(kit, unpacked):
    done = run([*kit.node(*MCPB), "validate", str(unpacked / "manifest.json")])
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads((unpacked / "manifest.json").read_text("utf-8"))
    told["server"]["type"] = "coal"
    broken = unpacked.parent / "broken.json"
    broken.write_text(json.dumps(told))
    assert run([*kit.node(*MCPB), "validate", str(broken)]).returncode != 0


def test_it_starts_as_the_manifest_says_and_keeps_the_home_where_the_person_said(unpacked, tmp_path):
    told = json.loads((unpacked / "manifest.json").read_text("utf-8"))
    wishes = {key: asked["default"] for key, asked in told["user_config"].items()}
    wishes |= {"data_dir": str(tmp_path / "home"), "toolsets": "query,management"}

    def filled(text):
        text = text.replace("${__dirname}", str(unpacked))
        for key, wish in wishes.items():
            text = text.replace(f"${{user_config.{key}}}", str(wish).lower() if isinstance(wish, bool) else wish)
        return text

    config = told["server"]["mcp_config"]
    environ = {name: filled(value) for name, value in config["env"].items()}
    # What a host has; and where this machine has its packages, which is no business of the bundle.
    ways = ("UV_", "SSL_", "HTTP", "http", "NO_P")
    environ |= {name: value for name, value in os.environ.items() if name.startswith(ways)}
    environ |= {"HOME": str(tmp_path), "PATH": f"{UV.parent}:/usr/bin:/bin", "UV_CACHE_DIR": cache()}
    said = [
        {"id": 1, "method": "initialize", "params": HELLO},
        {"method": "notifications/initialized"},
        {"id": 2, "method": "tools/list"},
        {"id": 3, "method": "tools/call", "params": {"name": "create_entity", "arguments": CABIN}},
    ]
    lines = "".join(json.dumps({"jsonrpc": "2.0", **message}) + "\n" for message in said)
    command = [str(UV) if config["command"] == "uv" else config["command"], *map(filled, config["args"])]
    done = subprocess.run(command, input=lines, capture_output=True, text=True, env=environ, timeout=280, check=False)
    assert done.returncode == 0, done.stderr
    answers = {message["id"]: message["result"] for message in map(json.loads, done.stdout.splitlines())}
    assert "undo" in {tool["name"] for tool in answers[2]["tools"]}
    assert answers[3]["isError"] is False, done.stderr
    assert (tmp_path / "home" / "goodies.db").exists()


def test_the_wheel_runs_without_being_installed(kit, wheel):
    command = [str(UV), "tool", "run", "--from", str(wheel), "goodies-mcp", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)
    assert done.stdout.startswith("goodies-mcp "), done.stderr
