import pytest

from goodies_mcp.errors import InvalidInput, NotFound
from tests.support.home import opening


def _walked(path):
    assert path.found, path.reason
    return [(step.through and step.through.name, step.into.name) for step in path.steps]


async def test_the_way_names_each_door_and_room(house):
    path = await house.graph.find_path("Dining room", "bedroom")
    assert _walked(path) == [
        (None, "Kitchen"),
        ("Kitchen door", "Hall"),
        ("Stairs", "Landing"),
        ("Bedroom door", "Bedroom"),
    ]
    assert (path.start.name, path.goal.name) == ("Dining room", "Bedroom")
    assert path.steps[-1].into.where == "Our house › First floor"


async def test_there_and_here_are_the_same_place(house):
    path = await house.graph.find_path("Kitchen", "Kitchen")
    assert path.found
    assert path.steps == ()
    assert "in one room" in path.reason


async def test_a_thing_stands_for_its_room_and_a_floor_for_its_nearest_room(house):
    assert _walked(await house.graph.find_path("Bedside lamp", "Stairs")) == [
        ("Bedroom door", "Landing"),
        (None, "Stairs"),
    ]
    assert _walked(await house.graph.find_path("Kitchen", "First floor")) == [
        ("Kitchen door", "Hall"),
        ("Stairs", "Landing"),
    ]
    assert _walked(await house.graph.find_path("First floor", "Hall")) == [("Stairs", "Hall")]
    with pytest.raises(InvalidInput, match="in no room") as refused:
        await house.graph.find_path("Lost remote", "Hall")
    assert refused.value.argument == "from"


async def test_of_equally_short_ways_the_first_by_name_is_taken(house):
    await opening(house, "door", "A door", "Kitchen", "Hall")
    assert _walked(await house.graph.find_path("Kitchen", "Hall")) == [("A door", "Hall")]
    await house.make("room", "Annex")
    await opening(house, "door", "Zebra door", "Kitchen", "Annex")
    await opening(house, "door", "Yellow door", "Annex", "Porch")
    assert _walked(await house.graph.find_path("Kitchen", "Porch"))[0] == ("A door", "Hall")


async def test_windows_are_not_walked_through(house):
    path = await house.graph.find_path("Kitchen", "Porch", avoid=["Front door"])
    assert not path.found
    assert path.reason == "only by Window over the sink (window), which is not walked through"


@pytest.mark.parametrize("avoid", [["stairs"], ["Stairs"], ["staircase"], ["passages"], ["passage"]])
async def test_kinds_can_be_avoided(house, avoid):
    path = await house.graph.find_path("Kitchen", "Bedroom", avoid=avoid)
    assert path.reason == "only by Stairs, which is to be avoided"


async def test_rooms_floors_and_doors_can_be_avoided(house):
    for avoid in ("Hall", "Kitchen door", house.ids["Hall"]):
        assert not (await house.graph.find_path("Kitchen", "Porch", avoid=[avoid])).found
    path = await house.graph.find_path("Kitchen", "Bedroom", avoid=["First floor"])
    assert path.reason == "Bedroom is to be avoided, or has no connections"
    assert _walked(await house.graph.find_path("Kitchen", "Hall", avoid=["elevator", "Bedroom"]))


async def test_what_is_to_be_avoided_must_exist(house):
    with pytest.raises(NotFound) as missed:
        await house.graph.find_path("Kitchen", "Hall", avoid=["Ballroom"])
    assert missed.value.argument == "avoid"


async def test_only_what_is_accessible(house):
    path = await house.graph.find_path("Kitchen", "Bedroom", accessible_only=True)
    assert not path.found
    assert path.reason == "only by Stairs, which is not accessible"
    assert (await house.graph.find_path("Dining room", "Hall", accessible_only=True)).found
    await house.make("passage", "Lift", content={"kind": "elevator", "accessible": True})
    for room in ("Hall", "Landing"):
        await house.tie("Lift", room, "connects_to")
    assert ("Lift", "Landing") in _walked(await house.graph.find_path("Kitchen", "Bedroom", accessible_only=True))


async def test_reasons_say_what_is_missing(house):
    assert (await house.graph.find_path("Kitchen", "Shed")).reason == "Shed has no connections"
    assert (await house.graph.find_path("Shed", "Kitchen")).reason == "Shed has no connections"
    await house.make("room", "Tool corner", located_in="Our house")
    await house.tie("Shed", "Tool corner", "connects_to")
    path = await house.graph.find_path("Kitchen", "Shed")
    assert path.reason == "no doors, passages or open connections lead from Kitchen to Shed"


async def test_errors_name_the_tools_arguments(house):
    for start, goal, argument in (("Nowhere", "Hall", "from"), ("Hall", "Nowhere", "to")):
        with pytest.raises(NotFound) as missed:
            await house.graph.find_path(start, goal)
        assert missed.value.argument == argument


async def test_a_new_door_is_walked_at_once_and_the_past_has_none(house):
    assert not (await house.graph.find_path("Kitchen", "Shed")).found
    before = house.desk.clock.now()
    await opening(house, "door", "Shed door", "Porch", "Shed")
    assert _walked(await house.graph.find_path("Kitchen", "Shed"))[-1] == ("Shed door", "Shed")
    assert not (await house.graph.find_path("Kitchen", "Shed", at=before)).found


async def test_a_passage_with_doors_of_its_own_is_a_place_on_the_way(house):
    await house.make("passage", "Tunnel")
    await opening(house, "door", "Near door", "Shed", "Tunnel")
    await opening(house, "door", "Far door", "Tunnel", "Porch")
    assert _walked(await house.graph.find_path("Shed", "Porch")) == [("Near door", "Tunnel"), ("Far door", "Porch")]


async def test_rooms_of_another_home_can_be_reached_when_a_door_leads_there(house):
    await house.make("home", "Granny flat")
    await house.make("room", "Parlour", located_in="Granny flat")
    assert not (await house.graph.find_path("Hall", "Parlour")).found
    await opening(house, "door", "Party door", "Hall", "Parlour")
    assert _walked(await house.graph.find_path("Hall", "Parlour")) == [("Party door", "Parlour")]
