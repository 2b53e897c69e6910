async def test_the_same_model_is_most_alike_and_says_why(house):
    page = await house.graph.find_similar_entities("Ceiling lamp")
    assert page.items[0].name == "Bedside lamp"
    assert page.items[0].where == "Our house › First floor › Bedroom"
    assert set(page.items[0].reasons) >= {
        "the same model (NL-40)",
        "the same maker (Nordlicht)",
        "the same kind (light)",
    }


async def test_place_counts_but_does_not_suffice(house):
    twin = await house.desk.make(
        "device", "Ceiling spot", located_in="Kitchen", content={"device_type": "lamp", "manufacturer": "Other"}
    )
    page = await house.graph.find_similar_entities("Ceiling lamp")
    found = {item.id: item.reasons for item in page.items}
    assert "also in Kitchen" in found[twin]
    assert "the same kind (lamp)" in found[twin]
    assert house.ids["Dishwasher"] not in found


async def test_the_most_alike_come_first_and_pages_cover_all_once(house):
    for number in range(9):
        model = {"model": "NL-40"} if number % 2 else {}
        await house.desk.make("device", f"Lamp {number}", content={"device_type": "light", **model})
    whole = await house.graph.find_similar_entities("Ceiling lamp", limit=200)
    scores = [item.score for item in whole.items]
    assert scores == sorted(scores, reverse=True)
    first = await house.graph.find_similar_entities("Ceiling lamp", limit=4)
    seen, cursor = list(first.items), first.next_cursor
    while cursor:
        page = await house.graph.find_similar_entities("Ceiling lamp", limit=4, cursor=cursor)
        seen, cursor = [*seen, *page.items], page.next_cursor
    assert seen == list(whole.items)


async def test_rooms_are_like_rooms(house):
    await house.desk.make("room", "Bedroom 2", located_in="First floor")
    [first, *_] = (await house.graph.find_similar_entities("Bedroom")).items
    assert first.name == "Bedroom 2"
    assert set(first.reasons) == {"a similar name", "also in First floor"}


async def test_things_that_a_number_tells_apart_are_alike_wherever_they_are(house):
    for number in (1, 2):
        await house.desk.make("device", f"Garden spot {number}")
    [found] = (await house.graph.find_similar_entities("Garden spot 1")).items
    assert (found.name, found.reasons) == ("Garden spot 2", ("a similar name",))


async def test_what_is_like_nothing_has_no_alike(house):
    assert (await house.graph.find_similar_entities("Lost remote")).items == ()
