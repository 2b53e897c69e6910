"""Spans as the SDK makes them reach OpenTelemetry from a server of ours, whichever way the message came: the short cuts
of the transports lose none, and none loses the span that the host names as its parent.
"""

import os

import pytest
from mcp.shared.exceptions import MCPError

from tests.support.command import Command
from tests.support.mcp_sessions import ERAS, ROOT, http_server, over_http, over_sse, over_stdio, raw_client
from tests.support.served_device import ServedDevice
from tests.support.spans import read_spans

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
TRACEPARENT = f"00-{TRACE}-{PARENT}-01"
WAYS = ["stdio-legacy", "stdio-auto", "http-legacy", "http-auto", "sse-legacy"]


async def converse(way, spans, talk):
    """Let ``talk`` happen with a server that writes its spans; they come back."""
    transport, era = way.split("-")
    if transport == "stdio":
        async with over_stdio(f"spans={spans}", era=era) as client:
            await talk(client)
    else:
        with http_server(spans.with_name("log"), f"spans={spans}") as server:
            async with over_sse(server.url) if transport == "sse" else over_http(server.url, era=era) as client:
                await talk(client)
            server.end()
    return read_spans(spans)


def named(found, name):
    return [span for span in found if span["name"] == name]


@pytest.mark.parametrize("way", WAYS)
async def test_a_call_is_a_span_below_the_one_that_its_host_names(way, tmp_path):
    async def talk(client):
        await client.list_tools()
        await client.call_tool("get_home_overview", {}, meta={"traceparent": TRACEPARENT})
        await client.call_tool("get_home_overview", {})
        await client.call_tool("get_entity_details", {"entity": "Nowhere"}, meta={"traceparent": TRACEPARENT})
        await client.read_resource("goodies://room/Kitchen", meta={"traceparent": TRACEPARENT})
        with pytest.raises(MCPError):
            await client.get_prompt("nonsense", {}, meta={"traceparent": TRACEPARENT})

    found = await converse(way, tmp_path / "spans", talk)
    below, alone = named(found, "tools/call get_home_overview")
    assert (below["context"]["trace_id"], below["parent_id"]) == (f"0x{TRACE}", f"0x{PARENT}")
    assert below["kind"] == "SpanKind.SERVER"
    assert below["attributes"]["gen_ai.tool.name"] == "get_home_overview"
    assert below["attributes"]["mcp.method.name"] == "tools/call"
    assert below["attributes"]["mcp.protocol.version"] == ERAS[way.split("-")[1]]
    assert "error.type" not in below["attributes"]
    assert (alone["parent_id"], alone["context"]["trace_id"] == f"0x{TRACE}") == (None, False)
    (failed,) = named(found, "tools/call get_entity_details")
    assert (failed["parent_id"], failed["attributes"]["error.type"]) == (f"0x{PARENT}", "tool_error")
    (read_one,) = named(found, "resources/read")
    (refused,) = named(found, "prompts/get nonsense")
    assert read_one["parent_id"] == refused["parent_id"] == f"0x{PARENT}"
    assert refused["attributes"]["error.type"] == "-32602"
    assert named(found, "tools/list")


@pytest.mark.parametrize("bad", ["nonsense", "00-0-0-00", "", 7, None, "00-" + "0" * 32 + "-" + "0" * 16 + "-01"])
def test_a_parent_that_is_none_is_passed_over(bad, tmp_path):
    with raw_client(f"spans={tmp_path / 'spans'}") as client:
        client.greet()
        said = client.ask("tools/call", name="get_home_overview", arguments={}, _meta={"traceparent": bad})
        assert said["result"]["isError"] is False
        client.close()
    (span,) = named(read_spans(tmp_path / "spans"), "tools/call get_home_overview")
    assert span["parent_id"] is None


def test_what_names_a_parent_is_never_answered_before_the_sdk_is_there(tmp_path):
    spans, auto = tmp_path / "spans", tmp_path / "auto"
    auto.mkdir()
    # As OpenTelemetry's own launcher does it: what is loaded first sets up where spans go.
    (auto / "sitecustomize.py").write_text(
        f"from tests.support.spans import write_spans\nwrite_spans({str(spans)!r})\n"
    )
    home = Command(tmp_path / "home", HOME=str(tmp_path), PYTHONPATH=os.pathsep.join([str(auto), str(ROOT)]))
    home("init")
    for start in ("slow", "quick"):
        assert (start == "quick") == bool(list(tmp_path.rglob("opening-*.json")))
        with ServedDevice(home) as device:
            device.ask("tools/list")
            device.ask("prompts/list", _meta={"traceparent": TRACEPARENT})
            device.ask("tools/call", name="get_home_overview", arguments={}, _meta={"traceparent": TRACEPARENT})
            device.process.stdin.close()
            assert device.process.wait(30) == 0
        found = read_spans(spans)
        # The rehearsal of the next opening, which the first start holds, is nobody's conversation.
        assert len(named(found, "initialize")) == 1
        (listed,) = named(found, "prompts/list")
        (called,) = named(found, "tools/call get_home_overview")
        assert listed["parent_id"] == called["parent_id"] == f"0x{PARENT}"
