"""Open conflicts: told with base, both sides, who and when, field by field, and settled in four ways."""

import pytest

from goodies_mcp.errors import Conflict, InvalidInput, NotFound
from tests.support.build import Device, record
from tests.support.clock import FakeClock
from tests.support.desk import ANN, Desk, only
from tests.support.ids import CountingIds
from tests.support.stores import ENGINES, opened

LAMP = record(1)


@pytest.fixture(params=[each for each in ENGINES if each != "sqlite"])
async def desk(request, tmp_path):
    clock = FakeClock()
    async with opened(request.param, tmp_path, clock=clock) as store:
        yield Desk(store, clock, CountingIds())


def device(number, at):
    clock = FakeClock()
    clock.advance(seconds=at)
    return Device(number, clock=clock)


async def brought(desk, *versions):
    await desk.store.write(lambda tx: tx.apply(versions, local=False))


async def clash(desk, *, content=None):
    """A lamp that this device (tablet) called one thing and another device another, later."""
    base = device(7, 0).entity(LAMP, "Lamp", content={"watt": 5, "place": {"shelf": 1}})
    here = device(1, 10)
    here.name = "tablet"
    mine = here.entity(LAMP, "Reading lamp", base, content={"watt": 6, "place": {"shelf": 1}})
    theirs = device(2, 20).entity(LAMP, "Desk lamp", base, content=content or {"watt": 5, "place": {"shelf": 2}})
    await brought(desk, base, mine, theirs)
    return base, mine, theirs


async def test_a_conflict_is_told_field_by_field(desk):
    base, mine, theirs = await clash(desk)
    page = await desk.graph.list_conflicts()
    assert (page.total, page.next_cursor) == (1, None)
    (item,) = page.items
    assert (item.id, item.kind, item.type, item.name, item.base_version) == (
        LAMP, "entity", "device", "Desk lamp", base.version,
    )  # fmt: skip
    assert "later edit" in item.reason
    assert [(side.side, side.version, side.author, side.device, side.edited_at, side.shown) for side in item.sides] == [
        ("remote", theirs.version, "ann-2", "device-2", theirs.edited_at, True),
        ("local", mine.version, "ann", "tablet", mine.edited_at, False),
    ]
    told = {each.field: each for each in item.fields}
    assert list(told) == ["name", "content.watt", "content.place.shelf"]
    name = told["name"]
    assert (name.base, name.shown, name.open) == ("Lamp", "Desk lamp", True)
    assert {side.version: side.value for side in name.sides} == {
        theirs.version: "Desk lamp",
        mine.version: "Reading lamp",
    }
    # Only one side changed these: no question, but worth seeing.
    assert (told["content.watt"].base, told["content.watt"].shown, told["content.watt"].open) == (5, 6, False)
    assert (told["content.place.shelf"].shown, told["content.place.shelf"].open) == (2, False)


async def test_what_was_said_here_is_local_even_when_the_other_machine_has_the_same_name(desk):
    base = device(7, 0).entity(LAMP, "Lamp")
    await brought(desk, base)
    mine = only(await desk.graph.update_entity(ANN, LAMP, name="Reading lamp")).version
    there = device(2, 20)
    there.name = "tablet"
    theirs = there.entity(LAMP, "Desk lamp", base)
    await brought(desk, theirs)
    (item,) = (await desk.graph.list_conflicts()).items
    assert {side.version: side.side for side in item.sides} == {mine: "local", theirs.version: "remote"}
    await desk.graph.resolve_conflict(ANN, LAMP, "keep_local")
    assert (await desk.entity(LAMP)).name == "Reading lamp"


async def test_a_field_that_a_side_dropped_is_told_apart_from_null(desk):
    base = device(7, 0).entity(LAMP, "Lamp", content={"note": "old"})
    mine = device(1, 10).entity(LAMP, "Lamp", base, content={})
    theirs = device(2, 20).entity(LAMP, "Lamp", base, content={"note": None})
    await brought(desk, base, mine, theirs)
    (item,) = (await desk.graph.list_conflicts()).items
    (field,) = item.fields
    assert field.field == "content.note"
    assert {side.version: side.absent for side in field.sides} == {mine.version: True, theirs.version: False}


async def test_an_edit_against_a_deletion_is_told(desk):
    base = device(7, 0).entity(LAMP, "Lamp")
    edit = device(1, 10).entity(LAMP, "Reading lamp", base)
    deletion = device(2, 20).tombstone(base)
    await brought(desk, base, edit, deletion)
    (item,) = (await desk.graph.list_conflicts()).items
    assert "deleted" in item.reason
    assert {side.version: side.deleted for side in item.sides} == {edit.version: False, deletion.version: True}
    assert item.flags == ("deleted_elsewhere",)


async def test_conflicts_come_in_pages(desk):
    for n in range(1, 6):
        base = device(7, n).entity(record(n), "Lamp")
        await brought(
            desk,
            base,
            device(10 + n, 10).entity(record(n), "One", base),
            device(20 + n, 20).entity(record(n), "Two", base),
        )
    found, cursor = [], None
    while True:
        page = await desk.graph.list_conflicts(limit=2, cursor=cursor)
        assert page.total == 5
        found += [item.id for item in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert found == sorted(record(n) for n in range(1, 6))


@pytest.mark.parametrize(
    ("resolution", "name", "watt"),
    [
        ("keep_local", "Reading lamp", 6),
        ("keep_remote", "Desk lamp", 5),
        ("merge", "Desk lamp", 6),
        (" Merge ", "Desk lamp", 6),
    ],
)
async def test_a_conflict_is_settled_by_a_version_on_top_of_all_sides(desk, resolution, name, watt):
    _, mine, theirs = await clash(desk)
    done = only(await desk.graph.resolve_conflict(ANN, LAMP, resolution))
    assert done.action == "updated"
    (head,) = await desk.store.read(lambda view: view.heads(LAMP))
    assert set(head.value.parents) == {mine.version, theirs.version}
    assert (head.value.payload.name, head.value.payload.content["watt"]) == (name, watt)
    assert (await desk.graph.list_conflicts()).items == ()
    # It waits for the hub like any other edit, and both sides stay in the history.
    assert (await desk.store.read(lambda view: view.outbox_size())).waiting == 1
    history = await desk.graph.get_entity_history(LAMP)
    assert {mine.version, theirs.version} <= {item.version for item in history.items}


async def test_a_conflict_is_settled_by_what_a_person_says(desk):
    await clash(desk)
    done = only(
        await desk.graph.resolve_conflict(
            ANN, "Desk lamp", "custom", name="Our lamp", changes={"watt": None, "colour": "red"}
        )
    )
    assert set(done.changed) == {"name", "content.watt", "content.colour"}
    found = await desk.graph.get_entity_details(LAMP)
    assert (found.name, dict(found.content)) == ("Our lamp", {"place": {"shelf": 2}, "colour": "red"})
    assert not found.conflicted


async def test_a_deletion_can_be_what_is_kept(desk):
    base = device(7, 0).entity(LAMP, "Lamp")
    await brought(desk, base, device(1, 10).entity(LAMP, "Reading lamp", base), device(2, 20).tombstone(base))
    page = await desk.graph.list_conflicts()
    side = next(side for side in page.items[0].sides if side.deleted)
    done = only(await desk.graph.resolve_conflict(ANN, LAMP, f"keep_{side.side}"))
    assert done.action == "deleted"
    assert await desk.store.read(lambda view: view.entities([LAMP])) == {}


async def test_an_edge_in_conflict_is_settled_by_its_id(desk):
    edge_id = record(50)
    home = device(7, 0)
    things = [home.entity(record(n), f"Room {n}", entity_type="room") for n in (2, 3, 4)]
    lamp, edge = home.entity(LAMP, "Lamp"), home.edge(edge_id, LAMP, record(2))
    await brought(
        desk, *things, lamp, edge,
        device(1, 10).edge(edge_id, LAMP, record(3), edge), device(2, 20).edge(edge_id, LAMP, record(4), edge),
    )  # fmt: skip
    (item,) = (await desk.graph.list_conflicts()).items
    assert (item.kind, item.type, item.name) == ("relationship", "located_in", "Lamp → Room 4")
    with pytest.raises(InvalidInput, match="no name"):
        await desk.graph.resolve_conflict(ANN, edge_id, "custom", name="Edge")
    await desk.graph.resolve_conflict(ANN, edge_id, "keep_remote")
    assert (await desk.graph.list_conflicts()).items == ()


async def test_of_several_sides_one_is_named(desk):
    base = device(7, 0).entity(LAMP, "Lamp")
    here = device(1, 10)
    here.name = "tablet"
    mine = here.entity(LAMP, "Mine", base)
    others = [device(n, 10 + n).entity(LAMP, f"Theirs {n}", base) for n in (2, 3)]
    await brought(desk, base, mine, *others)
    with pytest.raises(InvalidInput, match="several remote sides") as caught:
        await desk.graph.resolve_conflict(ANN, LAMP, "keep_remote")
    assert others[0].version in caught.value.hint
    with pytest.raises(NotFound):
        await desk.graph.resolve_conflict(ANN, LAMP, "keep_remote", version=mine.version)
    await desk.graph.resolve_conflict(ANN, LAMP, "keep_remote", version=others[0].version)
    assert (await desk.graph.get_entity_details(LAMP)).name == "Theirs 2"


async def test_what_is_settled_already_says_so(desk):
    await clash(desk)
    await desk.graph.resolve_conflict(ANN, LAMP, "merge")
    with pytest.raises(Conflict, match="no open conflict") as caught:
        await desk.graph.resolve_conflict(ANN, LAMP, "merge")
    assert "list_conflicts" in caught.value.hint


@pytest.mark.parametrize(
    ("resolution", "arguments", "argument"),
    [
        ("best", {}, "resolution"),
        ("merge", {"name": "Lamp"}, "name"),
        ("keep_local", {"changes": {"a": 1}}, "changes"),
        ("custom", {}, "changes"),
        ("merge", {"version": "x"}, "version"),
        ("custom", {"name": "x", "version": "x"}, "version"),
    ],
)
async def test_what_makes_no_sense_is_refused_and_changes_nothing(desk, resolution, arguments, argument):
    await clash(desk)
    with pytest.raises(InvalidInput) as caught:
        await desk.graph.resolve_conflict(ANN, LAMP, resolution, **arguments)
    assert caught.value.argument == argument
    assert len((await desk.graph.list_conflicts()).items) == 1


async def test_the_overview_counts_them(desk):
    await clash(desk)
    assert (await desk.graph.get_home_overview()).open_conflicts == 1
