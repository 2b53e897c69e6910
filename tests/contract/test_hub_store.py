"""HubStore, held to what its interface says; every engine that comes goes into ``ENGINES`` and runs the same cases."""

from hashlib import sha256

import pytest

from goodies_mcp.core.models import Content, Sha256
from goodies_mcp.errors import Conflict, InvalidInput, NotFound, Unavailable
from goodies_mcp.funkygibbon.core.accounts import (
    AuditEntry,
    Device,
    DeviceId,
    Household,
    HouseholdId,
    RefreshToken,
    Role,
    Session,
    SessionId,
    User,
    UserId,
)
from goodies_mcp.funkygibbon.storage.sqlite import open_hub_store
from tests.support.build import Device as Maker
from tests.support.build import record
from tests.support.clock import FakeClock, moment
from tests.support.ids import CountingIds

ENGINES = {"sqlite": lambda folder: open_hub_store(folder, clock=FakeClock(), ids=CountingIds())}
HOME, OTHER = HouseholdId("00000000-0000-4000-8000-000000000001"), HouseholdId("00000000-0000-4000-8000-000000000002")
ANN, BOB = UserId("ann"), UserId("bob")
LAPTOP = DeviceId("laptop")
SESSION = SessionId("session")
DATA = b"a photo"
SHA = Sha256(sha256(DATA).hexdigest())
CONTENT = Content(SHA, len(DATA), "image/png")
LATER = moment(1_000)


@pytest.fixture(params=ENGINES)
async def store(request, tmp_path):
    made = ENGINES[request.param](tmp_path)
    await made.change(_settled)
    try:
        yield made
    finally:
        await made.close()


def _settled(accounts):
    for household, name in ((HOME, "Home"), (OTHER, "Other")):
        accounts.add_household(Household(household, name, moment(0)))
    for user in (ANN, BOB):
        accounts.add_user(User(user, user.title(), f"hash of {user}", moment(0)))
    accounts.put_member(HOME, ANN, Role.OWNER, moment(1))
    accounts.put_member(OTHER, BOB, Role.OWNER, moment(2))
    accounts.put_member(HOME, BOB, Role.GUEST, moment(3))
    accounts.put_device(Device(LAPTOP, HOME, "Laptop", ANN, None, moment(4)))
    accounts.add_session(Session(SESSION, HOME, ANN, LAPTOP, moment(5), LATER))


async def test_people_and_households_are_told_in_their_order(store):
    looked = await store.look(
        lambda accounts: (
            [each.name for each in accounts.households()],
            [each.name for each in accounts.households_of(BOB)],
            [(each.name, each.role) for each in accounts.members(HOME)],
            accounts.first_user().id,
            accounts.user_named("ANN").id,
            accounts.user_named("nobody"),
            accounts.household(HouseholdId("nowhere")),
            accounts.member(OTHER, ANN),
        )
    )
    assert looked == (
        ["Home", "Other"],
        ["Other", "Home"],
        [("Ann", Role.OWNER), ("Bob", Role.GUEST)],
        ANN,
        ANN,
        None,
        None,
        None,
    )


async def test_a_change_is_whole_or_not_at_all(store):
    def work(accounts):
        accounts.add_household(Household(HouseholdId("third"), "Third", moment(0)))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await store.change(work)
    assert len(await store.look(lambda accounts: accounts.households())) == 2


async def test_a_name_is_given_once(store):
    with pytest.raises(Conflict):
        await store.change(lambda accounts: accounts.add_user(User(UserId("x"), "ÁNN", "h", "now")))


async def test_a_session_is_somebody_of_its_household_and_of_no_other(store):
    def asked(accounts, household=HOME, seconds=6):
        return accounts.principal(household, SESSION, moment(seconds))

    who = await store.look(asked)
    assert (who.household, who.role, who.user, who.name, who.device) == (HOME, Role.OWNER, ANN, "Ann", LAPTOP)
    assert await store.look(lambda accounts: asked(accounts, OTHER)) is None
    assert await store.look(lambda accounts: asked(accounts, seconds=1_000)) is None


@pytest.mark.parametrize(
    "end",
    [
        lambda accounts: accounts.end_session(HOME, SESSION, moment(6)),
        lambda accounts: accounts.end_sessions_of_device(HOME, LAPTOP, moment(6)),
        lambda accounts: accounts.end_sessions_of_user(ANN, moment(6)),
        lambda accounts: accounts.revoke_device(HOME, LAPTOP, moment(6)),
        lambda accounts: accounts.drop_member(HOME, ANN, moment(6)),
    ],
)
async def test_whatever_ends_a_session_ends_it(store, end):
    await store.change(lambda accounts: accounts.add_refresh_token(RefreshToken("hash", SESSION, LATER, None), "now"))
    await store.change(end)
    assert await store.look(lambda accounts: accounts.principal(HOME, SESSION, moment(7))) is None
    assert await store.look(lambda accounts: accounts.refresh_token("hash")) is None


@pytest.mark.parametrize(
    "end",
    [
        lambda accounts: accounts.end_session(OTHER, SESSION, moment(6)),
        lambda accounts: accounts.end_sessions_of_device(OTHER, LAPTOP, moment(6)),
        lambda accounts: accounts.end_sessions_of_user(BOB, moment(6)),
        lambda accounts: accounts.revoke_device(OTHER, LAPTOP, moment(6)),
        lambda accounts: accounts.drop_member(OTHER, ANN, moment(6)),
        lambda accounts: accounts.extend_session(OTHER, SESSION, moment(0)),
        lambda accounts: accounts.seen(OTHER, LAPTOP, moment(6)),
    ],
)
async def test_naming_another_household_changes_nothing_of_this_one(store, end):
    await store.change(end)
    who = await store.look(lambda accounts: accounts.principal(HOME, SESSION, moment(7)))
    assert (who.user, who.expires_at) == (ANN, LATER)
    assert (await store.look(lambda accounts: accounts.device(HOME, LAPTOP))).seen_at is None


async def test_a_session_of_a_device_that_is_shut_out_or_unknown_is_nobodys(store):
    """Whatever ends a session, none may be left over: the device itself is asked too."""

    def work(accounts):
        accounts.add_session(Session(SessionId("s2"), HOME, ANN, DeviceId("unknown"), moment(6), LATER))
        accounts.put_device(Device(LAPTOP, HOME, "Laptop", ANN, None, moment(4), None, moment(6)))
        return accounts.principal(HOME, SESSION, moment(7)), accounts.principal(HOME, SessionId("s2"), moment(7))

    assert await store.change(work) == (None, None)


async def test_a_session_lasts_as_long_as_it_is_told(store):
    await store.change(lambda accounts: accounts.extend_session(HOME, SESSION, moment(5_000)))
    assert await store.look(lambda accounts: accounts.principal(HOME, SESSION, moment(4_999))) is not None


async def test_devices_of_two_households_may_have_one_name(store):
    await store.change(lambda accounts: accounts.put_device(Device(LAPTOP, OTHER, "Mine", BOB, None, moment(6))))
    await store.change(lambda accounts: accounts.revoke_device(OTHER, LAPTOP, moment(7)))
    here, there = await store.look(lambda accounts: (accounts.devices(HOME), accounts.devices(OTHER)))
    assert [(each.name, each.revoked_at) for each in here + there] == [("Laptop", None), ("Mine", moment(7))]
    assert await store.change(lambda accounts: accounts.revoke_device(OTHER, LAPTOP, moment(8))) is False


async def test_a_device_of_nobody_has_a_role_of_its_own(store):
    def work(accounts):
        accounts.put_device(Device(DeviceId("sensor"), HOME, "Sensor", None, Role.SERVICE, moment(6)))
        accounts.add_session(Session(SessionId("s2"), HOME, None, DeviceId("sensor"), moment(6), LATER))
        return accounts.principal(HOME, SessionId("s2"), moment(7))

    who = await store.change(work)
    assert (who.role, who.user, who.name) == (Role.SERVICE, None, "Sensor")


async def test_a_refresh_token_is_used_once_and_forgotten_when_it_expired(store):
    def work(accounts):
        accounts.add_refresh_token(RefreshToken("a", SESSION, moment(50), None), moment(6))
        accounts.use_refresh_token("a", moment(7))
        accounts.use_refresh_token("a", moment(8))
        return accounts.refresh_token("a")

    token, session = await store.change(work)
    assert (token.used_at, session.id) == (moment(7), SESSION)
    await store.change(lambda accounts: accounts.add_refresh_token(RefreshToken("b", SESSION, LATER, None), moment(60)))
    assert await store.look(lambda accounts: accounts.refresh_token("a")) is None
    assert await store.look(lambda accounts: accounts.refresh_token("b")) is not None


async def test_a_refresh_token_is_followed_once_one_that_was_given_for_it_is_used(store):
    def work(accounts):
        for name, given_for in (("a", None), ("b", "a"), ("c", "a")):
            accounts.add_refresh_token(RefreshToken(name, SESSION, LATER, None, given_for), moment(6))
        accounts.use_refresh_token("a", moment(7))
        before = accounts.was_followed("a")
        accounts.use_refresh_token("c", moment(8))
        return before, accounts.was_followed("a"), accounts.was_followed("c")

    assert await store.change(work) == (False, True, False)


async def test_followers_that_never_arrived_are_void_and_the_token_was_first_used_now(store):
    def work(accounts):
        for name, given_for in (("a", None), ("b", "a"), ("other", None)):
            accounts.add_refresh_token(RefreshToken(name, SESSION, LATER, None, given_for), moment(6))
        accounts.use_refresh_token("a", moment(7))
        accounts.void_followers("a", moment(9))
        return [accounts.refresh_token(name)[0] for name in ("a", "b", "other")]

    found = await store.change(work)
    assert [(each.void, each.used_at) for each in found] == [(False, moment(9)), (True, None), (False, None)]


async def test_the_audit_log_is_told_by_household_newest_first(store):
    def work(accounts):
        for n, household in enumerate([HOME, OTHER, None, HOME]):
            accounts.append_audit(AuditEntry(f"event {n}", moment(n), household))

    await store.change(work)
    of_home, of_all = await store.look(
        lambda accounts: (accounts.audit(HOME, before=None, limit=9), accounts.audit(None, before=None, limit=2))
    )
    assert [each.event for each in of_home] == ["event 3", "event 0"]
    assert [each.event for each in of_all] == ["event 3", "event 2"]
    older = await store.look(lambda accounts: accounts.audit(HOME, before=of_home[0].seq, limit=9))
    assert [each.event for each in older] == ["event 0"]


async def test_homes_are_apart_and_each_has_an_epoch(store):
    here, there = await store.home(HOME), await store.home(OTHER)
    version = Maker(1).entity(record(1))
    await here.write(lambda transaction: transaction.apply([version], local=False))
    assert [await home.read(lambda view: view.feed()) for home in (here, there)] == [1, 0]
    assert here.epoch
    assert here.epoch != there.epoch
    assert (await store.home(HOME)).epoch == here.epoch
    with pytest.raises(NotFound):
        await store.home(HouseholdId("nowhere"))


async def test_what_others_made_waits_for_no_hub(store):
    home = await store.home(HOME)
    await home.write(lambda transaction: transaction.apply([Maker(1).entity(record(1))], local=False))
    assert (await home.read(lambda view: view.status())).unpushed == 0


async def test_content_arrives_in_parts_and_is_kept_once(store):
    assert await store.received(HOME, SHA) == 0
    assert await store.receive(HOME, SHA, 0, DATA[:3]) == 3
    assert await store.receive(HOME, SHA, 1, DATA[1:5]) == 5
    assert await store.receive(HOME, SHA, 0, DATA[:2]) == 5
    assert (await store.received(HOME, SHA), await store.received(OTHER, SHA)) == (5, 0)
    assert await store.receive(HOME, SHA, 5, DATA[5:]) == len(DATA)
    assert await store.complete(HOME, CONTENT) is True
    assert await store.complete(HOME, CONTENT) is False
    assert await store.received(HOME, SHA) == 0
    here, there = await store.home(HOME), await store.home(OTHER)
    assert await here.read(lambda view: (view.content(SHA), view.content_bytes(SHA))) == (CONTENT, DATA)
    assert await there.read(lambda view: view.content(SHA)) is None


async def test_a_gap_is_refused_and_told(store):
    await store.receive(HOME, SHA, 0, DATA[:3])
    with pytest.raises(Conflict) as refused:
        await store.receive(HOME, SHA, 4, DATA[4:])
    assert refused.value.details["received"] == 3
    assert await store.received(HOME, SHA) == 3


@pytest.mark.parametrize("arrived", [b"", b"another", DATA[:-1], DATA + b"!"])
async def test_wrong_bytes_are_thrown_away(store, arrived):
    await store.receive(HOME, SHA, 0, arrived)
    with pytest.raises(InvalidInput):
        await store.complete(HOME, CONTENT)
    assert await store.received(HOME, SHA) == 0
    home = await store.home(HOME)
    assert await home.read(lambda view: view.content(SHA)) is None


async def test_a_closed_store_says_so_and_closes_twice(store):
    await store.home(HOME)
    await store.close()
    await store.close()
    with pytest.raises(Unavailable):
        await store.look(lambda accounts: accounts.households())
    with pytest.raises(Unavailable):
        await store.home(OTHER)


async def test_what_was_changed_is_there_when_the_store_is_opened_again(store, tmp_path, request):
    home = await store.home(HOME)
    await home.write(lambda transaction: transaction.apply([Maker(1).entity(record(1))], local=False))
    await store.close()
    again = ENGINES["sqlite"](tmp_path)
    try:
        assert len(await again.look(lambda accounts: accounts.members(HOME))) == 2
        reopened = await again.home(HOME)
        assert await reopened.read(lambda view: view.feed()) == 1
        assert reopened.epoch == home.epoch
    finally:
        await again.close()
