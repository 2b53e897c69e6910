import pytest


async def test_documents_apply_to_the_device_its_model_and_its_room(house):
    page = await house.graph.get_procedures_for_device("Dishwasher")
    assert [(item.name, item.type, item.because) for item in page.items] == [
        ("Descale the dishwasher", "procedure", "about the device itself"),
        ("Noise", "note", "about the device itself"),
        ("Kitchen appliances", "manual", "about the model AQ 600 Eco"),
        ("Kitchen floor", "note", "for Kitchen, where it is"),
    ]
    assert page.items[0].steps == ("Empty it", "Run vinegar")
    assert page.items[1].text == "It hums since the summer."
    assert page.device.where == "Our house › Ground floor › Kitchen"


async def test_what_it_is_part_of_counts_before_its_room(house):
    await house.tie("Descale the dishwasher", "Thermostat", "procedure_for")
    [item] = (await house.graph.get_procedures_for_device("Thermostat valve")).items
    assert item.because == "for Thermostat, which it is part of"


async def test_of_two_reasons_the_nearer_is_told(house):
    await house.tie("Descale the dishwasher", "Kitchen", "procedure_for")
    page = await house.graph.get_procedures_for_device("Dishwasher")
    assert [item.because for item in page.items if item.name == "Descale the dishwasher"] == ["about the device itself"]


async def test_other_models_papers_do_not_apply(house):
    await house.make("manual", "AQ 600 Pro", content={"text": "For the AQ 600 Pro only."})
    page = await house.graph.get_procedures_for_device("Dishwasher")
    assert "AQ 600 Pro" not in [item.name for item in page.items]


async def test_pages(house):
    first = await house.graph.get_procedures_for_device("Dishwasher", limit=3)
    rest = await house.graph.get_procedures_for_device("Dishwasher", limit=3, cursor=first.next_cursor)
    assert [item.name for item in rest.items] == ["Kitchen floor"]
    assert rest.next_cursor is None


@pytest.mark.parametrize(("length", "remembered"), [(300, True), (3_000, False)])
async def test_pages_are_remembered_unless_they_are_long(house, length, remembered):
    for number in range(3):
        await house.make("note", f"Note {number}", content={"text": "x" * length})
        await house.tie("Wall switch", f"Note {number}", "documented_by")
    page = await house.graph.get_procedures_for_device("Wall switch")
    assert len(page.items) == 4
    assert any(each is page for each in house.graph._cache._held[1].values()) == remembered


async def test_odd_steps_are_passed_over(house):
    await house.make("procedure", "Odd", content={"steps": [1, None, {"note": "x"}, ["y"], "Do it"], "description": 7})
    await house.tie("Odd", "Wall switch", "procedure_for")
    [item, _] = (await house.graph.get_procedures_for_device("Wall switch")).items
    assert (item.steps, item.text) == (("Do it",), None)
