"""A host that was cut off in the middle of a call comes back and hears the rest; what another was told stays theirs."""

import json

import httpx2
import pytest

from tests.support.mcp_sessions import http_server

VERSION = "2025-11-25"
JSON = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": VERSION}
ABOUT = {"protocolVersion": VERSION, "capabilities": {}, "clientInfo": {"name": "raw", "version": "1"}}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with http_server(tmp_path_factory.mktemp("again") / "log") as running:
        yield running


def asked(method, number, **params):
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}


def greeted(http):
    said = http.post("/mcp", json=asked("initialize", 1, **ABOUT))
    session = {"MCP-Session-Id": said.headers["mcp-session-id"]}
    done = http.post("/mcp", json={"jsonrpc": "2.0", "method": "notifications/initialized"}, headers=session)
    assert done.status_code == 202
    return session


def begun(http, session, number, tool, **arguments):
    """Ask, hear under which id the answer will come, and hang up."""
    call = asked("tools/call", number, name=tool, arguments=arguments)
    with http.stream("POST", "/mcp", json=call, headers=session) as stream:
        for line in stream.iter_lines():
            if line.startswith("id: "):
                return line.removeprefix("id: ")
    pytest.fail("no event has an id")


def heard(http, session, event):
    """The answer, whether it was ready before the host came back or not."""
    with http.stream("GET", "/mcp", headers={**session, "Last-Event-ID": event}) as stream:
        assert stream.status_code == 200
        for line in stream.iter_lines():
            if line.startswith("data: {"):
                return json.loads(line.removeprefix("data: "))
    pytest.fail("the stream ended without an answer")


def test_the_answer_of_a_call_that_was_cut_off_is_heard_on_coming_back(server):
    with httpx2.Client(base_url=server.url, headers=JSON, timeout=30) as http:
        one, two = greeted(http), greeted(http)
        mine = begun(http, one, 7, "search_entities", query="ceiling light")
        theirs = begun(http, two, 7, "search_entities", query="kitchen door")
        assert mine == theirs, "the same number in both sessions, or this test is about nothing"
        answer = heard(http, one, mine)
        assert answer["id"] == 7
        assert "Ceiling light" in answer["result"]["content"][0]["text"]
        answer = heard(http, two, theirs)
        assert "Kitchen door" in answer["result"]["content"][0]["text"]
        assert "Ceiling light" not in answer["result"]["content"][0]["text"]
    assert "Traceback" not in server.log()
