import pytest

from goodies_mcp.errors import Ambiguous, InvalidInput, NotFound
from goodies_mcp.graph import resolve
from tests.support.clock import moment
from tests.support.desk import ANN


@pytest.fixture
def meant(house):
    """What a text points at, by name."""

    async def meant(text, sort=resolve.ANYTHING, at=None, **more):
        work = lambda view: resolve.entity(view, text, "entity", sort, **more)  # noqa: E731
        return (await house.desk.store.read(work, at=at)).id

    return meant


@pytest.mark.parametrize("said", ["Kitchen", " kitchen ", "KITCHEN", "the kitchen", "Kìtchen"])
async def test_names_fit_whatever_their_case_accents_and_spacing(house, meant, said):
    assert await meant(said) == house.ids["Kitchen"]


async def test_umlauts_fold(house, meant):
    kitchen = await house.desk.make("room", "Küche")
    assert await meant("KÜCHE") == await meant("kuche") == kitchen


async def test_an_id_comes_before_a_name(house, meant):
    decoy = await house.desk.make("note", house.ids["Kitchen"])
    assert await meant(house.ids["Kitchen"]) == house.ids["Kitchen"]
    assert await meant(f" {decoy} ") == decoy


@pytest.mark.parametrize(
    "said",
    [
        "Ceiling lamp in Kitchen",
        "ceiling lamp in the kitchen",
        "Kitchen/Ceiling lamp",
        "Our house › Ground floor › Kitchen › Ceiling lamp",
        "Ground floor > Ceiling lamp",
        "Kitchen ceiling lamp",
        "the big light",
    ],
)
async def test_a_name_may_come_with_its_place_or_be_an_alias(house, meant, said):
    twin = await house.desk.make("device", "Ceiling lamp", located_in="Bedroom")
    assert await meant(said) != twin
    assert await meant("Bedroom/Ceiling lamp") == twin


async def test_places_in_the_wrong_order_are_nothing(meant):
    with pytest.raises(NotFound):
        await meant("Kitchen › Our house › Ceiling lamp")


async def test_several_things_of_one_name_are_listed_with_their_places(house, meant):
    twin = await house.desk.make("device", "Ceiling lamp", located_in="Bedroom")
    with pytest.raises(Ambiguous) as asked:
        await meant("ceiling lamp")
    candidates = asked.value.details["candidates"]
    assert {each["id"] for each in candidates} == {house.ids["Ceiling lamp"], twin}
    assert {each["where"] for each in candidates} == {
        "Our house › Ground floor › Kitchen",
        "Our house › First floor › Bedroom",
    }
    assert {each["type"] for each in candidates} == {"device"}


async def test_no_more_than_twenty_candidates_are_listed(house, meant):
    for number in range(22):
        room = await house.desk.make("room", f"Cell {number}")
        await house.desk.make("device", "Bell", located_in=room)
    with pytest.raises(Ambiguous) as asked:
        await meant("Bell")
    assert len(asked.value.details["candidates"]) == 20
    assert "22 things" in asked.value.message


async def test_the_kind_that_fits_decides_between_things_of_one_name(house, meant):
    note = await house.desk.make("note", "Kitchen")
    assert await meant("Kitchen", resolve.PLACE) == house.ids["Kitchen"]
    with pytest.raises(Ambiguous):
        await meant("Kitchen")
    assert await meant(note) == note


async def test_openings_are_devices_only_when_no_device_has_the_name(house, meant):
    assert await meant("Front door", resolve.DEVICE) == house.ids["Front door"]
    lock = await house.desk.make("device", "Front door", located_in="Hall")
    assert await meant("Front door", resolve.DEVICE) == lock


@pytest.mark.parametrize("said", ["Ceiling lamp", "id"])
async def test_a_thing_of_the_wrong_kind_is_named_with_the_tool_that_fits(house, meant, said):
    with pytest.raises(InvalidInput) as refused:
        await meant(house.ids["Ceiling lamp"] if said == "id" else said, resolve.PLACE)
    assert refused.value.message == '"Ceiling lamp" is a device; entity must be a place'
    assert "find_device_controls" in refused.value.hint
    assert refused.value.details == {"id": house.ids["Ceiling lamp"], "type": "device"}


async def test_a_misspelled_name_finds_what_is_near(house, meant):
    with pytest.raises(NotFound) as missed:
        await meant("Dishwahser")
    nearest = missed.value.details["nearest"]
    assert nearest[0] == {
        "id": house.ids["Dishwasher"],
        "type": "device",
        "name": "Dishwasher",
        "where": "Our house › Ground floor › Kitchen",
    }
    assert len(nearest) <= 5
    assert "did you mean Dishwasher" in missed.value.hint


async def test_what_is_near_and_of_the_right_kind_comes_first(house, meant):
    with pytest.raises(NotFound) as missed:
        await meant("Kitchn", resolve.PLACE)
    assert missed.value.details["nearest"][0]["id"] == house.ids["Kitchen"]


async def test_a_deleted_thing_says_when_and_how_it_comes_back(house, meant):
    await house.graph.delete_entity(ANN, house.ids["Dishwasher"], cascade=True)
    deleted = await house.desk.entity(house.ids["Dishwasher"])
    with pytest.raises(NotFound) as gone:
        await meant(house.ids["Dishwasher"])
    assert deleted.edited_at in gone.value.message
    assert "restore_entity" in gone.value.hint
    assert gone.value.details == {"deleted_at": deleted.edited_at, "version": deleted.version}
    assert await meant(house.ids["Dishwasher"], deleted=True) == house.ids["Dishwasher"]
    # Who wants it back knows its name, not its id.
    with pytest.raises(NotFound, match="was deleted at") as gone:
        await meant("dishwasher")
    assert house.ids["Dishwasher"] in gone.value.hint
    assert await meant("dishwasher", deleted=True) == house.ids["Dishwasher"]


async def test_of_several_deleted_things_of_one_name_one_must_be_chosen(house, meant):
    for _ in range(2):
        await house.graph.delete_entity(ANN, await house.desk.make("device", "Old kettle"))
        house.desk.clock.advance(minutes=1)
    with pytest.raises(Ambiguous) as several:
        await meant("old kettle", deleted=True)
    assert len(several.value.details["candidates"]) == 2
    with pytest.raises(NotFound, match="was deleted at"):
        await meant("old kettle")
    new = await house.desk.make("device", "Old kettle")
    assert await meant("old kettle", deleted=True) == new


async def test_before_its_first_version_a_thing_was_not_there_yet(house, meant):
    with pytest.raises(NotFound, match="not there yet"):
        await meant(house.ids["Kitchen"], at=moment(-1))
    with pytest.raises(NotFound) as missed:
        await meant("Kitchen", at=moment(-1))
    assert "its first version is younger" in missed.value.hint


@pytest.mark.parametrize("said", ["", "   ", "x" * 1_001, "x" * 1_000_000, "a\0b", "\ud800", "a\udfff"])
async def test_what_can_be_no_name_is_refused(meant, said):
    with pytest.raises(InvalidInput) as refused:
        await meant(said)
    assert refused.value.argument == "entity"


@pytest.mark.parametrize(
    "said", ["' OR 1=1 --", '"', "*", "NEAR(a b)", "a AND", "(", "/", " › ", "in", "\U0001f600", "%_"]
)
async def test_odd_names_are_only_names(meant, said):
    with pytest.raises(NotFound):
        await meant(said)


async def test_the_id_of_an_edge_is_told_as_what_it_is(house, meant):
    edge_id = await house.tie("Wall switch", "Bedside lamp", "controls")
    with pytest.raises(NotFound, match="controls relationship") as missed:
        await meant(edge_id)
    assert "delete_relationship" in missed.value.hint


async def test_edges_are_found_by_id_only(house):
    edge_id = await house.tie("Wall switch", "Bedside lamp", "controls")
    read = house.desk.store.read
    found = await read(lambda view: resolve.relationship(view, edge_id, "relationship"))
    assert found.to_id == house.ids["Bedside lamp"]
    await house.graph.delete_relationship(ANN, relationship=edge_id)
    with pytest.raises(NotFound, match="deleted"):
        await read(lambda view: resolve.relationship(view, edge_id, "relationship"))
    with pytest.raises(NotFound, match="no relationship"):
        await read(lambda view: resolve.relationship(view, "controls", "relationship"))
