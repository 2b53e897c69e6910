import pytest

from goodies_mcp.errors import InvalidInput
from tests.support.clock import moment
from tests.support.desk import ANN


def _named(page):
    return [item.name for item in page.items]


async def test_devices_come_by_name_with_their_kind_place_and_state(house):
    lamp = house.ids["Ceiling lamp"]
    await house.graph.record_states([(lamp, "on_off", {"on": True}), (lamp, "brightness", {"percent": 40})])
    page = await house.graph.get_devices_in_room("kitchen")
    assert _named(page) == ["Ceiling lamp", "Dishwasher", "Wall switch"]
    assert (page.total, page.next_cursor) == (3, None)
    assert (page.place.name, page.place.where) == ("Kitchen", "Our house › Ground floor")
    first = page.items[0]
    assert (first.kind, first.state, first.where) == ("light", "on, 40 %", "Our house › Ground floor › Kitchen")
    assert page.items[1].state is None


async def test_floors_and_homes_hold_what_is_in_their_rooms(house):
    assert _named(await house.graph.get_devices_in_room("First floor")) == ["Bedside lamp", "Smoke detector"]
    assert (await house.graph.get_devices_in_room("Our house")).total == 6
    assert _named(await house.graph.get_devices_in_room("First floor", include_nested=False)) == []


@pytest.mark.parametrize("kinds", [["light"], ["lamp"], ["Lights"], ["bulb", "nothing"]])
async def test_kinds_are_asked_for_in_any_word_for_them(house, kinds):
    page = await house.graph.get_devices_in_room("Our house", device_types=kinds)
    assert _named(page) == ["Bedside lamp", "Ceiling lamp"]
    assert page.total == 2


async def test_services_are_parts_and_listed_only_when_asked_for(house):
    assert _named(await house.graph.get_devices_in_room("Hall")) == ["Thermostat"]
    assert _named(await house.graph.get_devices_in_room("Hall", device_types=["service"])) == ["Thermostat valve"]


async def test_pages_cover_everything_once(house):
    seen, cursor = [], None
    while True:
        page = await house.graph.get_devices_in_room("Our house", limit=2, cursor=cursor)
        seen += _named(page)
        assert page.total == 6
        if (cursor := page.next_cursor) is None:
            break
    assert seen == sorted(seen)
    assert len(seen) == 6
    first = await house.graph.get_devices_in_room("Our house", limit=2)
    with pytest.raises(InvalidInput, match="cursor"):
        await house.graph.get_devices_in_room("Kitchen", limit=2, cursor=first.next_cursor)


async def test_the_past_has_its_own_devices(house):
    before = house.desk.clock.now()
    await house.tie("Dishwasher", "Hall", "located_in")
    assert "Dishwasher" not in _named(await house.graph.get_devices_in_room("Kitchen"))
    assert "Dishwasher" in _named(await house.graph.get_devices_in_room("Kitchen", at=before))


async def test_who_asks_for_a_kind_that_is_not_there_is_told_which_are(house):
    page = await house.graph.get_devices_in_room("Kitchen", device_types=["ligt"])
    assert (page.items, page.total) == ((), 0)
    assert "light" in page.note
    assert (await house.graph.get_devices_in_room("Kitchen", device_types=["light"])).note is None


async def test_a_device_is_no_room(house):
    with pytest.raises(InvalidInput) as refused:
        await house.graph.get_devices_in_room("Dishwasher")
    assert refused.value.argument == "room"


async def test_a_state_is_not_told_of_a_time_before_it_was_set(house):
    lamp = house.ids["Ceiling lamp"]
    before = house.desk.clock.now()
    await house.graph.record_states([(lamp, "on_off", {"on": True})])
    assert (await house.graph.get_devices_in_room("Kitchen", at=before)).items[0].state is None
    assert (await house.graph.get_devices_in_room("Kitchen", at=moment(60))).items[0].state == "on"


async def test_a_list_that_was_asked_for_before_tells_what_has_changed_since(house):
    lamp = house.ids["Ceiling lamp"]
    assert (await house.graph.get_devices_in_room("Kitchen")).items[0].state is None
    for on, said in ((True, "on"), (False, "off")):
        await house.graph.record_states([(lamp, "on_off", {"on": on})])
        assert (await house.graph.get_devices_in_room("Kitchen")).items[0].state == said
    await house.graph.update_entity(ANN, lamp, name="Big lamp")
    assert _named(await house.graph.get_devices_in_room("Kitchen"))[0] == "Big lamp"
