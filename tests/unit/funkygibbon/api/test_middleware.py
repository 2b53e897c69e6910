"""What surrounds a request: addresses, ids, headers, packing, the line in the log."""

from ipaddress import ip_network

import pytest
from starlette.datastructures import Headers

from goodies_mcp.funkygibbon.api.middleware import address_of
from goodies_mcp.funkygibbon.core.accounts import Role
from goodies_mcp.inbetweenies.content_coding import decoded
from tests.support.hub import hub_in

PROXIES = [ip_network("10.0.0.0/8"), ip_network("fd00::/8")]


@pytest.fixture
async def hub(tmp_path):
    async with hub_in(tmp_path) as inside:
        yield inside


@pytest.mark.parametrize(
    ("peer", "said", "trusted", "expected"),
    [
        ("192.0.2.1", [], PROXIES, "192.0.2.1"),
        ("192.0.2.1", ["203.0.113.5"], PROXIES, "192.0.2.1"),
        ("10.0.0.1", ["203.0.113.5"], PROXIES, "203.0.113.5"),
        ("10.0.0.1", ["203.0.113.5"], [], "10.0.0.1"),
        ("10.0.0.1", ["1.2.3.4, 203.0.113.5"], PROXIES, "203.0.113.5"),
        ("10.0.0.1", ["1.2.3.4", "203.0.113.5, 10.9.9.9"], PROXIES, "203.0.113.5"),
        ("10.0.0.1", ["10.1.1.1, 10.2.2.2"], PROXIES, "10.1.1.1"),
        ("10.0.0.1", ["203.0.113.5, nonsense"], PROXIES, "10.0.0.1"),
        ("10.0.0.1", ["nonsense, 203.0.113.5"], PROXIES, "203.0.113.5"),
        ("10.0.0.1", [""], PROXIES, "10.0.0.1"),
        ("fd00::1", ["[2001:db8::5]"], PROXIES, "2001:db8::5"),
        (None, ["203.0.113.5"], PROXIES, "unknown"),
    ],
)
def test_only_what_a_named_proxy_says_is_believed(peer, said, trusted, expected):
    scope = {"client": None if peer is None else (peer, 1)}
    headers = Headers(raw=[(b"x-forwarded-for", value.encode()) for value in said])
    assert address_of(scope, headers, trusted) == expected


@pytest.mark.parametrize("path", ["/", "/health", "/nowhere", "/api/v1/auth/me"])
async def test_every_answer_is_safe_and_closed_to_other_pages(hub, path):
    answer = await hub.http.get(path, headers={"Origin": "https://evil.example"})
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Request-ID"]
    assert not [name for name in answer.headers if name.startswith("access-control")]
    preflight = await hub.http.options(path, headers={"Origin": "https://evil.example"})
    assert preflight.status_code in (404, 405)


@pytest.mark.parametrize(("given", "kept"), [("abc-1.2_3", True), ("a b", False), ("x" * 65, False), ("", False)])
async def test_a_request_keeps_its_id_when_it_is_one(hub, given, kept):
    answer = await hub.http.get("/health", headers={"X-Request-ID": given})
    assert (answer.headers["X-Request-ID"] == given) is kept


@pytest.mark.parametrize(
    ("accepts", "coding"),
    [("gzip", "gzip"), ("zstd", "zstd"), ("gzip, zstd", "zstd"), ("zstd;q=0, gzip", "gzip"), ("br", None), ("", None)],
)
async def test_a_large_answer_is_packed_as_the_client_likes(hub, accepts, coding):
    async with hub.http.stream("GET", "/openapi.json", headers={"Accept-Encoding": accepts}) as answer:
        raw = b"".join([part async for part in answer.aiter_raw()])
    assert answer.headers.get("Content-Encoding") == coding
    assert int(answer.headers["Content-Length"]) == len(raw)
    assert b'"openapi"' in decoded(raw, coding or "", 1 << 24)


async def test_a_small_answer_is_not(hub):
    answer = await hub.http.get("/health", headers={"Accept-Encoding": "zstd"})
    assert "Content-Encoding" not in answer.headers
    assert answer.headers["Vary"] == "Accept-Encoding"


async def test_one_line_tells_a_request_and_its_outcome(hub, caplog):
    caplog.set_level("INFO", "goodies_mcp")
    token = await hub.token(Role.GUEST, await hub.household(), "gus phone ✓")
    caplog.clear()
    await hub.ask("GET", "/api/v1/audit", token, headers={"X-Request-ID": "r1"})
    (line,) = [record.getMessage() for record in caplog.records if "r1" in record.getMessage()]
    assert line.startswith("GET /api/v1/audit 403 ")
    assert "outcome=forbidden" in line
    assert "role=guest" in line
    assert "device='gus_phone_\\u2713'" in line
    assert token not in line


async def test_requests_and_errors_are_counted(hub):
    await hub.http.get("/health")
    await hub.http.get("/nowhere")
    counted = hub.hub.counts.read()
    assert counted["request", "GET", "/health", "200"] == 1
    assert counted["error", "not_found"] == 1
