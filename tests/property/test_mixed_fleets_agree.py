"""Devices of ours and clients of v2 on one hub, ours or a fielded one: afterwards all agree, and nothing that was
acknowledged is lost (PROMISES P3, P5; PROTOCOL.md, V3-12.6)."""

import asyncio
from datetime import datetime, timedelta

import httpx2
from hypothesis import given, settings
from hypothesis import strategies as st

from goodies_mcp.core.models import VersionId
from goodies_mcp.inbetweenies.v2_client_session import V2ClientSession
from goodies_mcp.inbetweenies.v2_kinds import Thing, entity_in
from tests.interop.v2_clients import BlowingOff, KittenKong
from tests.interop.v2_hub.app import V2Hub
from tests.support.build import record
from tests.support.clock import FakeClock
from tests.support.fleet import FleetDevice, OurHub, Way, way_over_http

THINGS = tuple(record(n) for n in range(1, 5))
EDGES = tuple(record(n) for n in range(11, 13))
WHO = st.integers(0, 3)
CONTENTS = st.dictionaries(st.sampled_from("abc"), st.integers(0, 3), max_size=2)
ENDS = st.tuples(st.sampled_from(THINGS), st.sampled_from(THINGS))
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("edit"), WHO, st.sampled_from(THINGS), CONTENTS),
        st.tuples(st.just("delete"), WHO, st.sampled_from(THINGS), st.none()),
        st.tuples(st.just("join"), WHO, st.sampled_from(EDGES), ENDS),
        st.tuples(st.just("sync"), WHO, st.none(), st.none()),
        st.tuples(st.just("sync"), WHO, st.none(), st.none()),
    ),
    min_size=3,
    max_size=25,
)  # fmt: skip


class Fleet:
    """Two devices of ours, Blowing-Off and KittenKong. Every clock is off from every other by some minutes."""

    def __init__(self, devices, ask):
        self.devices = devices
        self.blowing_off = BlowingOff(ask, _clock(7))
        self.kittenkong = KittenKong(ask, _clock(-4))
        self.members = (*devices, self.blowing_off, self.kittenkong)
        self.written: list[tuple[str, str]] = []

    async def step(self, what, who, thing, more):
        member = self.members[who]
        if what == "sync":
            await self.sync(member)
        elif isinstance(member, FleetDevice):
            await self._ours(member, what, thing, more)
        elif what == "edit" and member is self.blowing_off:
            self.written.append((thing, member.write(thing, f"by {member.name} {len(self.written)}", **more)))
        elif what == "edit":
            member.write(thing, f"by {member.name} {len(self.written)}")
            self.written.append((thing, member.entities[thing]["version"]))
        elif what == "join" and member is self.blowing_off and {*more} <= member.entities.keys():
            member.join(thing, *more)

    async def _ours(self, member, what, thing, more):
        if what == "edit":
            made = await member.edit(thing, f"by {member.name} {len(self.written)}", **more)
        elif what == "join":
            made = await member.join(thing, *more)
        elif await member.store.read(lambda view: view.entities([thing])):
            made = await member.edit(thing, "deleted", deleted=True)
        else:
            return
        self.written.append((thing, made.version))

    async def sync(self, member):
        if isinstance(member, FleetDevice):
            finished = await member.session()
            assert finished.error is None, finished.error
        else:
            await member.sync()

    async def settle(self):
        # Once to push, once to pull what the others pushed, and once more for what was merged of it.
        for _ in range(3):
            for member in self.members:
                await self.sync(member)

    async def nothing_waits(self):
        for device in self.devices:
            size = await device.store.read(lambda view: view.outbox_size())
            edges_alone = await device.store.read(
                lambda view: all(not hasattr(each.value.payload, "entity_type") for each in view.outbox(0, 100))
            )
            # An edge to what nobody ever made waits for it.
            assert size.waiting == 0 or edges_alone, size
            assert size.parked == 0


def _clock(minutes):
    clock = FakeClock(step=timedelta(milliseconds=997 + minutes))
    clock.advance(minutes=minutes)
    return clock


@given(STEPS)
@settings(max_examples=60)
def test_on_our_hub(steps):
    async def live():
        hub = OurHub(_clock(0))
        devices = [FleetDevice(n, _over(hub, n), clock=_clock(3 * n)) for n in (1, 2)]
        fleet = Fleet(devices, hub.v2)
        for step in steps:
            await fleet.step(*step)
        await fleet.settle()
        await fleet.nothing_waits()

        shown = await hub.shown()
        digest = (await hub.store.read(lambda view: view.status())).digest
        for device in devices:
            assert (await device.store.read(lambda view: view.status())).digest == digest
        for client in (fleet.blowing_off, fleet.kittenkong):
            told = {
                key: (each["name"], each["content"], each["content"].get("deleted") is True)
                for key, each in client.entities.items()
            }
            assert told == {key: each for key, each in shown.items() if key in told}
            assert told.keys() == shown.keys()
            assert not client.pending
        for key, (name, content, deleted) in shown.items():
            for device in devices:
                (seen,) = (await device.store.read(lambda view: view.entities([key], deleted=True))).values()  # noqa: B023
                assert (seen.name, seen.deleted) == (name, deleted)
                meant, _ = entity_in(Thing("device", "imported", content), deleted=deleted)
                assert deleted or dict(seen.content) == dict(meant.content)
        assert not fleet.blowing_off.pending_edges
        for key, version in _last_pushed(fleet):
            assert await devices[0].holds(key, version), (key, version)

    asyncio.run(live())


@given(STEPS)
@settings(max_examples=25)
def test_on_a_fielded_hub(steps):
    async def live():
        clock = _clock(0)
        hub = V2Hub(lambda: datetime.fromisoformat(clock.now()))
        token = hub.logins.grant("admin")["access_token"]
        transport = httpx2.ASGITransport(app=hub.app)
        async with httpx2.AsyncClient(
            transport=transport, base_url="http://hub", headers={"Authorization": f"Bearer {token}"}
        ) as http:
            devices = [FleetDevice(n, way_over_http(http), V2ClientSession, clock=_clock(3 * n)) for n in (1, 2)]
            fleet = Fleet(devices, _asking(http))
            # A fielded hub answers upper case with a 500.
            fleet.members = (*devices, fleet.blowing_off, fleet.blowing_off)
            for step in steps:
                await fleet.step(*step)
            await fleet.settle()
            await fleet.nothing_waits()

            for thing in THINGS:
                await _agree_about(thing, devices, hub)
            for edge in EDGES:
                await _agree_about_edge(edge, devices, hub)

    asyncio.run(live())


async def _agree_about(thing, devices, hub):
    row = hub.rows.current(thing)
    for device in devices:
        heads = await device.store.read(lambda view: [each.value for each in view.heads(thing)])
        if row is None:
            assert all(head.deleted for head in heads)
            continue
        # What the hub shows is here, and nothing of ours is hidden by it: both sides are kept where it chose one.
        assert row["version"] in {head.version for head in heads} | {
            each.value.version for each in await device.store.read(lambda view: view.versions(thing))
        }
        for version in [each["version"] for each in hub.rows.entities[thing] if f".{device.name}" in each["version"]]:
            assert await device.holds(thing, version)
        if len(heads) == 1:
            (head,) = heads
            assert (head.version, head.deleted) == (row["version"], row["content"].get("deleted") is True)
            assert head.deleted or head.payload.name == row["name"]


async def _agree_about_edge(edge, devices, hub):
    for device in devices:
        heads = await device.store.read(lambda view: [each.value for each in view.heads(edge)])
        shown = await device.store.read(lambda view: view.relationship(edge, deleted=True))
        if len(heads) != 1 or {shown.from_id, shown.to_id} - hub.rows.entities.keys():
            continue
        row = hub.rows.edges.get(edge)
        # Of an edge that was deleted before the hub had it, it need not know.
        assert row is not None or shown.deleted
        if row is not None and not shown.deleted:
            assert (row["from_entity_id"], row["to_entity_id"]) == (shown.from_id, shown.to_id)


def _last_pushed(fleet):
    """What was pushed for certain: clients of v2 push the last version of each thing, devices of ours push all."""
    latest = {**{key: each["version"] for key, each in fleet.blowing_off.entities.items()}}
    ours = {(key, VersionId(version)) for key, version in fleet.written if "ann-" in version}
    return ours | {(key, version) for key, version in fleet.written if latest.get(key) == version}


def _over(hub, number):
    async def post(path, body):
        return await hub.v3(f"device-{number}", path, body)

    return Way(post)


def _asking(http):
    async def ask(method, path, body):
        answer = await http.request(method, path, json=body)
        return answer.status_code, answer.json()

    return ask
