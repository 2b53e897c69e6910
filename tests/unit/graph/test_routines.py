import pytest

from goodies_mcp.core.models import Entity, RecordId, VersionId
from goodies_mcp.graph.routines import summary


def _listed(page):
    return [(item.name, item.type, [touched.name for touched in item.touches]) for item in page.items]


async def test_routines_touch_a_room_through_what_is_in_it(house):
    assert _listed(await house.graph.get_automations_in_room("Kitchen")) == [
        ("Evening light", "automation", ["Ceiling lamp"])
    ]
    assert _listed(await house.graph.get_automations_in_room("Hall")) == [("Morning heat", "schedule", ["Thermostat"])]
    assert _listed(await house.graph.get_automations_in_room("Shed")) == []


async def test_routines_kept_in_a_room_or_set_off_from_it_belong_to_it(house):
    assert _listed(await house.graph.get_automations_in_room("Dining room")) == [("Cinema", "scene", [])]
    await house.tie("Wall switch", "Cinema", "controls")
    assert ("Cinema", "scene", ["Wall switch"]) in _listed(await house.graph.get_automations_in_room("Kitchen"))


async def test_a_floor_has_those_of_its_rooms_each_once(house):
    await house.tie("Evening light", "Wall switch", "triggered_by")
    page = await house.graph.get_automations_in_room("Ground floor")
    assert _listed(page) == [
        ("Cinema", "scene", []),
        ("Evening light", "automation", ["Ceiling lamp", "Wall switch"]),
        ("Morning heat", "schedule", ["Thermostat"]),
    ]
    first = await house.graph.get_automations_in_room("Ground floor", limit=2)
    rest = await house.graph.get_automations_in_room("Ground floor", limit=2, cursor=first.next_cursor)
    assert _listed(first) + _listed(rest) == _listed(page)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"triggers": ["sunset"], "actions": ["lamp on", {"type": "notify"}], "enabled": False},
         "when sunset do lamp on, notify (switched off)"),
        ({"time": "06:30", "days": ["mon", "fri"]}, "every mon, fri at 06:30"),
        ({"description": "Dims everything", "time": "20:00"}, "Dims everything"),
        ({"triggers": 7, "actions": [[1]], "days": None}, None),
        ({}, None),
    ],
)  # fmt: skip
def test_summaries_say_when_and_what(content, said):
    routine = Entity(RecordId("r"), VersionId("v"), "automation", "R", content, created_at="", edited_at="")
    assert summary(routine) == said
