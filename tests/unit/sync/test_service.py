"""Devices and a hub, from edit to edit: the real service over real HTTP, on every store."""

import asyncio
import logging

import pytest

from goodies_mcp.errors import Unavailable
from goodies_mcp.inbetweenies.verdicts import Policy
from goodies_mcp.sync import kept, lease
from tests.support.clock import moment
from tests.support.collected import Collected
from tests.support.stores import ENGINES
from tests.support.syncing import a_device
from tests.support.tiny_hub import TinyHub, says, serving


@pytest.fixture
async def hub():
    async with serving(TinyHub()) as hub:
        yield hub


@pytest.fixture(params=[each for each in ENGINES if each != "inline"])
def engine(request):
    return request.param


async def both(*devices):
    """Sync until everybody has seen everything."""
    for _ in range(2):
        for device in devices:
            await device.service.sync_now()


async def test_two_devices_become_one_home(hub, tmp_path, engine):
    async with a_device(tmp_path, 1, engine=engine) as one, a_device(tmp_path, 2, engine=engine) as two:
        for device in (one, two):
            await device.log_in(hub)
        await one.make("Lamp")
        await two.make("Kitchen", "room")
        await both(one, two)
        assert await one.names() == await two.names() == ["Kitchen", "Lamp"]
        assert await one.digest() == await two.digest()
        assert await hub.store.read(lambda view: view.status().digest) == await one.digest()
        status = await one.service.status()
        assert (status.hub, status.household, status.epoch, status.position) == (hub.url, "home", "epoch-1", 2)
        assert (status.state, status.pending, status.protocol) == ("Idle", 0, "inbetweenies-v3")
        assert status.last_success
        assert status.lag_seconds < 5
        assert status.failure is None


async def test_an_idle_session_is_one_request_and_writes_no_page(hub, tmp_path, engine):
    async with a_device(tmp_path, engine=engine) as device:
        await device.log_in(hub)
        await device.make("Lamp")
        await device.service.sync_now()
        hub.requests.clear()
        await device.service.sync_now()
        assert len(hub.requests) == 1


async def test_one_change_waits_for_the_disk_once(hub, tmp_path):
    async with a_device(tmp_path, engine="sqlite") as device:
        await device.log_in(hub)
        await device.service.sync_now()
        await device.make("Lamp")
        said, writer = [], device.store._writer
        await writer.run(writer.engine.connection.set_trace_callback, said.append)
        await device.service.sync_now()
        # Whoever waits for a commit is told before its turn is at its end.
        await writer.run(writer.engine.connection.set_trace_callback, None)
        hasty, synced = "PRAGMA synchronous = NORMAL", "PRAGMA synchronous = FULL"
        counted = [each for each in said if each in (hasty, synced, "COMMIT")]
        assert counted == [hasty, "COMMIT", synced, "COMMIT", hasty, "COMMIT", synced]


async def test_a_conflict_is_kept_with_both_sides_and_told(hub, tmp_path, engine):
    async with a_device(tmp_path, 1, engine=engine) as one, a_device(tmp_path, 2, engine=engine) as two:
        for device in (one, two):
            await device.log_in(hub)
        lamp = await one.make("Lamp")
        await both(one, two)
        two.clock.advance(seconds=60)
        await one.rename(lamp, "Reading lamp")
        await two.rename(lamp, "Desk lamp")
        await both(one, two)
        for device in (one, two):
            status = await device.service.status()
            assert status.open_conflicts == 1
            assert "list_conflicts" in status.note
            assert await device.names() == ["Desk lamp"]
        assert await one.digest() == await two.digest()


async def test_p10_a_pull_leaves_a_pending_edit_alone(hub, tmp_path):
    """The hub takes nothing, and still sends: the edit here stays a head and stays pending."""
    async with a_device(tmp_path, 1) as one, a_device(tmp_path, 2) as two:
        for device in (one, two):
            await device.log_in(hub)
        lamp = await one.make("Lamp")
        await both(one, two)
        await two.rename(lamp, "Desk lamp")
        await two.service.sync_now()
        await one.rename(lamp, "Reading lamp")

        async def takes_nothing(asked):
            if asked.said.get("push"):
                return await says(503, b"{}")(asked)
            return None

        hub.always = takes_nothing
        with pytest.raises(Unavailable):
            await one.service.sync_now()
        assert await one.pending() == 1
        hub.always = None
        await one.service.sync_now()
        heads = await one.store.read(lambda view: view.heads(lamp))
        assert len(heads) == 2


async def test_p08_a_feed_goes_on_where_it_was_cut_off(hub, tmp_path):
    async with a_device(tmp_path, 1) as one:
        await one.log_in(hub)
        for n in range(25):
            await one.make(f"Lamp {n}")
        await one.service.sync_now()
        policy = Policy(page_rows=5, attempts=1)
        async with a_device(tmp_path, 2, policy=policy) as two:
            await two.log_in(hub)
            for answered in (2, 1, 1):
                left = [None] * answered

                async def cut(asked, left=left):
                    return None if left and left.pop() is None else await says(503)(asked)

                hub.always = cut
                with pytest.raises(Unavailable):
                    await two.service.sync_now()
            hub.always = None
            hub.requests.clear()
            await two.service.sync_now()
            # What was saved is not asked for again.
            assert hub.syncs[0].said["after"]["seq"] > 0
            assert await one.digest() == await two.digest()


async def test_p09_a_hub_restored_from_an_old_backup_gets_back_what_it_lost(hub, tmp_path):
    async with a_device(tmp_path, 1) as one, a_device(tmp_path, 2) as two:
        for device in (one, two):
            await device.log_in(hub)
        await one.make("Lamp")
        await both(one, two)
        old = TinyHub(household=hub.household, epoch="epoch-2")
        backup = (await hub.store.read(lambda view: view.feed_page(0, without=None, limit=99))).versions
        await old.store.write(lambda tx: tx.apply([each.value for each in backup], local=False))
        await one.make("Acked, and lost by the hub")
        await both(one, two)
        hub.store, hub.epoch = old.store, old.epoch
        await two.make("New")
        await both(one, two)
        assert await one.digest() == await two.digest()
        assert await hub.store.read(lambda view: view.status().digest) == await one.digest()
        assert len(await one.names()) == 3


async def test_messages_are_packed_both_ways_once_the_hub_has_answered(hub, tmp_path):
    async with a_device(tmp_path) as device:
        await device.log_in(hub)
        await device.make("Lamp", note="x" * 3_000)
        await device.service.sync_now()
        assert [each.headers.get("content-encoding") for each in hub.syncs] == [None, "zstd"]
        hub.packs = "gzip"
        await device.make("Torch", note="x" * 3_000)
        await device.service.sync_now()
        assert await device.pending() == 0


async def test_a_hub_that_unpacks_nothing_is_sent_plain_text(hub, tmp_path):
    async with a_device(tmp_path) as device:
        await device.log_in(hub)

        async def plain_only(asked):
            return await says(415)(asked) if "content-encoding" in asked.headers else None

        hub.always = plain_only
        await device.make("Lamp", note="x" * 3_000)
        await device.service.sync_now()
        assert await device.pending() == 0


async def test_the_token_goes_to_the_hub_and_nowhere_into_the_store(hub, tmp_path):
    async with a_device(tmp_path, engine="sqlite") as device:
        await device.log_in(hub)
        await device.make("Lamp")
        await device.service.sync_now()
        assert {each.headers["authorization"] for each in hub.syncs} == {"Bearer token-1"}
        await device.store.close()
        for file in (tmp_path / "device-1").iterdir():
            if file.name != "hub.json":
                content = file.read_bytes()
                assert b"token-1" not in content
                assert b"renew-1" not in content


async def test_one_session_at_a_time_in_one_process(hub, tmp_path):
    async with a_device(tmp_path) as device:
        await device.log_in(hub)
        running = 0
        most = 0

        async def counting(asked):
            nonlocal running, most
            running += 1
            most = max(most, running)
            await asyncio.sleep(0)
            running -= 1

        hub.always = counting
        await asyncio.gather(*(device.service.sync_now() for _ in range(4)))
        assert most == 1


async def test_one_session_at_a_time_among_processes(hub, tmp_path):
    async with a_device(tmp_path) as device:
        await device.log_in(hub)
        other = lease.Holder("other", "here", 4242)
        await device.store.write(lambda tx: lease.take(tx, other, device.clock.now(), lambda _pid: True))
        with pytest.raises(lease.LeaseTaken):
            await device.service.session()
        assert (await device.service.status()).state == "Syncing in another process"

        # By hand it is waited for.
        async def done(seconds):
            device.pauses.append(seconds)
            if len(device.pauses) == 3:
                await device.store.write(lambda tx: lease.release(tx, other))

        object.__setattr__(device.world, "pause", done)
        await device.service.sync_now()
        assert device.pauses == [0.5, 0.5, 0.5]
        assert await device.store.read(lease.current) is None


async def test_the_lease_of_a_process_that_died_is_taken_over_at_once(hub, tmp_path):
    async with a_device(tmp_path, alive=lambda pid: pid != 4242) as device:
        await device.log_in(hub)
        dead = lease.Holder("dead", "here", 4242)
        await device.store.write(lambda tx: lease.take(tx, dead, device.clock.now(), lambda _pid: True))
        await device.service.session()
        assert device.pauses == []


async def test_a_session_whose_turn_was_taken_over_keeps_nothing(hub, tmp_path):
    async with a_device(tmp_path) as device:
        await device.log_in(hub)
        await device.make("Lamp")

        async def taken_over(asked):
            other = lease.Holder("other", "here", 4242)
            await device.store.write(lambda tx: tx.put_value(lease.LEASE, None))
            await device.store.write(lambda tx: lease.take(tx, other, device.clock.now(), lambda _pid: True))

        hub.turns.append(taken_over)
        finished = await device.service.session()
        assert isinstance(finished.error, lease.LeaseTaken)
        assert await device.pending() == 1
        assert await device.store.read(kept.cursor) is None


async def test_a_session_that_is_cancelled_lets_the_next_one_begin(hub, tmp_path):
    async with a_device(tmp_path) as device:
        await device.log_in(hub)
        await device.make("Lamp")
        reached = asyncio.Event()

        async def never(asked):
            reached.set()
            await asyncio.Event().wait()

        hub.turns.append(never)
        task = asyncio.create_task(device.service.sync_now())
        await reached.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await device.service.sync_now()
        assert await device.pending() == 0


async def test_news_and_progress_are_told(hub, tmp_path):
    async with a_device(tmp_path, 1) as one, a_device(tmp_path, 2) as two:
        for device in (one, two):
            await device.log_in(hub)
        lamp = await one.make("Lamp")
        await one.service.sync_now()
        news, steps = [], []
        end = two.service.subscribe(news.append)
        two.service.subscribe(lambda _brought: 1 / 0)  # its own fault

        async def progress(done, total, message):
            steps.append((done, total, message))

        await two.service.sync_now(progress)
        assert news == [frozenset({lamp}), frozenset()]
        assert steps[-1] == (1, None, "versions synced")
        end()
        end()
        await two.service.sync_now()
        assert len(news) == 2


async def test_a_person_is_not_put_off_by_what_the_hub_asked_for_before(hub, tmp_path):
    async with a_device(tmp_path) as device:
        await device.log_in(hub)
        hub.turns.append(says(429, b"{}", retry_after="3600"))
        assert (await device.service.session()).error.code == "rate_limited"
        assert (await device.service.status()).next_attempt > moment(3600)
        await device.service.sync_now()
        assert (await device.service.status()).failure is None


async def test_forgetting_the_household_keeps_every_version_and_joins_another(hub, tmp_path):
    async with a_device(tmp_path) as device:
        await device.log_in(hub)
        await device.make("Lamp")
        await device.service.sync_now()
        await device.store.write(kept.forget)
        async with serving(TinyHub(household="summer house", epoch="epoch-9")) as other:
            await device.log_in(other)
            status = await device.service.sync_now()
            assert status.household == "summer house"
            assert await other.store.read(lambda view: view.status().digest) == await device.digest()


def sync_lines(caplog):
    """The lines of sessions as what they were made of, without their milliseconds."""
    records = [each for each in caplog.records if each.name == "goodies_mcp.sync.service"]
    assert all(each.getMessage().startswith("sync pushed=") for each in records)
    return [{key: value for key, value in each.args.items() if key != "ms"} for each in records]


async def test_each_session_has_one_line_and_its_numbers(hub, tmp_path, caplog):
    caplog.set_level(logging.INFO, "goodies_mcp")
    numbers = Collected()
    async with a_device(tmp_path, 1) as one, a_device(tmp_path, 2, metrics=numbers) as two:
        for device in (one, two):
            await device.log_in(hub)
        await one.make("Lamp")
        await two.make("Kitchen", "room")
        await two.make("Hall", "room")
        await one.service.sync_now()
        caplog.clear()
        await two.service.sync_now()
        (line,) = sync_lines(caplog)
        assert (line["pushed"], line["pulled"], line["conflicts"], line["outcome"]) == (2, 1, 0, "ok")
        assert numbers.observed == [("goodies.sync.session.duration", {"outcome": "ok"})]
        assert {name: by for name, by, _ in numbers.added} == {
            "goodies.sync.pushed": 2,
            "goodies.sync.pulled": 1,
            "goodies.sync.parked": 0,
            "goodies.sync.conflicts": 0,
        }


async def test_a_session_that_fails_has_its_line_too(hub, tmp_path, caplog):
    caplog.set_level(logging.INFO, "goodies_mcp")
    numbers = Collected()
    async with a_device(tmp_path, policy=Policy(attempts=1), metrics=numbers) as device:
        await device.log_in(hub)
        await device.make("Lamp")
        hub.always = says(503, b"{}")
        assert (await device.service.session()).error is not None
        hub.always = None
        assert [line["outcome"] for line in sync_lines(caplog)] == ["unavailable"]
        assert numbers.observed == [("goodies.sync.session.duration", {"outcome": "unavailable"})]


async def test_a_session_that_is_given_up_or_meets_a_bug_has_its_line_too(hub, tmp_path, caplog, monkeypatch):
    caplog.set_level(logging.INFO, "goodies_mcp")
    async with a_device(tmp_path) as device:
        await device.log_in(hub)
        begun = asyncio.Event()

        async def endless(*_):
            begun.set()
            await asyncio.Event().wait()

        monkeypatch.setattr(device.service, "_carried_out", endless)
        task = asyncio.create_task(device.service.session())
        await begun.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

        async def broken(*_):
            raise ZeroDivisionError

        monkeypatch.setattr(device.service, "_carried_out", broken)
        with pytest.raises(ZeroDivisionError):
            await device.service.session()
        assert [line["outcome"] for line in sync_lines(caplog)] == ["cancelled", "internal"]
