"""P15: no token reads or writes another household, on any route, whatever it names."""

from hashlib import sha256

import pytest

from goodies_mcp.funkygibbon.api.access import ACCESS, Anybody, Body
from goodies_mcp.funkygibbon.core.accounts import Role
from goodies_mcp.inbetweenies.messages import COMPARE_PATH, SYNC_PATH, parse_compare_response, parse_sync_response
from goodies_mcp.inbetweenies.rows import Header, row_of
from tests.support.build import Device, record
from tests.support.hub import compare_body, hub_in, sync_body

SECRET = "the safe is behind the mirror"
DATA = b"a photo of the safe"
SHA = sha256(DATA).hexdigest()
JSON = {"Content-Type": "application/json"}


class Neighbour:
    """A household with everything in it that a stranger could want, and all its tokens."""

    def __init__(self, hub, household, tokens):
        self.hub = hub
        self.household = household
        self.tokens = tokens

    async def ask(self, role, method, path, **how):
        return await self.hub.ask(method, path, self.tokens[role], **how)

    async def sync(self, role, *push, **how):
        token = self.tokens[role]
        device = how.pop("device", f"{self.household.name}-{role}")
        if "after" not in how:
            how["after"] = ((await self.hub.store.home(self.household.id)).epoch, 0)
        body = sync_body(device, *push, **how)
        return await self.hub.ask("POST", SYNC_PATH, token, content=body, headers=JSON)


@pytest.fixture
async def hub(tmp_path):
    async with hub_in(tmp_path) as inside:
        yield inside


async def settled(hub, name, secret):
    household = await hub.household(name)
    tokens = {role: await hub.token(role, household, f"{name}-{role}") for role in Role}
    made = Neighbour(hub, household, tokens)
    made.version = Device(len(name)).entity(record(len(name)), f"{secret} of {name}")
    await made.sync(Role.OWNER, made.version)
    return made


@pytest.fixture
async def here(hub):
    return await settled(hub, "north", SECRET)


@pytest.fixture
async def there(hub):
    return await settled(hub, "southern", "nothing")


async def state(hub, neighbour):
    """All that a household is, as its store tells it."""
    home = await hub.store.home(neighbour.household.id)
    return (
        await home.read(lambda view: (view.status(), view.content(SHA))),
        await hub.store.look(
            lambda accounts: (accounts.members(neighbour.household.id), accounts.devices(neighbour.household.id))
        ),
        await hub.store.received(neighbour.household.id, SHA),
    )


async def test_p15_the_matrix_of_all_routes(hub, here, there):
    """Every route, every role of another household, naming everything that this household has."""
    await here.ask(Role.OWNER, "PUT", f"/api/v1/content/{SHA}", content=DATA)
    members = await hub.store.look(lambda accounts: accounts.members(here.household.id))
    names = {
        "{sha256}": [SHA],
        "{user_id}": [member.user for member in members],
        "{device_id}": [f"north-{role}" for role in Role],
    }
    before = await state(hub, here)
    assert SECRET in (await here.sync(Role.OWNER)).text
    told = [SECRET, DATA.decode(), here.household.id, "north-", *(member.user for member in members)]
    for (method, template), access in ACCESS.items():
        if access.needs is Anybody.OPEN or template.endswith("/logout"):
            continue
        for role in Role:
            for path in filled(template, names):
                answer = await there.ask(role, method, path, **something(access, here))
                assert answer.status_code < 500, (method, path, role, answer.text)
                said = answer.text.replace(path, "")
                assert [each for each in told if each in said] == [], (method, path, role)
    assert await state(hub, here) == before


async def test_p15_sync_names_no_other_household(hub, here, there):
    stranger = Device(99).entity(record(99), "Trojan lamp")
    before = await state(hub, here)
    epoch = (await hub.store.home(here.household.id)).epoch
    for how in ({"household": here.household.id}, {"device": "north-owner"}):
        answer = await there.sync(Role.OWNER, stranger, **how)
        assert answer.status_code == 403, how
    # The other home's epoch is only a text: it is answered as any unknown one, from one's own home.
    answer = parse_sync_response((await there.sync(Role.OWNER, stranger, after=(epoch, 0))).content)
    assert answer.cursor is None
    assert answer.household == there.household.id
    assert await state(hub, here) == before


async def test_p15_a_comparison_tells_nothing_of_another_household(hub, here, there):
    row = row_of(here.version)
    epoch = (await hub.store.home(there.household.id)).epoch
    body = compare_body("southern-owner", epoch, Header(*row.name, row.content_hash))
    answer = await there.ask(Role.OWNER, "POST", COMPARE_PATH, content=body, headers=JSON)
    assert [name.version for name in parse_compare_response(answer.content).lacks] == [here.version.version]


async def test_p15_the_same_content_is_each_households_own(hub, here, there):
    """Whether a neighbour has a file must not show: not by its status, not by an offset, not by the time it saves."""
    await here.ask(Role.OWNER, "PUT", f"/api/v1/content/{SHA}", content=DATA)
    half = {"Content-Range": f"bytes 0-4/{len(DATA)}"}
    assert (await there.ask(Role.OWNER, "HEAD", f"/api/v1/content/{SHA}")).status_code == 404
    answer = await there.ask(Role.OWNER, "PUT", f"/api/v1/content/{SHA}", content=DATA[:5], headers=half)
    assert (answer.status_code, answer.json()["received"]) == (202, 5)
    assert (await there.ask(Role.OWNER, "GET", f"/api/v1/content/{SHA}")).status_code == 404


async def test_p15_one_person_in_two_households_has_a_token_for_one(hub, here, there):
    user = (await hub.store.look(lambda accounts: accounts.user_named("north-owner"))).id
    await hub.store.change(lambda accounts: accounts.put_member(there.household.id, user, Role.GUEST, hub.clock.now()))
    ambiguous = await hub.http.post(
        "/api/v1/auth/login", json={"user": "north-owner", "password": "correct horse battery"}
    )
    assert ambiguous.status_code == 400
    assert ambiguous.json()["error"]["code"] == "ambiguous"
    token = (await hub.login("north-owner", household="southern"))["access_token"]
    me = (await hub.ask("GET", "/api/v1/auth/me", token)).json()
    assert (me["household"], me["role"]) == (there.household.id, "guest")
    assert SECRET not in (await hub.ask("GET", "/api/v1/members", token)).text


async def test_p15_who_was_let_go_is_out_at_once(hub, here):
    user = (await hub.store.look(lambda accounts: accounts.user_named("north-member"))).id
    assert (await here.ask(Role.MEMBER, "GET", "/api/v1/auth/me")).status_code == 200
    assert (await here.ask(Role.OWNER, "DELETE", f"/api/v1/members/{user}")).status_code == 204
    assert (await here.ask(Role.MEMBER, "GET", "/api/v1/auth/me")).status_code == 401


async def test_p15_what_a_device_of_one_household_calls_itself_is_free_in_another(hub, here, there):
    grant = await hub.login("southern-member", device="north-owner")
    assert grant["household"] == there.household.id
    assert (await here.ask(Role.OWNER, "GET", "/api/v1/auth/me")).status_code == 200
    answer = await there.ask(Role.OWNER, "DELETE", "/api/v1/devices/north-owner")
    assert answer.status_code == 204
    assert (await here.ask(Role.OWNER, "GET", "/api/v1/auth/me")).status_code == 200


def filled(template, names):
    paths = [template]
    for name, values in names.items():
        paths = [path.replace(name, value) for path in paths for value in (values if name in path else [""])]
    return paths


def something(access, neighbour):
    if access.body is Body.JSON:
        return {
            "json": {
                "household": neighbour.household.id,
                "device_id": "north-owner",
                "protocol_version": "inbetweenies-v3",
                "incarnation": "i",
                "session": "s",
                "epoch": "e",
                "name": "a newcomer",
                "role": "owner",
                "password": "correct horse battery",
            }
        }
    return {"content": b"other bytes"} if access.body is Body.STREAM else {}
