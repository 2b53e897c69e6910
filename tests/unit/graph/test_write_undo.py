"""Taking back what was done."""

import pytest

from goodies_mcp.errors import Conflict, InvalidInput, NotFound
from tests.support.build import Device
from tests.support.desk import ANN, BOB, only


async def test_undo_takes_back_a_creation_with_its_edges(desk):
    kitchen = await desk.make("room", "Kitchen")
    before = await desk.shown()
    made = await desk.graph.create_entity(ANN, "device", "Lamp", located_in=kitchen)
    undone = await desk.graph.undo(ANN)
    assert await desk.shown() == before
    assert [(item.action, item.id) for item in undone.items] == [("deleted", only(made).id)]
    assert made.batch in undone.note
    assert undone.batch in undone.note
    batch = await desk.store.read(lambda view: view.batch(undone.batch))
    assert (batch.undoes, batch.client) == (made.batch, ANN.client)
    assert len(await desk.versions(only(made).id)) == 2


async def test_undo_brings_back_what_an_edit_changed(desk):
    lamp = await desk.make("device", "Lamp", content={"a": 1})
    await desk.graph.update_entity(ANN, lamp, {"a": 2}, name="Lampe")
    undone = only(await desk.graph.undo(ANN))
    assert (undone.action, set(undone.changed)) == ("updated", {"name", "content.a"})
    shown = await desk.entity(lamp)
    assert (shown.name, dict(shown.content)) == ("Lamp", {"a": 1})


async def test_undo_brings_back_what_a_cascade_deleted(desk):
    floor = await desk.make("zone", "Floor")
    kitchen = await desk.make("room", "Kitchen", part_of=floor)
    lamp = await desk.make("device", "Lamp", located_in=kitchen)
    await desk.tie(await desk.make("device", "Switch"), lamp, "controls")
    before = await desk.shown()
    await desk.graph.delete_entity(ANN, floor, cascade=True)
    undone = await desk.graph.undo(ANN)
    assert await desk.shown() == before
    assert {(item.action, item.id) for item in undone.items} == {("restored", each) for each in (floor, kitchen, lamp)}


async def test_last_walks_back_and_passes_over_undos_and_over_what_others_did(desk):
    states = [await desk.shown()]
    lamp = await desk.make("device", "Lamp")
    states.append(await desk.shown())
    await desk.graph.update_entity(ANN, lamp, {"a": 1})
    states.append(await desk.shown())
    await desk.graph.update_entity(ANN, lamp, {"a": 2})
    for n in (2, 1, 0):
        await desk.graph.undo(ANN)
        assert await desk.shown() == states[n]
    await desk.graph.create_entity(BOB, "device", "Bob's fan")
    with pytest.raises(NotFound) as caught:
        await desk.graph.undo(ANN)
    assert caught.value.argument == "what"
    assert only(await desk.graph.undo(BOB)).name == "Bob's fan"


async def test_what_did_nothing_is_nothing_to_undo(desk):
    lamp = await desk.make("device", "Lamp")
    await desk.graph.update_entity(ANN, lamp, {}, name="Lamp")
    assert only(await desk.graph.undo(ANN)).action == "deleted"


async def test_undoing_an_undo_does_it_again_and_again(desk):
    lamp = await desk.make("device", "Lamp", content={"a": 1})
    edit = await desk.graph.update_entity(ANN, lamp, {"a": 2})
    first = await desk.graph.undo(ANN)
    again = await desk.graph.undo(ANN, first.batch)
    assert dict((await desk.entity(lamp)).content) == {"a": 2}
    with pytest.raises(InvalidInput, match="undone already") as caught:
        await desk.graph.undo(ANN, first.batch)
    assert caught.value.details["undone_by"] == again.batch
    # The thing done again is in force: last takes it back, then what was before it.
    await desk.graph.undo(ANN)
    assert dict((await desk.entity(lamp)).content) == {"a": 1}
    with pytest.raises(InvalidInput):
        await desk.graph.undo(ANN, edit.batch)
    await desk.graph.undo(ANN)
    assert (await desk.entity(lamp)).deleted


async def test_what_somebody_else_did_again_is_in_force_again(desk):
    lamp = await desk.make("device", "Lamp", content={"a": 1})
    await desk.graph.update_entity(ANN, lamp, {"a": 2})
    undone = await desk.graph.undo(ANN)
    await desk.graph.undo(BOB, undone.batch)
    assert dict((await desk.entity(lamp)).content) == {"a": 2}
    await desk.graph.undo(ANN)
    assert dict((await desk.entity(lamp)).content) == {"a": 1}


async def test_a_later_edit_stands_in_the_way_and_is_named(desk):
    lamp = await desk.make("device", "Lamp", content={"a": 1})
    first = await desk.graph.update_entity(ANN, lamp, {"a": 2})
    second = await desk.graph.update_entity(BOB, lamp, {"b": 3})
    before = await desk.shown()
    with pytest.raises(Conflict) as caught:
        await desk.graph.undo(ANN)
    [obstacle] = caught.value.details["in_the_way"]
    assert (obstacle["id"], obstacle["batch"], obstacle["author"]) == (lamp, second.batch, "ann")
    assert obstacle["version"] == (await desk.entity(lamp)).version
    assert second.batch in caught.value.hint
    assert await desk.shown() == before
    await desk.graph.undo(BOB)
    await desk.graph.undo(ANN, first.batch)
    assert dict((await desk.entity(lamp)).content) == {"a": 1}


async def test_an_edit_that_came_by_sync_stands_in_the_way_too(desk):
    lamp = await desk.make("device", "Lamp", content={"a": 1})
    await desk.graph.update_entity(ANN, lamp, {"a": 2})
    newest = (await desk.versions(lamp))[-1].value
    await desk.pull(Device(3, author="mia").entity(lamp, "Lamp", newest, content={"a": 3}))
    with pytest.raises(Conflict) as caught:
        await desk.graph.undo(ANN)
    [obstacle] = caught.value.details["in_the_way"]
    assert (obstacle["author"], "batch" in obstacle) == ("mia", False)


async def test_what_others_have_tied_to_it_stands_in_the_way(desk):
    kitchen = await desk.make("room", "Kitchen")
    fan = await desk.graph.create_entity(BOB, "device", "Fan", located_in=kitchen)
    with pytest.raises(Conflict, match="Fan located_in Kitchen") as caught:
        await desk.graph.undo(ANN)
    assert [each["batch"] for each in caught.value.details["in_the_way"]] == [fan.batch]
    await desk.graph.undo(BOB)
    await desk.graph.undo(ANN)
    assert await desk.shown() == {}


async def test_an_edge_does_not_come_back_to_an_end_that_is_gone(desk):
    kitchen, switch = await desk.make("room", "Kitchen"), await desk.make("device", "Switch")
    lamp = await desk.make("device", "Lamp", located_in=kitchen)
    await desk.tie(switch, lamp, "controls")
    await desk.graph.delete_entity(ANN, lamp)
    await desk.graph.delete_entity(BOB, switch)
    with pytest.raises(Conflict, match="Switch is deleted"):
        await desk.graph.undo(ANN)
    assert (await desk.entity(lamp)).deleted


async def test_a_place_does_not_come_back_beside_another_or_into_a_circle(desk):
    kitchen, hall = await desk.make("room", "Kitchen"), await desk.make("room", "Hall")
    lamp = await desk.make("device", "Lamp", located_in=kitchen)
    taken = await desk.graph.delete_relationship(
        ANN, from_entity=lamp, to_entity=kitchen, relationship_type="located_in"
    )
    await desk.tie(lamp, hall)
    with pytest.raises(Conflict, match="another place"):
        await desk.graph.undo(ANN, taken.batch)
    a, b = await desk.make("zone", "A"), await desk.make("zone", "B")
    await desk.tie(a, b, "part_of")
    apart = await desk.graph.delete_relationship(ANN, from_entity=a, to_entity=b, relationship_type="part_of")
    await desk.tie(b, a, "part_of")
    with pytest.raises(Conflict, match="inside what it contains"):
        await desk.graph.undo(ANN, apart.batch)


async def test_a_batch_that_touched_one_thing_twice_is_taken_back_whole(desk):
    lamp = await desk.make("device", "Lamp", content={"a": 1})
    before = await desk.shown()
    await desk.graph.apply_changes(
        ANN,
        [
            {"action": "update_entity", "entity": lamp, "changes": {"a": 2}},
            {"action": "create_entity", "entity_type": "room", "name": "Kitchen"},
            {
                "action": "create_relationship",
                "from_entity": lamp,
                "to_entity": "$2",
                "relationship_type": "located_in",
            },
            {"action": "update_entity", "entity": lamp, "changes": {"a": 3}},
        ],
    )
    await desk.graph.undo(ANN)
    assert await desk.shown() == before


async def test_an_edit_that_merged_two_heads_goes_back_to_what_they_showed(desk):
    peers = Device(1), Device(2)
    base = peers[0].entity("lamp", "Lamp", content={"a": 0, "b": 0})
    await desk.pull(
        base,
        peers[0].entity("lamp", "Lamp", base, content={"a": 1, "b": 0}),
        peers[1].entity("lamp", "Lamp", base, content={"a": 0, "b": 1}),
    )
    await desk.graph.update_entity(ANN, "lamp", {"a": 5})
    await desk.graph.undo(ANN)
    assert dict((await desk.entity("lamp")).content) == {"a": 1, "b": 1}


@pytest.mark.parametrize(("what", "error"), [("no such batch", NotFound), ("  ", InvalidInput), ("LAST", NotFound)])
async def test_an_undo_of_nothing_is_an_error(desk, what, error):
    with pytest.raises(error) as caught:
        await desk.graph.undo(ANN, what)
    assert caught.value.argument == "what"
