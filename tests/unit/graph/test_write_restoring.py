"""Bringing back what a thing once said, and things that were deleted."""

import pytest

from goodies_mcp.errors import InvalidInput, NotFound
from tests.support.build import Device, record
from tests.support.desk import ANN, only


async def test_an_old_version_is_said_again_by_a_new_one(desk):
    lamp = await desk.make("device", "Lamp", content={"a": 1})
    old = (await desk.entity(lamp)).version
    await desk.graph.update_entity(ANN, lamp, {"a": 2}, name="Lampe")
    done = only(await desk.graph.restore_entity(ANN, "lampe", old))
    assert (done.action, set(done.changed)) == ("restored", {"name", "content.a"})
    shown = await desk.entity(lamp)
    assert (shown.name, dict(shown.content), shown.version) == ("Lamp", {"a": 1}, done.version)
    assert len(await desk.versions(lamp)) == 3
    again = await desk.graph.restore_entity(ANN, lamp, old)
    assert (only(again).action, again.batch) == ("unchanged", None)


async def test_a_deleted_thing_lives_again_with_the_edges_that_went_with_it(desk):
    kitchen, hall = await desk.make("room", "Kitchen"), await desk.make("room", "Hall")
    switch, remote = await desk.make("device", "Switch"), await desk.make("device", "Remote")
    lamp = await desk.make("device", "Lamp", located_in=kitchen, content={"a": 1})
    old = (await desk.entity(lamp)).version
    gone_before = await desk.tie(remote, lamp, "monitors")
    await desk.graph.delete_relationship(ANN, relationship=gone_before)
    await desk.tie(switch, lamp, "controls")
    await desk.tie(remote, lamp, "controls")
    before = await desk.shown()
    await desk.graph.delete_entity(ANN, lamp)
    await desk.graph.delete_entity(ANN, remote)
    done = await desk.graph.restore_entity(ANN, lamp, old)
    assert only(done).action == "restored"
    assert "2 of 3" in done.note
    now = await desk.shown()
    assert {key: now[key] for key in now} == {key: before[key] for key in now}
    assert await desk.edges_from(lamp) == [("located_in", kitchen)]
    assert await desk.edges_from(switch) == [("controls", lamp)]
    assert hall in now


async def test_edges_that_a_peer_deleted_with_the_thing_come_back_too(desk):
    peer = Device(4)
    kitchen = await desk.make("room", "Kitchen")
    lamp = await desk.make("device", "Lamp", located_in=kitchen)
    old = (await desk.entity(lamp)).version
    [edge] = await desk.store.read(lambda view: view.edges([lamp], "out"))
    heads = [(await desk.versions(each))[-1].value for each in (lamp, edge.id)]
    peer.clock.advance(days=1)
    peer.clock.step *= 0
    await desk.pull(*(peer.tombstone(head) for head in heads))
    assert (await desk.entity(lamp)).deleted
    await desk.graph.restore_entity(ANN, lamp, old)
    assert await desk.edges_from(lamp) == [("located_in", kitchen)]


async def test_things_deleted_together_find_each_other_again(desk):
    outer = await desk.make("zone", "Outer")
    inner = await desk.make("zone", "Inner", part_of=outer)
    before = await desk.shown()
    olds = {each: (await desk.entity(each)).version for each in (inner, outer)}
    await desk.graph.delete_entity(ANN, outer, cascade=True)
    assert "0 of 1" in (await desk.graph.restore_entity(ANN, inner, olds[inner])).note
    assert "1 of 1" in (await desk.graph.restore_entity(ANN, outer, olds[outer])).note
    assert await desk.shown() == before


async def test_a_place_does_not_come_back_beside_one_that_a_peer_gave_meanwhile(desk):
    kitchen, hall = await desk.make("room", "Kitchen"), await desk.make("room", "Hall")
    lamp = await desk.make("device", "Lamp", located_in=kitchen)
    old = (await desk.entity(lamp)).version
    await desk.graph.delete_entity(ANN, lamp)
    await desk.pull(Device(5).edge(record(5), lamp, hall))
    assert "0 of 1" in (await desk.graph.restore_entity(ANN, lamp, old)).note
    assert await desk.edges_from(lamp) == [("located_in", hall)]


async def test_an_edge_that_a_peer_has_led_elsewhere_meanwhile_stays_there(desk):
    switch, fan, lamp = [await desk.make("device", name) for name in ("Switch", "Fan", "Lamp")]
    edge = await desk.tie(switch, lamp, "controls")
    old = (await desk.entity(lamp)).version
    await desk.graph.delete_entity(ANN, lamp)
    gone = (await desk.versions(edge))[-1].value
    await desk.pull(Device(5).edge(edge, switch, fan, gone, relationship_type="controls"))
    await desk.graph.restore_entity(ANN, lamp, old)
    assert await desk.edges_from(switch) == [("controls", fan)]


async def test_a_version_that_is_not_there_or_is_the_deletion_is_refused(desk):
    lamp = await desk.make("device", "Lamp")
    other = await desk.make("device", "Fan")
    old = (await desk.entity(lamp)).version
    for wrong in ("", "yesterday", (await desk.entity(other)).version):
        with pytest.raises(NotFound) as caught:
            await desk.graph.restore_entity(ANN, lamp, wrong)
        assert caught.value.argument == "version"
        assert old in caught.value.hint
    await desk.graph.delete_entity(ANN, lamp)
    with pytest.raises(InvalidInput) as caught:
        await desk.graph.restore_entity(ANN, lamp, (await desk.entity(lamp)).version)
    assert caught.value.argument == "version"
    await desk.graph.restore_entity(ANN, "Lamp", old)
    assert not (await desk.entity(lamp)).deleted
