"""The page of numbers on a real server: what it counts, whom it lets in, and that it is off unless asked for."""

import json
import re
import subprocess
from contextlib import contextmanager

import httpx2
import pytest
from mcp.shared.exceptions import MCPError
from prometheus_client.parser import text_string_to_metric_families

from tests.support.command import Command
from tests.support.hub_process import PASSWORD, HubCommand
from tests.support.mcp_sessions import over_http, over_sse

TOKEN = "correct-horse-battery-staple"


@contextmanager
def serving(folder, *words, log=None, **environ):
    """``goodies-mcp serve`` on a free port; its URL."""
    home = Command(folder / "home", **environ)
    with home.started(
        "serve", "--transport", "http", "--port", "0", "--toolsets", "all", *words, stdout=subprocess.DEVNULL, text=True
    ) as process:
        try:
            said = process.stderr.readline()
            yield re.search(r"http://[\d.]+:\d+", said)[0]
            process.terminate()
            rest = process.communicate(timeout=30)[1]
            if log is not None:
                log.extend(rest.splitlines())
        finally:
            process.kill()


def page(url, token=None):
    """What it says, by name and labels that say something."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = httpx2.get(f"{url}/metrics", headers=headers, timeout=30)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return {
        (sample.name, frozenset((key, value) for key, value in sample.labels.items() if value)): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def calls(said):
    """Calls by tool and outcome."""
    return {
        (dict(labels)["gen_ai_tool_name"], dict(labels)["outcome"]): value
        for (name, labels), value in said.items()
        if name == "goodies_tool_calls_total"
    }


def operations(said, method):
    """How many requests of a method were measured."""
    return sum(
        value
        for (name, labels), value in said.items()
        if name == "mcp_server_operation_duration_seconds_count" and dict(labels)["mcp_method_name"] == method
    )


@pytest.mark.parametrize("way", ["http-legacy", "http-auto", "sse"])
async def test_numbers_rise_with_what_is_done(tmp_path, way):
    with serving(tmp_path, "--metrics") as url:
        assert calls(page(url)) == {}
        connected = over_sse(url) if way == "sse" else over_http(url, era=way.removeprefix("http-"))
        async with connected as client:
            await client.list_tools()
            for name in ("Kitchen", "Hall"):
                await client.call_tool("create_entity", {"entity_type": "room", "name": name})
            await client.call_tool("get_entity_details", {"entity": "Nowhere"})
            await client.read_resource("goodies://room/Kitchen")
        after = page(url)
    assert calls(after) == {("create_entity", "ok"): 2, ("get_entity_details", "not_found"): 1}
    assert after["goodies_store_writes_total", frozenset()] == 2
    assert after["goodies_database_size_bytes", frozenset()] > 10_000
    assert (operations(after, "tools/call"), operations(after, "resources/read")) == (3, 1)
    assert operations(after, "tools/list") >= 1
    seconds = [value for (name, _), value in after.items() if name == "mcp_server_operation_duration_seconds_sum"]
    assert all(0 < value < 60 for value in seconds)
    assert after["process_resident_memory_bytes", frozenset()] > 1_000_000
    assert "Kitchen" not in str(after)


async def test_sync_is_counted_too_and_has_its_line(tmp_path):
    command = HubCommand(tmp_path / "hub")
    command.init("--user", "ann", "--household", "Our house")
    log = []
    with command.serving() as hub:
        home = Command(tmp_path / "home")
        home("init")
        home("hub", "login", hub.url, "--password-stdin", stdin=PASSWORD + "\n")
        with serving(tmp_path, "--metrics", "-v", log=log, GOODIES_SYNC="false") as url:
            async with over_http(url) as client:
                await client.call_tool("create_entity", {"entity_type": "room", "name": "Loft"})
                assert not (await client.call_tool("sync_now", {})).is_error
            said = page(url)
    assert said["goodies_sync_pushed_total", frozenset()] >= 1
    assert said["goodies_sync_session_duration_seconds_count", frozenset({("outcome", "ok")})] == 1
    (line,) = [line for line in log if "goodies_mcp.sync.service" in line]
    assert re.search(r"sync pushed=[1-9]\d* .* ms=[\d.]+ outcome=ok$", line)


async def test_what_hosts_make_up_makes_no_series(tmp_path):
    with serving(tmp_path, "--metrics") as url:
        async with over_http(url, name="moonshine") as client:
            for number in range(20):
                for name in (f"moonshine{number}", 'moonshine",x="y"}', "moonshine\n# HELP", "m" * 5_000):
                    with pytest.raises(MCPError):
                        await client.call_tool(name, {})
                with pytest.raises(MCPError):
                    await client.get_prompt(f"moonshine{number}")
                with pytest.raises(MCPError):
                    await client.read_resource(f"goodies://entity/moonshine{number}")
        body = {"jsonrpc": "2.0", "id": 1, "method": "moonshine/it", "params": {}}
        accept = {"Accept": "application/json, text/event-stream"}
        for version in ("2025-11-25", "2026-07-28", "moonshine"):
            httpx2.post(f"{url}/mcp", json=body, headers={**accept, "MCP-Protocol-Version": version}, timeout=30)
        said = page(url)
    assert calls(said) == {("other", "-32602"): 80}
    assert (operations(said, "prompts/get"), operations(said, "resources/read")) == (20, 20)
    assert "moonshine" not in str(said)
    assert sum(name.endswith("_count") for name, _ in said) < 12


def test_it_is_off_unless_asked_for(tmp_path):
    with serving(tmp_path) as url:
        assert httpx2.get(f"{url}/metrics", timeout=30).status_code == 404
    with serving(tmp_path, GOODIES_METRICS="true") as url:
        assert httpx2.get(f"{url}/metrics", timeout=30).status_code == 200
        assert httpx2.post(f"{url}/metrics", timeout=30).status_code == 405


def test_it_stands_behind_the_same_gate_as_everything(tmp_path):
    with serving(tmp_path, "--metrics", GOODIES_TOKEN=TOKEN) as url:
        for headers in ({}, {"Authorization": "Bearer wrong"}):
            refused = httpx2.get(f"{url}/metrics", headers=headers, timeout=30)
            assert (refused.status_code, "process_" in refused.text) == (401, False)
        right = {"Authorization": f"Bearer {TOKEN}"}
        assert httpx2.get(f"{url}/metrics", headers={**right, "Host": "evil.example"}, timeout=30).status_code == 421
        evil = {**right, "Origin": "http://evil.example"}
        assert httpx2.get(f"{url}/metrics", headers=evil, timeout=30).status_code == 403
        assert page(url, TOKEN)


def test_without_the_extra_serve_says_what_to_install(tmp_path):
    (tmp_path / "prometheus_client.py").write_text("raise ImportError('not here')")
    home = Command(tmp_path / "home", PYTHONPATH=str(tmp_path))
    refused = home("serve", "--transport", "http", "--port", "0", "--metrics", code=2)
    assert "prometheus-client is not installed" in refused.error
    assert "goodies-mcp[metrics]" in refused.hint


async def test_log_lines_as_json_have_a_key_for_each_thing(tmp_path):
    log = []
    with serving(tmp_path, "-v", log=log, GOODIES_LOG_FORMAT="json") as url:
        async with over_http(url) as client:
            await client.call_tool("search_entities", {"query": "moonshine"})
    records = [json.loads(line) for line in log if '"tool"' in line]
    (said,) = records
    assert (said["tool"], said["outcome"], said["client"]) == ("search_entities", "ok", "tests")
    assert 0 <= said["ms"] < 60_000
    assert "moonshine" not in "".join(log)
