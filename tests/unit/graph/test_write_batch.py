"""Several changes as one."""

import pytest

from goodies_mcp.errors import Ambiguous, Conflict, InvalidInput, NotFound, TooLarge
from goodies_mcp.graph.batch import ACTIONS, MOST_CHANGES
from tests.support.desk import ANN, only

KITCHEN = {"action": "create_entity", "entity_type": "room", "name": "Kitchen"}


async def test_later_changes_name_what_earlier_ones_made(desk):
    done = await desk.graph.apply_changes(
        ANN,
        [
            KITCHEN,
            {"action": "create_entity", "entity_type": "device", "name": "Lamp", "located_in": "$1", "content": None},
            {"action": "create_entity", "entity_type": "device", "name": "Switch", "located_in": "Kitchen"},
            {"action": "create_relationship", "from_entity": "$3", "to_entity": "$2", "relationship_type": "controls"},
            {"action": "update_relationship", "relationship": "$4", "properties": {"role": "main"}},
            {"action": "update_entity", "entity": "$2", "changes": {"watts": 5}},
            {"action": "add_note", "text": "Bulb: E27", "about": "$2"},
            {"action": "create_procedure", "title": "Change it", "steps": ["Unscrew"], "for_entities": ["$2", "$3"]},
        ],
    )
    assert [item.action for item in done.items] == ["created"] * 4 + ["updated"] * 2 + ["created"] * 2
    kitchen, lamp, switch = (item.id for item in done.items[:3])
    assert done.items[1].where == "Kitchen"
    assert await desk.edges_from(switch) == [("controls", lamp), ("located_in", kitchen)]
    assert dict((await desk.entity(lamp)).content) == {"watts": 5}
    written = await desk.store.read(lambda view: view.batch_versions(done.batch))
    assert len({each.batch for each in written}) == 1
    assert len(written) == 13


async def test_a_reference_to_a_twin_means_the_twin(desk):
    kitchen = await desk.make("room", "Kitchen")
    done = await desk.graph.apply_changes(
        ANN, [KITCHEN, {"action": "create_entity", "entity_type": "device", "name": "Lamp", "located_in": "$1"}]
    )
    assert [item.action for item in done.items] == ["exists", "created"]
    assert await desk.edges_from(done.items[1].id) == [("located_in", kitchen)]


async def test_versions_of_one_record_in_one_batch_stay_in_order_for_at(desk):
    done = await desk.graph.apply_changes(
        ANN,
        [
            {**KITCHEN, "content": {"n": 0}},
            *({"action": "update_entity", "entity": "$1", "changes": {"n": n}} for n in range(1, 4)),
        ],
    )
    versions = [each.value for each in await desk.versions(done.items[0].id)]
    assert sorted({each.edited_at for each in versions}) == [each.edited_at for each in versions]
    for version in versions:
        then = await desk.entity(done.items[0].id, at=version.edited_at)
        assert then.version == version.version


@pytest.mark.parametrize(
    ("change", "argument", "error"),
    [
        ({"action": "create_entity", "entity_type": "room", "name": ""}, "name", InvalidInput),
        ({"action": "create_entity", "entity_type": "room", "name": 5}, "name", InvalidInput),
        ({"action": "create_entity", "entity_type": "room"}, "name", InvalidInput),
        ({"action": "create_entity", "entity_type": "room", "name": "x", "colour": 1}, "colour", InvalidInput),
        ({"action": "delete_entity", "entity": "Lamp", "dry_run": True}, "dry_run", InvalidInput),
        ({"action": "delete_entity", "entity": "Kitchen"}, "cascade", InvalidInput),
        ({"action": "delete_entity", "entity": "Lamp", "cascade": "yes"}, "cascade", InvalidInput),
        ({"action": "update_entity", "entity": "$2", "changes": {}}, "entity", InvalidInput),
        ({"action": "update_entity", "entity": "$0", "changes": {}}, "entity", InvalidInput),
        ({"action": "update_entity", "entity": "Lump", "changes": {}}, "entity", NotFound),
        ({"action": "update_entity", "entity": "Twin", "changes": {}}, "entity", Ambiguous),
        (
            {"action": "update_entity", "entity": "Lamp", "name": "x", "expected_version": "1"},
            "expected_version",
            Conflict,
        ),
        ({"action": "create_procedure", "title": "x", "steps": "not a list"}, "steps", InvalidInput),
        ({"action": "create_procedure", "title": "x", "steps": [1]}, "steps", InvalidInput),
        ({"action": "undo", "what": "last"}, "action", InvalidInput),
        ({"action": ["create_entity"]}, "action", InvalidInput),
        ({}, "action", InvalidInput),
        ("create_entity", None, InvalidInput),
    ],
)
async def test_an_error_names_the_item_and_nothing_is_kept(desk, change, argument, error):
    await desk.make("device", "Lamp", located_in=await desk.make("room", "Kitchen"))
    await desk.make("device", "Twin", located_in=await desk.make("room", "Hall"))
    await desk.make("device", "Twin")
    before = await desk.status()
    with pytest.raises(error) as caught:
        await desk.graph.apply_changes(
            ANN, [{"action": "create_entity", "entity_type": "room", "name": "Attic"}, change]
        )
    place = "changes[1]" if argument is None else f"changes[1].{argument}"
    assert caught.value.argument == place
    assert str(caught.value).startswith(place)
    after = await desk.status()
    assert (after.digest, after.feed) == (before.digest, before.feed)


async def test_an_ambiguous_item_still_lists_its_candidates(desk):
    made = {await desk.make("device", "Twin", located_in=await desk.make("room", name)) for name in ("Hall", "Attic")}
    with pytest.raises(Ambiguous) as caught:
        await desk.graph.apply_changes(ANN, [{"action": "delete_entity", "entity": "Twin"}])
    assert {each["id"] for each in caught.value.details["candidates"]} == made


async def test_the_list_has_bounds(desk):
    most = [{"action": "create_entity", "entity_type": "room", "name": f"Room {n}"} for n in range(MOST_CHANGES)]
    assert len((await desk.graph.apply_changes(ANN, most)).items) == MOST_CHANGES
    with pytest.raises(TooLarge):
        await desk.graph.apply_changes(ANN, [*most, KITCHEN])
    with pytest.raises(InvalidInput):
        await desk.graph.apply_changes(ANN, [])


async def test_a_dollar_outside_of_a_list_is_a_name(desk):
    lamp = await desk.make("device", "$1")
    assert only(await desk.graph.update_entity(ANN, "$1", {"a": 1})).id == lamp


async def test_every_action_is_a_method_of_its_own(desk):
    assert all(callable(getattr(desk.graph, action)) for action in ACTIONS)


async def test_what_was_made_nowhere_and_placed_later_is_told_with_its_place(desk):
    lantern = {"action": "create_entity", "entity_type": "device", "name": "Lantern"}
    into = {"from_entity": "$1", "to_entity": "$2", "relationship_type": "located_in"}
    done = await desk.graph.apply_changes(ANN, [lantern, KITCHEN, {"action": "create_relationship", **into}])
    assert done.items[0].where == "Kitchen"
