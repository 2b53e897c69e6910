import pytest

from goodies_mcp.errors import InvalidInput
from tests.support.clock import moment
from tests.support.desk import ANN


def _found(page):
    return [hit.name for hit in page.items]


async def test_names_content_notes_and_manuals_are_searched_with_the_match_marked(house):
    page = await house.graph.search_entities("vinegar")
    assert _found(page) == ["Descale the dishwasher"]
    assert "**vinegar**" in page.items[0].snippet
    assert _found(await house.graph.search_entities("siblings eco")) == ["Kitchen appliances"]
    assert (await house.graph.search_entities("noise")).items[0].name == "Noise"


async def test_hits_say_where_they_are(house):
    hit = (await house.graph.search_entities("dishwasher", entity_types=["device"])).items[0]
    assert (hit.name, hit.type, hit.where) == ("Dishwasher", "device", "Our house › Ground floor › Kitchen")


async def test_the_whole_name_comes_first(house):
    for number in range(30):
        await house.make("note", f"About {number}", content={"text": "kitchen " * 40})
    assert _found(await house.graph.search_entities("Kitchen"))[0] == "Kitchen"
    assert _found(await house.graph.search_entities("kitchen floor"))[0] == "Kitchen floor"


async def test_other_words_for_a_kind_find_it_and_are_told(house):
    await house.make("device", "Desk light", located_in="Bedroom")
    page = await house.graph.search_entities("lamp")
    assert set(_found(page)) >= {"Ceiling lamp", "Bedside lamp", "Desk light"}
    assert _found(page)[-1] not in {"Ceiling lamp", "Bedside lamp"}
    assert "light" in page.searched_for


async def test_typos_are_forgiven_and_told(house):
    page = await house.graph.search_entities("termostat")
    assert "Thermostat" in _found(page)
    assert "thermostat" in page.searched_for


async def test_a_typo_beside_a_word_that_is_right(house):
    assert "Kitchen door" in _found(await house.graph.search_entities("kitchn door"))


async def test_words_inside_words_are_found(house):
    await house.make("device", "Küchenlampe", located_in="Hall")
    for query in ("lampe", "kuchen"):
        assert "Küchenlampe" in _found(await house.graph.search_entities(query))


async def test_what_is_written_without_spaces_is_found_in_part_too(house):
    await house.make("note", "Memo", content={"text": "厨房的智能灯坏了,请修理。"})
    (hit,) = (await house.graph.search_entities("智能灯")).items
    assert "智能灯" in hit.snippet
    page = await house.graph.search_entities("厨房智能灯")
    assert [each.name for each in page.items] == ["Memo"]
    assert "some" in page.note


async def test_a_place_and_a_type_find_what_is_of_it_there(house):
    await house.make("device", "Heavy duty", located_in="Shed")
    assert "Heavy duty" in _found(await house.graph.search_entities("shed device"))
    assert "Heavy duty" not in _found(await house.graph.search_entities("porch device"))


async def test_what_sync_has_put_into_two_places_is_shown_in_one(house):
    await house.make("device", "Wanderer", located_in="Shed")
    await house.tie("Wanderer", "Bedroom", "contained_in")
    [hit] = (await house.graph.search_entities("wanderer")).items
    assert hit.where == "Our house › Shed"


async def test_prefixes_with_a_star(house):
    assert set(_found(await house.graph.search_entities("therm*"))) == {"Thermostat", "Thermostat valve"}


async def test_a_place_and_a_kind_find_what_stands_there(house):
    page = await house.graph.search_entities("kitchen light")
    assert _found(page)[0] == "Ceiling lamp"
    assert "Bedside lamp" not in _found(page)
    assert _found(await house.graph.search_entities("lamp in the bedroom"))[0] == "Bedside lamp"
    assert _found(await house.graph.search_entities("dining room cinema"))[0] == "Cinema"


async def test_some_of_the_words_are_better_than_nothing_and_it_says_so(house):
    page = await house.graph.search_entities("vinegar xylophone")
    assert _found(page) == ["Descale the dishwasher"]
    assert "some" in page.note


async def test_types_and_places_narrow_it(house):
    assert _found(await house.graph.search_entities("lamp", within="First floor")) == ["Bedside lamp"]
    assert set(_found(await house.graph.search_entities("kitchen", entity_types=["Room"]))) == {"Kitchen"}
    with pytest.raises(InvalidInput) as refused:
        await house.graph.search_entities("lamp", entity_types=["unicorn"])
    assert refused.value.argument == "entity_types"


async def test_no_words_list_a_type_by_name(house):
    page = await house.graph.search_entities("*", entity_types=["room"], limit=4)
    rest = await house.graph.search_entities("*", entity_types=["room"], limit=4, cursor=page.next_cursor)
    assert _found(page) + _found(rest) == ["Bedroom", "Dining room", "Hall", "Kitchen", "Landing", "Porch", "Shed"]
    assert "get_home_overview" in (await house.graph.search_entities("!!")).note


async def test_the_past_is_searched_as_it_was(house):
    before = house.desk.clock.now()
    await house.graph.update_entity(ANN, "Noise", {"text": "It rattles now."})
    assert _found(await house.graph.search_entities("hums")) == []
    assert _found(await house.graph.search_entities("hums", at=before)) == ["Noise"]
    assert _found(await house.graph.search_entities("rattles", at=before)) == []
    nothing = await house.graph.search_entities("kitchen", at=moment(-1))
    assert nothing.items == ()
    assert "its first version is younger" in nothing.note


async def test_very_long_texts_are_refused(house):
    await house.graph.search_entities("kitchen " * 125)
    with pytest.raises(InvalidInput) as refused:
        await house.graph.search_entities("k" * 1_001)
    assert refused.value.argument == "query"


async def test_pages_cover_every_hit_once_in_one_order(house):
    for number in range(75):
        await house.desk.make("note", f"Spare {number}", content={"text": "filter " * (number % 5 + 1)})
    seen, cursor = [], None
    while True:
        page = await house.graph.search_entities("spare filter", limit=9, cursor=cursor)
        seen += [hit.id for hit in page.items]
        if (cursor := page.next_cursor) is None:
            break
    assert len(seen) == len(set(seen)) == 75
    whole = await house.graph.search_entities("spare filter", limit=200)
    assert [hit.id for hit in whole.items] == seen
    assert [hit.id for hit in (await house.graph.search_entities("spare filter", limit=50)).items] == seen[:50]


async def test_no_more_than_two_hundred_are_ranked_and_it_says_so(house):
    for number in range(210):
        await house.desk.make("note", f"Leaf {number}")
    page = await house.graph.search_entities("leaf", limit=200)
    assert len(page.items) == 200
    assert "only the best 200" in page.note


async def test_what_is_deep_in_the_ranking_is_found_within_its_place(house):
    for number in range(230):
        await house.desk.make("note", f"Leaf {number}")
    await house.make("note", "A leaf among many other words of no weight at all here", located_in="Shed")
    page = await house.graph.search_entities("leaf", within="Shed")
    assert len(page.items) == 1
