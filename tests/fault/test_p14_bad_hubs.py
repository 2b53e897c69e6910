"""A hub that is bad, broken, slow, foreign or away, over real HTTP: a clear status, nothing lost, no loop."""

import asyncio
import json
from dataclasses import replace

import pytest

from goodies_mcp.core.models import Dot
from goodies_mcp.errors import (
    Forbidden,
    GoodiesError,
    RateLimited,
    RemoteProtocolError,
    StorageFull,
    TooLarge,
    Unauthorized,
    Unavailable,
)
from goodies_mcp.inbetweenies.limits import MAX_RESPONSE_BYTES
from goodies_mcp.inbetweenies.messages import V3, content_digest
from goodies_mcp.inbetweenies.rows import row_of
from goodies_mcp.sync.editions import v3_session
from goodies_mcp.sync.http_transport import Patience
from tests.support.bad_hub import met, recovered, refused
from tests.support.build import Device, forged, record
from tests.support.syncing import a_device
from tests.support.tiny_hub import Says, TinyHub, says, serving

HTML = b"<html><body>Welcome to your new router</body></html>"


@pytest.mark.parametrize(
    ("body", "words"), [(HTML, "no JSON"), (b'{"protocol_version":"inbetwee', "no JSON"), (b"[]", "object")]
)
async def test_p14_a_hub_that_answers_nonsense(tmp_path, body, words):
    async with met(tmp_path) as (hub, device):
        hub.always = says(200, body)
        error = await refused(device, RemoteProtocolError)
        assert words in error.message
        assert len(hub.requests) <= 6
        await recovered(hub, device)


async def test_p14_half_an_answer(tmp_path):
    async with met(tmp_path) as (hub, device):

        async def half(asked):
            return Says(200, b'{"protocol_version":', {"content-length": "4000"})

        hub.always = half
        error = await refused(device, Unavailable)
        assert "broke off" in error.message
        await recovered(hub, device)


async def test_p14_a_damaged_answer_is_asked_for_again(tmp_path):
    async with met(tmp_path) as (hub, device):
        body = json.dumps({"a": 1}).encode()
        hub.turns.append(says(200, body, content_digest=content_digest(b"another body")))
        await recovered_without_clearing(device)
        assert len(hub.syncs) == 2


async def recovered_without_clearing(device):
    status = await device.service.sync_now()
    assert (status.failure, status.pending) == (None, 0)


@pytest.mark.parametrize("coding", ["zstd", "gzip"])
async def test_p14_an_answer_that_does_not_unpack(tmp_path, coding):
    async with met(tmp_path) as (hub, device):
        hub.always = says(200, b"\x28\xb5\x2f\xfd nonsense", content_encoding=coding)
        await refused(device, RemoteProtocolError)
        await recovered(hub, device)


async def test_p14_an_answer_without_end(tmp_path):
    async with met(tmp_path) as (hub, device):
        hub.always = says(200, b" " * (MAX_RESPONSE_BYTES + 1))
        await refused(device, TooLarge)
        assert len(hub.requests) == 1
        await recovered(hub, device)


async def test_p14_a_small_body_that_unpacks_to_a_huge_one(tmp_path):
    import zlib

    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(64)) + packer.flush()
    async with met(tmp_path) as (hub, device):
        hub.always = says(200, bomb, content_encoding="gzip")
        await refused(device, TooLarge)
        await recovered(hub, device)


async def test_p14_another_protocol_version(tmp_path):
    async with met(tmp_path) as (hub, device):
        hub.always = says(400, b'{"detail":"Unsupported protocol version"}')
        error = await refused(device, RemoteProtocolError)
        assert "Unsupported protocol version" in error.message
        assert len(hub.requests) <= 6
        # It may have been a proxy's mistake: nothing that it said is remembered against the hub.
        await recovered(hub, device)


async def test_p14_an_edition_that_this_release_does_not_speak(tmp_path):
    async with met(tmp_path, editions={V3: v3_session}) as (hub, device):
        hub.always = says(400, b'{"detail":"Unsupported protocol version"}')
        error = await refused(device, Unavailable)
        assert "inbetweenies-v2" in error.message
        # What was found out is remembered, and found out anew a day later.
        asked = len(hub.requests)
        await refused(device, Unavailable)
        assert len(hub.requests) == asked
        device.clock.advance(days=1, minutes=1)
        await recovered(hub, device)


async def test_p14_an_answer_in_another_edition(tmp_path):
    async with met(tmp_path) as (hub, device):

        async def newer(asked):
            return Says(200, json.dumps({"protocol_version": "inbetweenies-v9", "request": 1}).encode())

        hub.always = newer
        error = await refused(device, RemoteProtocolError)
        assert "protocol_version" in error.message
        await recovered(hub, device)


def page(hub, *versions, **changed):
    """A turn that answers a sync request with these versions behind the cursor that was asked for."""

    async def turn(asked):
        after = asked.said["after"]
        body = {
            "protocol_version": "inbetweenies-v3",
            "household": hub.household,
            "request": asked.said["request"],
            "epoch": hub.epoch,
            "cursor": {"epoch": after["epoch"], "seq": after["seq"] + len(versions)},
            "more": False,
            "server_time": "2026-01-01T00:00:00.000000+00:00",
            "acked": [],
            "changes": [json.loads(row_of(each).text) for each in versions],
            **changed,
        }
        return Says(200, json.dumps(body).encode())

    return turn


async def test_p14_a_version_whose_context_lies(tmp_path):
    async with met(tmp_path) as (hub, device):
        other = Device(7)
        parent = other.entity(record(1))
        liar = forged(other.entity(record(1), "Liar", parent), context={})
        honest = other.entity(record(2), "Honest")
        hub.always = page(hub, parent, liar, honest)
        status = await device.service.sync_now()
        assert await device.names() == ["Ceiling light", "Honest", "Lamp", "Lamp"]
        (aside,) = status.refused
        assert (aside.id, aside.version, aside.code) == (record(1), liar.version, "false_context")
        assert "does not cover its parent" in aside.message
        assert "set aside" in status.note
        assert status.pending == 1


async def test_p14_a_known_dot_with_another_hash(tmp_path):
    async with met(tmp_path) as (hub, device):
        mine = (await device.store.read(lambda view: view.outbox(0, 1)))[0].value
        twin = forged(mine, payload=replace(mine.payload, name="Twin"))
        renamed = replace(twin, version=f"{mine.version}-2")
        hub.always = page(hub, twin, renamed)
        status = await device.service.sync_now()
        assert [(each.version, each.code) for each in status.refused] == [
            (mine.version, "version_reused"),
            (renamed.version, "dot_reused"),
        ]
        assert await device.names() == ["Ceiling light", "Lamp"]
        # The next session finds both sides equal, and nothing is left to look at.
        await recovered(hub, device)
        assert (await device.service.status()).refused == ()


async def test_p14_a_hash_that_is_not_the_versions(tmp_path):
    async with met(tmp_path) as (hub, device):
        honest = json.loads(row_of(Device(7).entity(record(1))).text)
        hub.always = page(hub, changes=[{**honest, "name": "Changed on the way"}])
        error = await refused(device, RemoteProtocolError)
        assert "hash" in error.message
        await recovered(hub, device)


async def test_p14_a_change_that_the_hub_knows_otherwise_is_parked_and_the_rest_goes_on(tmp_path):
    """The hub holds this dot with another content: a copied database. The change is kept, visibly."""
    async with met(tmp_path) as (hub, device):
        mine = (await device.store.read(lambda view: view.outbox(0, 1)))[0].value
        twin = forged(mine, payload=replace(mine.payload, name="Twin"))
        assert mine.dot == Dot(mine.dot.incarnation, mine.dot.n)
        await hub.store.write(lambda tx: tx.apply([twin], local=False))
        await device.make("Another lamp")
        status = await device.service.sync_now()
        assert (status.pending, status.parked_count) == (0, 1)
        (parked,) = status.parked
        assert (parked.code, parked.name) == ("version_reused", "Lamp")
        assert parked.hint
        assert "retry-parked" in status.note


@pytest.mark.parametrize("target", ["http://127.0.0.1:9/api/v1/sync/", "https://elsewhere.example/api/v1/sync/"])
@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_p14_a_redirect_is_never_followed(tmp_path, target, status):
    async with met(tmp_path) as (hub, device):
        hub.always = says(status, b"", location=target)
        error = await refused(device, RemoteProtocolError)
        assert "leads elsewhere" in error.message
        assert len(hub.requests) == 1
        await recovered(hub, device)


async def test_p14_a_token_that_ends_in_mid_session_is_renewed_once(tmp_path):
    async with met(tmp_path) as (hub, device):
        hub.tokens.clear()
        await recovered_without_clearing(device)
        assert hub.logins == 2
        kept = device.file.load()
        assert (kept.access_token, kept.refresh_token) == ("token-2", "renew-2")


async def test_p14_a_hub_that_wants_a_new_login(tmp_path):
    async with met(tmp_path) as (hub, device):
        hub.tokens.clear()
        hub.devices.clear()
        error = await refused(device, Unauthorized)
        assert "login" in error.message
        assert len(hub.requests) == 2
        await device.log_in(hub)
        await recovered(hub, device)


async def test_p14_a_hub_that_takes_no_token_at_all(tmp_path):
    """It renews every token and knows none of them: bounded."""
    async with met(tmp_path) as (hub, device):
        hub.always = reject_syncs
        await refused(device, Unauthorized)
        assert len(hub.requests) <= 10
        await recovered(hub, device)


async def reject_syncs(asked):
    return Says(401, b"{}") if asked.path.startswith("/api/v1/sync") else None


async def test_p14_a_request_that_is_too_large_is_made_smaller(tmp_path):
    async with met(tmp_path) as (hub, device):
        for n in range(5):
            await device.make(f"Lamp {n}")

        async def small(asked):
            return Says(413, b"{}") if len(asked.said.get("push", ())) > 2 else None

        hub.always = small
        await recovered_without_clearing(device)
        assert max(len(asked.said["push"]) for asked in hub.syncs) == 6
        hub.always = None
        assert await hub.store.read(lambda view: view.status().digest) == await device.digest()


async def test_p14_a_change_that_is_too_large_alone_is_parked(tmp_path):
    async with met(tmp_path) as (hub, device):

        async def none(asked):
            return Says(413, b"{}") if asked.said.get("push") else None

        hub.always = none
        status = await device.service.sync_now()
        assert (status.pending, status.parked_count) == (0, 1)
        assert status.parked[0].code == "too_large"
        assert await device.service.retry_parked() == 1
        await recovered(hub, device)


async def test_p14_a_hub_that_asks_for_patience_gets_it(tmp_path):
    async with met(tmp_path) as (hub, device):
        hub.turns.extend([says(429, b"{}", retry_after="7"), says(503, HTML, retry_after="11")])
        await recovered_without_clearing(device)
        assert device.pauses == [7.0, 11.0]


async def test_p14_a_hub_that_gives_a_date_instead_of_seconds(tmp_path):
    async with met(tmp_path) as (hub, device):
        hub.turns.append(says(503, b"", retry_after="Thu, 01 Jan 2026 00:00:40 GMT"))
        await recovered_without_clearing(device)
        assert device.pauses[0] == pytest.approx(40, abs=1)


async def test_p14_a_hub_that_asks_for_more_patience_than_a_session_has(tmp_path):
    async with met(tmp_path) as (hub, device):
        hub.always = says(429, b"{}", retry_after="3600")
        await refused(device, RateLimited)
        assert len(hub.requests) == 1
        status = await device.service.status()
        assert status.next_attempt > status.last_attempt
        await recovered(hub, device)


@pytest.mark.parametrize(("status", "kind"), [(503, Unavailable), (502, Unavailable), (507, StorageFull)])
async def test_p14_a_hub_that_is_busy_for_ever(tmp_path, status, kind):
    async with met(tmp_path) as (hub, device):
        hub.always = says(status, HTML)
        await refused(device, kind)
        assert len(hub.requests) == 3
        await recovered(hub, device)


async def test_p14_a_hub_that_fails_on_one_change_parks_it_and_takes_the_rest(tmp_path):
    async with met(tmp_path) as (hub, device):
        for n in range(6):
            await device.make(f"Lamp {n}")

        async def stumbles(asked):
            return Says(500, b"Internal Server Error") if b"Lamp 3" in asked.body else None

        hub.always = stumbles
        status = await device.service.sync_now()
        assert (status.pending, status.parked_count) == (0, 1)
        assert (status.parked[0].name, status.parked[0].code) == ("Lamp 3", "unavailable")
        await device.service.retry_parked()
        await recovered(hub, device)


async def test_p14_a_hub_of_another_household(tmp_path):
    async with met(tmp_path) as (hub, device):
        hub.household = "the neighbours"
        error = await refused(device, Forbidden)
        assert "another household" in error.message
        assert len(hub.requests) == 1
        hub.household = "home"
        await recovered(hub, device)


async def test_p14_a_hub_that_says_it_is_another_household(tmp_path):
    async with met(tmp_path) as (hub, device):
        hub.always = page(hub, household="the neighbours")
        error = await refused(device, RemoteProtocolError)
        assert "household" in error.message
        await recovered(hub, device)


async def test_p14_a_hub_that_is_away(tmp_path):
    async with a_device(tmp_path) as device:
        async with serving(TinyHub()) as hub:
            await device.log_in(hub)
        await device.make("Lamp")
        error = await refused(device, Unavailable)
        assert "cannot be reached" in error.message
        assert len(device.pauses) == 2
        assert not await device.service.is_back()


async def test_p14_a_hub_that_never_answers(tmp_path):
    async with met(tmp_path, patience=Patience(connect=5, read=0.1, whole=5)) as (hub, device):

        async def silent(asked):
            await asyncio.Event().wait()

        hub.always = silent
        error = await refused(device, Unavailable)
        assert "0.1 s" in error.message
        # Three times with the lamp, and three times without it: it is not the lamp's fault.
        assert len(hub.requests) == 6


async def test_p14_a_hub_that_trickles(tmp_path):
    """Each byte comes in time, and the whole never does."""
    async with met(tmp_path, patience=Patience(connect=5, read=5, whole=0.2)) as (hub, device):

        async def hangs_half_way(asked):
            return Says(raw=b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n12345") if await gate.wait() else None

        gate = asyncio.Event()
        hub.always = hangs_half_way
        error = await refused(device, Unavailable)
        assert "0.2 s" in error.message


async def test_p14_noise_instead_of_http(tmp_path):
    async with met(tmp_path) as (hub, device):

        async def noise(asked):
            return Says(raw=bytes(range(256)) * 4)

        hub.always = noise
        await refused(device, Unavailable)
        await recovered(hub, device)


async def test_p14_headers_without_end(tmp_path):
    async with met(tmp_path) as (hub, device):

        async def headers(asked):
            return Says(raw=b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 200_000)

        hub.always = headers
        await refused(device, GoodiesError)
        await recovered(hub, device)


async def test_p14_no_login_is_no_failure_of_a_session(tmp_path):
    async with a_device(tmp_path) as device:
        await device.make("Lamp")
        with pytest.raises(Unauthorized, match="no hub"):
            await device.service.sync_now()
        status = await device.service.status()
        assert (status.hub, status.pending, status.failure) == (None, 1, None)
        assert "hub login" in status.note
