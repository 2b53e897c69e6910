"""``serve`` as a host starts it: stdout is the protocol's alone, and it ends quietly when it is asked to."""

import json
import os
import pty
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from tests.support.command import PROGRAM, Command

HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "0"}},
}
READY = {"jsonrpc": "2.0", "method": "notifications/initialized"}


def line(message):
    return json.dumps(message).encode() + b"\n"


def request(number, method, **params):
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}


class Talk:
    """A conversation over pipes with a server that was just started."""

    def __init__(self, process):
        self.process = process

    def say(self, *messages):
        self.process.stdin.write(b"".join(map(line, messages)))
        self.process.stdin.flush()

    def answer(self):
        """The next answer; notices in between are passed over."""
        while True:
            message = json.loads(self.process.stdout.readline())
            if "id" in message and "method" not in message:
                return message

    def ask(self, number, method, **params):
        self.say(request(number, method, **params))
        said = self.answer()
        assert said["id"] == number
        return said["result"]

    def open(self):
        self.say(HELLO)
        assert self.answer()["result"]["serverInfo"]["name"] == "goodies-mcp"
        self.say(READY)
        return self

    def call(self, number, tool, **arguments):
        return self.ask(number, "tools/call", name=tool, arguments=arguments)

    def hang_up(self):
        """Close stdin; what the server says last on stderr, and its exit code."""
        _, stderr = self.process.communicate(timeout=30)
        return stderr.decode(), self.process.returncode


@pytest.fixture
def home(tmp_path):
    return Command(tmp_path / "home")


@pytest.mark.parametrize("words", [(), ("serve",), ("serve", "--transport", "stdio")])
def test_it_serves_without_init_and_ends_when_stdin_is_closed(home, words):
    with home.started(*words) as process:
        talk = Talk(process).open()
        assert {tool["name"] for tool in talk.ask(2, "tools/list")["tools"]} >= {"get_home_overview", "create_entity"}
        made = talk.call(3, "create_entity", entity_type="home", name="Our house")
        assert not made.get("isError"), made
        assert talk.hang_up() == ("", 0)
    assert home.tool("get_home_overview")["homes"][0]["name"] == "Our house"


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("when", ["before", "after"])
def test_it_ends_quietly_and_soon_when_it_is_told(home, how, when):
    with home.started() as process:
        talk = Talk(process).open()
        if when == "after":
            talk.call(2, "get_home_overview")
        process.send_signal(how)
        started = time.monotonic()
        _, stderr = process.communicate(timeout=30)
        assert (stderr, process.returncode) == (b"", 0)
        assert time.monotonic() - started < 5


def test_a_host_that_hangs_up_at_once_is_no_trouble(home):
    ran = home("serve", stdin=b"")
    assert (ran.stdout, ran.stderr) == ("", "")


def test_a_stray_print_lands_on_stderr(home):
    stray = (
        "import os, sys, threading\n"
        "from goodies_mcp.cli import serve, main\n"
        "taken = serve.streams.take_stdout\n"
        "def taken_and_printed():\n"
        "    wire = taken()\n"
        "    print('stray print', flush=True)\n"
        "    os.write(1, b'stray write\\n')\n"
        "    return wire\n"
        "serve.streams.take_stdout = taken_and_printed\n"
        "sys.exit(main.run(['serve']))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", stray],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **home.environ},
    ) as process:
        talk = Talk(process).open()
        talk.ask(2, "tools/list")
        stderr, code = talk.hang_up()
    assert code == 0
    assert stderr.splitlines() == ["stray print", "stray write"]


def test_a_person_at_a_terminal_is_told_what_this_is(home):
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*PROGRAM], stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, **home.environ}
    ) as process:
        os.close(theirs)
        said = process.stderr.readline().decode()
        process.send_signal(signal.SIGINT)
        stdout, _ = process.communicate(timeout=30)
    os.close(ours)
    assert "JSON-RPC" in said
    assert "--help" in said
    assert (stdout, process.returncode) == (b"", 0)


def test_read_only_offers_no_write_and_makes_no_database(home):
    assert "init" in home("serve", "--read-only", code=3).hint
    home("init", "--home", "Our house")
    with home.started("serve", "--read-only", "--toolsets", "all") as process:
        talk = Talk(process).open()
        tools = talk.ask(2, "tools/list")["tools"]
        assert all(tool["annotations"]["readOnlyHint"] for tool in tools)
        assert "Our house" in json.dumps(talk.call(3, "get_home_overview"))
        talk.say(request(4, "tools/call", name="add_note", arguments={"text": "x"}))
        assert "add_note" in talk.answer()["error"]["message"]
        talk.hang_up()


def test_toolsets_narrow_what_is_offered(home):
    with home.started("--toolsets", "content") as process:
        tools = {tool["name"] for tool in Talk(process).open().ask(2, "tools/list")["tools"]}
    assert "add_note" in tools
    assert "create_entity" not in tools
    assert "qeury" in home("serve", "--toolsets", "qeury", code=2).error


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--port", "x"), 2, "port"),
        (("--transport", "http", "--host", "0.0.0.0", "--port", "0"), 8, "token"),  # noqa: S104
        (("--transport", "http", "--token-file", "/no/such/file", "--port", "0"), 2, "token_file"),
    ],
)
def test_a_wrong_setting_is_refused_before_anything_starts(home, words, code, said):
    assert said in home("serve", *words, code=code).stderr


@pytest.mark.parametrize("token", [None, "hush-hush"])
def test_http_says_where_it_listens_and_whom_it_lets_in(home, token):
    guarded = Command(home.data_dir, **({"GOODIES_TOKEN": token} if token else {}))
    with guarded.started("serve", "--transport", "http", "--port", "0") as process:
        said = process.stderr.readline().decode()
        url = next(word for word in said.split() if word.endswith("/mcp"))
        headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
        asked = urllib.request.Request(url, line(HELLO), headers)  # noqa: S310 - the address that was just announced
        if token:
            with pytest.raises(urllib.error.HTTPError, match="401") as refused:
                urllib.request.urlopen(asked, timeout=30)  # noqa: S310
            refused.value.close()
            asked.add_header("Authorization", f"Bearer {token}")
        with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310
            assert b'"goodies-mcp"' in answer.read()
        process.send_signal(signal.SIGTERM)
        _, stderr = process.communicate(timeout=30)
    assert [line for line in stderr.decode().splitlines() if "refused" not in line] == []
    assert b"hush-hush" not in stderr
    assert process.returncode == 0


def test_a_port_that_is_taken_is_told(home):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert port in home("serve", "--transport", "http", "--port", port, code=10).error


def test_two_servers_share_a_home(home):
    with home.started() as first, home.started() as second:
        one, two = Talk(first).open(), Talk(second).open()
        for n in range(20):
            made = one.call(2 * n + 2, "create_entity", entity_type="contact", name=f"Anna {n}")
            assert not made.get("isError"), made
            made = two.call(2 * n + 2, "create_entity", entity_type="contact", name=f"Ben {n}")
            assert not made.get("isError"), made
        assert one.hang_up() == ("", 0)
        assert two.hang_up() == ("", 0)
    assert home.tool("get_home_overview")["counts"]["contact"] == 40


@pytest.mark.parametrize("run", range(3))
def test_an_answered_write_survives_a_kill(home, run):
    with home.started() as process:
        talk = Talk(process).open()
        for n in range(5 + run):
            assert not talk.call(n + 2, "create_entity", entity_type="contact", name=f"Anna {n}").get("isError")
        process.kill()
        process.communicate()
    assert home.tool("get_home_overview")["counts"]["contact"] == 5 + run
    assert home("doctor", "--no-start", "--json").json["well"]
