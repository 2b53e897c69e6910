import pytest

from goodies_mcp.errors import InvalidInput


@pytest.fixture
async def lit(house):
    """The house with some values known."""
    await house.graph.record_states(
        [
            (house.ids["Ceiling lamp"], "on_off", {"on": True}),
            (house.ids["Ceiling lamp"], "brightness", {"percent": 70}),
            (house.ids["Bedside lamp"], "on_off", {"on": False}),
            (house.ids["Smoke detector"], "battery", {"percent": 12}),
            (house.ids["Front door"], "lock", {"locked": False}),
            (house.ids["Thermostat valve"], "thermostat", {"ambient": 30, "mode": "off"}),
        ]
    )
    return house


def _said(page):
    return [(item.name, item.capability, item.state) for item in page.items]


async def test_everything_known_by_name(lit):
    page = await lit.graph.get_home_state()
    assert _said(page) == [
        ("Bedside lamp", "on_off", "off"),
        ("Ceiling lamp", "brightness", "70 %"),
        ("Ceiling lamp", "on_off", "on"),
        ("Front door", "lock", "unlocked"),
        ("Smoke detector", "battery", "12 %"),
        ("Thermostat valve", "thermostat", "30 °C, off"),
    ]
    assert page.total == 6
    assert page.items[2].kind == "light"
    assert page.items[2].where == "Our house › Ground floor › Kitchen"


@pytest.mark.parametrize(
    ("only", "names"),
    [
        ("on", ["Ceiling lamp"]),
        ("off", ["Bedside lamp"]),
        ("Unlocked", ["Front door"]),
        ("low battery", ["Smoke detector"]),
        ("too_warm", ["Thermostat valve"]),
        ("open", []),
    ],
)
async def test_questions_of_the_device_model(lit, only, names):
    page = await lit.graph.get_home_state(only=only)
    assert [item.name for item in page.items] == names
    assert page.total == len(names)


async def test_kinds_of_device_narrow_it_also_what_is_unknown(lit):
    lamps = await lit.graph.get_home_state(device_types=["lamps"])
    assert {item.name for item in lamps.items} == {"Bedside lamp", "Ceiling lamp"}
    narrowed = await lit.graph.get_home_state(within="Kitchen", device_types=["lights"], only="on")
    assert [item.name for item in narrowed.items] == ["Ceiling lamp"]
    none = await lit.graph.get_home_state(device_types=["submarine"])
    assert (none.items, none.unknown) == ((), 0)
    assert "no device of these kinds" in none.note


async def test_a_capability_and_a_place_narrow_it(lit):
    assert _said(await lit.graph.get_home_state(capability="brightness")) == [("Ceiling lamp", "brightness", "70 %")]
    assert _said(await lit.graph.get_home_state(within="First floor", only="off")) == [
        ("Bedside lamp", "on_off", "off")
    ]
    assert _said(await lit.graph.get_home_state(within="Bedside lamp")) == [("Bedside lamp", "on_off", "off")]


async def test_a_place_asked_about_again_tells_new_values_and_new_devices(lit):
    assert ("Ceiling lamp", "on_off", "on") in _said(await lit.graph.get_home_state(within="Kitchen"))
    await lit.graph.record_states([(lit.ids["Ceiling lamp"], "on_off", {"on": False})])
    assert ("Ceiling lamp", "on_off", "off") in _said(await lit.graph.get_home_state(within="Kitchen"))
    before = (await lit.graph.get_home_state(within="Kitchen")).unknown
    await lit.desk.make("device", "Oven", located_in="Kitchen", content={"capabilities": ["on_off"]})
    assert (await lit.graph.get_home_state(within="Kitchen")).unknown == before + 1
    await lit.desk.make("device", "Rug", located_in="Kitchen")
    await lit.desk.make("door", "Back door", located_in="Kitchen", content={"capabilities": ["lock"]})
    assert (await lit.graph.get_home_state(within="Kitchen")).unknown == before + 1


async def test_devices_without_a_value_are_counted(lit):
    assert (await lit.graph.get_home_state(only="on")).unknown == 0
    await lit.make("device", "New lamp", located_in="Hall", content={"capabilities": {"on_off": {}}})
    page = await lit.graph.get_home_state(only="on")
    assert (page.total, page.unknown) == (1, 1)
    assert (await lit.graph.get_home_state(only="on", within="Kitchen")).unknown == 0
    assert (await lit.graph.get_home_state(only="on", within="Hall")).unknown == 1
    assert (await lit.graph.get_home_state(capability="smoke")).unknown == 1
    assert (await lit.graph.get_home_state(capability="smoke", device_types=["lock"])).unknown == 0


async def test_ages_count_from_the_last_confirmation(lit):
    lit.desk.clock.advance(seconds=100)
    await lit.graph.record_states([(lit.ids["Ceiling lamp"], "on_off", {"on": True})])
    lit.desk.clock.advance(seconds=10)
    ages = {item.name: item.age_seconds for item in (await lit.graph.get_home_state(capability="on_off")).items}
    assert 10 <= ages["Ceiling lamp"] < 11
    assert 110 <= ages["Bedside lamp"] < 111


async def test_the_past_knows_only_values_that_still_stand_and_says_so(lit):
    between = lit.desk.clock.now()
    lit.desk.clock.advance(seconds=60)
    await lit.graph.record_states([(lit.ids["Ceiling lamp"], "on_off", {"on": False})])
    page = await lit.graph.get_home_state(capability="on_off", at=between)
    assert _said(page) == [("Bedside lamp", "on_off", "off")]
    assert page.unknown == 1
    assert "no history" in page.note
    assert (await lit.graph.get_home_state()).note is None


@pytest.mark.parametrize(
    ("arguments", "argument"),
    [
        ({"only": "happy"}, "only"),
        ({"only": "\ud800" * 500}, "only"),
        ({"capability": "telepathy"}, "capability"),
        ({"capability": "lock", "only": "on"}, "capability"),
    ],
)
async def test_unknown_questions_are_refused_with_the_known_ones(lit, arguments, argument):
    with pytest.raises(InvalidInput) as refused:
        await lit.graph.get_home_state(**arguments)
    assert refused.value.argument == argument
    assert "one of" in refused.value.hint


async def test_a_capability_of_a_platform_is_known_when_a_device_has_it(lit):
    await lit.graph.record_states([(lit.ids["Dishwasher"], "hk.rinse_aid", {"level": 3})])
    assert _said(await lit.graph.get_home_state(capability="hk.rinse_aid")) == [
        ("Dishwasher", "hk.rinse_aid", "level: 3")
    ]


async def test_pages(lit):
    first = await lit.graph.get_home_state(limit=4)
    rest = await lit.graph.get_home_state(limit=4, cursor=first.next_cursor)
    assert _said(first) + _said(rest) == _said(await lit.graph.get_home_state())
    assert (rest.total, rest.next_cursor) == (6, None)
