"""What a command from a script loads: a guard against the import that nobody notices, in real processes."""

import re
import subprocess
import sys

import pytest

from tests.support.command import Command

UNNEEDED = {
    "aiosqlite",
    "anyio",
    "argparse",
    "asyncio",
    "email",
    "gettext",
    "importlib.metadata",
    "jsonschema",
    "logging",
    "mcp",
    "mcp_types",
    "networkx",
    "platformdirs",
    "pydantic",
    "pydantic_core",
    "shutil",
    "socket",
    "starlette",
    "subprocess",
    "uuid",
    "uvicorn",
    "zoneinfo",
}
MOST_MODULES = 195
"""Modules that one call imports, those of a bare start included; each costs a tenth of a millisecond, some many."""

CALLS = {
    "get_home_overview": ("{}", {"overview"}),
    "get_entity_details": ('{"entity": "Our house"}', {"details", "edges", "history"}),
    "search_entities": ('{"query": "house"}', {"search"}),
    "get_devices_in_room": ('{"room": "Our house"}', {"rooms"}),
    "add_note": ('{"text": "a note"}', {"documents", "things"}),
    "update_entity": ('{"entity": "Our house", "changes": {"note": "x"}}', {"things"}),
}
USE_CASES = {"batch", "changed", "controls", "home_state", "joins", "results", "undo", "ways"}.union(
    *(used for _, used in CALLS.values())
)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    command = Command(tmp_path_factory.mktemp("home"))
    command("init", "--home", "Our house")
    return command


def loaded_by(home, *words):
    program = [sys.executable, "-X", "importtime", "-m", "goodies_mcp", *words, "--data-dir", str(home.data_dir)]
    done = subprocess.run(program, capture_output=True, text=True, check=True)
    return set(re.findall(r"^import time: +\d+ \| +\d+ \| +(\S+)$", done.stderr, re.MULTILINE))


@pytest.mark.parametrize("tool", CALLS)
def test_a_call_loads_what_it_uses_and_not_the_world(home, tool):
    arguments, used = CALLS[tool]
    loaded = loaded_by(home, "call", tool, arguments)
    assert loaded & UNNEEDED == set()
    assert {name for name in USE_CASES if f"goodies_mcp.graph.{name}" in loaded} == used
    # A search doubts words that few things have, and compares them with a library of many small modules.
    counted = [name for name in loaded if not name.startswith("rapidfuzz")]
    assert len(counted) < MOST_MODULES, sorted(counted)
