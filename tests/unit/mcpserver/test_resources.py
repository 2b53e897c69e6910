"""The status of sync as a resource: listed, read, and watched in both eras."""

import asyncio
import json

import pytest
from mcp.client import Client
from mcp.shared.exceptions import MCPError
from mcp.shared.subscriptions import ResourceUpdated

from goodies_mcp.core.sync_status import SyncStatus
from goodies_mcp.errors import StorageCorrupt
from goodies_mcp.mcpserver.catalogue import catalogue
from goodies_mcp.mcpserver.resources import STATUS, entity_uri
from goodies_mcp.mcpserver.server import build_server

ERAS = ("legacy", "auto")


class Sync:
    """A ``SyncControl`` without a hub."""

    def __init__(self):
        self.news = None
        self.sessions = 0

    async def status(self):
        return SyncStatus("Idle", "https://hub.example", self.sessions, 0, 0)

    async def sync_now(self, progress=None):
        self.sessions += 1
        await progress(1, 2, "versions synced")
        self.news(frozenset({"lamp"}))
        self.news(frozenset())
        return await self.status()

    def subscribe(self, news):
        self.news = news
        return lambda: None


@pytest.fixture
def sync():
    return Sync()


async def home():
    return None


def connected(sync, era, opening=home):
    return Client(build_server(catalogue(), opening, sync), mode=era)


@pytest.mark.parametrize("era", ERAS)
async def test_it_is_listed_and_read(sync, era):
    async with connected(sync, era) as client:
        (listed,) = (await client.list_resources()).resources
        assert (str(listed.uri), listed.mime_type) == (STATUS, "application/json")
        (read,) = (await client.read_resource(STATUS)).contents
        assert json.loads(read.text)["hub"] == "https://hub.example"
        with pytest.raises(MCPError, match="Unknown resource"):
            await client.read_resource("goodies://sync/token")


@pytest.mark.parametrize("era", ERAS)
async def test_a_home_that_does_not_open_is_told_where_the_status_would_be(sync, era):
    async def broken():
        raise StorageCorrupt("goodies.db is damaged", hint="restore a backup")

    async with connected(sync, era, broken) as client:
        (read,) = (await client.read_resource(STATUS)).contents
        assert json.loads(read.text)["code"] == "storage_corrupt"


@pytest.mark.parametrize("era", ERAS)
async def test_progress_is_told(sync, era):
    async with connected(sync, era) as client:
        steps = []

        async def progress(done, total, message):
            steps.append((done, total, message))

        result = await client.call_tool("sync_now", {}, progress_callback=progress)
        assert steps == [(1, 2, "versions synced")]
        assert result.structured_content["pending"] == 1


async def test_the_end_of_a_session_is_told_to_an_older_host(sync):
    told = asyncio.Queue()

    async def heard(message):
        told.put_nowait(message)

    server = build_server(catalogue(), home, sync)
    async with Client(server, mode="legacy", message_handler=heard) as client:
        await client.session.send_request(*subscribing("resources/subscribe", STATUS))
        await client.call_tool("sync_now", {})
        notice = await told.get()
        assert (notice.method, str(notice.params.uri)) == ("notifications/resources/updated", STATUS)
        await client.session.send_request(*subscribing("resources/unsubscribe", STATUS))
        await client.call_tool("sync_now", {})
        await client.list_resources()
        assert told.empty()
        with pytest.raises(MCPError, match="Unknown resource"):
            await client.session.send_request(*subscribing("resources/subscribe", "goodies://elsewhere"))


def subscribing(method, uri):
    from mcp_types import (
        EmptyResult,
        SubscribeRequest,
        SubscribeRequestParams,
        UnsubscribeRequest,
        UnsubscribeRequestParams,
    )

    if method == "resources/subscribe":
        return SubscribeRequest(params=SubscribeRequestParams(uri=uri)), EmptyResult
    return UnsubscribeRequest(params=UnsubscribeRequestParams(uri=uri)), EmptyResult


async def test_what_arrived_is_told_to_a_newer_host(sync):
    async with (
        connected(sync, "auto") as client,
        client.listen(resource_subscriptions=[STATUS, entity_uri("lamp")]) as heard,
    ):
        await client.call_tool("sync_now", {})
        events = {(await anext(heard)).uri for _ in range(2)}
        assert events == {STATUS, entity_uri("lamp")}
        assert ResourceUpdated


async def test_a_server_without_sync_has_no_resources():
    async with Client(build_server(catalogue(), home), mode="legacy") as client:
        assert client.server_capabilities.resources is None
