"""The hub's side of a request: which edition, who asks, what its answer tells."""

import pytest

from goodies_mcp.errors import Forbidden, RemoteProtocolError, TooLarge
from goodies_mcp.funkygibbon.core.accounts import DeviceId, Principal, Role, SessionId
from goodies_mcp.funkygibbon.core.exceptions import UnsupportedProtocol
from goodies_mcp.funkygibbon.sync.server import Answered, caller_of
from goodies_mcp.inbetweenies.limits import MAX_PUSH_BYTES
from goodies_mcp.inbetweenies.messages import parse_sync_response
from tests.support.build import Device, forged, record
from tests.support.hub import hub_in, sync_body


def somebody(household, role=Role.MEMBER, device="laptop"):
    named = DeviceId(device) if device else None
    return Principal(household.id, SessionId("s"), role, None, "x", named, "2027-01-01")


@pytest.fixture
async def hub(tmp_path):
    async with hub_in(tmp_path) as inside:
        inside.home = await inside.household()
        yield inside


async def epoch(hub):
    return (await hub.store.home(hub.home.id)).epoch


async def test_an_edition_that_is_added_is_spoken_and_others_are_not(hub):
    async def speak(principal, body):
        return Answered(b"hello " + principal.household.encode())

    body = b'{"protocol_version": "inbetweenies-v7"}'
    with pytest.raises(UnsupportedProtocol, match="Unsupported protocol version"):
        await hub.sync.sync(somebody(hub.home), body)
    hub.sync.add("inbetweenies-v7", speak)
    assert (await hub.sync.sync(somebody(hub.home), body)).body == b"hello " + hub.home.id.encode()


@pytest.mark.parametrize(
    ("role", "may_write", "sees_all"),
    [
        (Role.OWNER, True, True),
        (Role.MEMBER, True, True),
        (Role.GUEST, False, False),
        (Role.DEVICE, True, True),
        (Role.SERVICE, True, False),
    ],
)
async def test_a_role_is_what_the_protocol_makes_of_it(hub, role, may_write, sees_all):
    caller = caller_of(somebody(hub.home, role))
    assert (caller.may_write, caller.sees_all) == (may_write, sees_all)


async def test_a_token_for_no_device_has_no_dots(hub):
    with pytest.raises(Forbidden, match="device"):
        caller_of(somebody(hub.home, device=None))


async def test_counts_are_told_for_the_log_and_no_content(hub):
    made = Device(1).entity(record(1), "Secret lamp")
    answered = await hub.sync.sync(somebody(hub.home), sync_body("laptop", made, after=(await epoch(hub), 0)))
    assert answered.counts == {"pushed": 1, "acked": 1, "refused": 0, "sent": 1, "seq": 1}


async def test_a_reused_dot_and_a_false_context_are_refused_by_name_and_the_rest_is_taken(hub):
    maker = Device(1)
    good, parent = maker.entity(record(1)), maker.entity(record(2))
    child = maker.entity(record(2), "Lamp 2", parent)
    liar = forged(child, context={})
    thief = forged(maker.entity(record(3)), dot=good.dot, record_id=record(1))
    body = sync_body("laptop", good, parent, liar, thief, after=(await epoch(hub), 0))
    answer = parse_sync_response((await hub.sync.sync(somebody(hub.home), body)).body)
    assert {name.version for name in answer.acked} == {good.version, parent.version}
    assert sorted(each.code for each in answer.refused) == ["dot_reused", "false_context"]


async def test_an_edition_named_twice_is_refused_by_the_parser_of_the_first(hub):
    body = sync_body("laptop")
    assert body.startswith(b'{"protocol_version":"inbetweenies-v3",')
    with pytest.raises(RemoteProtocolError, match="protocol_version"):
        await hub.sync.sync(somebody(hub.home), body[:-1] + b',"protocol_version":"inbetweenies-v2"}')


async def test_more_than_a_push_holds_is_too_large(hub):
    body = sync_body("laptop").replace(b'"push"', b'"pad":"' + b"x" * MAX_PUSH_BYTES + b'","push"')
    with pytest.raises(TooLarge):
        await hub.sync.sync(somebody(hub.home), body)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"protocol_version": "inbetweenies-v3"}'])
async def test_what_is_no_request_is_refused(hub, body):
    with pytest.raises(RemoteProtocolError):
        await hub.sync.compare(somebody(hub.home), body)
    with pytest.raises(RemoteProtocolError):
        await hub.sync.sync(somebody(hub.home), body)
