"""The doctor's trial of a server tells one that speaks MCP from everything that does not."""

import sys

import pytest

from goodies_mcp.cli import host_trial

SPEAKS = """
import json, sys
for line in sys.stdin:
    message = json.loads(line)
    if message["method"] == "initialize":
        print(json.dumps({"jsonrpc": "2.0", "id": 1, "result": {"serverInfo": {"name": "fake"}}}), flush=True)
    if message["method"] == "tools/list":
        print(json.dumps({"jsonrpc": "2.0", "id": 2, "result": {"tools": [{}, {}]}}), flush=True)
"""


@pytest.fixture
def server(tmp_path):
    """Put a program in the server's place."""

    def put(program):
        file = tmp_path / "python"
        script = tmp_path / "server.py"
        script.write_text(program)
        file.write_text(f"#!/bin/sh\nexec {sys.executable} {script}\n")
        file.chmod(0o700)
        return host_trial.try_to_start([str(file)], str(tmp_path))

    return put


def test_a_server_that_speaks_is_well(server):
    trial = server(SPEAKS)
    assert (trial.wrong, trial.tools) == ("", 2)
    assert trial.seconds > 0


@pytest.mark.parametrize(
    ("program", "wrong"),
    [
        (
            "import sys; print('error: the folder is gone', file=sys.stderr); print('hint: x', file=sys.stderr)",
            "folder",
        ),
        ("", "no answer"),
        ("print('Hello, I am chatty', flush=True)\nimport sys\nsys.stdin.read()", "broke off"),
        ("print('[]\\n[]', flush=True)\nimport sys\nsys.stdin.read()", "not those of an MCP server"),
        ("print('{}\\n{}', flush=True)\nimport sys\nsys.stdin.read()", "not those of an MCP server"),
        (SPEAKS + "sys.exit('went wrong at the end')", "went wrong at the end"),
        (SPEAKS.replace("[{}, {}]", "[]"), "not those of an MCP server"),
    ],
)
def test_anything_else_is_not(server, program, wrong):
    assert wrong in server(program).wrong


def test_a_server_that_says_nothing_is_not_waited_for_for_ever(server, monkeypatch):
    monkeypatch.setattr(host_trial, "PATIENCE", 0.2)
    assert server("import sys; sys.stdin.read(); sys.stdin.read()").wrong
