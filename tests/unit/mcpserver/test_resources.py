"""Resources: listed in pages, read, and watched in both eras, whoever changes what stands in them."""

import asyncio
import base64
import json
from contextlib import asynccontextmanager

import pytest
from mcp.client import Client
from mcp.shared.exceptions import MCPError
from mcp_types import (
    EmptyResult,
    SubscribeRequest,
    SubscribeRequestParams,
    UnsubscribeRequest,
    UnsubscribeRequestParams,
)

from goodies_mcp.core.sync_status import SyncStatus
from goodies_mcp.errors import StorageCorrupt
from goodies_mcp.graph.writes import Writer
from goodies_mcp.mcpserver import shelves, watching
from goodies_mcp.mcpserver.addresses import OVERVIEW, STATUS, content_uri, entity_uri, map_uri, room_uri
from goodies_mcp.mcpserver.catalogue import catalogue
from goodies_mcp.mcpserver.server import build_server
from tests.support.papers import a_pdf, a_photo
from tests.support.served_home import furnished_home

ERAS = {"legacy": -32002, "auto": -32602}
"""With what each says of a resource that is not there."""

BY = Writer("somebody", "test")


class Sync:
    """A ``SyncControl`` without a hub."""

    def __init__(self):
        self.news = None
        self.sessions = 0

    async def status(self):
        return SyncStatus("Idle", "https://hub.example", self.sessions, 0, 0)

    async def sync_now(self, progress=None):
        self.sessions += 1
        if progress is not None:
            await progress(1, 2, "versions synced")
        self.news(frozenset())
        return await self.status()

    def subscribe(self, news):
        self.news = news
        return lambda: None


@pytest.fixture
def sync():
    return Sync()


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr(watching, "INTERVAL", 0.005)


@pytest.fixture
async def graph(tmp_path):
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "manual.pdf").write_bytes(a_pdf(["Page one.", "Error E24 means that the hose is kinked."]))
    (tmp_path / "inbox" / "photo.jpg").write_bytes(a_photo())
    async with furnished_home(str(tmp_path / "goodies.db")) as opened:
        yield opened


@pytest.fixture
def connected(graph, sync):
    async def home():
        return graph

    def connect(era, opening=home, sync=sync, **how):
        return Client(build_server(catalogue(), opening, sync), mode=era, **how)

    return connect


async def ids(graph):
    page = await graph.get_shelf(limit=200)
    found = {each.name: each.id for each in page.items}
    devices = await graph.get_devices_in_room("Our house")
    return {**found, **{f"{each.name}/{each.where.split(' › ')[-1]}": each.id for each in devices.items}}


async def read_json(client, uri):
    (read,) = (await client.read_resource(uri)).contents
    assert (str(read.uri), read.mime_type) == (uri, "application/json")
    return json.loads(read.text)


@pytest.mark.parametrize("era", ERAS)
async def test_the_list_is_paged_from_what_is_there_before_the_home_to_its_papers(graph, connected, era, monkeypatch):
    monkeypatch.setattr(shelves, "PAGE", 2)
    await graph.add_note(BY, "Never leave water standing.", about="Kitchen")
    await graph.add_device_manual(BY, "Ceiling light", "The manual", file="manual.pdf")
    async with connected(era) as client:
        pages, cursor = [], None
        while cursor or not pages:
            page = await client.list_resources(cursor=cursor)
            pages.append(page.resources)
            cursor = page.next_cursor
        assert [str(each.uri) for each in pages[0]] == [OVERVIEW, STATUS]
        assert all(len(page) <= 3 for page in pages[1:]), "two things, and a home has two addresses"
        listed = [each for page in pages[1:] for each in page]
        known = await ids(graph)
        assert [str(each.uri) for each in listed[:6]] == [
            entity_uri(known["Our house"]),
            map_uri(known["Our house"]),
            *(room_uri(known[name]) for name in ("Bedroom", "Ground floor", "Hall", "Kitchen")),
        ]
        manual = next(each for each in listed if each.name == "The manual")
        assert (str(manual.uri), manual.mime_type) == (content_uri(known["The manual"]), "application/pdf")
        assert manual.size > 100
        for each in listed:
            assert (await client.read_resource(str(each.uri))).contents
        with pytest.raises(MCPError, match="cursor") as refused:
            await client.list_resources(cursor="nowhere")
        assert refused.value.error.code == -32602


@pytest.mark.parametrize("era", ERAS)
async def test_what_stands_in_each(graph, connected, era):
    await graph.add_device_manual(BY, "Ceiling light", "The manual", file="manual.pdf")
    await graph.attach_file(BY, "Kitchen", file="photo.jpg", caption="The tap", wanted="image")
    known = await ids(graph)
    async with connected(era) as client:
        assert [template.name for template in (await client.list_resource_templates()).resource_templates][:3] == [
            "entity",
            "room",
            "content",
        ]
        assert (await read_json(client, OVERVIEW))["homes"][0]["name"] == "Our house"
        thing = await read_json(client, entity_uri(known["Ceiling light/Kitchen"]))
        assert (thing["name"], thing["untrusted"]) == ("Ceiling light", ["author", "content", "name", "where"])
        assert await read_json(client, "goodies://entity/ceiling%20light") == thing, "names will do, as in tools"
        joined = await read_json(client, "goodies://entity/Kitchen%20door?relationship=connects_to")
        assert {each["other"]["name"] for each in joined["items"]} == {"Kitchen", "Hall"}
        room = await read_json(client, room_uri(known["Kitchen"]))
        assert {each["name"] for each in room["devices"]["items"]} == {"Ceiling light", "Lamp"}
        assert room["connections"]["items"][0]["to"]["name"] == "Hall"
        (original,) = (await client.read_resource(content_uri(known["The manual"]))).contents
        assert original.mime_type == "application/pdf"
        assert base64.b64decode(original.blob).startswith(b"%PDF")
        (page,) = (await client.read_resource(content_uri(known["The manual"]) + "?page=2")).contents
        assert (page.mime_type, page.text) == ("text/plain", "Error E24 means that the hose is kinked.")
        (drawn,) = (await client.read_resource(map_uri(known["Our house"]))).contents
        assert drawn.mime_type == "image/svg+xml"
        assert drawn.text.startswith("<svg")
        assert "Kitchen" in drawn.text
        (photo,) = (await client.read_resource("goodies://content/Kitchen")).contents
        assert (photo.mime_type, base64.b64decode(photo.blob)) == ("image/jpeg", a_photo())


UNKNOWN = [
    *("goodies://entity/nothing", "goodies://sync/token", "goodies://room/..", "goodies://content/%2e%2e", "file:///x"),
    *("goodies://entity/%FF", "goodies://content/Hall", "goodies://entity/" + "x" * 900, "goodies://entity/%00"),
    "goodies://entity/" + "x" * 100_000,
]


@pytest.mark.parametrize(("era", "code"), ERAS.items())
async def test_what_is_not_there_is_refused_as_the_era_has_it_and_says_what_to_do(connected, era, code):
    async with connected(era) as client:
        for uri in UNKNOWN:
            with pytest.raises(MCPError) as refused:
                await client.read_resource(uri)
            said = refused.value.error
            assert said.code in ({code} if "%00" not in uri else {-32602}), uri
            assert "hint: " in said.message or "%00" in uri, uri
            assert said.data["uri"] == uri[:1_000]
            assert len(said.message) < 1_000
        with pytest.raises(MCPError, match="2 things are called") as refused:
            await client.read_resource("goodies://entity/Lamp")
        assert refused.value.error.code == -32602
        assert len(refused.value.error.data["candidates"]) == 2


@pytest.mark.parametrize("era", ERAS)
async def test_what_is_too_large_is_not_sent_and_says_how_to_read_it(graph, connected, era, monkeypatch):
    monkeypatch.setattr("goodies_mcp.graph.originals.MOST_BYTES", 100)
    monkeypatch.setattr("goodies_mcp.graph.originals.MOST_TEXT", 10)
    await graph.add_device_manual(BY, "Ceiling light", "The manual", file="manual.pdf")
    await graph.add_note(BY, "Never leave water standing.", about="Hall")
    async with connected(era) as client:
        for uri in ("goodies://content/The%20manual", "goodies://content/Hall"):
            with pytest.raises(MCPError, match=r"page by page, \?page=1") as refused:
                await client.read_resource(uri)
            assert refused.value.error.code == -32602
            assert (await client.read_resource(f"{uri}?page=1")).contents


@pytest.mark.parametrize("era", ERAS)
async def test_a_home_that_does_not_open_is_told(connected, era):
    async def broken():
        raise StorageCorrupt("goodies.db is damaged", hint="restore a backup")

    async with connected(era, broken) as client:
        assert (await read_json(client, STATUS))["code"] == "storage_corrupt"
        with pytest.raises(MCPError, match=r"damaged.*restore a backup") as refused:
            await client.read_resource(OVERVIEW)
        assert refused.value.error.code == -32603
        assert len((await client.list_resources()).resources) == 2, "the first page needs no home"
        with pytest.raises(MCPError, match="damaged"):
            await client.list_resources(cursor="home")


async def test_a_server_without_sync_has_no_status_of_it(connected):
    async with connected("legacy", sync=None) as client:
        assert [str(each.uri) for each in (await client.list_resources()).resources] == [OVERVIEW]
        with pytest.raises(MCPError, match="no resource"):
            await client.read_resource(STATUS)


@pytest.mark.parametrize("era", ERAS)
async def test_progress_is_told(connected, era):
    async with connected(era) as client:
        steps = []

        async def progress(done, total, message):
            steps.append((done, total, message))

        result = await client.call_tool("sync_now", {}, progress_callback=progress)
        assert steps == [(1, 2, "versions synced")]
        assert result.structured_content["pending"] == 1


@asynccontextmanager
async def older(connected):
    """A host of the older era, and the notices that it hears."""
    told = asyncio.Queue()

    async def heard(message):
        told.put_nowait(message)

    async with connected("legacy", message_handler=heard) as client:

        async def uri():
            notice = await asyncio.wait_for(told.get(), 30)
            assert notice.method == "notifications/resources/updated"
            return str(notice.params.uri)

        yield client, uri


async def subscribe(client, uri):
    await client.session.send_request(SubscribeRequest(params=SubscribeRequestParams(uri=uri)), EmptyResult)


async def unsubscribe(client, uri):
    await client.session.send_request(UnsubscribeRequest(params=UnsubscribeRequestParams(uri=uri)), EmptyResult)


async def test_an_older_host_hears_of_changes_by_tools_by_sync_and_by_others(graph, connected, sync):
    async with older(connected) as (client, told):
        await subscribe(client, "goodies://entity/Hall")
        await subscribe(client, "goodies://entity/Hall")
        await client.call_tool("update_entity", {"entity": "Hall", "changes": {"floor": "oak"}})
        assert await told() == "goodies://entity/Hall"
        await unsubscribe(client, "goodies://entity/Hall")
        await subscribe(client, "goodies://room/Kitchen")
        # Not by this server: the watcher looks at the store, and not at who writes.
        await graph.create_entity(BY, "device", "Toaster", located_in="Kitchen")
        assert await told() == "goodies://room/Kitchen"
        await subscribe(client, STATUS)
        await sync.sync_now()
        assert await told() == STATUS
        await subscribe(client, "goodies://home/Our%20house/map.svg")
        await client.call_tool("update_entity", {"entity": "Hall", "name": "Entrance"})
        # The kitchen's door leads to what was renamed.
        assert {await told(), await told()} == {"goodies://home/Our%20house/map.svg", "goodies://room/Kitchen"}
        await unsubscribe(client, "goodies://home/Our%20house/map.svg")
        await graph.delete_entity(BY, "Kitchen", cascade=True)
        assert await told() == "goodies://room/Kitchen", "and nothing of what nobody watches any more"
        for uri in ("goodies://elsewhere", "goodies://room/Nowhere"):
            with pytest.raises(MCPError, match="no ") as refused:
                await subscribe(client, uri)
            assert refused.value.error.code == -32002


async def test_a_newer_host_hears_of_what_it_listens_to_and_of_the_list(graph, connected):
    async with connected("auto") as client:
        uris = [STATUS, "goodies://entity/Hall", "goodies://entity/nothing"]
        async with client.listen(resource_subscriptions=uris, resources_list_changed=True) as heard:
            assert sorted(heard.honored.resource_subscriptions) == sorted(uris[:2])
            await client.call_tool("update_entity", {"entity": "Hall", "changes": {"floor": "oak"}})
            assert (await asyncio.wait_for(anext(heard), 30)).uri == "goodies://entity/Hall"
            await graph.create_entity(BY, "room", "Loft")
            assert "List" in type(await asyncio.wait_for(anext(heard), 30)).__name__


async def test_nobody_looks_when_nobody_watches(graph, connected, monkeypatch):
    looks, looked = [], asyncio.Event()
    moved = graph.moved

    async def counted():
        looks.append(1)
        looked.set()
        return await moved()

    monkeypatch.setattr(graph, "moved", counted)
    async with connected("legacy") as client:
        await client.list_tools()
        assert watchers() == []
        await subscribe(client, "goodies://room/Kitchen")
        await asyncio.wait_for(looked.wait(), 10)
        await unsubscribe(client, "goodies://room/Kitchen")
        assert watchers() == []
        await subscribe(client, "goodies://room/Kitchen")
        assert len(watchers()) == 1
    assert watchers() == [], "who has gone watches no more"


def watchers():
    return [task for task in asyncio.all_tasks() if task.get_name() == "watching" and not task.cancelling()]


@pytest.mark.parametrize("era", ERAS)
async def test_no_more_is_watched_than_can_be_looked_at(graph, connected, era, monkeypatch):
    monkeypatch.setattr(watching, "MOST", 2)
    uris = [f"goodies://room/{name}" for name in ("Kitchen", "Hall", "Bedroom")]
    async with connected(era) as client:
        if era == "auto":
            async with client.listen(resource_subscriptions=uris) as heard:
                assert len(heard.honored.resource_subscriptions) == 2
            return
        await subscribe(client, uris[0])
        await subscribe(client, uris[1])
        with pytest.raises(MCPError, match="unsubscribe from some"):
            await subscribe(client, uris[2])


async def test_a_look_that_fails_is_not_the_last(graph, connected, monkeypatch):
    moved, failed = graph.moved, asyncio.Event()

    async def once_broken():
        if not failed.is_set():
            failed.set()
            raise StorageCorrupt("for a moment")
        return await moved()

    monkeypatch.setattr(graph, "moved", once_broken)
    async with older(connected) as (client, told):
        await subscribe(client, "goodies://room/Kitchen")
        await asyncio.wait_for(failed.wait(), 10)
        await graph.create_entity(BY, "device", "Toaster", located_in="Kitchen")
        assert await told() == "goodies://room/Kitchen"
