"""Log messages to hosts that want them, in both eras, and to nobody else."""

import asyncio
import logging
from contextlib import asynccontextmanager

import pytest
from mcp.client import Client
from mcp_types import LOG_LEVEL_META_KEY, EmptyResult, SetLevelRequest, SetLevelRequestParams

from goodies_mcp import logsetup
from goodies_mcp.graph.home_graph import HomeGraph
from goodies_mcp.mcpserver.catalogue import catalogue
from goodies_mcp.mcpserver.server import build_server
from goodies_mcp.mcpserver.telling import LEVELS
from tests.support.served_home import furnished_home

OURS = logging.getLogger("goodies_mcp")


@pytest.fixture(autouse=True)
def _usual_level():
    OURS.setLevel(logging.WARNING)
    yield
    assert OURS.handlers == [], "nobody listens any more"
    assert OURS.level == logging.WARNING
    OURS.setLevel(logging.NOTSET)


@pytest.fixture
async def server():
    async with furnished_home() as graph:

        async def home():
            return graph

        yield build_server(catalogue(), home)


@asynccontextmanager
async def host(server, era):
    """A client, and what it was told."""
    told = []

    async def heard(params):
        told.append(params)

    async with Client(server, mode=era, logging_callback=heard) as client:
        yield client, told


async def set_level(client, level):
    await client.session.send_request(SetLevelRequest(params=SetLevelRequestParams(level=level)), EmptyResult)


def wanting(level):
    return {LOG_LEVEL_META_KEY: level}


async def test_an_older_host_is_told_from_the_level_on_that_it_set(server):
    async with host(server, "legacy") as (client, told):
        assert client.server_capabilities.logging is not None
        await client.call_tool("get_home_overview", {})
        assert told == []
        await set_level(client, "info")
        await client.call_tool("get_home_overview", {})
        (line,) = told
        assert (line.level, line.logger) == ("info", "goodies_mcp.mcpserver.observing")
        assert line.data.startswith("tool=get_home_overview ms=")
        await set_level(client, "error")
        await client.call_tool("get_home_overview", {})
        assert len(told) == 1


async def test_a_newer_host_is_told_about_the_requests_that_ask_for_it(server):
    async with host(server, "auto") as (client, told):
        await client.call_tool("get_home_overview", {})
        await client.call_tool("get_home_overview", {}, meta=wanting("warning"))
        assert told == []
        await client.call_tool("get_home_overview", {}, meta=wanting("debug"))
        assert [line.data.split()[0] for line in told] == ["tool=get_home_overview"]
        await client.call_tool("get_home_overview", {})
        assert len(told) == 1


@pytest.mark.parametrize("era", ["legacy", "auto"])
async def test_resources_and_prompts_are_told_about_as_tools_are(server, era):
    async with host(server, era) as (client, told):
        meta = wanting("info") if era == "auto" else None
        if era == "legacy":
            await set_level(client, "info")
        await client.read_resource("goodies://home/overview", meta=meta)
        await client.get_prompt("home_tour", {}, meta=meta)
    assert [line.data.split()[0] for line in told] == ["resource=overview", "prompt=home_tour"]


async def test_nobody_hears_of_the_calls_of_others(server):
    async with host(server, "legacy") as (one, told), host(server, "legacy") as (other, told_other):
        await set_level(one, "debug")
        await asyncio.gather(*(client.call_tool("get_home_overview", {}) for client in (one, other) * 5))
        assert len(told) == 5
        assert told_other == []


async def test_each_host_is_told_from_its_own_level_on(server, monkeypatch):
    begun, goes_on, usual = asyncio.Event(), asyncio.Event(), HomeGraph.get_home_overview

    async def slow_at_first(*given, **how):
        if not begun.is_set():
            begun.set()
            await goes_on.wait()
        return await usual(*given, **how)

    monkeypatch.setattr(HomeGraph, "get_home_overview", slow_at_first)
    async with host(server, "legacy") as (one, told), host(server, "legacy") as (other, told_other):
        await set_level(one, "debug")
        await set_level(other, "error")
        first = asyncio.create_task(one.call_tool("get_home_overview", {}))
        await begun.wait()
        await other.call_tool("get_home_overview", {})
        goes_on.set()
        await first
        assert (len(told), told_other) == (1, [])


async def test_a_bug_is_told_as_an_error_without_its_trace(server, monkeypatch):
    async def broken(*_, **__):
        raise ZeroDivisionError("secret path")

    monkeypatch.setattr("goodies_mcp.graph.home_graph.HomeGraph.get_home_overview", broken)
    async with host(server, "legacy") as (client, told):
        await set_level(client, "error")
        assert (await client.call_tool("get_home_overview", {})).is_error
    (line,) = told
    assert (line.level, line.data) == ("error", "tool get_home_overview failed")


async def test_what_threads_of_the_call_log_is_told_too(server, monkeypatch):
    async def in_a_thread(*_, **__):
        await asyncio.to_thread(OURS.warning, "the %s\u202e is loud", "fan")

    monkeypatch.setattr("goodies_mcp.graph.home_graph.HomeGraph.get_home_overview", in_a_thread)
    async with host(server, "auto") as (client, told):
        await client.call_tool("get_home_overview", {}, meta=wanting("warning"))
    assert next((line.level, line.data) for line in told) == ("warning", "the fan is loud")


async def test_stderr_hears_no_more_than_before(server, capsys):
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        logsetup.configure("warning", "text")
        async with host(server, "legacy") as (client, told):
            await set_level(client, "debug")
            await client.call_tool("get_home_overview", {})
        OURS.warning("as ever")
        logging.getLogger("somebody").warning("as ever")
    finally:
        root.handlers[:], root.level = handlers, level
    assert len(told) == 1
    assert capsys.readouterr().err == "WARNING goodies_mcp: as ever\nWARNING somebody: as ever\n"


def test_levels_are_in_their_order():
    assert list(LEVELS.values()) == sorted(set(LEVELS.values()))
