import logging

import pytest
from mcp.client import Client
from mcp.shared.exceptions import MCPError
from mcp_types import Implementation

from goodies_mcp.errors import StorageCorrupt
from goodies_mcp.mcpserver import server as server_module
from goodies_mcp.mcpserver.catalogue import catalogue
from goodies_mcp.mcpserver.server import build_server
from tests.support.served_home import furnished_home

BOTH = pytest.mark.parametrize("era", ["legacy", "auto"])


@pytest.fixture
async def home():
    async with furnished_home() as graph:

        async def opened():
            return graph

        yield opened


@BOTH
async def test_a_list_longer_than_a_page_is_read_to_its_end(home, era, monkeypatch):
    monkeypatch.setattr(server_module, "PAGE", 7)
    async with Client(build_server(catalogue(), home), mode=era) as client:
        names, cursor, pages = [], None, 0
        while cursor or not pages:
            page = await client.list_tools(cursor=cursor)
            names += [tool.name for tool in page.tools]
            cursor = page.next_cursor
            pages += 1
        assert names == [tool.name for tool in catalogue()]
        assert pages == -(-len(catalogue()) // 7)
        with pytest.raises(MCPError) as refused:
            await client.list_tools(cursor="nowhere")
        assert refused.value.error.code == -32602


@BOTH
async def test_all_tools_fit_into_one_page_for_hosts_that_never_turn_it(home, era):
    async with Client(build_server(catalogue(), home), mode=era) as client:
        page = await client.list_tools()
        assert len(page.tools) == len(catalogue())
        assert page.next_cursor is None


NAMES = {"claude-ai": "claude-ai", "a\nERROR forged\x1b[0m": "a ERROR forged[0m", "": "unknown", "x" * 500: "x" * 80}


@BOTH
@pytest.mark.parametrize(("given", "known"), NAMES.items(), ids=range(len(NAMES)))
async def test_a_client_is_known_by_a_name_that_cannot_forge_the_log(home, era, given, known, caplog):
    caplog.set_level(logging.INFO, "goodies_mcp")
    about = Implementation(name=given, version="1")
    async with Client(build_server(catalogue(), home), mode=era, client_info=about) as client:
        await client.call_tool("undo", {})
    (line,) = [line for line in caplog.messages if line.startswith("tool=undo")]
    assert line.endswith(f" client={known}")
    assert "\n" not in line


async def test_undo_takes_back_what_this_client_did_and_nothing_else(home):
    server = build_server(catalogue(), home)
    one, two = (Implementation(name=name, version="1") for name in ("one", "two"))
    async with Client(server, client_info=one) as first, Client(server, client_info=two) as second:
        await first.call_tool("create_entity", {"entity_type": "room", "name": "Loft"})
        nothing = await second.call_tool("undo", {})
        assert "Loft" not in nothing.content[0].text
        undone = await first.call_tool("undo", {})
        assert "Loft" in undone.content[0].text


@BOTH
async def test_a_home_that_does_not_open_is_a_result_and_an_unknown_tool_is_not(era):
    async def closed():
        raise StorageCorrupt("damaged")

    async with Client(build_server(catalogue(), closed), mode=era) as client:
        said = await client.call_tool("get_home_overview", {})
        assert said.is_error
        assert said.structured_content["code"] == "storage_corrupt"
        with pytest.raises(MCPError) as refused:
            await client.call_tool("nonsense", {})
        assert refused.value.error.code == -32602


@BOTH
async def test_what_is_not_offered_cannot_be_called(home, era):
    async with Client(build_server(catalogue().select(read_only=True), home), mode=era) as client:
        with pytest.raises(MCPError):
            await client.call_tool("delete_entity", {"entity": "Kitchen"})
