import pytest

from goodies_mcp.errors import InvalidInput
from tests.support.desk import ANN


async def test_an_entity_whole(house):
    details = await house.graph.get_entity_details("Dishwasher")
    shown = await house.desk.entity(house.ids["Dishwasher"])
    assert (details.id, details.type, details.name) == (shown.id, "device", "Dishwasher")
    assert details.where == "Our house › Ground floor › Kitchen"
    assert dict(details.content) == dict(shown.content)
    assert (details.version, details.edited_at, details.author) == (shown.version, shown.edited_at, "ann")
    assert {edge.other.name for edge in details.relationships} == {"Kitchen", "Noise", "Descale the dishwasher"}
    assert details.history == ()


async def test_parts_are_included_as_asked(house):
    details = await house.graph.get_entity_details("Dishwasher", include=["history"])
    assert details.relationships == ()
    assert details.content == {}
    assert details.where == "Our house › Ground floor › Kitchen"
    assert [item.action for item in details.history] == ["created"]
    with pytest.raises(InvalidInput) as refused:
        await house.graph.get_entity_details("Dishwasher", include=["photos"])
    assert refused.value.argument == "include"


async def test_history_is_only_the_latest_five(house):
    for number in range(7):
        await house.graph.update_entity(ANN, "Dishwasher", {"cycles": number})
    details = await house.graph.get_entity_details("Dishwasher", include=["history"])
    assert [item.changes[0].after for item in details.history] == [6, 5, 4, 3, 2]


async def test_relationships_are_paged(house):
    first = await house.graph.get_entity_details("Kitchen", limit=5)
    rest = await house.graph.get_entity_details("Kitchen", limit=5, cursor=first.next_cursor)
    assert len(first.relationships) == 5
    assert len({edge.id for edge in (*first.relationships, *rest.relationships)}) == 8
    assert rest.next_cursor is None


async def test_the_past_is_shown_as_it_was(house):
    before = house.desk.clock.now()
    await house.graph.update_entity(ANN, "Dishwasher", {"model": "AQ 700"}, name="New dishwasher")
    assert (await house.graph.get_entity_details("Dishwasher", at=before)).content["model"] == "AQ 600 Eco"
    assert (await house.graph.get_entity_details("New dishwasher")).content["model"] == "AQ 700"


async def test_parts_are_told_apart_when_the_thing_is_asked_for_again(house):
    kitchen = house.ids["Kitchen"]
    whole = await house.graph.get_entity_details(kitchen, limit=5)
    assert await house.graph.get_entity_details(kitchen, limit=5) == whole
    bare = await house.graph.get_entity_details(kitchen, include=[], limit=5)
    assert (bare.relationships, dict(bare.content)) == ((), {})
    rest = await house.graph.get_entity_details(kitchen, include=["relationships"], limit=5, cursor=whole.next_cursor)
    assert len(rest.relationships) == 3
    await house.graph.update_entity(ANN, kitchen, {"floor_covering": "cork"})
    assert (await house.graph.get_entity_details(kitchen, limit=5)).content["floor_covering"] == "cork"
