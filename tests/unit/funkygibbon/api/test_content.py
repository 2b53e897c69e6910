"""Content by its hash: whole, in parts, resumed, wrong, too large, twice."""

from hashlib import sha256

import pytest

from goodies_mcp.funkygibbon.core.accounts import Role
from tests.support.hub import MOST, hub_in

DATA = bytes(range(256)) * 9_000  # more than two pieces of what the hub reads at once


def named(data):
    return f"/api/v1/content/{sha256(data).hexdigest()}"


@pytest.fixture
async def hub(tmp_path):
    async with hub_in(tmp_path) as inside:
        inside.home = await inside.household()
        inside.owner = await inside.token(Role.OWNER, inside.home, "ann")
        yield inside


@pytest.fixture
def put(hub):
    async def send(data, part=None, path=None, **headers):
        if part is not None:
            first, last, total = part
            headers["Content-Range"] = f"bytes {first}-{last}/{total}"
        return await hub.ask("PUT", path or named(data), hub.owner, content=data, headers=headers)

    return send


SMALL = b"a photo of the boiler"


async def test_what_is_sent_is_there_with_its_kind(hub, put):
    answer = await put(SMALL, **{"Content-Type": "image/jpeg"})
    assert (answer.status_code, answer.json()) == (
        201,
        {"sha256": sha256(SMALL).hexdigest(), "received": len(SMALL), "complete": True},
    )
    found = await hub.ask("GET", named(SMALL), hub.owner)
    assert (found.content, found.headers["Content-Type"]) == (SMALL, "image/jpeg")
    assert found.headers["Content-Disposition"] == "attachment"
    assert found.headers["X-Content-Type-Options"] == "nosniff"
    head = await hub.ask("HEAD", named(SMALL), hub.owner)
    assert (head.status_code, head.headers["Content-Length"], head.content) == (200, str(len(SMALL)), b"")


async def test_the_same_again_is_kept_once(hub, put):
    assert (await put(SMALL)).status_code == 201
    again = await put(SMALL)
    assert (again.status_code, again.json()["complete"]) == (200, True)


async def test_parts_go_on_where_the_last_one_ended(hub, put):
    total = len(SMALL)
    path = named(SMALL)
    assert (await hub.ask("HEAD", path, hub.owner)).headers["Upload-Offset"] == "0"
    first = await put(SMALL[:5], (0, 4, total), path)
    assert (first.status_code, first.headers["Upload-Offset"]) == (202, "5")
    assert (await hub.ask("HEAD", path, hub.owner)).headers["Upload-Offset"] == "5"
    assert (await hub.ask("GET", path, hub.owner)).status_code == 404
    # What came already may come again: the device did not hear the answer.
    assert (await put(SMALL[3:9], (3, 8, total), path)).json()["received"] == 9
    done = await put(SMALL[9:], (9, total - 1, total), path)
    assert done.status_code == 201
    assert (await hub.ask("GET", path, hub.owner)).content == SMALL


async def test_a_gap_is_refused_and_says_where_to_go_on(put):
    path, total = named(SMALL), len(SMALL)
    await put(SMALL[:5], (0, 4, total), path)
    answer = await put(SMALL[7:9], (7, 8, total), path)
    assert (answer.status_code, answer.json()["error"]["received"]) == (409, 5)


async def test_bytes_of_another_hash_are_thrown_away(hub, put):
    path = named(b"something else")
    answer = await put(SMALL, path=path)
    assert answer.status_code == 400
    assert (await hub.ask("HEAD", path, hub.owner)).headers["Upload-Offset"] == "0"
    assert (await hub.ask("GET", path, hub.owner)).status_code == 404


@pytest.mark.parametrize(
    "header",
    ["bytes", "bytes 0-4", "bytes 4-2/9", "bytes 0-9/9", "bytes -1-4/9", "lines 0-4/9", "bytes 0-4/*", "bytes 0-4/1e3"],
)
async def test_a_wrong_part_is_refused(hub, header):
    answer = await hub.ask("PUT", named(SMALL), hub.owner, content=b"abcde", headers={"Content-Range": header})
    assert (answer.status_code, answer.json()["error"]["argument"]) == (400, "Content-Range")


@pytest.mark.parametrize("body", [b"abc", b"abcdefg"])
async def test_a_part_of_another_length_than_it_says_is_refused(put, body):
    answer = await put(body, (0, 4, 9), named(SMALL))
    assert answer.status_code in (400, 413)


async def test_what_is_too_large_is_refused_whatever_it_says(hub, put):
    large = b"x" * (MOST + 1)
    assert (await put(large)).status_code == 413
    assert (await put(b"x", (0, 0, MOST + 1), named(large))).status_code == 413
    assert (await put(b"x" * MOST)).status_code == 201


async def test_the_empty_content_is_content(hub, put):
    assert (await put(b"", **{"Content-Length": "0"})).status_code == 201
    found = await hub.ask("GET", named(b""), hub.owner, headers={"Range": "bytes=0-4"})
    assert (found.status_code, found.content) == (416, found.content)
    assert (await hub.ask("GET", named(b""), hub.owner)).content == b""


@pytest.mark.parametrize(
    ("asked", "status", "expected"),
    [
        ("bytes=0-4", 206, SMALL[:5]),
        ("bytes=5-", 206, SMALL[5:]),
        ("bytes=-3", 206, SMALL[-3:]),
        ("bytes=18-999", 206, SMALL[18:]),
        ("bytes=-999", 206, SMALL),
        ("bytes=21-", 416, None),
        ("bytes=-0", 416, None),
        ("bytes=4-2", 200, SMALL),
        ("bytes=0-1,3-4", 200, SMALL),
        ("bytes=-", 200, SMALL),
        ("lines=0-4", 200, SMALL),
        ("bytes=abc", 200, SMALL),
        ("bytes=" + "9" * 40 + "-", 200, SMALL),
    ],
)
async def test_a_range_is_answered_as_http_says(hub, put, asked, status, expected):
    await put(SMALL)
    answer = await hub.ask("GET", named(SMALL), hub.owner, headers={"Range": asked})
    assert answer.status_code == status
    if expected is not None:
        assert answer.content == expected
        assert int(answer.headers["Content-Length"]) == len(expected)
    if status == 206:
        start = SMALL.index(expected)
        assert answer.headers["Content-Range"] == f"bytes {start}-{start + len(expected) - 1}/{len(SMALL)}"
    if status == 416:
        assert answer.headers["Content-Range"] == f"bytes */{len(SMALL)}"


async def test_large_content_comes_back_to_the_last_byte_and_can_be_resumed_anywhere(tmp_path, hub):
    data = DATA[:MOST]
    path = named(data)
    assert (await hub.ask("PUT", path, hub.owner, content=data)).status_code == 201
    assert (await hub.ask("GET", path, hub.owner)).content == data
    got = data[:700_001]
    rest = await hub.ask("GET", path, hub.owner, headers={"Range": f"bytes={len(got)}-"})
    assert got + rest.content == data


async def test_who_has_it_already_is_told_so(hub, put):
    await put(SMALL)
    tag = (await hub.ask("GET", named(SMALL), hub.owner)).headers["ETag"]
    answer = await hub.ask("GET", named(SMALL), hub.owner, headers={"If-None-Match": f'"x", {tag}'})
    assert (answer.status_code, answer.content) == (304, b"")


async def test_a_guest_reads_and_does_not_write(hub, put):
    await put(SMALL)
    guest = await hub.token(Role.GUEST, hub.home, "gus")
    assert (await hub.ask("GET", named(SMALL), guest)).content == SMALL
    assert (await hub.ask("PUT", named(b"other"), guest, content=b"other")).status_code == 403


async def test_content_is_not_packed(hub, put):
    await put(b"a" * 100_000, **{"Content-Type": "application/json"})
    answer = await hub.ask("GET", named(b"a" * 100_000), hub.owner, headers={"Accept-Encoding": "zstd, gzip"})
    assert "Content-Encoding" not in answer.headers
    assert answer.content == b"a" * 100_000
