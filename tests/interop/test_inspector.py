"""The Inspector, with which people look at servers: its lint of schemas, every list, and every tool, from its command
line, over every transport.
"""

import json
import shutil
import sys

import pytest

from goodies_mcp.mcpserver.catalogue import catalogue
from tests.interop import foreign, served
from tests.interop.all_tools import READING, every_tool

LAUNCHER = ("@modelcontextprotocol/inspector", "clients/launcher/build/index.js")
FINDINGS = 6
"""The exit code for schemas that not every host understands."""

LISTS = {"resources/list": "resources", "resources/templates/list": "resourceTemplates", "prompts/list": "prompts"}
TRANSPORTS = ("stdio", "http", "sse")
TOOLS = ("--toolsets", "all")


@pytest.fixture(scope="module")
def built(kit, tmp_path_factory):
    return served.demo_home(tmp_path_factory.mktemp("inspected") / "home")


@pytest.fixture
def home(built, tmp_path):
    return shutil.copytree(built, tmp_path / "home")


@pytest.fixture(params=TRANSPORTS)
def target(request, kit, home):
    """The Inspector, and how its command line names the server."""
    if request.param == "stdio":
        words = [sys.executable, "-m", "goodies_mcp", "serve", "--data-dir", str(home), *TOOLS]
        yield kit, ["--", *words]
        return
    with served.over_http(home, *TOOLS) as url:
        path = "mcp" if request.param == "http" else "sse"
        yield kit, ["--server-url", f"{url}/{path}", "--transport", request.param]


def asked(target, method, *options):
    """What the Inspector says: its exit code, the result, and what it has against it."""
    kit, server = target
    said = ["--cli", "--format", "json", "--method", method, *options]
    done = foreign.run([*kit.node(*LAUNCHER), *said, *server])
    return done.returncode, json.loads(done.stdout)["result"] if done.stdout else None, done.stderr


def test_no_schema_is_one_that_some_host_does_not_understand(target):
    code, result, objections = asked(target, "tools/list", "--strict")
    assert code == 0, objections
    assert not objections
    assert [each["name"] for each in result["tools"]] == list(catalogue().tools)


def test_the_lint_finds_what_there_is_to_find(kit, home):
    with served.over_http(home, module="tests.interop.conformance_server") as url:
        code, _, objections = asked((kit, ["--server-url", f"{url}/mcp"]), "tools/list", "--strict")
    assert code == FINDINGS
    assert "json_schema_2020_12_tool" in objections


@pytest.mark.parametrize("method", LISTS)
def test_every_list_answers(target, method):
    code, result, objections = asked(target, method)
    assert code == 0, objections
    assert result[LISTS[method]]


@pytest.mark.timeout(600)  # a process for each call, and over stdio two
@pytest.mark.parametrize("part", ["reading", "writing"])
def test_every_tool_answers(target, built, part):
    calls = every_tool(built)
    assert {tool for tool, _, _ in calls} == set(catalogue().tools)
    for tool, given, wrong in calls[: len(READING)] if part == "reading" else calls[len(READING) :]:
        _, result, objections = asked(target, "tools/call", "--tool-name", tool, "--tool-args-json", json.dumps(given))
        assert result is not None, (tool, objections)
        assert result["isError"] == (wrong is not None), (tool, given, result["content"][0])
        assert result["structuredContent"].get("code") == wrong or not wrong, tool
