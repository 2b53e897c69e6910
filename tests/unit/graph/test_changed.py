import pytest

from goodies_mcp.errors import InvalidInput
from goodies_mcp.graph.results import FieldChange
from tests.support.build import Device, record
from tests.support.clock import moment
from tests.support.desk import ANN


def _told(page):
    return [(item.action, item.type, item.name) for item in page.items]


async def test_what_was_created_changed_moved_and_deleted(house):
    since = house.desk.clock.now()
    await house.make("device", "Radio", located_in="Hall")
    await house.graph.update_entity(ANN, "Dishwasher", {"model": "AQ 700"})
    await house.tie("Bedside lamp", "Kitchen", "located_in")
    await house.graph.delete_entity(ANN, house.ids["Smoke detector"], cascade=True)
    page = await house.graph.what_changed(since)
    told = _told(page)
    assert told[:4] == [
        ("created", "device", "Radio"),
        ("created", "located_in", "Radio → Hall"),
        ("updated", "device", "Dishwasher"),
        ("moved", "located_in", "Bedside lamp → Kitchen"),
    ]
    assert set(told[4:]) == {
        ("deleted", "device", "Smoke detector"),
        ("deleted", "located_in", "Smoke detector → Landing"),
    }
    dishwasher = page.items[2]
    assert dishwasher.changes == (FieldChange("content.model", "AQ 600 Eco", "AQ 700"),)
    assert (dishwasher.kind, dishwasher.where) == ("entity", "Our house › Ground floor › Kitchen")
    assert (page.items[3].kind, page.items[3].author) == ("relationship", "ann")


async def test_a_deleted_thing_is_told_where_it_was(house):
    since = house.desk.clock.now()
    await house.graph.delete_entity(ANN, house.ids["Smoke detector"], cascade=True)
    for page in (await house.graph.what_changed(since), await house.graph.what_changed(since, within="First floor")):
        [item] = [item for item in page.items if item.kind == "entity"]
        assert item.where == "Our house › First floor › Landing"


async def test_what_came_and_went_or_was_changed_back_is_no_difference(house):
    since = house.desk.clock.now()
    radio = await house.make("device", "Radio")
    await house.graph.delete_entity(ANN, radio)
    await house.graph.update_entity(ANN, "Dishwasher", {"model": "AQ 700"})
    await house.graph.update_entity(ANN, "Dishwasher", {"model": "AQ 600 Eco"})
    assert (await house.graph.what_changed(since)).items == ()


async def test_each_record_is_told_once_however_often_it_changed(house):
    since = house.desk.clock.now()
    for number in range(5):
        await house.graph.update_entity(ANN, "Dishwasher", {"cycles": number})
    [item] = (await house.graph.what_changed(since)).items
    assert item.changes == (FieldChange("content.cycles", None, 4),)


async def test_until_ends_it(house):
    since = house.desk.clock.now()
    await house.graph.update_entity(ANN, "Dishwasher", {"cycles": 1})
    until = house.desk.clock.now()
    await house.graph.update_entity(ANN, "Dishwasher", {"cycles": 2})
    page = await house.graph.what_changed(since, until=until)
    assert page.items[0].changes == (FieldChange("content.cycles", None, 1),)
    assert (page.since, page.until) == (since, until)
    assert (await house.graph.what_changed(until)).items[0].changes == (FieldChange("content.cycles", 1, 2),)


async def test_a_restored_thing_is_told_as_restored(house):
    await house.graph.delete_entity(ANN, house.ids["Noise"], cascade=True)
    since = house.desk.clock.now()
    version = (await house.desk.versions(house.ids["Noise"]))[0].value.version
    await house.graph.restore_entity(ANN, house.ids["Noise"], version)
    assert ("restored", "note", "Noise") in _told(await house.graph.what_changed(since))


async def test_within_keeps_to_a_place_and_what_is_in_it(house):
    since = house.desk.clock.now()
    for name in ("Dishwasher", "Bedside lamp", "Lost remote"):
        await house.graph.update_entity(ANN, name, {"seen": True})
    assert _told(await house.graph.what_changed(since, within="Ground floor")) == [("updated", "device", "Dishwasher")]
    assert _told(await house.graph.what_changed(since, within="Bedside lamp")) == [
        ("updated", "device", "Bedside lamp")
    ]


async def test_pages_cover_every_difference_once_and_now_stands_still(house):
    whole = await house.graph.what_changed("2025-01-01", limit=200)
    seen, cursor = [], None
    while True:
        page = await house.graph.what_changed("2025-01-01", limit=7, cursor=cursor)
        seen += [item.id for item in page.items]
        await house.graph.update_entity(ANN, "Shed", {"counted": len(seen)})
        if (cursor := page.next_cursor) is None:
            break
    assert page.until < house.desk.clock.now()
    assert len(seen) == len(set(seen))
    assert seen == [item.id for item in whole.items]


async def test_late_news_of_an_old_edit_belongs_to_its_time(desk):
    device = Device()
    first = device.entity(record(1), "Lamp")
    late = device.entity(record(2), "Old chair", entity_type="note")
    await desk.pull(first)
    desk.clock.set(moment(60))
    await desk.pull(late)
    assert _told(await desk.graph.what_changed(moment(30))) == []
    assert len((await desk.graph.what_changed(moment(-1), until=moment(1))).items) == 2


@pytest.mark.parametrize(
    ("arguments", "argument"),
    [
        ({"since": "soon"}, "since"),
        ({"since": "2026-01-01", "until": "later"}, "until"),
        ({"since": "2026-01-02", "until": "2026-01-01"}, "since"),
        ({"since": "2999-01-01"}, "since"),
        ({"since": "2026-01-01", "limit": 0}, "limit"),
    ],
)
async def test_times_that_make_no_sense_are_refused(house, arguments, argument):
    with pytest.raises(InvalidInput) as refused:
        await house.graph.what_changed(**arguments)
    assert refused.value.argument == argument
    assert ("future" in refused.value.message) == (arguments == {"since": "2999-01-01"})
