import json
import re
from base64 import b64encode
from hashlib import sha256

import pytest
from mcp import Client
from mcp.client.extension import advertise

from goodies_mcp.errors import Unavailable
from goodies_mcp.mcpserver.catalogue import catalogue
from goodies_mcp.mcpserver.host_apps import page_of
from goodies_mcp.mcpserver.listing import listed
from goodies_mcp.mcpserver.plain_messages import APP_TYPE, APPS, HOME_MAP, shows_apps
from goodies_mcp.mcpserver.server import build_server

SHOWS = {APPS: {"mimeTypes": [APP_TYPE]}}


async def closed():
    raise Unavailable("there is no home here")


@pytest.mark.parametrize("era", ["legacy", "2026-07-28"])
async def test_hosts_that_show_apps_are_offered_the_map_and_others_are_not_but_may_call_it(era):
    server = build_server(catalogue().select(), closed)
    async with (
        Client(server, mode=era) as plain,
        Client(server, mode=era, extensions=[advertise(APPS, SHOWS[APPS])]) as showing,
    ):
        for_all = [tool.name for tool in (await plain.list_tools()).tools]
        for_apps = [tool.name for tool in (await showing.list_tools()).tools]
        assert for_apps == [*for_all, "get_home_map"]
        called = await plain.call_tool("get_home_map", {})
        assert called.structured_content["code"] == "unavailable"


def test_the_map_is_chosen_with_its_toolset_like_any_other_tool():
    chosen = catalogue().select("query")
    assert "get_home_map" in chosen.tools
    assert "get_home_map" not in chosen.for_apps
    assert "get_home_map" not in catalogue().select("sync")


def test_the_tool_names_its_page_and_the_page_is_there():
    assert listed(catalogue().named("get_home_map"))["_meta"] == {"ui": {"resourceUri": HOME_MAP}}
    assert "_meta" not in listed(catalogue().named("get_home_overview"))
    assert page_of("ui://goodies/other") is None


@pytest.mark.parametrize("era", ["legacy", "2026-07-28"])
async def test_the_page_is_read_without_a_home_and_loads_nothing(era):
    async with Client(build_server(catalogue(), closed), mode=era, extensions=[advertise(APPS, SHOWS[APPS])]) as client:
        (page,) = (await client.read_resource(HOME_MAP)).contents
    assert page.mime_type == APP_TYPE
    assert page.meta["ui"]["csp"] == {"connectDomains": [], "resourceDomains": []}
    (script,) = re.findall(r"<script>(.*?)</script>", page.text, re.DOTALL)
    allowed = b64encode(sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{allowed}'" in page.text
    assert "default-src 'none'" in page.text
    assert not re.search(r"""(?:src|href)=["']|@import|url\(|https?:""", page.text.replace("SVG", ""))


@pytest.mark.parametrize(
    ("extensions", "shows"),
    [
        (SHOWS, True),
        ({APPS: {"mimeTypes": ["text/html", APP_TYPE]}}, True),
        ({APPS: {"mimeTypes": ["text/html"]}}, False),
        ({APPS: {"mimeTypes": APP_TYPE}}, False),
        ({APPS: {}}, False),
        ({"other": {"mimeTypes": [APP_TYPE]}}, False),
        ({}, False),
        (None, False),
    ],
)
def test_a_host_shows_apps_when_it_names_their_type(extensions, shows):
    assert shows_apps(extensions) is shows
    assert shows_apps(json.loads(json.dumps(extensions))) is shows
