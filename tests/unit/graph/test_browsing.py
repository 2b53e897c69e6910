"""What hosts and their people look around with: things to pick, names for typed letters, documents in one piece."""

import pytest

from goodies_mcp.errors import Ambiguous, InvalidInput, NotFound, TooLarge
from goodies_mcp.graph import originals, suggestions
from goodies_mcp.graph.kept_pages import CONTINUES, PAGES
from goodies_mcp.graph.resolve import ANYTHING, DEVICE, PLACE
from tests.support.desk import ANN, only
from tests.support.papers import a_pdf, a_photo
from tests.support.reading import can_read


@pytest.fixture
async def home(desk, tmp_path):
    can_read(desk, tmp_path)
    desk.inbox = tmp_path
    await desk.make("device", "Boiler")
    return desk


async def attach(home, data, name):
    (home.inbox / name).write_bytes(data)
    return only(await home.graph.attach_file(ANN, "Boiler", file=name)).id


@pytest.mark.parametrize("limit", [1, 2, 5, 200])
async def test_the_shelf_has_homes_then_rooms_then_papers_each_once(house, limit):
    items, cursor = [], None
    while cursor is not None or not items:
        page = await house.graph.get_shelf(limit=limit, cursor=cursor)
        items += page.items
        cursor = page.next_cursor
    names = [each.name for each in items]
    assert names == [
        *("Our house", "Bedroom", "Dining room", "First floor", "Ground floor", "Hall", "Kitchen", "Landing"),
        *("Porch", "Shed", "Descale the dishwasher", "Kitchen appliances", "Kitchen floor", "Noise"),
    ]
    assert {each.type for each in items} == {"home", "zone", "room", "procedure", "manual", "note"}
    assert next(each.where for each in items if each.name == "Kitchen") == "Our house › Ground floor"


async def test_a_shelf_cursor_is_good_for_the_shelf_only(house):
    other = (await house.graph.get_devices_in_room("Our house", limit=1)).next_cursor
    for cursor in ("", "home", other):
        with pytest.raises(InvalidInput, match="cursor"):
            await house.graph.get_shelf(cursor=cursor)


async def test_the_shelf_tells_what_is_kept_and_hides_what_only_goes_on(home):
    photo = await attach(home, a_photo(), "photo.jpg")
    await home.make("note", "Rest of a manual", content={CONTINUES: photo, PAGES: ["x"]})
    [item] = (await home.graph.get_shelf()).items
    assert (item.id, item.content_type, item.size) == (photo, "image/jpeg", len(a_photo()))


SUGGESTED = [
    ("", PLACE, 11, "Our house"),
    ("kitchen", PLACE, 1, "Kitchen"),
    ("KITCHEN  ", ANYTHING, 4, "Kitchen floor"),
    ("lamp", DEVICE, 2, "Ceiling lamp"),
    ("dishwahser", DEVICE, 1, "Dishwasher"),
    ("nordlicht", DEVICE, 1, "Nordlicht app"),
    ("kitchen door", DEVICE, 0, None),
    ("\x00\ud800", ANYTHING, 0, None),
]


@pytest.mark.parametrize(("typed", "sort", "count", "one"), SUGGESTED, ids=range(len(SUGGESTED)))
async def test_typed_letters_bring_names_that_arguments_take(house, typed, sort, count, one):
    found = await house.graph.suggest(typed, sort)
    assert (len(found.values), found.total, found.more) == (count, count, False)
    if one is not None:
        assert one in found.values
    for value in found.values:
        assert (await house.graph.get_entity_details(value)).id


async def test_things_of_one_name_are_told_by_their_place_or_by_their_id(desk):
    for room in ("Kitchen", "Bedroom"):
        await desk.make("room", room)
        await desk.make("device", "Lamp", located_in=room)
    apart = await desk.make("device", "Lamp")
    found = await desk.graph.suggest("la", DEVICE)
    assert set(found.values) == {"Lamp in Kitchen", "Lamp in Bedroom", apart}


async def test_there_are_never_more_than_a_hundred(desk, monkeypatch):
    monkeypatch.setattr(suggestions, "MOST", 3)
    for n in range(5):
        await desk.make("room", f"Cell {n}")
        await desk.make("device", f"Thing {n}", content={"device_type": f"kind {n}"})
    found = await desk.graph.suggest("cell", PLACE)
    assert (found.values, found.total, found.more) == (("Cell 0", "Cell 1", "Cell 2"), None, True)
    found = await desk.graph.suggest("", PLACE)
    assert (len(found.values), found.total, found.more) == (3, 5, True)
    kinds = await desk.graph.suggest_kinds("KI")
    assert (kinds.values, kinds.total, kinds.more) == (("kind 0", "kind 1", "kind 2"), 5, True)


async def test_kinds_are_those_of_this_home_the_most_frequent_first(house):
    assert (await house.graph.suggest_kinds("")).values[0] == "light"
    assert (await house.graph.suggest_kinds("li")).values == ("light",)
    assert (await house.graph.suggest_kinds("x")).values == ()


async def test_an_original_is_what_was_kept(home):
    photo = await home.graph.get_original(await attach(home, a_photo(), "photo.jpg"))
    assert (photo.content_type, photo.data, photo.text, photo.pages) == ("image/jpeg", a_photo(), None, 0)
    assert (await home.graph.get_original("Boiler")).id == photo.id, "the only paper of a thing"
    (home.inbox / "manual").write_bytes(a_pdf(["One.", "Two."]))
    manual = only(await home.graph.add_device_manual(ANN, "Boiler", "Manual", file="manual")).id
    whole = await home.graph.get_original(manual)
    assert (whole.content_type, whole.data[:5], whole.pages) == ("application/pdf", b"%PDF-", 2)
    second = await home.graph.get_original(manual, page=2)
    assert (second.content_type, second.text, second.data) == ("text/plain", "Two.", None)
    with pytest.raises(Ambiguous):
        await home.graph.get_original("Boiler")
    for page in (0, 3):
        with pytest.raises(NotFound, match="no page") as refused:
            await home.graph.get_original(manual, page=page)
        assert refused.value.hint == "pages are 1 to 2"


async def test_a_text_is_handed_out_as_text(home):
    note = only(await home.graph.add_note(ANN, "It hums.")).id
    said = await home.graph.get_original(note)
    assert (said.content_type, said.text, said.data) == ("text/plain", "It hums.", None)
    table = await home.graph.get_original(await attach(home, "a;b\n1;ü\n".encode(), "table.csv"))
    assert (table.text, table.data) == ("a;b\n1;ü\n", None)
    assert table.content_type.startswith("text/")
    with pytest.raises(NotFound, match="nothing is kept"):
        await home.graph.get_original(await home.make("manual", "Lost manual"))


@pytest.mark.parametrize("limit", ["MOST_BYTES", "MOST_TEXT"])
async def test_what_is_too_large_for_one_piece_is_refused_and_read_by_page(home, monkeypatch, limit):
    monkeypatch.setattr(originals, limit, 3)
    kept = (
        await attach(home, a_photo(), "photo.jpg")
        if limit == "MOST_BYTES"
        else only(await home.graph.add_note(ANN, "It hums.")).id
    )
    with pytest.raises(TooLarge, match="at most 3") as refused:
        await home.graph.get_original(kept)
    assert kept in refused.value.hint


async def test_a_conflict_is_told_of_what_is_in_one_and_of_nothing_else(house):
    assert await house.graph.get_conflict("Kitchen") is None
    with pytest.raises(NotFound):
        await house.graph.get_conflict("Nowhere")
