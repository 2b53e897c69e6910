"""The first answers come before the SDK is loaded, and nobody can tell but by the clock: real processes, twice each."""

import json
import os
import re
import subprocess
import sys

import pytest

from tests.support.command import Command
from tests.support.openings import MODERN, OPENINGS, envelope, greeted, line

SDK = {"mcp", "mcp_types", "pydantic", "asyncio", "anyio", "logging", "argparse", "dataclasses"}
VARIANTS = [
    ((), list(OPENINGS)),
    (("--toolsets", "all"), ["2025-06-18", MODERN]),
    (("--read-only",), ["2025-11-25", MODERN]),
    (("--toolsets", "query,sync", "--read-only"), ["2024-11-05"]),
]


@pytest.fixture
def home(tmp_path):
    command = Command(tmp_path / "home", HOME=str(tmp_path))
    command("init", "--home", "Our house")
    return command


class Host:
    """A host that talks line by line, and hears bytes."""

    def __init__(self, home, *words, **environ):
        self.process = subprocess.Popen(
            [sys.executable, "-X", "importtime", "-m", "goodies_mcp", "serve", *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **home.environ, **environ},
        )

    def ask(self, *lines):
        """The answers to these lines, each said when the one before was answered."""
        answers = []
        for each in lines:
            self.process.stdin.write(each)
            self.process.stdin.flush()
            if b'"id"' in each:
                answers.append(self.process.stdout.readline())
        return answers

    def hang_up(self):
        """What it had loaded, and what else it said on stderr."""
        rest, stderr = self.process.communicate(timeout=60)
        assert (rest, self.process.returncode) == (b"", 0), stderr
        timed = re.compile(r"^import time: .*\| +(\S+)(?: package)?$", re.MULTILINE)
        text = stderr.decode()
        return set(timed.findall(text)), timed.sub("", text).strip()


@pytest.mark.parametrize(("words", "versions"), VARIANTS, ids=" ".join)
def test_the_opening_is_the_sdks_byte_for_byte_in_every_version(home, words, versions):
    slow = Host(home, *words)
    slow.ask(*OPENINGS["2025-11-25"])
    loaded, _ = slow.hang_up()
    assert "mcp" in loaded
    for version in versions:
        quick = Host(home, *words)
        answers = quick.ask(*OPENINGS[version])
        loaded, said = quick.hang_up()
        assert (loaded & SDK, said) == (set(), "")
        # A folder that cannot be: nothing is remembered there, and all goes on as ever.
        slow = Host(home, *words, XDG_CACHE_HOME="/dev/null")
        assert slow.ask(*OPENINGS[version]) == answers
        loaded, said = slow.hang_up()
        assert ("mcp" in loaded, said) == (True, "")


def test_whoever_was_greeted_early_is_known_to_the_sdk_afterwards(home):
    call = {"name": "add_note", "arguments": {"text": "remember me"}}
    taken_back = {"name": "undo", "arguments": {}}
    for start in ("slow", "quick", "quick"):
        host = Host(home, "-v", "--toolsets", "all")
        host.ask(*greeted("2025-11-25"))
        (answer,) = host.ask(line(50, "tools/call", call))
        assert json.loads(answer)["result"]["structuredContent"]["items"][0]["action"] == "created", start
        (answer,) = host.ask(line(51, "tools/call", taken_back))
        assert json.loads(answer)["result"]["structuredContent"]["items"][0]["action"] == "deleted", start
        _, said = host.hang_up()
        assert re.search(r"tool=add_note ms=\S+ outcome=ok client=a host$", said, re.MULTILINE), said
        assert "opening" not in said


def test_the_newer_era_goes_on_after_a_quick_opening(home):
    for _ in range(2):
        host = Host(home)
        host.ask(*OPENINGS[MODERN])
        params = {"name": "get_home_overview", "arguments": {}, **envelope()}
        (answer,) = host.ask(line(50, "tools/call", params))
        assert "Our house" in json.loads(answer)["result"]["content"][0]["text"]
        assert host.hang_up()[1] == ""


def test_everything_said_at_once_is_answered_once(home):
    lines = [*greeted("2025-11-25"), line(50, "tools/call", {"name": "get_home_overview", "arguments": {}})]
    spoken = []
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-m", "goodies_mcp", "serve"],
            input=b"".join(lines),
            capture_output=True,
            env={**os.environ, **home.environ},
            check=True,
            timeout=60,
        )
        assert done.stderr == b""
        spoken.append(sorted(done.stdout.splitlines()))
    assert spoken[0] == spoken[1]
    assert len(spoken[0]) == len(lines) - 1


def test_another_release_of_our_code_is_not_told_from_memory(home):
    Host(home).hang_up()
    (file,) = (home.data_dir.parent / ".cache" / "goodies-mcp").iterdir()
    kept = json.loads(file.read_text("utf-8"))
    old = {
        **kept,
        "version": "0.0.0",
        "handshake": {"2025-11-25": {"initialize": ',"result":{"serverInfo":"of yesterday"}}'}},
    }
    file.write_text(json.dumps(old), "utf-8")
    host = Host(home)
    answers = host.ask(*OPENINGS["2025-11-25"])
    host.hang_up()
    assert b"of yesterday" not in b"".join(answers)
    assert json.loads(file.read_text("utf-8"))["version"] == kept["version"]


def test_a_memory_that_is_wrong_is_told_once_and_forgotten(home):
    Host(home).hang_up()
    (file,) = (home.data_dir.parent / ".cache" / "goodies-mcp").iterdir()
    kept = json.loads(file.read_text("utf-8"))
    kept["handshake"]["2025-11-25"]["ping"] = ',"result":{"wrong":true}}'
    file.write_text(json.dumps(kept), "utf-8")
    host = Host(home)
    host.ask(*OPENINGS["2025-11-25"])
    # The host waits for nothing, so the SDK is loaded and asked all of it again.
    assert any(b"an answer in the opening was not the one that is true now" in said for said in host.process.stderr)
    host.hang_up()
    assert not file.exists()


def test_what_is_refused_is_refused_before_the_first_answer(home, tmp_path):
    Host(home).hang_up()
    done = subprocess.run(
        [sys.executable, "-m", "goodies_mcp", "serve", "--data-dir", str(tmp_path / "Dropbox" / "home")],
        input=b"".join(OPENINGS["2025-11-25"]),
        capture_output=True,
        env={**os.environ, **home.environ},
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (8, b"")
    assert b"Dropbox" in done.stderr
