"""Links to originals beside answers, for hosts that know links."""

import json

import pytest
from mcp.client import Client

from goodies_mcp.graph.writes import Writer
from goodies_mcp.mcpserver.catalogue import catalogue
from goodies_mcp.mcpserver.links import MOST, links_of
from goodies_mcp.mcpserver.server import build_server
from tests.support.openings import INITIALIZED, hello, line, said_by_sdk
from tests.support.papers import a_pdf, a_photo
from tests.support.served_home import furnished_home

BY = Writer("somebody", "test")
CALLS = [
    ("read_content", {"content": "The manual"}, [("The manual", "application/pdf")]),
    ("read_content", {"content": "Kitchen"}, [("photo.jpg", "image/jpeg")]),
    ("read_content", {"content": "A remark"}, []),
    ("get_entity_details", {"entity": "Kitchen"}, [("photo.jpg", None)]),
    ("get_entity_details", {"entity": "Ceiling light"}, [("The manual", None)]),
    ("get_entity_details", {"entity": "The manual"}, [("The manual", "application/pdf")]),
    ("get_entity_details", {"entity": "Hall"}, []),
    ("get_procedures_for_device", {"device": "Ceiling light"}, [("The manual", None)]),
    ("get_home_overview", {}, []),
    ("get_entity_details", {"entity": "nothing"}, []),
]


@pytest.fixture
async def server(tmp_path):
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "manual.pdf").write_bytes(a_pdf(["Page one."]))
    (tmp_path / "inbox" / "photo.jpg").write_bytes(a_photo())
    async with furnished_home(str(tmp_path / "goodies.db")) as graph:
        await graph.add_device_manual(BY, "Ceiling light", "The manual", file="manual.pdf")
        await graph.attach_file(BY, "Kitchen", file="photo.jpg", wanted="image")
        await graph.create_entity(BY, "note", "A remark", content={"text": "It hums."})

        async def home():
            return graph

        yield build_server(catalogue(), home)


@pytest.mark.parametrize("era", ["legacy", "auto"])
async def test_each_link_leads_to_what_is_kept(server, era):
    async with Client(server, mode=era) as client:
        for tool, arguments, wanted in CALLS:
            result = await client.call_tool(tool, arguments)
            links = [each for each in result.content if each.type == "resource_link"]
            assert [(each.name, each.mime_type) for each in links] == wanted, (tool, arguments)
            for link in links:
                assert link.description
                (read,) = (await client.read_resource(str(link.uri))).contents
                assert read.blob
            assert result.content[0].type == "text"
            assert all(str(each.uri) not in result.content[0].text for each in links), "the text stays small"


async def test_hosts_older_than_links_get_none(server):
    params = {"name": "read_content", "arguments": {"content": "The manual"}}
    for version, kinds in (("2025-03-26", ["text"]), ("2025-06-18", ["text", "resource_link"])):
        said = await said_by_sdk(server, [hello(version), INITIALIZED, line(7, "tools/call", params)])
        assert [each["type"] for each in json.loads(said[-1])["result"]["content"]] == kinds


def test_links_are_few():
    edge = {
        "relationship_type": "has_blob",
        "direction": "out",
        "other": {"id": "1", "type": "note", "name": "A photo"},
    }
    assert len(links_of("get_entity_details", {"type": "room", "relationships": [edge] * 50})) == MOST
    assert links_of("get_entity_details", {"type": "note", "relationships": [{**edge, "direction": "in"}]}) == []
