"""Other people's clients on ``goodies-mcp serve``: each lists all there is and calls every tool, over every transport
that it speaks, with its own checks of schemas, results and headers between it and us.
"""

import json
import os
import shutil
import sys

import pytest

from goodies_mcp.mcpserver.catalogue import catalogue
from tests.interop import foreign, served
from tests.interop.all_tools import every_tool
from tests.support.mcp_sessions import ROOT

CLIENTS = {
    "typescript-1": ("typescript-1.mjs", "legacy", ("stdio", "http", "sse")),
    "typescript-2-legacy": ("typescript-2.mjs", "legacy", ("stdio", "http", "sse")),
    "typescript-2-auto": ("typescript-2.mjs", "auto", ("stdio", "http", "sse")),
    "typescript-2-modern": ("typescript-2.mjs", "modern", ("stdio", "http", "sse")),
    "mcp-1": ("mcp1", "legacy", ("stdio", "http", "sse")),
    "fastmcp-legacy": ("fastmcp", "legacy", ("stdio", "http", "sse")),
    "fastmcp-auto": ("fastmcp", "auto", ("stdio", "http", "sse")),
}
"""The program, the era it asks for, and its transports."""

CASES = [(name, transport) for name, (_, _, transports) in CLIENTS.items() for transport in transports]


@pytest.fixture(scope="module")
def built(kit, tmp_path_factory):
    """A demo home to be copied: each client changes its own."""
    return served.demo_home(tmp_path_factory.mktemp("built") / "home")


@pytest.fixture(scope="module")
def calls(built):
    made = every_tool(built)
    assert {tool for tool, _, _ in made} == set(catalogue().tools)
    return made


@pytest.fixture
def home(built, tmp_path):
    return shutil.copytree(built, tmp_path / "home")


def conversation(kit, client, plan, folder):
    """What the client says that it saw."""
    program, era, _ = CLIENTS[client]
    plan |= {"era": era}
    words = kit.script(program, folder) if program.endswith(".mjs") else kit.python(program)
    done = foreign.run(words, said=json.dumps(plan))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize(("client", "transport"), CASES)
def test_every_tool_answers_every_client(kit, client, transport, calls, home, tmp_path):
    plan = {"transport": transport, "calls": [[tool, given] for tool, given, _ in calls]}
    if transport == "stdio":
        words = [sys.executable, "-m", "goodies_mcp", "serve", "--data-dir", str(home), "--toolsets", "all"]
        plan |= {"command": words, "env": {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}}
        said = conversation(kit, client, plan, tmp_path)
    else:
        with served.over_http(home, "--toolsets", "all") as url:
            said = conversation(kit, client, {**plan, "url": url}, tmp_path)
    check(said, calls)


def check(said, calls):
    assert said["server"] == "goodies-mcp"
    assert said["tools"] == list(catalogue().tools)
    assert said["resources"]
    assert all(said["read"])
    assert len(said["calls"]) == len(calls)
    for (tool, failed, text, structured), (wanted, given, code) in zip(said["calls"], calls, strict=True):
        assert tool == wanted
        assert failed == (code is not None), (tool, given, text)
        assert structured.get("code") == code if failed else structured, (tool, text)
        assert text
