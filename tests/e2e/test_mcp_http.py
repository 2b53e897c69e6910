"""The server on a port: streamable HTTP and SSE side by side, and who is kept out."""

import json
import signal
import socket
import subprocess

import anyio
import httpx2
import pytest

from goodies_mcp.mcpserver.catalogue import catalogue
from tests.support.mcp_sessions import ERAS, ROOT, command, environment, http_server, over_http, over_sse

TOKEN = "correct-horse-battery-staple"
JSON = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "raw", "version": "1"}},
}
PATHS = ("/mcp", "/sse", "/messages/?session_id=00", "/", "/elsewhere")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with http_server(tmp_path_factory.mktemp("http") / "log") as running:
        yield running


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    with http_server(
        tmp_path_factory.mktemp("guarded") / "log", f"token={TOKEN}", "allowed_hosts=house.local"
    ) as running:
        yield running


@pytest.mark.parametrize(("era", "version"), ERAS.items())
async def test_streamable_http_serves_both_eras(server, era, version):
    async with over_http(server.url, era=era) as client:
        assert client.protocol_version == version
        assert len((await client.list_tools()).tools) == len(catalogue())
        answer = await client.call_tool("get_devices_in_room", {"room": "kitchen"})
        assert "Ceiling light" in answer.content[0].text
        assert answer.structured_content["total"] == 2


async def test_sse_serves_hosts_that_know_nothing_newer(server):
    async with over_sse(server.url) as client:
        assert len((await client.list_tools()).tools) == len(catalogue())
        answer = await client.call_tool("find_path", {"from": "Kitchen", "to": "Hall"})
        assert answer.structured_content["found"] is True


async def test_several_clients_at_once_share_one_home_and_undo_only_their_own(server):
    async def furnish(client, number):
        made = await client.call_tool("create_entity", {"entity_type": "device", "name": f"Thing {number}"})
        assert not made.is_error

    async with (
        over_http(server.url, name="one") as one,
        over_http(server.url, era="auto", name="two") as two,
        over_sse(server.url, name="three") as three,
    ):
        async with anyio.create_task_group() as group:
            for number, client in enumerate((one, two, three) * 10):
                group.start_soon(furnish, client, number)
        found = await three.call_tool("search_entities", {"query": "thing", "limit": 200})
        assert len(found.structured_content["items"]) >= 30
        assert not (await one.call_tool("create_entity", {"entity_type": "room", "name": "Loft of one"})).is_error
        assert not (await two.call_tool("create_entity", {"entity_type": "room", "name": "Loft of two"})).is_error
        undone = await one.call_tool("undo", {})
        assert "Loft of one" in undone.content[0].text
        assert (await two.call_tool("get_entity_details", {"entity": "Loft of one"})).is_error
        assert not (await one.call_tool("get_entity_details", {"entity": "Loft of two"})).is_error


FOREIGN_HOSTS = ("evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "evil.example:80", "0.1.2.3")
FOREIGN_PAGES = ("http://evil.example", "null", "file://", "http://127.0.0.1.evil.example", "https://localhost.evil:1")


@pytest.mark.parametrize("path", PATHS)
def test_a_foreign_host_or_page_gets_nowhere(guarded, path):
    with httpx2.Client(base_url=guarded.url, headers={"Authorization": f"Bearer {TOKEN}"}) as http:
        for host in FOREIGN_HOSTS:
            assert http.get(path, headers={"Host": host}).status_code == 421, host
            assert http.post(path, headers={"Host": host, **JSON}, json=INITIALIZE).status_code == 421, host
        for origin in FOREIGN_PAGES:
            assert http.get(path, headers={"Origin": origin}).status_code == 403, origin
            assert http.post(path, headers={"Origin": origin, **JSON}, json=INITIALIZE).status_code == 403, origin


def test_our_own_names_get_in(guarded):
    port = guarded.url.rpartition(":")[2]
    with httpx2.Client(base_url=guarded.url, headers={"Authorization": f"Bearer {TOKEN}", **JSON}) as http:
        for host in (
            f"127.0.0.1:{port}",
            f"localhost:{port}",
            "localhost",
            "house.local",
            "house.local:8080",
            f"[::1]:{port}",
        ):
            assert http.post("/mcp", headers={"Host": host}, json=INITIALIZE).status_code == 200, host
        for origin in (f"http://localhost:{port}", "http://127.0.0.1:6274", "https://house.local"):
            assert http.post("/mcp", headers={"Origin": origin}, json=INITIALIZE).status_code == 200, origin


WRONG_CREDENTIALS = [
    *(None, "", "Bearer", TOKEN, f"Basic {TOKEN}"),
    *(f"Bearer {wrong}" for wrong in (f"{TOKEN}x", TOKEN[:-1], TOKEN.upper(), f"{TOKEN} x")),
]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("credential", WRONG_CREDENTIALS)
def test_without_the_token_there_is_nothing_to_see(guarded, path, credential):
    headers = {} if credential is None else {"Authorization": credential}
    with httpx2.Client(base_url=guarded.url, headers=headers) as http:
        for answer in (http.get(path), http.post(path, headers=JSON, json=INITIALIZE), http.delete(path)):
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"].startswith("Bearer realm=")
            assert TOKEN not in answer.text


async def test_with_the_token_every_transport_works(guarded):
    for era in ERAS:
        async with over_http(guarded.url, era=era, token=TOKEN) as client:
            assert not (await client.call_tool("get_home_overview", {})).is_error
    async with over_sse(guarded.url, token=TOKEN) as client:
        assert not (await client.call_tool("get_home_overview", {})).is_error


def test_too_large_a_body_is_refused_and_bad_ones_are_answered(server):
    with httpx2.Client(base_url=server.url, headers=JSON, timeout=30) as http:
        assert http.post("/mcp", content=b"x" * 5_000_000).status_code == 413
        deep = b'{"a":' * 200_000
        modern = {"MCP-Protocol-Version": "2026-07-28"}
        for body in (b"", b"{", b"[]", b"null", b"\xff\xfe", b"\x00", b"[" * 500_000, deep, b'{"jsonrpc":"2.0"}'):
            for headers in ({}, modern):
                answer = http.post("/mcp", content=body, headers=headers)
                assert 400 <= answer.status_code < 500, body[:20]
                assert "Traceback" not in answer.text
        assert http.post("/mcp", json=INITIALIZE).status_code == 200


NO_JSON = (b"", b"{", b"\xff\xfe", b"\x00", b"[" * 500_000, b'{"a":' * 200_000, b"{'a': 1}")
NO_MESSAGE = (
    *(b"[]", b"null", b"7", b'"x"', b"{}", b'{"jsonrpc":"2.0"}', b'{"jsonrpc":"1.0","id":1,"method":"ping"}'),
    *(b'{"jsonrpc":"2.0","id":{},"method":"ping"}', b'{"jsonrpc":"2.0","id":1,"method":7}'),
    b'[{"jsonrpc":"2.0","id":1,"method":"ping"}]',
    b'{"jsonrpc":"2.0","id":1,"method":"' + b"x" * 100_000 + b'","params":7}',
)


def test_what_is_no_message_is_answered_in_json_rpc_and_without_a_parsers_words(server):
    with httpx2.Client(base_url=server.url, headers=JSON, timeout=30) as http:
        for headers in ({}, {"MCP-Protocol-Version": "2026-07-28"}):
            for code, bodies in ((-32700, NO_JSON), (-32600, NO_MESSAGE)):
                for body in bodies:
                    answer = http.post("/mcp", content=body, headers=headers)
                    said = answer.json()
                    assert answer.status_code == 400, body[:40]
                    assert (said["jsonrpc"], said["id"], said["error"]["code"]) == ("2.0", None, code), body[:40]
                    assert len(answer.content) < 200, body[:40]
                    assert "pydantic" not in answer.text


def test_sse_sessions_that_do_not_exist_are_not_found(server):
    with httpx2.Client(base_url=server.url, headers=JSON) as http:
        assert http.post("/messages/", json=INITIALIZE).status_code == 400
        assert http.post("/messages/?session_id=../../etc", json=INITIALIZE).status_code == 400
        assert http.post(f"/messages/?session_id={'0' * 32}", json=INITIALIZE).status_code == 404
        assert http.post("/sse", json=INITIALIZE).status_code == 405
        assert http.get("/messages/").status_code == 405


async def test_clients_that_leave_in_the_middle_leave_no_trace(tmp_path):
    with http_server(tmp_path / "log") as server:
        async with httpx2.AsyncClient(base_url=server.url, headers=JSON) as http:
            for _ in range(3):
                async with http.stream("GET", "/sse") as stream:
                    lines = stream.aiter_lines()
                    endpoint = next_data(await anext(lines), await anext(lines))
                    assert (await http.post(endpoint, json=INITIALIZE)).status_code == 202
                # The stream is gone, and this message is late or just in time: either way nobody minds.
                assert (await http.post(endpoint, json=INITIALIZE)).status_code in (202, 404)
            async with http.stream("POST", "/mcp", json=INITIALIZE):
                pass
        async with over_sse(server.url) as client:
            assert not (await client.call_tool("get_home_overview", {})).is_error
        assert server.end() == 0
        assert "Traceback" not in server.log()
        assert "Exception" not in server.log()


def next_data(*lines):
    (data,) = [line.removeprefix("data: ") for line in lines if line.startswith("data: ")]
    return data


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_when_asked_even_with_streams_open(tmp_path, how):
    with (
        http_server(tmp_path / "log") as server,
        httpx2.Client(base_url=server.url) as http,
        http.stream("GET", "/sse") as stream,
    ):
        assert next(stream.iter_lines()).startswith("event: endpoint")
        server.process.send_signal(how)
        assert server.process.wait(15) == 0
        assert "Traceback" not in server.log()


@pytest.mark.parametrize(("transport", "served", "missing"), [("http", "/mcp", "/sse"), ("sse", "/sse", "/mcp")])
def test_one_transport_can_be_served_alone(tmp_path, transport, served, missing):
    with http_server(tmp_path / "log", f"transport={transport}") as server, httpx2.Client(base_url=server.url) as http:
        assert http.post(served, headers=JSON, json=INITIALIZE).status_code in (200, 405)
        assert http.post(missing, headers=JSON, json=INITIALIZE).status_code == 404


def test_beyond_this_machine_only_with_a_token_and_guarded_just_the_same(tmp_path):
    refused = subprocess.run(
        command("http", "host=0.0.0.0"), cwd=ROOT, env=environment(), capture_output=True, check=False
    )
    assert refused.returncode != 0
    assert b"no token" in refused.stderr
    with http_server(tmp_path / "log", "host=0.0.0.0", f"token={TOKEN}") as server:
        port = server.url.rpartition(":")[2]
        with httpx2.Client(
            base_url=f"http://127.0.0.1:{port}", headers={"Authorization": f"Bearer {TOKEN}", **JSON}
        ) as http:
            assert http.post("/mcp", json=INITIALIZE).status_code == 200
            assert http.post("/mcp", headers={"Host": "evil.example"}, json=INITIALIZE).status_code == 421
            assert http.post("/mcp", headers={"Origin": "http://evil.example"}, json=INITIALIZE).status_code == 403
            assert http.get("/sse", headers={"Host": "evil.example"}).status_code == 421
            assert http.post("/mcp", headers={"Authorization": ""}, json=INITIALIZE).status_code == 401


def test_a_taken_port_is_told_in_a_sentence():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, said = refused(f"port={port}")
    assert code != 0
    assert f"Unavailable: port {port} on 127.0.0.1 is taken" in said


def refused(*options):
    done = subprocess.run(command("http", *options), cwd=ROOT, env=environment(), capture_output=True, check=False)
    return done.returncode, done.stderr.decode()


def test_two_servers_do_not_wait_for_each_other(tmp_path):
    with http_server(tmp_path / "one") as one, http_server(tmp_path / "two") as two:
        assert one.url != two.url
        for server in (one, two):
            assert httpx2.post(f"{server.url}/mcp", headers=JSON, json=INITIALIZE).status_code == 200


def test_the_answer_over_http_is_the_answer_over_stdio(server):
    with httpx2.Client(base_url=server.url, headers=JSON) as http:
        said = http.post("/mcp", json=INITIALIZE)
        (data,) = [line for line in said.text.splitlines() if line.startswith("data: {")]
        result = json.loads(data.removeprefix("data: "))["result"]
    assert result["serverInfo"]["name"] == "goodies-mcp"
    assert result["instructions"]
