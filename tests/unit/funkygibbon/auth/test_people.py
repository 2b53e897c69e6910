"""How people come to a hub: the first by init, others by an owner."""

import pytest

from goodies_mcp.errors import Conflict
from goodies_mcp.funkygibbon.auth.people import add_member, found
from goodies_mcp.funkygibbon.core.accounts import Household, HouseholdId, Role, UserId
from tests.support.hub import PASSWORD, hub_in

HOME = Household(HouseholdId("home"), "Home", "2026-01-01")


@pytest.fixture
async def hub(tmp_path):
    async with hub_in(tmp_path) as inside:
        yield inside


async def test_a_hub_is_founded_once(hub):
    await hub.store.change(lambda accounts: found(accounts, HOME, UserId("u"), "Ann", "hash", "now"))
    again = Household(HouseholdId("other"), "Other", "2026-01-01")
    with pytest.raises(Conflict, match="Ann"):
        await hub.store.change(lambda accounts: found(accounts, again, UserId("v"), "Eve", "hash", "now"))
    assert await hub.store.look(lambda accounts: accounts.households()) == [HOME]


async def test_a_name_is_one_persons(hub):
    household = await hub.household()
    await hub.user("Ann", Role.OWNER, household)
    with pytest.raises(Conflict):
        await hub.store.change(
            lambda accounts: add_member(accounts, household.id, UserId("x"), "ÁNN", Role.GUEST, "hash", "now")
        )
    assert len(await hub.store.look(lambda accounts: accounts.members(household.id))) == 1


async def test_an_owner_lets_people_in_and_out_over_http(hub):
    household = await hub.household()
    owner = await hub.token(Role.OWNER, household, "ann")
    new = {"name": "bob", "role": "guest", "password": PASSWORD}
    made = await hub.ask("POST", "/api/v1/members", owner, json=new)
    assert (made.status_code, made.json()["role"]) == (201, "guest")
    assert (await hub.ask("POST", "/api/v1/members", owner, json=new)).status_code == 409
    token = (await hub.login("bob"))["access_token"]
    listed = (await hub.ask("GET", "/api/v1/members", token)).json()["members"]
    assert [(each["name"], each["role"]) for each in listed] == [("ann", "owner"), ("bob", "guest")]
    assert (await hub.ask("DELETE", f"/api/v1/members/{made.json()['user_id']}", owner)).status_code == 204
    assert (await hub.ask("GET", "/api/v1/members", token)).status_code == 401
    events = [entry.event for entry in await hub.audited()]
    assert ("member_added" in events, "member_dropped" in events) == (True, True)


async def test_nobody_lets_themselves_go(hub):
    household = await hub.household()
    owner = await hub.token(Role.OWNER, household, "ann")
    me = (await hub.ask("GET", "/api/v1/auth/me", owner)).json()["user_id"]
    assert (await hub.ask("DELETE", f"/api/v1/members/{me}", owner)).status_code == 400


@pytest.mark.parametrize("role", ["device", "service", "admin", "", None])
async def test_a_person_has_a_persons_role(hub, role):
    owner = await hub.token(Role.OWNER, await hub.household(), "ann")
    new = {"name": "bob", "role": role, "password": PASSWORD}
    assert (await hub.ask("POST", "/api/v1/members", owner, json=new)).status_code == 400
