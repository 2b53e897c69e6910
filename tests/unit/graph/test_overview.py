import pytest

from goodies_mcp.errors import InvalidInput, NotFound
from goodies_mcp.graph import census
from tests.support.clock import moment


def _counted(places):
    return {place.name: (place.rooms, place.devices) for place in places}


async def test_what_there_is_and_what_needs_attention(house):
    overview = await house.graph.get_home_overview()
    assert _counted(overview.homes) == {"Our house": (7, 6)}
    assert _counted(overview.zones) == {"First floor": (2, 2), "Ground floor": (3, 4)}
    assert [zone.zone_type for zone in overview.zones] == ["floor", "floor"]
    assert [room.name for room in overview.rooms] == [
        "Bedroom",
        "Dining room",
        "Hall",
        "Kitchen",
        "Landing",
        "Porch",
        "Shed",
    ]
    assert overview.rooms[3].devices == 3
    assert overview.rooms[3].where == "Our house › Ground floor"
    assert overview.counts["device"] == 6
    assert (overview.devices_without_room, [ref.name for ref in overview.without_room]) == (1, ["Lost remote"])
    assert (overview.open_conflicts, overview.last_sync, overview.next_cursor, overview.note) == (0, None, None, None)


async def test_a_device_in_a_box_in_a_room_is_in_the_room(house):
    await house.make("device", "Spare bulb", part_of="Dishwasher")
    overview = await house.graph.get_home_overview()
    assert overview.devices_without_room == 1
    assert _counted(overview.rooms)["Kitchen"] == (0, 4)


async def test_rooms_come_in_pages_and_the_rest_only_once(house):
    first = await house.graph.get_home_overview(limit=4)
    rest = await house.graph.get_home_overview(limit=4, cursor=first.next_cursor)
    assert [room.name for room in rest.rooms] == ["Landing", "Porch", "Shed"]
    assert (rest.homes, rest.zones, rest.next_cursor) == ((), (), None)


async def test_one_home_of_several(house):
    await house.make("home", "Cabin")
    await house.make("room", "Stove room", located_in="Cabin")
    await house.make("room", "Alcove", located_in="Stove room")
    overview = await house.graph.get_home_overview("cabin")
    assert _counted(overview.homes) == {"Cabin": (2, 0)}
    assert [room.name for room in overview.rooms] == ["Alcove", "Stove room"]
    assert overview.zones == ()
    assert len((await house.graph.get_home_overview()).homes) == 2
    first = await house.graph.get_home_overview("cabin", limit=1)
    rest = await house.graph.get_home_overview("cabin", limit=1, cursor=first.next_cursor)
    assert [room.name for room in rest.rooms] == ["Stove room"]


async def test_only_a_home_is_a_home(house):
    with pytest.raises(InvalidInput) as refused:
        await house.graph.get_home_overview("Kitchen")
    assert refused.value.argument == "home"
    with pytest.raises(NotFound):
        await house.graph.get_home_overview("Castle")


async def test_an_empty_home_and_the_time_before_the_first_version_say_so(house, desk):
    overview = await house.graph.get_home_overview(at=moment(-1))
    assert (overview.homes, overview.rooms, overview.counts, overview.devices_without_room) == ((), (), {}, 0)
    assert "its first version is younger" in overview.note
    assert overview.at == moment(-1)


async def test_a_large_home_is_counted_room_by_room(house, monkeypatch):
    monkeypatch.setattr(census, "MOST_COUNTED", 3)
    overview = await house.graph.get_home_overview()
    assert _counted(overview.homes) == {"Our house": (None, None)}
    assert _counted(overview.rooms)["Kitchen"] == (0, 3)
    assert _counted(overview.rooms)["Shed"] == (0, 0)
    assert "first" in overview.note


async def test_open_conflicts_and_the_last_sync_are_told(house):
    await house.desk.store.write(lambda tx: tx.put_value("sync.last_success", moment(9)))
    overview = await house.graph.get_home_overview()
    assert overview.last_sync == moment(9)
    assert overview.unpushed_changes > 0


async def test_of_many_homes_only_the_homes_are_listed_page_by_page(house):
    for number in range(1, 6):
        await house.make("home", f"Cabin {number}")
    first = await house.graph.get_home_overview(limit=4)
    rest = await house.graph.get_home_overview(limit=4, cursor=first.next_cursor)
    assert [place.name for place in (*first.homes, *rest.homes)] == [*(f"Cabin {n}" for n in range(1, 6)), "Our house"]
    assert (first.zones, first.rooms, rest.next_cursor) == ((), (), None)
    assert "named as home" in first.note
    assert [room.name for room in (await house.graph.get_home_overview("Our house", limit=1)).rooms] == ["Bedroom"]
    with pytest.raises(InvalidInput) as refused:
        await house.graph.get_home_overview("Our house", cursor=first.next_cursor)
    assert refused.value.argument == "cursor"
