"""Joining things, moving them and taking them apart."""

import pytest

from goodies_mcp.errors import Conflict, InvalidInput, NotFound
from tests.support.build import Device, record
from tests.support.desk import ANN, only


@pytest.fixture
async def house(desk):
    """Ids by name of two rooms, a zone, a lamp in the kitchen and a switch nowhere."""
    ids = {
        "kitchen": await desk.make("room", "Kitchen"),
        "hall": await desk.make("room", "Hall"),
        "floor": await desk.make("zone", "Floor"),
        "switch": await desk.make("device", "Switch"),
    }
    return {**ids, "lamp": await desk.make("device", "Lamp", located_in="Kitchen")}


async def test_an_edge_is_made_between_names_or_ids(desk, house):
    done = only(await desk.graph.create_relationship(ANN, "switch", house["lamp"], "Controls", properties={"n": 1}))
    assert (done.action, done.kind, done.type, done.name) == ("created", "relationship", "controls", "Switch → Lamp")
    edge = await desk.edge(done.id)
    assert (edge.from_id, edge.to_id, dict(edge.properties)) == (house["switch"], house["lamp"], {"n": 1})
    assert edge.version == done.version


async def test_the_same_edge_exists_and_takes_new_properties(desk, house):
    edge = await desk.tie("Switch", "Lamp", "controls", {"role": "main", "n": 1})
    again = await desk.graph.create_relationship(ANN, "Switch", "Lamp", "controls")
    assert (only(again).action, only(again).id, again.batch) == ("exists", edge, None)
    same = await desk.graph.create_relationship(ANN, "Switch", "Lamp", "controls", properties={"n": 1})
    assert (only(same).action, same.batch) == ("exists", None)
    other = only(await desk.graph.create_relationship(ANN, "Switch", "Lamp", "controls", properties={"n": 2}))
    assert (other.action, other.id, other.changed) == ("updated", edge, ("properties.n",))
    assert dict((await desk.edge(edge)).properties) == {"role": "main", "n": 2}
    assert only(await desk.graph.create_relationship(ANN, "Switch", "Lamp", "monitors")).action == "created"
    assert await desk.edges_from(house["switch"]) == [("controls", house["lamp"]), ("monitors", house["lamp"])]


async def test_a_second_place_moves_the_thing(desk, house):
    [held] = await desk.store.read(lambda view: view.edges([house["lamp"]], "out"))
    moved = only(await desk.graph.create_relationship(ANN, "Lamp", "Hall", "located_in"))
    assert (moved.action, moved.id) == ("moved", held.id)
    assert await desk.edges_from(house["lamp"]) == [("located_in", house["hall"])]
    assert len(await desk.versions(held.id)) == 2
    stays = await desk.graph.create_relationship(ANN, "Lamp", "Hall", "located_in")
    assert (only(stays).action, stays.batch) == ("exists", None)


async def test_several_places_left_by_a_sync_become_the_one_that_is_said(desk, house):
    peer = Device(7)
    await desk.pull(peer.edge(record(70), house["lamp"], house["hall"]))
    assert len(await desk.edges_from(house["lamp"])) == 2
    done = await desk.graph.create_relationship(ANN, "Lamp", "Kitchen", "located_in")
    assert only(done).action == "exists"
    assert "2 places" in done.note
    assert await desk.edges_from(house["lamp"]) == [("located_in", house["kitchen"])]


@pytest.mark.parametrize(
    ("source", "target", "kind", "argument"),
    [
        ("Lamp", "Lamp", "controls", "to_entity"),
        ("Lamp", "Switch", "located_in", "to_entity"),
        ("Kitchen", "Lamp", "controls", "relationship_type"),
        ("Lamp", "Kitchen", "loves", "relationship_type"),
        ("Kitchen", "Lamp", "part_of", "to_entity"),
    ],
)
@pytest.mark.usefixtures("house")
async def test_what_cannot_be_joined_is_refused(desk, source, target, kind, argument):
    with pytest.raises(InvalidInput) as caught:
        await desk.graph.create_relationship(ANN, source, target, kind)
    assert caught.value.argument == argument


async def test_a_circle_of_containment_is_refused_with_the_chain(desk, house):
    await desk.tie("Kitchen", "Floor", "part_of")
    await desk.make("zone", "House")
    await desk.tie("Floor", "House", "part_of")
    before = await desk.shown()
    with pytest.raises(InvalidInput, match="House › Floor") as caught:
        await desk.graph.create_relationship(ANN, "House", "Floor", "part_of")
    assert caught.value.argument == "to_entity"
    with pytest.raises(InvalidInput, match="House › Floor › Kitchen") as caught:
        await desk.graph.create_relationship(ANN, "House", "Kitchen", "located_in")
    assert caught.value.details["chain"][-1] == house["kitchen"]
    assert await desk.shown() == before


async def test_properties_are_patched_and_null_removes(desk, house):
    edge = await desk.tie("Switch", "Lamp", "controls", {"role": "main", "n": 1})
    done = only(await desk.graph.update_relationship(ANN, edge, {"role": None, "m": 2}))
    assert (done.action, set(done.changed)) == ("updated", {"properties.role", "properties.m"})
    assert dict((await desk.edge(edge)).properties) == {"n": 1, "m": 2}
    same = await desk.graph.update_relationship(ANN, edge, {"n": 1}, to_entity=house["lamp"])
    assert (only(same).action, same.batch) == ("unchanged", None)


async def test_an_edge_is_led_to_another_end(desk, house):
    await desk.make("device", "Fan")
    edge = await desk.tie("Switch", "Lamp", "controls", {"n": 1})
    done = only(await desk.graph.update_relationship(ANN, edge, to_entity="Fan"))
    assert (done.action, done.name) == ("moved", "Switch → Fan")
    assert dict((await desk.edge(edge)).properties) == {"n": 1}
    await desk.tie("Switch", "Lamp", "controls")
    with pytest.raises(InvalidInput) as caught:
        await desk.graph.update_relationship(ANN, edge, to_entity="Lamp")
    assert caught.value.argument == "to_entity"
    for wrong in ("Switch", "Kitchen"):
        with pytest.raises(InvalidInput):
            await desk.graph.update_relationship(ANN, edge, to_entity=wrong)


async def test_a_place_cannot_be_led_into_what_it_contains(desk, house):
    inside = await desk.tie("Kitchen", "Floor", "part_of")
    await desk.make("zone", "House")
    await desk.tie("Floor", "House", "part_of")
    await desk.make("zone", "Corner", part_of="Kitchen")
    with pytest.raises(InvalidInput, match="Kitchen › Corner"):
        await desk.graph.update_relationship(ANN, inside, to_entity="Corner")


async def test_an_update_or_deletion_guards_the_version_and_says_what_is_missing(desk, house):
    edge = await desk.tie("Switch", "Lamp", "controls")
    with pytest.raises(InvalidInput):
        await desk.graph.update_relationship(ANN, edge)
    with pytest.raises(NotFound):
        await desk.graph.update_relationship(ANN, house["lamp"], {"a": 1})
    first = (await desk.edge(edge)).version
    second = only(await desk.graph.update_relationship(ANN, edge, {"a": 1}, expected_version=first)).version
    for write in (
        desk.graph.update_relationship(ANN, edge, {"a": 2}, expected_version=first),
        desk.graph.delete_relationship(ANN, relationship=edge, expected_version=first),
    ):
        with pytest.raises(Conflict) as caught:
            await write
        assert caught.value.details["current_version"] == second


async def test_an_edge_is_deleted_by_its_id_or_by_what_it_joins(desk, house):
    first = await desk.tie("Switch", "Lamp", "controls")
    done = only(await desk.graph.delete_relationship(ANN, relationship=first))
    assert (done.action, done.id) == ("deleted", first)
    second = await desk.tie("Switch", "Lamp", "controls")
    assert second != first
    done = only(
        await desk.graph.delete_relationship(ANN, from_entity="Switch", to_entity="Lamp", relationship_type="controls")
    )
    assert (done.id, (await desk.edge(second)).deleted) == (second, True)
    with pytest.raises(NotFound):
        await desk.graph.delete_relationship(ANN, relationship=second)
    assert await desk.edges_from(house["lamp"]) == [("located_in", house["kitchen"])]


async def test_equal_edges_that_a_sync_has_left_go_together(desk, house):
    first = await desk.tie("Switch", "Lamp", "controls")
    await desk.pull(Device(7).edge(record(71), house["switch"], house["lamp"], relationship_type="controls"))
    done = await desk.graph.delete_relationship(
        ANN, from_entity="Switch", to_entity="Lamp", relationship_type="controls"
    )
    assert {item.id for item in done.items} == {first, record(71)}


@pytest.mark.usefixtures("house")
async def test_an_edge_that_is_not_there_is_not_found_and_what_there_is_is_named(desk):
    with pytest.raises(InvalidInput) as missing:
        await desk.graph.delete_relationship(ANN, from_entity="Lamp", to_entity="Kitchen")
    assert "relationship_type" in missing.value.hint
    with pytest.raises(NotFound) as caught:
        await desk.graph.delete_relationship(ANN, from_entity="Lamp", to_entity="Kitchen", relationship_type="monitors")
    assert "located_in" in caught.value.hint
