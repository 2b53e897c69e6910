import pytest

from goodies_mcp.errors import InvalidInput


async def test_capabilities_come_with_limits_value_and_age(house):
    lamp = house.ids["Ceiling lamp"]
    await house.graph.record_states([(lamp, "on_off", {"on": True}), (lamp, "brightness", {"percent": 40})])
    house.desk.clock.advance(seconds=30)
    controls = await house.graph.find_device_controls("Ceiling lamp")
    brightness, on_off = controls.capabilities
    assert (brightness.capability, on_off.capability) == ("brightness", "on_off")
    [percent] = brightness.fields
    assert (percent.minimum, percent.maximum, percent.unit, percent.value) == (5, 100, "%", 40)
    assert percent.settable
    assert (on_off.state, on_off.fields[0].value) == ("on", True)
    assert 30 <= on_off.age_seconds < 31
    assert controls.device.where == "Our house › Ground floor › Kitchen"


async def test_what_controls_it_is_told_with_how(house):
    controls = await house.graph.find_device_controls("Ceiling lamp")
    assert [(each.name, each.type, each.relationship_type) for each in controls.controlled_by] == [
        ("Evening light", "automation", "automates"),
        ("Nordlicht app", "app", "controlled_by_app"),
        ("Wall switch", "device", "controls"),
    ]


async def test_an_accessory_has_the_capabilities_of_its_services(house):
    [thermostat] = (await house.graph.find_device_controls("Thermostat")).capabilities
    assert thermostat.capability == "thermostat"
    mode = next(field for field in thermostat.fields if field.field == "mode")
    assert "heat" in mode.options
    assert (thermostat.state, thermostat.age_seconds) == (None, None)


async def test_what_is_known_but_not_declared_is_shown_too(house):
    await house.graph.record_states([(house.ids["Dishwasher"], "energy", {"watts": 12})])
    [energy] = (await house.graph.find_device_controls("Dishwasher")).capabilities
    assert (energy.capability, energy.state) == ("energy", "12 W")


async def test_a_device_asked_about_again_tells_its_new_value_and_who_controls_it_now(house):
    lamp = house.ids["Ceiling lamp"]
    told = []
    for on in (True, False):
        await house.graph.record_states([(lamp, "on_off", {"on": on})])
        told.append((await house.graph.find_device_controls(lamp)).capabilities[1].state)
    assert told == ["on", "off"]
    await house.tie("Morning heat", "Ceiling lamp", "controls")
    assert "Morning heat" in [each.name for each in (await house.graph.find_device_controls(lamp)).controlled_by]


async def test_a_value_is_unknown_before_it_was_set(house):
    before = house.desk.clock.now()
    await house.graph.record_states([(house.ids["Ceiling lamp"], "on_off", {"on": True})])
    on_off = (await house.graph.find_device_controls("Ceiling lamp", at=before)).capabilities[1]
    assert (on_off.state, on_off.fields[0].value) == (None, None)


async def test_rooms_have_no_controls(house):
    with pytest.raises(InvalidInput) as refused:
        await house.graph.find_device_controls("Kitchen")
    assert refused.value.argument == "device"
    assert "get_devices_in_room" in refused.value.hint
