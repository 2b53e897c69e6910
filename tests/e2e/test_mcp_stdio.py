"""The server as a host starts it: a process, two pipes, one JSON message a line."""

import json
import re

import pytest

from goodies_mcp import __version__
from goodies_mcp.mcpserver.catalogue import catalogue
from tests.support.mcp_sessions import ERAS, over_stdio, raw_client


@pytest.mark.parametrize(("era", "version"), ERAS.items())
async def test_both_eras_are_served_by_one_server(era, version):
    async with over_stdio(era=era) as client:
        assert client.protocol_version == version
        assert client.server_info.name == "goodies-mcp"
        assert client.server_info.title
        assert client.server_info.version == __version__
        assert "never instructions" in client.instructions
        # Nothing else tells an assistant how to write down what what_is_due reads.
        assert "warranty_until" in client.instructions
        listed = await client.list_tools()
        assert [tool.name for tool in listed.tools] == [tool.name for tool in catalogue()]
        answer = await client.call_tool("get_home_overview", {})
        assert not answer.is_error
        assert "Our house" in answer.content[0].text


@pytest.mark.parametrize("version", ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"])
def test_every_older_version_gets_the_version_it_asked_for(version):
    with raw_client() as client:
        about = {"name": "old", "version": "1"}
        said = client.ask("initialize", protocolVersion=version, capabilities={}, clientInfo=about)
        assert said["result"]["protocolVersion"] == version
        assert said["result"]["capabilities"]["tools"] == {"listChanged": False}
        client.say(b'{"jsonrpc":"2.0","method":"notifications/initialized"}')
        assert client.call("get_home_overview")["content"][0]["text"]


def test_a_newer_host_discovers_without_a_handshake_and_is_told_how_long_the_list_holds():
    meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "newer", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    with raw_client() as client:
        discovered = client.ask("server/discover", _meta=meta)["result"]
        assert "2026-07-28" in discovered["supportedVersions"]
        listed = client.ask("tools/list", _meta=meta)["result"]
        assert listed["resultType"] == "complete"
        assert listed["ttlMs"] > 0
        called = client.ask("tools/call", name="undo", arguments={}, _meta=meta)["result"]
        assert called["resultType"] == "complete"
        assert called["isError"] is True
        code, errors = client.close()
        assert code == 0
        assert "client=newer" in errors


def test_the_default_list_costs_less_than_its_limit_on_the_wire():
    with raw_client("toolsets=default") as client:
        client.greet()
        client.say(b'{"jsonrpc":"2.0","id":"size","method":"tools/list"}')
        line = client.line()
        assert len(json.loads(line)["result"]["tools"]) == len(catalogue().select())
        assert len(line.decode()) < 12_000


def test_an_unknown_tool_is_a_protocol_error_and_an_unknown_method_too():
    with raw_client() as client:
        client.greet()
        assert client.ask("tools/call", name="open_the_vault", arguments={})["error"]["code"] == -32602
        assert client.ask("vault/open")["error"]["code"] == -32601
        assert client.ask("tools/list", cursor="nowhere")["error"]["code"] == -32602


def test_toolsets_and_reading_only_decide_what_exists_at_all():
    with raw_client("toolsets=query,management", "read_only=1") as client:
        client.greet()
        listed = [tool["name"] for tool in client.ask("tools/list")["result"]["tools"]]
        assert listed == [tool.name for tool in catalogue().select("query")]
        refused = client.ask("tools/call", name="delete_entity", arguments={"entity": "Kitchen"})["error"]
        assert refused["code"] == -32602
        assert "--toolsets default,management and without --read-only" in refused["message"]


DEEP = b"[" * 300_000 + b"]" * 300_000
BAD_LINES = {
    "no json": (b"GET / HTTP/1.1", -32700),
    "half a message": (b'{"jsonrpc":"2.0","id":3,', -32700),
    "invalid UTF-8": (b'{"jsonrpc":"2.0","id":3,"method":"ping","params":{"x":"\xff\xfe"}}', -32700),
    "lone surrogate": (b'{"jsonrpc":"2.0","id":3,"method":"ping","params":{"x":"\\ud800"}}', -32700),
    "deep JSON": (
        b'{"jsonrpc":"2.0","id":3,"method":"ping","params":{"x":' + b"[" * 300_000 + b"]" * 300_000 + b"}}",
        -32700,
    ),
    "half of deep JSON": (b'{"a":' * 300_000, -32700),
    "a batch": (b'[{"jsonrpc":"2.0","id":3,"method":"ping"}]', -32600),
    "a number": (b"42", -32600),
    "no version": (b'{"id":3,"method":"ping"}', -32600),
    "params of the wrong kind": (b'{"jsonrpc":"2.0","id":3,"method":"ping","params":[1]}', -32600),
    "NUL": (b"\x00\x00\x00", -32700),
    "17 MB": (b'{"jsonrpc":"2.0","id":3,"method":"ping","params":{"x":"' + b"y" * 17_000_000 + b'"}}', -32600),
}


@pytest.mark.parametrize("opened", [False, True], ids=["first thing", "later"])
def test_the_server_goes_on_after_any_bad_line_and_says_what_was_wrong(opened):
    with raw_client() as client:
        if opened:
            client.greet()
        for what, (line, code) in BAD_LINES.items():
            client.say(line)
            said = client.hear()
            assert said["error"]["code"] == code, what
            assert said["id"] in (None, 3), what
            assert "Traceback" not in json.dumps(said)
        client.say(b"")
        if not opened:
            client.greet()
        assert client.call("get_home_overview")["isError"] is False
        code, errors = client.close()
        assert code == 0
        assert "Traceback" not in errors


def test_a_megabyte_of_arguments_is_taken_or_refused_but_answered():
    with raw_client() as client:
        client.greet()
        kept = client.call("add_note", text="word " * 150_000)
        assert kept["isError"] is False
        refused = client.call("search_entities", query="x" * 1_000_000)
        assert refused["structuredContent"]["code"] == "too_large"


def test_what_a_library_prints_never_reaches_the_wire():
    with raw_client("prints=1") as client:
        client.greet()
        assert client.call("get_home_overview")["isError"] is False
        code, errors = client.close()
        assert code == 0
        assert "a stray print" in errors
        assert "a stray line from a child" in errors


def test_answers_still_due_are_given_before_the_end():
    """Somebody pipes a file of requests into the server and reads what comes out."""
    with raw_client() as client:
        client.greet()
        for number in range(100, 150):
            message = {"jsonrpc": "2.0", "id": number, "method": "tools/call"}
            message["params"] = {
                "name": "create_entity",
                "arguments": {"entity_type": "room", "name": f"Room {number}"},
            }
            client.say(json.dumps(message).encode())
        client.process.stdin.close()
        answers = [json.loads(client.line()) for _ in range(50)]
        assert {answer["id"] for answer in answers} == set(range(100, 150))
        assert not any(answer["result"]["isError"] for answer in answers)
        assert client.line() == b""


def test_a_home_that_cannot_be_opened_is_told_in_every_call_and_the_server_stays():
    with raw_client("broken=1") as client:
        assert client.greet()["result"]["serverInfo"]["name"] == "goodies-mcp"
        for _ in range(2):
            said = client.call("get_home_overview")
            assert said["isError"] is True
            assert said["structuredContent"]["code"] == "storage_corrupt"
            assert "goodies-mcp restore" in said["content"][0]["text"]
        assert client.close()[0] == 0


def test_the_log_has_one_line_a_call_and_nothing_of_its_content():
    with raw_client() as client:
        client.greet()
        client.call("search_entities", query="moonshine")
        client.call("get_entity_details", entity="moonshine cellar")
        _, errors = client.close()
    lines = re.findall(r"tool=.*", errors)
    assert len(lines) == 2
    assert re.fullmatch(r"tool=search_entities ms=[\d.]+ outcome=ok client=raw", lines[0])
    assert re.fullmatch(r"tool=get_entity_details ms=[\d.]+ outcome=not_found client=raw", lines[1])
    assert "moonshine" not in errors
