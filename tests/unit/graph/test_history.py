import pytest

from goodies_mcp.errors import NotFound
from goodies_mcp.graph.results import FieldChange
from tests.support.build import Device, record
from tests.support.desk import ANN


async def test_versions_come_newest_first_with_what_changed(house):
    graph = house.graph
    await graph.update_entity(ANN, "Dishwasher", {"model": "AQ 700", "warranty_until": None}, name="New dishwasher")
    await graph.delete_entity(ANN, house.ids["Dishwasher"], cascade=True)
    created = (await house.desk.versions(house.ids["Dishwasher"]))[0].value
    await graph.restore_entity(ANN, house.ids["Dishwasher"], created.version)
    page = await graph.get_entity_history(house.ids["Dishwasher"])
    assert [item.action for item in page.items] == ["restored", "deleted", "updated", "created"]
    assert page.items[2].changes == (
        FieldChange("name", "Dishwasher", "New dishwasher"),
        FieldChange("content.model", "AQ 600 Eco", "AQ 700"),
        FieldChange("content.warranty_until", "2026-01-20", None),
    )
    assert [item.current for item in page.items] == [True, False, False, False]
    last = page.items[-1]
    assert (last.author, last.device, last.edited_at) == ("ann", "tablet", created.edited_at)


async def test_the_history_of_a_deleted_thing_and_of_an_edge_can_be_read(house):
    await house.graph.delete_entity(ANN, house.ids["Noise"], cascade=True)
    page = await house.graph.get_entity_history(house.ids["Noise"])
    assert [item.action for item in page.items] == ["deleted", "created"]
    edge = await house.tie("Wall switch", "Bedside lamp", "controls")
    page = await house.graph.get_entity_history(edge)
    assert (page.entity.type, page.entity.name) == ("controls", "Wall switch → Bedside lamp")
    assert [item.action for item in page.items] == ["created"]


async def test_an_edge_that_got_another_end_moved(house):
    edge = await house.desk.store.read(lambda view: view.edges([house.ids["Dishwasher"]], "out", ("located_in",))[0])
    await house.tie("Dishwasher", "Hall", "located_in")
    page = await house.graph.get_entity_history(edge.id)
    assert [item.action for item in page.items] == ["moved", "created"]
    assert page.items[0].changes == (FieldChange("to_id", house.ids["Kitchen"], house.ids["Hall"]),)


async def test_pages_cover_all_versions_once(house):
    for number in range(6):
        await house.graph.update_entity(ANN, "Dishwasher", {"cycles": number})
    seen, cursor = [], None
    while True:
        page = await house.graph.get_entity_history("Dishwasher", limit=3, cursor=cursor)
        seen += [item.version for item in page.items]
        if (cursor := page.next_cursor) is None:
            break
    stored = await house.desk.versions(house.ids["Dishwasher"])
    assert seen == [each.value.version for each in stored][::-1]


async def test_a_merge_tells_what_it_changed_against_the_later_side(desk):
    one, other = Device(1), Device(2)
    first = one.entity(record(1), "Lamp")
    left = one.entity(record(1), "Left lamp", first)
    other.clock.advance(seconds=5)
    right = other.entity(record(1), "Right lamp", first)
    one.clock.advance(seconds=10)
    merged = one.entity(record(1), "Both lamps", left, right)
    await desk.pull(first, left, right, merged)
    newest = (await desk.graph.get_entity_history(record(1))).items[0]
    assert newest.action == "merged"
    assert newest.changes == (FieldChange("name", "Right lamp", "Both lamps"),)


async def test_what_never_was_has_no_history(house):
    with pytest.raises(NotFound):
        await house.graph.get_entity_history("Ballroom")
