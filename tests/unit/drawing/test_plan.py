from goodies_mcp.drawing.plan import plan_of
from goodies_mcp.graph.home_map import HomeMap, MapDevice, MapFloor, MapOpening, MapRoom
from goodies_mcp.graph.shown import Ref

HOME = Ref("h", "home", "Home")


def door(name, *rooms, beyond=(), kind=None, type="door"):  # noqa: A002 - the field's own name
    return MapOpening(name, type, name, kind, None, rooms, beyond)


def floor(*names, id="f", outdoor=False, level=None, area=None):  # noqa: A002
    rooms = tuple(MapRoom(name, name, (area or {}).get(name)) for name in names)
    return MapFloor(id, id, level, outdoor=outdoor, rooms=rooms)


def planned(*floors, openings=(), elsewhere=()):
    return plan_of(HomeMap(HOME, floors, tuple(openings), tuple(elsewhere)))


def links(placed, room):
    (cell,) = [each for each in placed.cells if each.cell.id == room]
    return [link.text for link in cell.lettered.links]


def test_a_hall_touches_all_rooms_that_open_into_it():
    names = ["hall", *(f"room {n}" for n in range(6))]
    (placed,) = planned(floor(*names), openings=[door(f"d{n}", "hall", f"room {n}") for n in range(6)]).floors
    assert {gap.opening.name for gap in placed.gaps} == {f"d{n}" for n in range(6)}
    assert all(each.lettered.links == () for each in placed.cells)


def test_rooms_that_cannot_touch_are_told_of_their_door_in_words():
    names = [f"r{n}" for n in range(6)]
    every = [door(f"{a}{b}", a, b) for n, a in enumerate(names) for b in names[:n]]
    (placed,) = planned(floor(*names), openings=every).floors
    in_walls = {gap.opening.name for gap in placed.gaps}
    told = {link.opening.name for each in placed.cells for link in each.lettered.links}
    assert told  # six rooms cannot all share walls with each other
    assert in_walls | told == {opening.name for opening in every}
    assert not in_walls & told


def test_ways_to_other_floors_are_told_on_both_and_stairs_need_no_outer_wall():
    stairs = door("Stairs", "hall", "landing", kind="stairs", type="passage")
    upper, ground = planned(floor("landing", id="up"), floor("hall", id="down"), openings=[stairs]).floors
    assert links(upper, "landing") == ["Stairs → hall"]
    assert links(ground, "hall") == ["Stairs → landing"]
    assert upper.gaps == ground.gaps == ()


def test_what_leads_out_has_a_gap_in_the_outer_wall_and_is_told():
    out = [
        door("Back door", "kitchen", "lawn"),
        door("Skylight", "kitchen", type="window"),
        door("Gate", "lawn", beyond=["Street"]),
    ]
    inside, outside = planned(floor("kitchen", id="in"), floor("lawn", id="out", outdoor=True), openings=out).floors
    assert {gap.opening.name for gap in inside.gaps} == {"Back door", "Skylight"}
    assert links(inside, "kitchen") == ["Back door → lawn", "Skylight"]
    assert links(outside, "lawn") == ["Back door → kitchen", "Gate → Street"]
    assert outside.gaps == ()


def test_rooms_known_to_be_larger_are_drawn_larger():
    names = ["small", "middle", "large"]
    area = {"small": 4, "middle": 16, "large": 60}
    (placed,) = planned(floor(*names, area=area)).floors
    drawn = {each.cell.id: each.box.width * each.box.height for each in placed.cells}
    assert drawn["small"] < drawn["large"]


def test_storeys_are_equally_wide_and_gardens_as_they_like():
    many = [f"r{n}" for n in range(12)]
    fewer = [f"u{n}" for n in range(6)]
    upper, ground, garden = planned(
        floor(*fewer, id="u", level=1), floor(*many, id="g", level=0), floor("lawn", id="o", outdoor=True)
    ).floors
    assert upper.box.width == ground.box.width > garden.box.width


def test_a_home_of_nothing_and_things_without_a_room_have_their_sheet():
    assert planned().floors == ()
    (nowhere,) = planned(elsewhere=[MapDevice("d", "device", "In a box")]).floors
    assert [each.cell.loose for each in nowhere.cells] == [True]
    assert nowhere.title == "Without a room"


def test_floors_never_lie_on_each_other():
    floors = planned(*(floor(f"r{n}", id=f"f{n}", outdoor=n % 2 == 0) for n in range(9))).floors
    boxes = [each.box for each in floors]
    for number, box in enumerate(boxes):
        for other in boxes[:number]:
            assert box.right <= other.x or other.right <= box.x or box.bottom <= other.y or other.bottom <= box.y
