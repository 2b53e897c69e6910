import pytest

from goodies_mcp.core.models import RecordId, Relationship, VersionId
from goodies_mcp.graph.cache import GraphCache
from goodies_mcp.graph.places import refs, shown_containers, whereabouts
from tests.support.build import Device, record
from tests.support.clock import FakeClock, moment


def _edge(edge_id, to, kind="located_in", *, seconds=0):
    ends = RecordId("lamp"), RecordId(to)
    return Relationship(RecordId(edge_id), VersionId("v"), *ends, kind, {}, edited_at=moment(seconds))


def test_of_several_containers_the_later_edit_is_shown_then_the_id():
    older, newer = _edge("9", "kitchen"), _edge("1", "hall", seconds=5)
    for edges in ([older, newer], [newer, older]):
        assert shown_containers(edges)["lamp"] is newer
    one, other = _edge("1", "kitchen"), _edge("2", "hall")
    for edges in ([one, other], [other, one]):
        assert shown_containers(edges)["lamp"] is other


def test_being_located_somewhere_says_more_than_being_part_of_something():
    part, box, room = _edge("3", "set", "part_of", seconds=9), _edge("2", "box", "contained_in"), _edge("1", "room")
    assert shown_containers([part, box, room])["lamp"] is room
    assert shown_containers([part, box])["lamp"] is box
    assert shown_containers([part])["lamp"] is part


def test_other_edges_say_nothing_about_a_place():
    assert shown_containers([_edge("1", "switch", "controls")]) == {}


async def test_breadcrumbs_go_from_the_outside_in(house):
    def work(view):
        entities = view.entities([house.ids[name] for name in ("Ceiling lamp", "Thermostat valve", "Our house")])
        return {ref.name: ref.where for ref in refs(view, entities.values()).values()}

    assert await house.desk.store.read(work) == {
        "Ceiling lamp": "Our house › Ground floor › Kitchen",
        "Thermostat valve": "Our house › Ground floor › Hall › Thermostat",
        "Our house": None,
    }


async def test_what_is_remembered_is_true_until_the_feed_moves(house):
    cache, lamp = GraphCache(), house.ids["Ceiling lamp"]

    def work(view):
        return whereabouts(view, [lamp], cache).where(lamp)

    read = house.desk.store.read
    assert await read(work) == await read(work) == "Our house › Ground floor › Kitchen"
    await house.tie("Kitchen", "First floor", "located_in")
    assert await read(work) == "Our house › First floor › Kitchen"
    assert await read(work, at=moment(0.05)) == await read(
        lambda view: whereabouts(view, [lamp]).where(lamp), at=moment(0.05)
    )


@pytest.mark.parametrize("later", [1, 2])
async def test_a_thing_that_sync_left_in_two_places_is_where_it_was_put_last(desk, later):
    device = Device(clock=FakeClock())
    rooms = [device.entity(record(n), f"Room {n}", entity_type="room") for n in (1, 2)]
    lamp = [device.entity(record(3)), *(device.edge(record(10 + n), record(3), record(n)) for n in (3 - later, later))]
    await desk.pull(*rooms, *lamp)
    where = await desk.store.read(lambda view: whereabouts(view, [record(3)]).where(record(3)))
    assert where == f"Room {later}"


async def test_a_cycle_that_sync_made_ends_where_it_closes(desk):
    device = Device(clock=FakeClock())
    rooms = [device.entity(record(n), f"Room {n}", entity_type="room") for n in (1, 2)]
    edges = [device.edge(record(11), record(1), record(2)), device.edge(record(12), record(2), record(1))]
    lamp = [device.entity(record(3)), device.edge(record(13), record(3), record(1))]
    await desk.pull(*rooms, *edges, *lamp)

    def work(view):
        found = whereabouts(view, [record(1), record(2), record(3)], GraphCache())
        return [found.where(record(n)) for n in (1, 2, 3)]

    assert await desk.store.read(work) == ["Room 2", "Room 1", "Room 2 › Room 1"]
