"""What a fielded hub decides about conflicts, deletes and changes that it chokes on, and what becomes of it here
(PROTOCOL.md, V3-12.5, V3-12.9, V3-12.10)."""

from goodies_mcp.errors import Unavailable
from goodies_mcp.storage.replication import Reason
from tests.interop.v2_home import conflicts, entity, heads, parked, sync
from tests.interop.v2_hub.rows import Broken
from tests.support.desk import ANN


async def test_a_pending_edit_is_never_written_over(fielded, one):
    lamp = await one.make("Lamp", watts=5)
    await sync(one)
    base = fielded.current(lamp)["version"]
    await one.rename(lamp, "Ours")
    fielded.clock.advance(hours=1)
    fielded.edit(lamp, "Theirs", base, content={"watts": 5})
    ours = await heads(one, lamp)

    report = await sync(one)

    assert report.overruled == 1
    assert ours < await heads(one, lamp)
    assert await conflicts(one) == [lamp]
    assert fielded.current(lamp)["name"] == "Theirs"


async def test_a_conflict_that_a_person_settles_is_settled_on_the_hub(fielded, one):
    lamp = await one.make("Lamp")
    await sync(one)
    await one.rename(lamp, "Ours")
    fielded.clock.advance(hours=1)
    fielded.edit(lamp, "Theirs", fielded.current(lamp)["version"])
    await sync(one)

    await one.rename(lamp, "Settled")
    await sync(one)

    assert fielded.current(lamp)["name"] == "Settled"
    assert await conflicts(one) == []


async def test_what_was_merged_here_is_sent_up_so_that_all_have_it(fielded, one, two):
    lamp = await one.make("Lamp", watts=5, colour="red")
    await sync(one)
    await sync(two)
    base = fielded.current(lamp)["version"]
    await one.graph.update_entity(ANN, lamp, {"colour": "blue"})
    fielded.clock.advance(hours=1)
    fielded.edit(lamp, "Lamp", base, content={"watts": 7, "colour": "red"})

    report = await sync(one)
    await sync(two)

    assert report.overruled == 1
    assert fielded.current(lamp)["content"] == {"watts": 7, "colour": "blue"}
    for device in (one, two):
        assert dict((await entity(device, lamp)).content) == {"watts": 7, "colour": "blue"}
        assert await conflicts(device) == []


async def test_a_stale_delete_that_the_hub_let_win_is_judged_here(fielded, one):
    lamp = await one.make("Lamp")
    await sync(one)
    base = fielded.current(lamp)["version"]
    await one.rename(lamp, "Still in use")
    await sync(one)
    fielded.push(
        fielded.change(lamp, "Lamp", base, change_type="delete", version="2025-12-31T00:00:00.000000+00:00-000001-bob")
    )
    assert fielded.current(lamp)["content"]["deleted"] is True

    await sync(one)

    found = await entity(one, lamp)
    assert (found.deleted, found.name) == (False, "Still in use")
    assert await conflicts(one) == [lamp]


async def test_a_delete_that_saw_everything_is_a_delete(fielded, one, two):
    lamp = await one.make("Lamp")
    await sync(one)
    await sync(two)
    fielded.clock.advance(hours=1)
    fielded.push(fielded.change(lamp, "Lamp", fielded.current(lamp)["version"], change_type="delete"))
    fan = await one.make("Fan")
    await sync(one)
    await one.graph.delete_entity(ANN, fan)

    await sync(one)
    await sync(two)

    assert await one.names() == await two.names() == []
    assert fielded.names() == []
    assert await conflicts(one) == []
    for thing in (lamp, fan):
        assert await heads(one, thing) == await heads(two, thing)


async def test_an_edit_after_edits_that_never_came_here_is_no_conflict(fielded, one):
    lamp = await one.make("Lamp")
    await sync(one)
    version = fielded.current(lamp)["version"]
    for n in range(3):
        fielded.clock.advance(minutes=1)
        version = fielded.edit(lamp, f"Lamp {n}", version)

    await sync(one)

    assert (await entity(one, lamp)).name == "Lamp 2"
    assert len(await heads(one, lamp)) == 1
    assert await conflicts(one) == []


async def test_one_poisoned_change_holds_nothing_else_back(fielded, one):
    things = [await one.make(f"Thing {n}") for n in range(20)]
    push = fielded.hub.rows.push
    poison = things[7]

    def choking(changes, user_id):
        if any(change["entity"] is not None and change["entity"]["id"] == poison for change in changes):
            raise Broken
        return push(changes, user_id)

    fielded.hub.rows.push = choking
    report = await sync(one)

    assert (report.pushed, report.parked) == (19, 1)
    (held_back,) = await parked(one)
    assert (held_back.record_id, held_back.reason.code) == (poison, "unavailable")
    assert "500" in held_back.reason.message
    assert len(fielded.names()) == 19
    fielded.hub.rows.push = push
    await one.service.retry_parked()
    assert (await sync(one)).pushed == 1


async def test_a_hub_that_fails_at_everything_parks_nothing(fielded, one):
    await sync(one)
    things = [await one.make(f"Thing {n}") for n in range(3)]

    def failing(_):
        raise Broken

    fielded.hub.sync = failing
    finished = await one.service.session()

    assert isinstance(finished.error, Unavailable)
    assert await parked(one) == []
    assert await one.pending() == len(things)


async def test_an_edge_whose_end_is_parked_is_bound_to_what_the_hub_has(fielded, one):
    lamp, room = await one.make("Lamp"), await one.make("Kitchen", "room")
    await sync(one)
    await one.rename(lamp, "Poisoned")
    (pending,) = await one.store.read(lambda view: view.outbox(0, 10))
    name = pending.value.record_id, pending.value.version
    await one.store.write(lambda tx: tx.park(name, Reason("test", "held back")))
    await one.graph.create_relationship(ANN, lamp, room, "located_in")

    await sync(one)

    (row,) = fielded.hub.rows.edges.values()
    assert row["from_entity_version"] == fielded.current(lamp)["version"]
    assert await one.pending() == 0


async def test_a_token_that_ended_is_renewed_on_the_way(fielded, one):
    await one.make("Lamp")
    await sync(one)
    token = one.file.required().access_token
    claims = fielded.hub.logins.claims
    fielded.hub.logins.claims = lambda given: None if given == token and fielded.hub.seen else claims(given)
    await one.make("Fan")

    finished = await one.service.session()

    # A fielded hub renews a token only for who still has a good one.
    assert finished.error is not None
    assert finished.error.code == "unauthorized"
    assert await one.pending() == 1
    fielded.hub.logins.claims = claims
    await one.log_in(fielded, "admin")
    assert (await sync(one)).pushed == 1
