"""Whatever is sent to a hub: an answer in its own words, never a trace, never a 500, and the hub goes on."""

import json
import zlib

import pytest

from goodies_mcp.funkygibbon.api.access import ACCESS, Body
from goodies_mcp.funkygibbon.core.accounts import Role
from goodies_mcp.inbetweenies.content_coding import encoded
from goodies_mcp.inbetweenies.messages import SYNC_PATH
from tests.support.build import Device, record
from tests.support.hub import PASSWORD, hub_in, sync_body

JSON = {"Content-Type": "application/json"}
DEEP = b"[" * 200_000
BODIES = {
    "nothing": b"",
    "no json": b"<html></html>",
    "half a json": b'{"password": "abc',
    "another type": b"[]",
    "a number": b"12",
    "null": b"null",
    "a text": b'"text"',
    "not utf-8": b'{"password": "\xff\xfe"}',
    "utf-16": '{"password": "abc"}'.encode("utf-16"),
    "a bom": b"\xef\xbb\xbf{}",
    "NUL": b'{"password": "a\x00b"}',
    "an escaped NUL": b'{"password": "a\\u0000b", "user": "a\\u0000", "refresh_token": "\\u0000"}',
    "half a character": b'{"password": "\\ud800", "user": "\\ud800", "refresh_token": "\\ud800", "name": "\\udfff"}',
    "half a character of a device": b'{"password": "12345678", "device_id": "\\ud800", "device_id_": 1}',
    "wrong types": b'{"password": 1, "user": [], "refresh_token": {}, "name": 0, "role": null, "device_id": true}',
    "deep": DEEP,
    "deep inside": b'{"password": ' + b'{"a":' * 50_00 + b"1" + b"}" * 50_00 + b"}",
    "NaN": b'{"password": NaN}',
    "a huge number": b'{"password": ' + b"9" * 5_000 + b"}",
    "a key twice": b'{"password": "a", "password": "b"}',
    "v3 and nothing": b'{"protocol_version": "inbetweenies-v3"}',
    "v3 with wrong rows": b'{"protocol_version": "inbetweenies-v3", "device_id": "a", "incarnation": "b", '
    b'"session": "c", "push": [[], {}, null, "\\ud800"]}',
    "v3 with a deep row": b'{"protocol_version": "inbetweenies-v3", "push": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "an edition that is no text": b'{"protocol_version": 3}',
    "an edition of half a character": b'{"protocol_version": "\\ud800"}',
}
HEADERS = {
    "no type": {},
    "text": {"Content-Type": "text/plain"},
    "a form": {"Content-Type": "application/x-www-form-urlencoded"},
    "an unknown coding": {**JSON, "Content-Encoding": "br"},
    "a wrong coding": {**JSON, "Content-Encoding": "gzip"},
    "a wrong zstd": {**JSON, "Content-Encoding": "zstd"},
    "a digest of noise": {**JSON, "Content-Digest": "sha-256=:!!!:"},
    "a strange request id": {**JSON, "X-Request-ID": "a" * 5000},
    "a strange address": {**JSON, "X-Forwarded-For": "'; DROP TABLE users; --"},
}


@pytest.fixture
async def hub(tmp_path):
    async with hub_in(tmp_path) as inside:
        household = await inside.household()
        inside.token_of_owner = await inside.token(Role.OWNER, household, "ann")
        yield inside


def judged(answer):
    """An answer that is neither a fault nor anything but the hub's own words."""
    assert answer.status_code < 500 or answer.status_code == 503, answer.text
    assert "Traceback" not in answer.text
    assert 'File "' not in answer.text
    if answer.status_code >= 400 and answer.content:
        said = answer.json()
        assert said["detail"] == said["error"]["message"]
        assert set(said["error"]) >= {"code", "message", "retryable"}
    return answer.status_code


@pytest.mark.parametrize("what", BODIES)
async def test_no_body_breaks_a_route(hub, what):
    for (method, template), access in ACCESS.items():
        if access.body is not Body.JSON:
            continue
        answer = await hub.ask(method, template, hub.token_of_owner, content=BODIES[what], headers=JSON)
        if template.endswith("/login"):
            assert judged(answer) in (400, 401, 413, 429), (template, what)
        else:
            assert judged(answer) in (400, 401, 403, 413), (template, what, answer.text)
    assert (await hub.http.get("/health")).status_code == 200


@pytest.mark.parametrize("what", HEADERS)
async def test_no_header_breaks_a_route(hub, what):
    for (method, template), access in ACCESS.items():
        if access.body is Body.JSON:
            judged(await hub.ask(method, template, hub.token_of_owner, content=b"{}", headers=HEADERS[what]))


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/content/..%2F..%2F..%2Fkeys.json",
        "/api/v1/content/" + "A" * 64,
        "/api/v1/content/" + "a" * 63,
        "/api/v1/content/" + "a" * 64 + "%0A",
        "/api/v1/content/" + "a" * 10_000,
        "/api/v1/content/%00",
        "/api/v1/content/%ED%A0%80",
        "/api/v1/devices/%00",
        "/api/v1/devices/%ED%A0%80",
        "/api/v1/devices/..%2F..",
        "/api/v1/members/' OR 1=1 --",
        "/api/v1/members/%ED%A0%80",
        "/api/v1/audit?before=0",
        "/api/v1/audit?limit=100000000000000000000000",
        "/api/v1/audit?before=99999999999999999999",
        "/api/v1/audit?limit=NaN",
        "/api/v1/sync",
        "/api/v1//sync/",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/" + "x" * 20_000,
    ],
)
async def test_no_address_breaks_the_hub(hub, path):
    for method in ("GET", "PUT", "DELETE", "POST", "HEAD", "PATCH", "OPTIONS", "TRACE", "BREW"):
        answer = await hub.ask(method, path, hub.token_of_owner, content=b"x" if method == "PUT" else b"")
        assert judged(answer) in (204, 400, 401, 404, 405, 415), (method, path)
        assert "location" not in answer.headers


async def test_a_body_that_is_too_large_is_refused_before_it_is_read(hub):
    for (method, template), access in ACCESS.items():
        if access.body is not Body.JSON:
            continue
        asked = hub.ask(method, template, hub.token_of_owner, content=b" " * (access.most + 1), headers=JSON)
        assert judged(await asked) == 413, template


async def test_a_body_that_grows_when_it_is_unpacked_is_refused(hub):
    for coding in ("gzip", "zstd"):
        bomb = encoded(b" " * 200_000_000, coding)
        headers = {**JSON, "Content-Encoding": coding}
        answer = await hub.ask("POST", SYNC_PATH, hub.token_of_owner, content=bomb, headers=headers)
        assert judged(answer) == 413, coding


async def test_a_body_without_a_length_is_counted_as_it_comes(hub):
    taken = 0

    async def endless():
        nonlocal taken
        for _ in range(1000):
            taken += 1
            yield b" " * 100_000

    answer = await hub.ask("POST", SYNC_PATH, hub.token_of_owner, content=endless(), headers=JSON)
    assert judged(answer) == 413
    assert taken < 100


async def test_a_form_is_not_nested_deeply_and_brackets_in_a_text_are_text(hub):
    for depth, status in ((20, 200), (40, 400)):
        extra = json.dumps({"password": PASSWORD, "user": "ann", "note": "[{" * 500})[:-1]
        body = f'{extra}, "extra": {"[" * depth}{"]" * depth}}}'.encode()
        answer = await hub.http.post("/api/v1/auth/login", content=body, headers=JSON)
        assert answer.status_code == status, answer.text


async def test_a_request_of_v3_that_is_too_large_says_so_and_not_that_it_is_wrong(hub):
    """413 makes a device send fewer changes; 400 would make it blame one of them."""
    maker = Device(1)
    rows = [maker.entity(record(n), "x" * 60_000, content={"notes": "y" * 900_000}) for n in range(5)]
    answer = await hub.ask("POST", SYNC_PATH, hub.token_of_owner, content=sync_body("ann", *rows), headers=JSON)
    assert judged(answer) == 413


async def test_a_bundle_of_hostile_rows_is_stored_as_data_or_refused_by_name(hub):
    household = (await hub.ask("GET", "/api/v1/auth/me", hub.token_of_owner)).json()["household"]
    epoch = (await hub.store.home(household)).epoch
    maker = Device(1)
    names = ["'; DROP TABLE users; --", "\x00", "\u202e", "🏠" * 1000, 'NEAR("', "%n%s", "../../x", "{{7*7}}"]
    rows = [maker.entity(record(n), name, content={name or "k": name}) for n, name in enumerate(names, 1)]
    answer = await hub.ask(
        "POST", SYNC_PATH, hub.token_of_owner, content=sync_body("ann", *rows, after=(epoch, 0)), headers=JSON
    )
    assert judged(answer) == 200
    assert len(answer.json()["acked"]) == len(rows)


async def test_no_error_quotes_a_password(hub):
    secret = "my secret that is long"
    for body in ({"password": secret, "user": 1}, {"password": [secret]}, {"password": secret, "user": "ann"}):
        answer = await hub.http.post("/api/v1/auth/login", json=body)
        assert secret not in answer.text
    assert all(secret not in str(entry) for entry in await hub.audited())


async def test_a_fault_of_ours_is_told_without_its_trace_and_logged_with_it(hub, caplog):
    async def broken(*_):
        raise ZeroDivisionError("a secret detail")

    hub.sync.add("inbetweenies-v7", broken)
    body = json.dumps({"protocol_version": "inbetweenies-v7"}).encode()
    answer = await hub.ask("POST", SYNC_PATH, hub.token_of_owner, content=body, headers=JSON)
    assert answer.status_code == 500
    assert answer.json()["error"]["code"] == "internal"
    assert "secret" not in answer.text
    assert answer.json()["error"]["request"] == answer.headers["X-Request-ID"]
    assert "a secret detail" in caplog.text
    assert caplog.text.count("Traceback") == 1
    assert hub.hub.counts.read()["error", "internal"] == 1


def test_the_bomb_really_is_one():
    assert len(zlib.compress(b" " * 200_000_000, 1)) < 8_000_000
    assert PASSWORD
