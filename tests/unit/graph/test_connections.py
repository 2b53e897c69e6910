import pytest

from goodies_mcp.errors import InvalidInput


def _ways(page):
    return [(way.through and way.through.name, way.to and way.to.name) for way in page.items]


async def test_doors_windows_and_open_connections_with_what_lies_behind(house):
    page = await house.graph.get_room_connections("Kitchen")
    assert _ways(page) == [(None, "Dining room"), ("Kitchen door", "Hall"), ("Window over the sink", "Porch")]
    assert [way.accessible for way in page.items] == [True, True, None]
    assert page.items[1].to.where == "Our house › Ground floor"
    assert _ways(await house.graph.get_room_connections("Dining room")) == [(None, "Kitchen")]


async def test_stairs_are_not_accessible_even_when_nobody_says_so(house):
    page = await house.graph.get_room_connections("Landing")
    assert [(way.through.name, way.accessible) for way in page.items] == [("Bedroom door", None), ("Stairs", False)]


async def test_what_is_only_located_in_the_room_leads_nowhere_known(house):
    assert _ways(await house.graph.get_room_connections("Bedroom")) == [("Bedroom door", "Landing"), ("Skylight", None)]


async def test_a_door_in_a_wall_that_names_one_room_joins_both(house):
    await house.make("door", "Pantry door", located_in="Kitchen")
    await house.make("room", "Pantry")
    await house.tie("Pantry door", "Pantry", "connects_to")
    assert ("Pantry door", "Pantry") in _ways(await house.graph.get_room_connections("Kitchen"))
    assert _ways(await house.graph.get_room_connections("Pantry")) == [("Pantry door", "Kitchen")]


async def test_a_door_that_stands_on_a_floor_says_nothing_of_what_is_behind(house):
    await house.make("door", "Hatch", located_in="Ground floor")
    await house.tie("Hatch", "Shed", "connects_to")
    assert _ways(await house.graph.get_room_connections("Shed")) == [("Hatch", None)]


async def test_ways_to_one_room_only(house):
    assert _ways(await house.graph.get_room_connections("Kitchen", to_room="porch")) == [
        ("Window over the sink", "Porch")
    ]
    apart = await house.graph.get_room_connections("Kitchen", to_room="Bedroom")
    assert _ways(apart) == []
    assert "find_path" in apart.note
    assert (await house.graph.get_room_connections("Kitchen")).note is None
    with pytest.raises(InvalidInput) as refused:
        await house.graph.get_room_connections("Kitchen", to_room="Dishwasher")
    assert refused.value.argument == "to_room"


async def test_the_state_of_a_door_is_told(house):
    for is_open, said in ((True, "open"), (False, "closed")):
        await house.graph.record_states([(house.ids["Kitchen door"], "contact", {"open": is_open})])
        page = await house.graph.get_room_connections("Kitchen", to_room="Hall")
        assert page.items[0].state == said


async def test_pages(house):
    first = await house.graph.get_room_connections("Kitchen", limit=2)
    rest = await house.graph.get_room_connections("Kitchen", limit=2, cursor=first.next_cursor)
    assert _ways(first) + _ways(rest) == _ways(await house.graph.get_room_connections("Kitchen"))
    assert rest.next_cursor is None
