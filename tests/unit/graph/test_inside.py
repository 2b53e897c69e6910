from goodies_mcp.graph.inside import inside, rooms_below
from tests.support.build import Device, record


async def _names(house, work):
    return await house.desk.store.read(lambda view: {each.name for each in work(view).values()})


async def test_what_is_in_a_place_and_in_its_parts(house):
    hall = [house.ids["Hall"]]
    assert await _names(house, lambda view: inside(view, hall).things) == {"Thermostat", "Thermostat valve"}
    assert await _names(house, lambda view: inside(view, hall, nested=False).things) == {"Thermostat"}
    upstairs = [house.ids["First floor"]]
    assert await _names(house, lambda view: inside(view, upstairs).things) == {
        "Landing",
        "Bedroom",
        "Bedside lamp",
        "Smoke detector",
        "Skylight",
    }


async def test_containers_come_with_what_is_found(house):
    found = await house.desk.store.read(lambda view: inside(view, [house.ids["Hall"]]))
    assert found.containers == {
        house.ids["Thermostat"]: house.ids["Hall"],
        house.ids["Thermostat valve"]: house.ids["Thermostat"],
    }


async def test_a_thing_that_sync_left_in_two_places_is_in_the_shown_one_only(desk):
    device = Device()
    made = [device.entity(record(n), f"Room {n}", entity_type="room") for n in (1, 2)]
    made += [device.entity(record(3)), *(device.edge(record(10 + n), record(3), record(n)) for n in (1, 2))]
    await desk.pull(*made)
    held = await desk.store.read(lambda view: [set(inside(view, [record(n)]).things) for n in (1, 2)])
    assert held == [set(), {record(3)}]


async def test_a_cycle_ends(desk):
    device = Device()
    made = [device.entity(record(n), f"Room {n}", entity_type="room") for n in (1, 2)]
    made += [device.edge(record(11), record(1), record(2)), device.edge(record(12), record(2), record(1))]
    await desk.pull(*made)
    assert set(await desk.store.read(lambda view: inside(view, [record(1)]).things)) == {record(2)}
    assert set(await desk.store.read(lambda view: rooms_below(view, [record(1)]))) == {record(2)}


async def test_rooms_are_found_without_looking_into_them(house):
    await house.desk.make("room", "Pantry", located_in="Kitchen")
    found = await _names(house, lambda view: rooms_below(view, [house.ids["Ground floor"]]))
    assert found == {"Kitchen", "Dining room", "Hall"}
