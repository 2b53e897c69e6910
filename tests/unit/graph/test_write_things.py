"""Making, changing and deleting things."""

import pytest

from goodies_mcp.errors import Ambiguous, Conflict, InvalidInput, NotFound, TooLarge
from goodies_mcp.graph.things import MOST_NAMED
from tests.support.build import Device
from tests.support.desk import ANN, only


async def test_a_new_thing_is_in_its_place_in_one_batch(desk):
    house = await desk.make("home", "Our house")
    kitchen = await desk.make("room", "Kitchen", part_of="our house")
    made = await desk.graph.create_entity(
        ANN, "Device", "  Lamp ", content={"device_type": "light"}, located_in="kitchen", part_of=house
    )
    item = only(made)
    assert (item.action, item.kind, item.type, item.name) == ("created", "entity", "device", "Lamp")
    assert item.where == "Our house › Kitchen"
    assert dict((await desk.entity(item.id)).content) == {"device_type": "light"}
    assert await desk.edges_from(item.id) == [("located_in", kitchen), ("part_of", house)]
    written = await desk.store.read(lambda view: view.batch_versions(made.batch))
    assert len(written) == 3
    assert len({each.value.edited_at for each in written}) == 1


async def test_the_same_thing_in_the_same_place_is_reported_and_not_doubled(desk):
    kitchen = await desk.make("room", "Kitchen")
    hall = await desk.make("room", "Hall")
    lamp = await desk.make("device", "Lamp", located_in=kitchen, content={"watts": 5})
    again = await desk.graph.create_entity(ANN, "device", "LAMP", located_in="Kitchen", content={"watts": 7})
    assert (only(again).action, only(again).id, again.batch) == ("exists", lamp, None)
    assert "update_entity" in again.note
    assert dict((await desk.entity(lamp)).content) == {"watts": 5}
    other = await desk.graph.create_entity(ANN, "device", "Lamp", located_in=hall)
    assert only(other).action == "created"
    assert lamp in other.note
    assert "Kitchen" in other.note
    assert only(await desk.graph.create_entity(ANN, "device", "Lamp")).action == "created"
    assert only(await desk.graph.create_entity(ANN, "device", "lamp")).action == "exists"
    assert only(await desk.graph.create_entity(ANN, "accessory", "Lamp", located_in=kitchen)).action == "created"


async def test_a_twin_is_found_among_more_namesakes_than_a_view_lists(desk):
    rooms = [await desk.make("room", "Room", content={"n": 0})]
    for n in range(MOST_NAMED + 5):
        zone = await desk.make("zone", f"Zone {n:03}")
        rooms.append(await desk.make("room", "Room", part_of=zone))
    for n in (0, MOST_NAMED + 4):
        twin = await desk.graph.create_entity(ANN, "room", "room", part_of=f"Zone {n:03}")
        assert (only(twin).action, only(twin).id) == ("exists", rooms[n + 1])
    assert len(set(rooms)) == MOST_NAMED + 6


@pytest.mark.parametrize(
    ("arguments", "argument", "error"),
    [
        ({"entity_type": "spaceship"}, "entity_type", InvalidInput),
        ({"name": " \t "}, "name", InvalidInput),
        ({"name": "\u200b\u2060"}, "name", InvalidInput),
        ({"name": "a\nb"}, "name", InvalidInput),
        ({"name": "a\x00b"}, "name", InvalidInput),
        ({"name": "a\u2028b"}, "name", InvalidInput),
        ({"name": "a\ud800"}, "name", InvalidInput),
        ({"name": "n" * 1_001}, "name", TooLarge),
        ({"content": {"x": float("nan")}}, "content", InvalidInput),
        ({"content": [1]}, "content", InvalidInput),
        ({"content": {"x": "y" * 1_048_576}}, "content", TooLarge),
        ({"content": {"x": "\udfff"}}, "content", InvalidInput),
        ({"located_in": "Nowhere"}, "located_in", NotFound),
        ({"located_in": "Fan"}, "located_in", InvalidInput),
        ({"part_of": "Plumber"}, "part_of", InvalidInput),
        ({"entity_type": "home", "located_in": "Kitchen"}, "located_in", InvalidInput),
    ],
)
async def test_what_cannot_be_kept_is_refused_by_the_argument_that_holds_it(desk, arguments, argument, error):
    await desk.make("room", "Kitchen")
    await desk.make("device", "Fan")
    await desk.make("contact", "Plumber")
    before = await desk.status()
    call = {"entity_type": "device", "name": "Lamp", **arguments}
    with pytest.raises(error) as caught:
        await desk.graph.create_entity(ANN, call.pop("entity_type"), call.pop("name"), **call)
    assert caught.value.argument == argument
    assert (await desk.status()).digest == before.digest


async def test_the_longest_name_and_the_deepest_content_are_kept(desk):
    deep: dict = {}
    inner = deep
    for _ in range(62):
        inner["in"] = {}
        inner = inner["in"]
    name = "ü" * 1_000
    lamp = await desk.make("device", name, content=deep)
    kept = await desk.entity(lamp)
    assert kept.name == name
    assert kept.content["in"]["in"] is not None
    inner["in"] = {"in": {"in": {}}}
    with pytest.raises(TooLarge):
        await desk.make("device", "Other", content=deep)


async def test_odd_dates_are_stored_as_they_came(desk):
    content = {
        "due_on": "sometime in May",
        "warranty_until": "31/12/2026",
        "maintenance": [{"last": "?", "every": 0.5}],
    }
    lamp = await desk.make("device", "Boiler", content=content)
    assert dict((await desk.entity(lamp)).content) == content


async def test_a_merge_patch_changes_what_it_names_and_null_removes(desk):
    lamp = await desk.make("device", "Lamp", content={"a": 1, "limits": {"min": 1, "max": 9}, "tags": ["x"]})
    done = await desk.graph.update_entity(
        ANN, "lamp", {"a": None, "limits": {"max": None, "mid": 5}, "tags": [], "new": {"b": None, "c": 1}}
    )
    item = only(done)
    assert item.action == "updated"
    assert set(item.changed) == {"content.a", "content.limits.max", "content.limits.mid", "content.tags", "content.new"}
    assert dict((await desk.entity(lamp)).content) == {"limits": {"min": 1, "mid": 5}, "tags": [], "new": {"c": 1}}
    assert item.version == (await desk.entity(lamp)).version


@pytest.mark.parametrize("changes", [{}, {"a": 1}, {"b": None}, {"limits": {}}, {"limits": {"none": None}}])
async def test_what_changes_nothing_makes_no_version(desk, changes):
    lamp = await desk.make("device", "Lamp", content={"a": 1, "limits": {"min": 1}})
    done = await desk.graph.update_entity(ANN, lamp, changes, name="Lamp")
    assert (only(done).action, done.batch) == ("unchanged", None)
    assert len(await desk.versions(lamp)) == 1


@pytest.mark.parametrize("value", [1.0, True, "1", [1]])
async def test_values_that_python_holds_for_equal_are_changes(desk, value):
    lamp = await desk.make("device", "Lamp", content={"a": 1})
    assert only(await desk.graph.update_entity(ANN, lamp, {"a": value})).action == "updated"
    assert repr((await desk.entity(lamp)).content["a"]) == repr(value)


async def test_a_name_changes_and_the_content_stays(desk):
    lamp = await desk.make("device", "Lamp", content={"a": 1})
    done = only(await desk.graph.update_entity(ANN, lamp, name=" Big lamp "))
    assert (done.action, done.name, done.changed) == ("updated", "Big lamp", ("name",))
    assert dict((await desk.entity(lamp)).content) == {"a": 1}


async def test_an_update_that_says_nothing_or_too_much_is_refused(desk):
    lamp = await desk.make("device", "Lamp", content={"a": "x" * 1_000_000})
    with pytest.raises(InvalidInput) as caught:
        await desk.graph.update_entity(ANN, lamp)
    assert caught.value.argument == "changes"
    with pytest.raises(TooLarge) as caught:
        await desk.graph.update_entity(ANN, lamp, {"b": "x" * 100_000})
    assert caught.value.argument == "changes"
    with pytest.raises(InvalidInput):
        await desk.graph.update_entity(ANN, lamp, ["not", "an", "object"])
    assert len(await desk.versions(lamp)) == 1


async def test_an_expected_version_that_has_passed_names_the_current_one_and_who_made_it(desk):
    lamp = await desk.make("device", "Lamp")
    first = (await desk.entity(lamp)).version
    second = only(await desk.graph.update_entity(ANN, lamp, {"a": 1}, expected_version=first)).version
    for write in (
        desk.graph.update_entity(ANN, lamp, {"a": 2}, expected_version=first),
        desk.graph.delete_entity(ANN, lamp, expected_version=first),
        desk.graph.delete_entity(ANN, lamp, expected_version=first, dry_run=True),
        desk.graph.update_entity(ANN, lamp, {"a": 1}, expected_version="no version at all"),
    ):
        with pytest.raises(Conflict) as caught:
            await write
        said = caught.value.as_dict()
        assert (said["current_version"], said["author"], said["device"]) == (second, "ann", "tablet")
        assert said["argument"] == "expected_version"
        assert said["edited_at"] == (await desk.entity(lamp)).edited_at
    assert dict((await desk.entity(lamp)).content) == {"a": 1}


async def test_names_that_fit_several_or_nothing_are_errors(desk):
    await desk.make("device", "Lamp")
    kitchen = await desk.make("room", "Kitchen")
    await desk.make("device", "Lamp", located_in=kitchen)
    with pytest.raises(Ambiguous):
        await desk.graph.update_entity(ANN, "Lamp", {"a": 1})
    with pytest.raises(NotFound):
        await desk.graph.delete_entity(ANN, "Lantern")


async def test_a_conflicted_thing_is_settled_by_the_next_edit_even_if_it_changes_nothing(desk):
    peers = Device(1, author="mia"), Device(2, author="jonas")
    base = peers[0].entity("lamp", "Lamp", content={"a": 0})
    sides = [peer.entity("lamp", "Lamp", base, content={"a": n + 1}) for n, peer in enumerate(peers)]
    await desk.pull(base, *sides)
    conflicted = await desk.entity("lamp")
    assert conflicted.conflicted
    settled = await desk.graph.update_entity(ANN, "lamp", {"a": conflicted.content["a"]})
    assert only(settled).action == "updated"
    assert "settled" in settled.note
    newest = (await desk.versions("lamp"))[-1].value
    assert set(newest.parents) == {side.version for side in sides}
    assert not (await desk.entity("lamp")).conflicted
    assert len(await desk.store.read(lambda view: view.heads("lamp"))) == 1


async def test_a_deleted_thing_leaves_with_its_edges_in_one_batch(desk):
    kitchen = await desk.make("room", "Kitchen")
    lamp = await desk.make("device", "Lamp", located_in=kitchen)
    switch = await desk.make("device", "Switch", located_in=kitchen)
    edge = await desk.tie(switch, lamp, "controls")
    done = await desk.graph.delete_entity(ANN, "Lamp")
    assert (only(done).action, only(done).id, only(done).where) == ("deleted", lamp, "Kitchen")
    assert only(done).version == (await desk.entity(lamp)).version
    assert (await desk.entity(lamp)).deleted
    assert (await desk.edge(edge)).deleted
    assert await desk.edges_from(switch) == [("located_in", kitchen)]
    assert len(await desk.store.read(lambda view: view.batch_versions(done.batch))) == 3
    with pytest.raises(NotFound):
        await desk.graph.delete_entity(ANN, lamp)


async def test_a_place_that_holds_something_goes_only_with_cascade(desk):
    house = await desk.make("home", "House")
    floor = await desk.make("zone", "Floor", part_of=house)
    kitchen = await desk.make("room", "Kitchen", part_of=floor)
    lamp = await desk.make("device", "Lamp", located_in=kitchen)
    bulb = await desk.make("accessory", "Bulb", part_of=lamp)
    before = await desk.shown()
    for attempt in (desk.graph.delete_entity(ANN, floor), desk.graph.delete_entity(ANN, floor, dry_run=True)):
        with pytest.raises(InvalidInput, match=r"Kitchen \(room\)") as caught:
            await attempt
        assert "cascade" in caught.value.hint
        assert caught.value.argument == "cascade"
        assert [each["id"] for each in caught.value.details["contents"]] == [kitchen]
    rehearsal = await desk.graph.delete_entity(ANN, floor, cascade=True, dry_run=True)
    assert {item.id for item in rehearsal.items} == {floor, kitchen, lamp, bulb}
    assert {item.action for item in rehearsal.items} == {"would_delete"}
    assert rehearsal.batch is None
    assert await desk.shown() == before
    done = await desk.graph.delete_entity(ANN, floor, cascade=True)
    assert [item.id for item in done.items] == [item.id for item in rehearsal.items]
    assert await desk.shown() == {house: before[house]}


async def test_what_has_its_place_elsewhere_stays_and_loses_the_edge(desk):
    kitchen = await desk.make("room", "Kitchen")
    party = await desk.make("zone", "Party lights")
    lamp = await desk.make("device", "Lamp", located_in=kitchen, part_of=party)
    bulb = await desk.make("accessory", "Bulb", part_of=lamp)
    loose = await desk.make("device", "Disco ball", part_of=party)
    done = await desk.graph.delete_entity(ANN, party, cascade=True)
    assert {item.id for item in done.items} == {party, loose}
    assert "Lamp" in done.note
    assert await desk.edges_from(lamp) == [("located_in", kitchen)]
    assert await desk.edges_from(bulb) == [("part_of", lamp)]


async def test_who_writes_a_date_that_cannot_be_read_is_told(desk):
    made = await desk.graph.create_entity(ANN, "device", "Hob", content={"warranty_until": "next year"})
    assert "what_is_due cannot read warranty_until" in made.note
    assert (await desk.graph.update_entity(ANN, "Hob", {"watt": 3000})).note is None
    assert (await desk.graph.update_entity(ANN, "Hob", {"warranty_until": "2027-06-30"})).note is None
    assert "maintenance" in (await desk.graph.update_entity(ANN, "Hob", {"maintenance": "monthly"})).note
