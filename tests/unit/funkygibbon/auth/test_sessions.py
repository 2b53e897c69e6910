"""Logging in, staying logged in, logging out, over the real store and the whole application."""

import pytest

from goodies_mcp.funkygibbon.auth.rate_limit import FAILURES
from goodies_mcp.funkygibbon.auth.sessions import GRACE_SECONDS, REFRESH_DAYS
from goodies_mcp.funkygibbon.auth.tokens import ACCESS_SECONDS, LONG_ACCESS_SECONDS
from goodies_mcp.funkygibbon.core.accounts import Role
from goodies_mcp.inbetweenies.messages import content_digest
from tests.support.hub import PASSWORD, hub_in

LOGIN, ADMIN_LOGIN, REFRESH = "/api/v1/auth/login", "/api/v1/auth/admin/login", "/api/v1/auth/refresh"


@pytest.fixture
async def hub(tmp_path):
    async with hub_in(tmp_path) as inside:
        inside.home = await inside.household()
        inside.ann = await inside.user("ann", Role.OWNER, inside.home)
        inside.bob = await inside.user("bob", Role.MEMBER, inside.home)
        yield inside


async def me(hub, token):
    return (await hub.ask("GET", "/api/v1/auth/me", token)).status_code


async def refreshed(hub, token):
    return await hub.http.post(REFRESH, json={"refresh_token": token})


async def test_the_password_of_init_is_enough_for_a_client_of_v2(hub):
    answer = await hub.http.post(ADMIN_LOGIN, json={"password": PASSWORD})
    said = answer.json()
    assert (said["token_type"], said["expires_in"], said["role"]) == ("bearer", LONG_ACCESS_SECONDS, "admin")
    assert said["refresh_token"] is None
    who = (await hub.ask("GET", "/api/v1/auth/me", said["access_token"])).json()
    assert (who["user_id"], who["role"], who["device_id"]) == (hub.ann, "owner", None)
    renewed = await hub.ask("POST", REFRESH, said["access_token"], json={})
    assert (renewed.status_code, renewed.json()["role"]) == (200, "admin")
    assert await me(hub, renewed.json()["access_token"]) == 200


async def test_a_device_has_a_short_token_and_one_to_refresh_it(hub):
    grant = await hub.login("bob", device="tablet")
    assert (grant["expires_in"], grant["role"], grant["household"]) == (ACCESS_SECONDS, "member", hub.home.id)
    hub.clock.advance(seconds=ACCESS_SECONDS + 60)
    assert await me(hub, grant["access_token"]) == 401
    again = (await refreshed(hub, grant["refresh_token"])).json()
    assert await me(hub, again["access_token"]) == 200
    assert again["refresh_token"] != grant["refresh_token"]


@pytest.mark.parametrize(
    "said",
    [{"password": "wrong password"}, {"password": "wrong", "user": "bob"}, {"password": PASSWORD, "user": "eve"}],
)
async def test_a_wrong_password_and_a_wrong_user_are_told_alike(hub, said):
    answer = await hub.http.post(LOGIN, json=said)
    assert answer.status_code == 401
    assert answer.json()["detail"] in {"Invalid password", "wrong user or password"}


async def test_guessing_ends_after_five_attempts_also_for_the_right_password(hub):
    for _ in range(FAILURES):
        assert (await hub.http.post(ADMIN_LOGIN, json={"password": "a wrong one"})).status_code == 401
    answer = await hub.http.post(ADMIN_LOGIN, json={"password": PASSWORD})
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 300
    refused = [entry.event for entry in await hub.audited()]
    assert refused.count("login_refused") == FAILURES


async def test_a_forwarded_address_is_not_believed_from_anybody(hub):
    for n in range(FAILURES):
        headers = {"X-Forwarded-For": f"198.51.100.{n}"}
        await hub.http.post(ADMIN_LOGIN, json={"password": "a wrong one"}, headers=headers)
    answer = await hub.http.post(ADMIN_LOGIN, json={"password": PASSWORD}, headers={"X-Forwarded-For": "203.0.113.9"})
    assert answer.status_code == 429


async def test_a_forwarded_address_is_believed_from_a_proxy_that_was_named(tmp_path):
    async with hub_in(tmp_path, proxies=["192.0.2.0/24"]) as hub:
        await hub.user("ann", Role.OWNER, await hub.household())
        guesser = {"X-Forwarded-For": "203.0.113.9, 198.51.100.1"}
        for _ in range(FAILURES):
            await hub.http.post(ADMIN_LOGIN, json={"password": "a wrong one"}, headers=guesser)
        assert (await hub.http.post(ADMIN_LOGIN, json={"password": PASSWORD}, headers=guesser)).status_code == 429
        # What the guesser writes in front of the proxy's word makes nobody of him.
        renamed = {"X-Forwarded-For": "203.0.113.77, 198.51.100.1"}
        assert (await hub.http.post(ADMIN_LOGIN, json={"password": PASSWORD}, headers=renamed)).status_code == 429
        other = {"X-Forwarded-For": "198.51.100.2"}
        assert (await hub.http.post(ADMIN_LOGIN, json={"password": PASSWORD}, headers=other)).status_code == 200


async def test_several_processes_of_a_device_may_refresh_at_once(hub):
    grant = await hub.login("bob", device="tablet")
    one = await refreshed(hub, grant["refresh_token"])
    hub.clock.advance(seconds=GRACE_SECONDS - 5)
    two = await refreshed(hub, grant["refresh_token"])
    assert (one.status_code, two.status_code) == (200, 200)
    for each in (one, two):
        assert await me(hub, each.json()["access_token"]) == 200
        assert (await refreshed(hub, each.json()["refresh_token"])).status_code == 200


async def is_over(hub, *grants):
    for grant in grants:
        assert await me(hub, grant["access_token"]) == 401
        assert (await refreshed(hub, grant["refresh_token"])).status_code == 401
    return "refresh_token_reused" in [entry.event for entry in await hub.audited()]


async def test_a_refresh_token_that_is_used_again_after_the_next_one_ends_the_session(hub):
    first = await hub.login("bob", device="tablet")
    second = (await refreshed(hub, first["refresh_token"])).json()
    third = (await refreshed(hub, second["refresh_token"])).json()
    hub.clock.advance(seconds=GRACE_SECONDS + 5)
    assert (await refreshed(hub, first["refresh_token"])).status_code == 401
    assert await is_over(hub, second, third)


async def test_a_device_that_never_kept_the_new_token_comes_back_with_the_old_one_however_late(hub):
    grant = await hub.login("bob", device="tablet")
    for days in (1, 30):
        await refreshed(hub, grant["refresh_token"])
        hub.clock.advance(days=days)
    kept = (await refreshed(hub, grant["refresh_token"])).json()
    assert await me(hub, kept["access_token"]) == 200
    assert (await refreshed(hub, kept["refresh_token"])).status_code == 200
    assert "refresh_token_reused" not in [entry.event for entry in await hub.audited()]


@pytest.mark.parametrize("thief_first", [True, False])
async def test_of_two_who_hold_a_token_neither_goes_on_for_long(hub, thief_first):
    """Somebody copied the first token. The device has kept the second, and has not refreshed again yet."""
    first = await hub.login("bob", device="tablet")
    second = (await refreshed(hub, first["refresh_token"])).json()
    hub.clock.advance(seconds=GRACE_SECONDS + 5)
    if thief_first:
        stolen = (await refreshed(hub, first["refresh_token"])).json()
        assert (await refreshed(hub, second["refresh_token"])).status_code == 401
        assert await is_over(hub, stolen, second)
    else:
        third = (await refreshed(hub, second["refresh_token"])).json()
        assert (await refreshed(hub, first["refresh_token"])).status_code == 401
        assert await is_over(hub, second, third)


async def test_a_token_that_is_taken_again_may_be_taken_by_several_processes_at_once_again(hub):
    grant = await hub.login("bob", device="tablet")
    await refreshed(hub, grant["refresh_token"])
    hub.clock.advance(days=1)
    for each in [await refreshed(hub, grant["refresh_token"]) for _ in range(2)]:
        assert (await refreshed(hub, each.json()["refresh_token"])).status_code == 200


async def test_a_device_that_stays_away_logs_in_again_and_one_that_comes_does_not(hub):
    grant = await hub.login("bob", device="tablet")
    hub.clock.advance(days=REFRESH_DAYS - 1)
    grant = (await refreshed(hub, grant["refresh_token"])).json()
    hub.clock.advance(days=REFRESH_DAYS - 1)
    grant = (await refreshed(hub, grant["refresh_token"])).json()
    hub.clock.advance(days=REFRESH_DAYS + 1)
    assert (await refreshed(hub, grant["refresh_token"])).status_code == 401


async def test_after_logout_no_token_of_the_session_is_worth_anything(hub):
    grant, other = await hub.login("bob", device="tablet"), await hub.login("bob", device="phone")
    assert (await hub.ask("POST", "/api/v1/auth/logout", grant["access_token"])).status_code == 204
    assert await me(hub, grant["access_token"]) == 401
    assert (await refreshed(hub, grant["refresh_token"])).status_code == 401
    assert await me(hub, other["access_token"]) == 200


async def test_a_device_that_logs_in_again_ends_its_old_session(hub):
    first = await hub.login("bob", device="tablet")
    await hub.login("bob", device="tablet")
    assert await me(hub, first["access_token"]) == 401


async def test_a_device_of_another_person_is_not_taken_over_but_by_an_owner(hub):
    first = await hub.login("ann", device="laptop")
    said = {"password": PASSWORD, "user": "bob", "device_id": "laptop"}
    assert (await hub.http.post(LOGIN, json=said)).status_code == 403
    assert await me(hub, first["access_token"]) == 200
    await hub.login("bob", device="tablet")
    await hub.login("ann", device="tablet")


async def test_a_revoked_device_comes_back_only_by_an_owner(hub):
    grant, owner = await hub.login("bob", device="tablet"), await hub.login("ann", device="laptop")
    assert (await hub.ask("DELETE", "/api/v1/devices/tablet", owner["access_token"])).status_code == 204
    assert await me(hub, grant["access_token"]) == 401
    said = {"password": PASSWORD, "user": "bob", "device_id": "tablet"}
    assert (await hub.http.post(LOGIN, json=said)).status_code == 403
    await hub.login("ann", device="tablet")


async def test_a_role_that_changes_counts_at_once(hub):
    grant = await hub.login("bob", device="tablet")
    await hub.store.change(lambda accounts: accounts.put_member(hub.home.id, hub.bob, Role.GUEST, hub.clock.now()))
    said = (await hub.ask("GET", "/api/v1/auth/me", grant["access_token"])).json()
    assert (said["role"], said["permissions"]) == ("guest", ["home:read"])


async def test_somebody_of_no_household_does_not_come_in(hub):
    await hub.store.change(lambda accounts: accounts.drop_member(hub.home.id, hub.bob, hub.clock.now()))
    answer = await hub.http.post(LOGIN, json={"password": PASSWORD, "user": "bob"})
    assert answer.status_code == 403


async def test_a_household_that_one_does_not_belong_to_is_told_like_one_that_is_not_there(hub):
    await hub.household("Next door")
    answers = [
        await hub.http.post(LOGIN, json={"password": PASSWORD, "user": "bob", "household": name})
        for name in ("Next door", "Nowhere")
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json() == answers[1].json()


async def test_names_are_found_whatever_their_case(hub):
    assert (await hub.login("BOB"))["user"] == "bob"


async def test_what_a_device_keeps_comes_with_its_digest(hub):
    grant = await hub.login("bob", device="tablet")
    answer = await refreshed(hub, grant["refresh_token"])
    assert answer.headers["Content-Digest"] == content_digest(answer.content)
