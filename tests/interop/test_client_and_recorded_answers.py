"""Our client, answered with what a fielded hub really said."""

from contextlib import asynccontextmanager

import pytest

from goodies_mcp.core.models import EntityPayload, RelationshipPayload
from goodies_mcp.core.versions import next_version
from goodies_mcp.inbetweenies.messages import V2, V3
from tests.interop.replay_hub import EMPTY, REFUSES_V3, ReplayHub, step
from tests.interop.v2_home import conflicts, entity, heads, parked, sync
from tests.support.syncing import a_device


def thing(n):
    return f"00000000-0000-4000-8000-{n:012x}"


@asynccontextmanager
async def a_meeting(folder, *script, edges=()):
    """A device that is logged in to a hub with this script."""
    hub = ReplayHub([REFUSES_V3, *script], list(edges))
    with hub.serving():
        async with a_device(folder) as device:
            await device.log_in(hub, "admin")
            yield device, hub


async def write(device, record_id, payload, version=None):
    """A pending edit of just this record; with the recorded version's author and moment where the answer names it."""

    def work(tx):
        made = next_version(
            [each.value for each in tx.heads(record_id)],
            record_id=record_id,
            payload=payload,
            edited_at=version[:32] if version else device.clock.now(),
            dot=tx.next_dot(),
            author="alice",
            device="device-A",
        )
        tx.apply([made], local=True)
        return made

    return await device.store.write(work)


async def test_it_falls_back_when_it_is_told_so_and_reads_what_is_there(tmp_path):
    async with a_meeting(tmp_path, step("12-delete-tombstone", "full pull")) as (device, hub):
        report = await sync(device)

        assert [request["protocol_version"] for request in hub.requests] == [V3, V2]
        assert report.pulled == 6
        assert (await entity(device, thing(3))).deleted
        kitchen = await entity(device, thing(1))
        assert (kitchen.name, dict(kitchen.content), kitchen.author) == ("Big kitchen", {"floor": 1, "m2": 20}, "alice")
        assert await device.names() == ["alice 1h ago", "Big kitchen", "bob", "bob edit", "Kitchen light"]


async def test_a_thing_that_was_deleted_and_is_back_is_back(tmp_path):
    stale, back = step("13-stale-delete-always-wins", "YEAR"), step("14-update-after-delete-resurrects")
    async with a_meeting(tmp_path, stale, back) as (device, _):
        await sync(device)
        assert (await entity(device, thing(0xD))).deleted
        await sync(device)

        assert (await entity(device, thing(0xD))).name == "back again"
        assert await conflicts(device) == []


async def test_what_came_before_is_read_where_it_is_missing(tmp_path):
    base = step("10-concurrent-within-1000ms-tiebreak", "base")
    bob = step("10-concurrent-within-1000ms-tiebreak", "bob +200 ms")
    async with a_meeting(tmp_path, base, bob) as (device, _):
        await sync(device)
        await sync(device)

        assert await heads(device, thing(0xC)) == {"2026-11-22T09:11:58.966899+00:00-000014-bob"}


async def test_an_ack_takes_the_change_and_no_other(tmp_path):
    async with a_meeting(tmp_path, EMPTY, step("02-push-create-entity")) as (device, _):
        await write(device, thing(1), EntityPayload("room", "Kitchen", {"floor": 1}))
        await write(device, thing(0xBEEF), EntityPayload("room", "Cellar"))

        report = await sync(device)

        waiting = await device.store.read(lambda view: [each.value.record_id for each in view.outbox(0, 10)])
        assert waiting == [thing(0xBEEF)]
        assert (report.pushed, report.deferred) == (1, 1)


async def test_an_edge_that_was_not_acked_stays(tmp_path):
    async with a_meeting(tmp_path, EMPTY, step("16-relationship-endpoints", "unknown entity")) as (device, hub):
        await write(device, thing(0x14), EntityPayload("device", "Lamp"))
        await write(device, thing(0x120), RelationshipPayload(thing(0x14), thing(0xBEEF), "located_in"))

        report = await sync(device)

        waiting = await device.store.read(lambda view: [each.value.record_id for each in view.outbox(0, 10)])
        assert waiting == [thing(0x120)]
        assert report.deferred == 1
        assert [len(request["changes"]) for request in hub.requests if request.get("changes")][:2] == [2, 1]


async def test_a_verdict_against_us_is_kept_as_a_conflict(tmp_path):
    verdict = step("08-concurrent-newer-wins", "bob from the same base")
    before = step("08-concurrent-newer-wins", "base")
    async with a_meeting(tmp_path, before, verdict) as (device, _):
        made = await write(device, thing(0xA), EntityPayload("device", "alice edit"))

        report = await sync(device)

        assert report.pushed == 1
        assert made.version in await heads(device, thing(0xA))
        assert thing(0xA) in await conflicts(device)


@pytest.mark.parametrize(
    ("trouble", "code", "waits"),
    [
        (step("18-bad-token", "garbage"), "unauthorized", None),
        (step("19-no-token"), "unauthorized", None),
        (step("33-login-rate-limit", "#6"), "rate_limited", 900.0),
        (step("20-malformed-bodies", "no trailing slash"), "remote_protocol_error", None),
        (step("20-malformed-bodies", "GET"), "not_found", None),
        (step("17-wrong-protocol-version", "v1"), "remote_protocol_error", None),
    ],
)
async def test_trouble_with_the_hub_ends_the_session_and_loses_nothing(tmp_path, trouble, code, waits):
    async with a_meeting(tmp_path, EMPTY, *[trouble] * 20) as (device, _):
        await write(device, thing(1), EntityPayload("room", "Kitchen"))

        finished = await device.service.session()

        assert finished.error.code == code
        assert finished.retry_after == waits
        assert await device.pending() == 1
        assert await parked(device) == []


@pytest.mark.parametrize(
    ("refusal", "code"),
    [
        (step("21-unknown-vocabulary", "unknown entity_type"), "unavailable"),
        (step("21-unknown-vocabulary", "unknown relationship_type"), "remote_protocol_error"),
        (step("20-malformed-bodies", "name null"), "remote_protocol_error"),
        (step("23-unicode", "lone surrogate"), "unavailable"),
    ],
)
async def test_a_refused_change_is_parked_with_the_hubs_words(tmp_path, refusal, code):
    many = 3 if refusal.response["status"] == 500 else 1
    script = [EMPTY, *[refusal] * many, EMPTY, *[refusal] * many]
    async with a_meeting(tmp_path, *script) as (device, _):
        await write(device, thing(1), EntityPayload("room", "Kitchen"))

        report = await sync(device)

        (found,) = await parked(device)
        assert (found.record_id, found.reason.code, report.parked) == (thing(1), code, 1)
        assert str(refusal.response["status"]) in found.reason.message
