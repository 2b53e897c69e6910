"""Each call has one line in the log and its numbers, whatever becomes of it, and neither tells what was said."""

import logging
import re

import anyio
import pytest
from mcp.client import Client
from mcp.shared.exceptions import MCPError
from mcp_types import (
    EmptyResult,
    Implementation,
    InitializeRequest,
    InitializeRequestParams,
    InitializeResult,
    PromptReference,
    Request,
    ResourceTemplateReference,
)

from goodies_mcp.mcpserver.catalogue import catalogue
from goodies_mcp.mcpserver.server import build_server
from tests.support.collected import Collected
from tests.support.served_home import furnished_home

BOTH = pytest.mark.parametrize("era", ["legacy", "auto"])
ERAS = {"legacy": "2025-11-25", "auto": "2026-07-28"}


@pytest.fixture
def numbers():
    return Collected()


@pytest.fixture
async def server(numbers):
    async with furnished_home() as graph:

        async def home():
            return graph

        yield build_server(catalogue(), home, metrics=numbers)


@pytest.fixture
def lines(caplog):
    """The lines of calls, without their milliseconds."""
    caplog.set_level(logging.INFO, "goodies_mcp")

    def said():
        found = [each.getMessage() for each in caplog.records if each.name == "goodies_mcp.mcpserver.observing"]
        return [re.sub(r" ms=\d+\.\d", "", line) for line in found]

    return said


async def refused(call):
    with pytest.raises(MCPError) as error:
        await call
    return error.value.error


@BOTH
async def test_every_sort_of_call_has_one_line_without_content(server, era, lines, caplog):
    async with Client(server, mode=era) as client:
        await client.call_tool("search_entities", {"query": "secret"})
        await client.call_tool("get_entity_details", {"entity": "secret"})
        await client.read_resource("goodies://room/Kitchen")
        await client.read_resource("goodies://home/overview")
        await refused(client.read_resource("goodies://entity/secret"))
        await refused(client.read_resource("secret://secret"))
        await client.get_prompt("home_tour", {})
        await refused(client.get_prompt("secret", {}))
        await client.complete(ResourceTemplateReference(uri="goodies://room/{id}"), {"name": "id", "value": "secret"})
        await refused(client.complete(PromptReference(name="secret"), {"name": "room", "value": "secret"}))
        await client.list_tools()
    assert [line.removesuffix(" client=mcp") for line in lines()] == [
        "tool=search_entities outcome=ok",
        "tool=get_entity_details outcome=not_found",
        "resource=room outcome=ok",
        "resource=overview outcome=ok",
        "resource=entity outcome=not_found",
        "resource=other outcome=not_found",
        "prompt=home_tour outcome=ok",
        "prompt=other outcome=not_found",
        "completion=resource outcome=ok",
        "completion=prompt outcome=not_found",
    ]
    assert "secret" not in caplog.text


@BOTH
async def test_what_is_no_call_of_ours_has_its_line_too_and_cannot_write_it(server, era, lines, caplog):
    async with Client(server, mode=era) as client:
        await refused(client.call_tool("x\nERROR forged", {}))
    assert [line.removesuffix(" client=mcp") for line in lines()] == ["tool=other outcome=-32602"]
    assert "forged" not in caplog.text


@BOTH
async def test_a_bug_is_one_call_with_one_line(server, era, lines, numbers, monkeypatch):
    async def broken(*_, **__):
        raise ZeroDivisionError

    monkeypatch.setattr("goodies_mcp.graph.home_graph.HomeGraph.get_home_overview", broken)
    monkeypatch.setattr("goodies_mcp.mcpserver.prompts.Prompt.filled", broken)
    async with Client(server, mode=era) as client:
        await client.call_tool("get_home_overview", {})
        await refused(client.get_prompt("home_tour", {}))
    assert [line.split()[:2] for line in lines()] == [
        ["tool=get_home_overview", "outcome=internal"],
        ["prompt=home_tour", "outcome=internal"],
    ]
    assert numbers.operations("tools/call") == [{"gen_ai.tool.name": "get_home_overview", "error.type": "tool_error"}]
    assert numbers.operations("prompts/get") == [{"gen_ai.prompt.name": "home_tour", "error.type": "internal"}]


async def test_a_call_that_its_host_gave_up_has_its_line(server, lines, numbers, monkeypatch):
    begun = anyio.Event()

    async def endless(*_, **__):
        begun.set()
        await anyio.sleep_forever()

    monkeypatch.setattr("goodies_mcp.graph.home_graph.HomeGraph.get_home_overview", endless)
    async with Client(server) as client, anyio.create_task_group() as group:
        group.start_soon(client.call_tool, "get_home_overview", {})
        await begun.wait()
        group.cancel_scope.cancel()
    assert [line.split()[:2] for line in lines()] == [["tool=get_home_overview", "outcome=cancelled"]]
    assert numbers.added == [
        ("goodies.tool.calls", 1, {"gen_ai.tool.name": "get_home_overview", "outcome": "cancelled"})
    ]


@BOTH
async def test_numbers_of_each_request_have_names_of_ours_only(server, era, numbers):
    async with Client(server, mode=era) as client:
        await client.call_tool("search_entities", {"query": "Lamp"})
        await client.call_tool("get_entity_details", {"entity": "moonshine"})
        for name in ("evil", "x" * 10_000, "\N{PILE OF POO}", 'a="b"}'):
            await refused(client.call_tool(name, {}))
        await refused(client.get_prompt("evil", {}))
        await refused(client.read_resource("evil://evil"))
    assert numbers.operations("tools/call") == [
        {"gen_ai.tool.name": "search_entities"},
        {"gen_ai.tool.name": "get_entity_details", "error.type": "tool_error"},
        *[{"gen_ai.tool.name": "other", "error.type": "-32602"}] * 4,
    ]
    assert numbers.operations("prompts/get") == [{"gen_ai.prompt.name": "other", "error.type": "-32602"}]
    assert [labels["outcome"] for name, by, labels in numbers.added] == ["ok", "not_found", *["-32602"] * 4]
    assert {name for name, *_ in numbers.added} == {"goodies.tool.calls"}
    (failed,) = numbers.operations("resources/read")
    assert failed["error.type"] in {"-32002", "-32602"}
    opening = {"legacy": "initialize", "auto": "server/discover"}[era]
    assert numbers.operations(opening) == [{}]
    versions = {labels["mcp.protocol.version"] for _, labels in numbers.observed}
    assert ERAS[era] in versions
    assert "evil" not in str(numbers.observed + numbers.added)


async def test_methods_that_nobody_knows_are_one_series(server, numbers):
    async with Client(server) as client:
        for method in ("evil/one", "evil/two"):
            await refused(client.session.send_request(Request(method=method, params=None), EmptyResult))
    assert numbers.operations("other") == [{"error.type": "-32601"}] * 2


async def test_a_session_of_the_older_era_is_measured_once_when_it_ends(server, numbers):
    async with Client(server, mode="legacy") as client:
        await client.list_tools()
        about = Implementation(name="again", version="1")
        params = InitializeRequestParams(protocol_version="2025-06-18", capabilities={}, client_info=about)
        await client.session.send_request(InitializeRequest(params=params), InitializeResult)
        assert "mcp.server.session.duration" not in dict(numbers.observed)
    ended = [labels for name, labels in numbers.observed if name == "mcp.server.session.duration"]
    assert ended == [{"mcp.protocol.version": "2025-06-18"}]
