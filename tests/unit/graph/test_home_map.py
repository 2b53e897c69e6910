import pytest

from goodies_mcp.errors import Ambiguous, NotFound
from goodies_mcp.graph.home_map import MOST_DEVICES, index_of


def names(things):
    return [thing.name for thing in things]


async def test_floors_come_from_above_with_their_rooms_and_then_what_is_in_no_zone(house):
    drawn = await house.graph.get_home_map()
    assert [(floor.name, names(floor.rooms)) for floor in drawn.floors] == [
        ("First floor", ["Bedroom", "Landing"]),
        ("Ground floor", ["Dining room", "Hall", "Kitchen"]),
        ("", ["Porch", "Shed"]),
    ]
    assert drawn.home.name == "Our house"


async def test_openings_join_the_rooms_on_their_sides_and_a_window_alone_has_one(house):
    drawn = await house.graph.get_home_map()
    rooms = {room.id: room.name for floor in drawn.floors for room in floor.rooms}
    joined = {opening.name: sorted(rooms[each] for each in opening.rooms) for opening in drawn.openings}
    assert joined == {
        "Kitchen door": ["Hall", "Kitchen"],
        "Front door": ["Hall", "Porch"],
        "Bedroom door": ["Bedroom", "Landing"],
        "Stairs": ["Hall", "Landing"],
        "Window over the sink": ["Kitchen", "Porch"],
        "Skylight": ["Bedroom"],
        "": ["Dining room", "Kitchen"],
    }
    kinds = {opening.name: opening.type for opening in drawn.openings}
    assert (kinds[""], kinds["Skylight"]) == ("opening", "window")


async def test_devices_stand_in_their_rooms_with_what_is_known_of_them(desk):
    await desk.make("home", "Home")
    floor = await desk.make("zone", "Ground", content={"zone_type": "floor"}, part_of="Home")
    await desk.make("room", "Hall", located_in=floor)
    lamp = await desk.make("device", "Lamp", located_in="Hall", content={"device_type": "light"})
    await desk.make("device", "Bulb", part_of=lamp)
    await desk.make("device", "Pump", located_in=floor)
    await desk.make("device", "In a box")
    await desk.graph.record_states([("Lamp", "on_off", {"on": True}), ("In a box", "battery", {"percent": 3})])
    drawn = await desk.graph.get_home_map()
    ((hall,), pump) = drawn.floors[0].rooms, drawn.floors[0].devices
    assert [(d.name, d.kind, d.state, d.answers) for d in hall.devices] == [
        ("Bulb", None, None, ()),
        ("Lamp", "light", "on", ("on",)),
    ]
    assert names(pump) == ["Pump"]
    assert [(d.name, d.answers) for d in drawn.elsewhere] == [("In a box", ("low_battery",))]


async def test_a_door_stands_open_when_what_monitors_it_says_so(desk):
    await desk.make("home", "Home")
    for room in ("Hall", "Garden"):
        await desk.make("room", room, located_in="Home")
    door = await desk.make("door", "Back door")
    await desk.tie(door, "Hall", "connects_to")
    await desk.tie(door, "Garden", "connects_to")
    contact = await desk.make("device", "Contact", located_in="Hall")
    await desk.tie(contact, door, "monitors")
    await desk.graph.record_states([("Contact", "contact", {"open": True})])
    (opening,) = (await desk.graph.get_home_map()).openings
    assert opening.answers == ("open",)


async def test_a_passage_that_doors_lead_into_is_a_room(desk):
    await desk.make("home", "Home")
    await desk.make("room", "Study", located_in="Home")
    await desk.make("passage", "Corridor", located_in="Home")
    door = await desk.make("door", "Study door")
    await desk.tie(door, "Study", "connects_to")
    await desk.tie(door, "Corridor", "connects_to")
    drawn = await desk.graph.get_home_map()
    assert names(drawn.floors[0].rooms) == ["Corridor", "Study"]
    assert names(drawn.openings) == ["Study door"]


async def test_more_devices_than_fit_are_counted(desk):
    await desk.make("home", "Home")
    await desk.make("room", "Store", located_in="Home")
    for number in range(MOST_DEVICES + 2):
        await desk.make("device", f"Lamp {number}", located_in="Store")
    (store,) = (await desk.graph.get_home_map()).floors[0].rooms
    assert (len(store.devices), store.more) == (MOST_DEVICES, 2)
    index = index_of(await desk.graph.get_home_map())
    assert (index.devices, index.floors[0].rooms[0].devices) == (MOST_DEVICES + 2, MOST_DEVICES + 2)


async def test_the_past_is_drawn_as_it_was(desk):
    await desk.make("home", "Home")
    await desk.make("room", "Hall", located_in="Home")
    then = desk.clock.now()
    desk.clock.advance(minutes=1)
    await desk.make("room", "Annexe", located_in="Home")
    drawn = await desk.graph.get_home_map(at=then)
    assert names(drawn.floors[0].rooms) == ["Hall"]
    assert drawn.at == then


async def test_which_home_must_be_said_only_where_there_are_several(desk):
    with pytest.raises(NotFound, match="no home to draw"):
        await desk.graph.get_home_map()
    await desk.make("home", "One")
    assert (await desk.graph.get_home_map()).floors == ()
    with pytest.raises(NotFound, match="no home yet at 2020"):
        await desk.graph.get_home_map(at="2020-01-01")
    await desk.make("home", "Two")
    with pytest.raises(Ambiguous) as several:
        await desk.graph.get_home_map()
    assert [each["name"] for each in several.value.details["candidates"]] == ["One", "Two"]
    assert (await desk.graph.get_home_map("Two")).home.name == "Two"


async def test_levels_and_areas_that_are_no_numbers_are_passed_over(desk):
    await desk.make("home", "Home")
    for number, level in enumerate((True, "2", float(10**12), 1)):
        zone = await desk.make("zone", f"Zone {number}", content={"level": level}, part_of="Home")
        await desk.make("room", f"Room {number}", content={"area_m2": -5 if number else 12.5}, located_in=zone)
    floors = (await desk.graph.get_home_map()).floors
    assert [(floor.name, floor.level, floor.rooms[0].area_m2) for floor in floors] == [
        ("Zone 3", 1, None),
        ("Zone 0", None, 12.5),
        ("Zone 1", None, None),
        ("Zone 2", None, None),
    ]
