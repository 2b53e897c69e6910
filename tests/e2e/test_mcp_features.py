"""What hosts offer beside tools, on server processes as hosts start them: resources and who watches them, prompts,
completions, questions, log messages, progress and cancelling, over every transport and in both eras.
"""

import asyncio
import json
import re
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import anyio
import pytest
from mcp.shared.exceptions import MCPError
from mcp_types import (
    LOG_LEVEL_META_KEY,
    ElicitResult,
    EmptyResult,
    PromptReference,
    SetLevelRequest,
    SetLevelRequestParams,
    SubscribeRequest,
    SubscribeRequestParams,
)

from tests.support.mcp_sessions import http_server, over_http, over_sse, over_stdio, raw_client
from tests.support.papers import a_pdf, one_page, stream

WAYS = [("stdio", "legacy"), ("stdio", "auto"), ("http", "legacy"), ("http", "auto"), ("sse", "legacy")]
EVERY_WAY = pytest.mark.parametrize(("way", "era"), WAYS, ids=[f"{way}-{era}" for way, era in WAYS])
ENDLESS = one_page(stream(b"BT /F1 9 Tf " + b"(a) Tj 1 0 0 1 0 0 Tm " * 3_000_000 + b"ET"))


@pytest.fixture
def database(tmp_path):
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "manual.pdf").write_bytes(a_pdf([f"Page {n}." for n in range(1, 60)]))
    (tmp_path / "inbox" / "slow.pdf").write_bytes(ENDLESS)
    return tmp_path / "goodies.db"


@asynccontextmanager
async def connected(way, era, database, **hears):
    """A client on a server process of its own."""
    option = f"database={database}"
    if way == "stdio":
        async with over_stdio(option, era=era, **hears) as client:
            yield client
        return
    with http_server(database.parent / "log", option) as server:
        session = over_http(server.url, era=era, **hears) if way == "http" else over_sse(server.url, **hears)
        async with session as client:
            yield client


@EVERY_WAY
async def test_a_host_reads_prompts_and_completes(way, era, database):
    async with connected(way, era, database) as client:
        listed, cursor = [], None
        while cursor or not listed:
            page = await client.list_resources(cursor=cursor)
            listed += page.resources
            cursor = page.next_cursor
        for each in listed:
            (read,) = (await client.read_resource(str(each.uri))).contents
            assert read.mime_type == each.mime_type
        assert len((await client.list_resource_templates()).resource_templates) == 4
        assert len((await client.list_prompts()).prompts) == 5
        tour = await client.get_prompt("home_tour")
        assert any("Kitchen" in message.content.text for message in tour.messages)
        said = await client.complete(PromptReference(name="troubleshoot_device"), {"name": "device", "value": "ceil"})
        assert said.completion.values == ["Ceiling light"]
        for uri in ("goodies://entity/..%2f..%2fetc", "file:///etc/passwd", "goodies://entity/" + "%41" * 2_000):
            with pytest.raises(MCPError, match="hint"):
                await client.read_resource(uri)


@EVERY_WAY
async def test_a_host_hears_of_what_another_process_on_the_same_file_did(way, era, database):
    told = asyncio.Queue()

    async def heard(message):
        told.put_nowait(message)

    async with connected(way, era, database, message_handler=heard) as client:
        if era == "auto":
            async with client.listen(resource_subscriptions=["goodies://room/Hall"]) as events:
                await elsewhere(database)
                assert (await asyncio.wait_for(anext(events), 30)).uri == "goodies://room/Hall"
            return
        request = SubscribeRequest(params=SubscribeRequestParams(uri="goodies://room/Hall"))
        await client.session.send_request(request, EmptyResult)
        await elsewhere(database)
        notice = await asyncio.wait_for(told.get(), 30)
        assert (notice.method, str(notice.params.uri)) == ("notifications/resources/updated", "goodies://room/Hall")


async def elsewhere(database):
    """A lamp in the hall, by a process of its own. (It furnishes the home once more; the first hall is older.)"""
    from goodies_mcp.clock import RandomIds, SystemClock
    from goodies_mcp.graph.home_graph import HomeGraph
    from goodies_mcp.graph.writes import Writer
    from goodies_mcp.storage.sqlite import open_store

    store = await open_store(database, clock=SystemClock(), ids=RandomIds())
    home = HomeGraph(store, SystemClock(), RandomIds())
    await home.create_entity(Writer("another", "test"), "device", "Night light", located_in="Hall")
    await store.close()


@EVERY_WAY
async def test_a_host_asks_its_person(way, era, database):
    async def person(_, params):
        options = params.requested_schema["properties"]["choice"]["oneOf"]
        chosen = next(each["const"] for each in options if "Bedroom" in each["title"])
        return ElicitResult(action="accept", content={"choice": chosen})

    async with connected(way, era, database, elicitation_callback=person) as client:
        said = await client.call_tool("find_device_controls", {"device": "Lamp"})
        assert "Bedroom" in said.structured_content["device"]["where"]


@EVERY_WAY
async def test_a_host_hears_what_is_logged_of_its_call_and_how_far_it_is(way, era, database):
    logged, steps = [], []

    async def log(params):
        logged.append(params.data)

    async def progress(done, total, message):
        steps.append((done, total))

    async with connected(way, era, database, logging_callback=log) as client:
        meta = {LOG_LEVEL_META_KEY: "info"}
        if era == "legacy":
            request = SetLevelRequest(params=SetLevelRequestParams(level="info"))
            await client.session.send_request(request, EmptyResult)
            meta = None
        kept = await client.call_tool(
            "add_device_manual",
            {"device": "Ceiling light", "title": "The manual", "file": "manual.pdf"},
            progress_callback=progress,
            meta=meta,
        )
        assert not kept.is_error
        assert [line.split()[0] for line in logged] == ["tool=add_device_manual"]
        assert steps
        assert steps == sorted(steps)
        assert {total for _, total in steps} == {59}


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks at processes as Linux shows them")
@pytest.mark.parametrize(("way", "era"), WAYS[2:], ids=[f"{way}-{era}" for way, era in WAYS[2:]])
async def test_what_its_host_gave_up_is_no_longer_read_and_not_kept(way, era, database):
    log = database.parent / "log"
    with http_server(log, f"database={database}") as server:

        def reading():
            found = []
            for thread in Path(f"/proc/{server.process.pid}/task").iterdir():
                with suppress(FileNotFoundError):  # a thread that has just ended
                    found.append((thread / "children").read_text())
            return any(found)

        async with over_http(server.url, era=era) if way == "http" else over_sse(server.url) as client:

            async def slow():
                slow_one = {"device": "Ceiling light", "title": "x", "file": "slow.pdf"}
                await client.call_tool("add_device_manual", slow_one)

            with anyio.fail_after(40):  # the reading itself may take 50
                async with anyio.create_task_group() as group:
                    group.start_soon(slow)
                    while not reading():
                        assert not (await client.call_tool("get_home_overview", {})).is_error
                    group.cancel_scope.cancel()
                while reading():
                    assert not (await client.call_tool("get_home_overview", {})).is_error
            said = await client.call_tool("read_content", {"content": "Ceiling light"})
            assert said.structured_content["code"] == "not_found"
        assert "Traceback" not in server.log()
        assert re.findall(r"tool=add_device_manual ms=\S+ (outcome=\w+)", server.log()) == ["outcome=cancelled"]


def test_addresses_that_are_no_text_do_no_harm(database):
    hostile = [
        "\\ud800",
        "goodies://entity/\\ud800",
        "goodies://room/\\u0000",
        "goodies://room/\\u202e",
        "\\ud83d\\ude00",
    ]
    with raw_client(f"database={database}") as client:
        client.greet()
        for number, uri in enumerate(hostile, 100):
            for method in ("resources/read", "resources/subscribe"):
                client.say(
                    f'{{"jsonrpc":"2.0","id":"{number}{method}","method":"{method}","params":{{"uri":"{uri}"}}}}'.encode()
                )
                said = client.hear()
                assert said["error"]["code"] in {-32002, -32600, -32602, -32700}, said
        for params in ({}, {"uri": 7}, {"uri": None}, {"uri": ["goodies://home/overview"]}):
            assert client.ask("resources/read", **params)["error"]["code"] == -32602
        huge = client.ask("resources/read", uri="goodies://entity/" + "x" * 1_000_000)
        assert len(json.dumps(huge)) < 5_000
        assert client.ask("resources/read", uri="goodies://home/overview")["result"]["contents"]
        code, errors = client.close()
    assert code == 0
    assert "Traceback" not in errors
