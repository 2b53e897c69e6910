"""What goes wrong in the midst of a session, and on the way of its tokens: clear, bounded, and nothing is lost."""

import json

import pytest

from goodies_mcp.errors import RemoteProtocolError, Unavailable
from goodies_mcp.inbetweenies.messages import content_digest
from goodies_mcp.inbetweenies.verdicts import Policy
from tests.support.bad_hub import met, recovered, refused
from tests.support.certificates import self_signed, serves_with
from tests.support.syncing import a_device
from tests.support.tiny_hub import Says, TinyHub, says, serving

SMALL = Policy(push_rows=1, page_rows=1)


async def test_p14_a_token_that_ends_between_two_pages_is_renewed_and_no_page_is_asked_for_twice(tmp_path):
    async with met(tmp_path, policy=SMALL) as (hub, device):
        for name in ("Fan", "Heater", "Oven"):
            await device.make(name)

        async def ends_after_two(asked):
            if len(hub.syncs) == 3:
                hub.tokens.clear()

        hub.always = ends_after_two
        status = await device.service.sync_now()
        assert (status.pending, status.failure, hub.logins) == (0, None, 2)
        pushed = [row["version"] for asked in hub.syncs for row in asked.said["push"]]
        assert len(pushed) == len(set(pushed)) + 1
        await recovered(hub, device)


@pytest.mark.parametrize("status", [500, 503])
async def test_p14_a_hub_that_cannot_renew_a_token_now_is_asked_again_later(tmp_path, status):
    async with met(tmp_path) as (hub, device):
        before = device.file.load()
        hub.tokens.clear()

        async def no_tokens(asked):
            return Says(status, b"{}") if asked.path.endswith("/refresh") else None

        hub.always = no_tokens
        await refused(device, Unavailable)
        assert device.file.load() == before
        await recovered(hub, device)


async def test_p14_new_tokens_that_were_damaged_on_their_way_are_not_kept(tmp_path):
    async with met(tmp_path) as (hub, device):
        before = device.file.load()
        hub.tokens.clear()
        damaged = json.dumps({"access_token": "tokem-2", "refresh_token": "renew-2"}).encode()

        async def on_its_way(asked):
            if asked.path.endswith("/refresh"):
                return Says(200, damaged, {"content-digest": content_digest(damaged.replace(b"m-", b"n-"))})
            return None

        hub.always = on_its_way
        await refused(device, Unavailable)
        assert device.file.load() == before
        await recovered(hub, device)


async def test_p14_a_page_of_a_router_in_place_of_new_tokens_is_not_kept(tmp_path):
    async with met(tmp_path) as (hub, device):
        before = device.file.load()
        hub.tokens.clear()

        async def page(asked):
            return Says(200, b"<html></html>") if asked.path.endswith("/refresh") else None

        hub.always = page
        error = await refused(device, RemoteProtocolError)
        assert "no token" in error.message
        assert device.file.load() == before
        await recovered(hub, device)


async def test_p14_a_redirect_from_tls_to_clear_text_takes_no_token_there(tmp_path):
    file = self_signed(tmp_path)
    async with serving(TinyHub()) as clear, serving(TinyHub(), serves_with(file)) as hub, a_device(tmp_path) as device:
        await device.log_in(hub, ca_file=str(file))
        await device.make("Lamp")
        hub.always = says(307, b"", location=f"{clear.url}/api/v1/sync/")
        with pytest.raises(RemoteProtocolError, match="leads elsewhere"):
            await device.service.sync_now()
        assert clear.requests == []
        assert await device.pending() == 1
        hub.always = None
        assert (await device.service.sync_now()).pending == 0


async def test_p08_a_long_feed_is_taken_up_at_every_page_where_it_broke_off(tmp_path):
    """The hub is away for good after each page, and nothing of the pages before is asked for again."""
    async with met(tmp_path, policy=SMALL) as (hub, device), a_device(tmp_path, 2) as other:
        await device.service.sync_now()
        await other.log_in(hub)
        for n in range(9):
            await other.make(f"Thing {n}")
        await other.service.sync_now()
        hub.requests.clear()
        seen = []
        for _ in range(30):
            first = len(hub.syncs)

            async def away(asked, first=first):
                return Says(raw=b"") if len(hub.syncs) > first + 1 else None

            hub.always = away
            finished = await device.service.session()
            seen.append(hub.syncs[first].said["after"]["seq"])
            if finished.error is None:
                break
            assert finished.error.code == "unavailable"
        assert len(seen) >= 9
        assert seen == sorted(set(seen))
        assert await device.names() == await other.names()
        await recovered(hub, device)
