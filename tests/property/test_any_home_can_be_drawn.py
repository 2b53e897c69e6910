"""Any home can be drawn: rooms share the floor without overlapping, and any text stays text in well-formed markup."""

from html.parser import HTMLParser
from xml.etree import ElementTree as ET

from hypothesis import given, settings
from hypothesis import strategies as st

from goodies_mcp.drawing.book import bind
from goodies_mcp.drawing.plan import plan_of
from goodies_mcp.drawing.svg import draw
from goodies_mcp.graph.home_map import HomeMap, MapDevice, MapFloor, MapOpening, MapRoom
from goodies_mcp.graph.house_book import BookPaper, BookRoom, BookThing, HouseBook
from goodies_mcp.graph.shown import Ref, Shown

SVG = "{http://www.w3.org/2000/svg}"
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=30)
HARD = st.sampled_from(
    ["</title><script>", '" onload="x', "&amp;", "]]>", "\ud800", "\uffff", "مطبخ", "👩‍👩‍👧", "x" * 300, ""]
)
TEXT = ANY_TEXT | HARD
ANSWERS = st.lists(st.sampled_from(["on", "off", "open", "unlocked", "detected", "low_battery", "jammed"]), max_size=3)


@st.composite
def devices(draw_from, most=7):
    count = draw_from(st.integers(0, most))
    return tuple(
        MapDevice(
            draw_from(ANY_TEXT),
            "device",
            draw_from(TEXT),
            draw_from(st.none() | TEXT),
            tuple(draw_from(st.lists(st.sampled_from(["on_off", "smoke", "battery", "unheard of"]), max_size=2))),
            draw_from(st.none() | TEXT),
            tuple(draw_from(ANSWERS)),
        )
        for _ in range(count)
    )


@st.composite
def homes(draw_from):
    floors, ids = [], []
    for number in range(draw_from(st.integers(0, 2))):
        rooms = []
        for at in range(draw_from(st.integers(0, 7))):
            area = draw_from(st.none() | st.floats(1e-9, 1e9))
            rooms.append(
                MapRoom(f"{number}-{at}", draw_from(TEXT), area, draw_from(devices()), draw_from(st.integers(0, 9)))
            )
        ids += [room.id for room in rooms]
        loose = draw_from(devices(3))
        floors.append(
            MapFloor(f"f{number}", draw_from(TEXT), outdoor=draw_from(st.booleans()), rooms=tuple(rooms), devices=loose)
        )
    openings = [
        MapOpening(
            f"o{number}",
            draw_from(st.sampled_from(["door", "window", "passage", "opening"])),
            draw_from(TEXT),
            draw_from(st.sampled_from([None, "stairs", "path", "<b>"])),
            None,
            tuple(draw_from(st.lists(st.sampled_from(ids), min_size=1, max_size=4, unique=True))),
            tuple(draw_from(st.lists(TEXT, max_size=2))),
            tuple(draw_from(ANSWERS)),
        )
        for number in range(draw_from(st.integers(0, 9)) if ids else 0)
    ]
    home = Ref(draw_from(ANY_TEXT), "home", draw_from(TEXT))
    return HomeMap(home, tuple(floors), tuple(openings), draw_from(devices(3)), note=draw_from(st.none() | TEXT))


@given(homes())
@settings(max_examples=25)
def test_no_two_rooms_overlap_and_everything_is_inside_its_floor(home):
    for floor in plan_of(home).floors:
        placed = [each.box for each in floor.cells]
        for number, box in enumerate(placed):
            assert box.x >= 0
            assert box.y >= 0
            assert box.right <= floor.box.width
            assert box.bottom <= floor.box.height
            for other in placed[:number]:
                across = min(box.right, other.right) - max(box.x, other.x)
                down = min(box.bottom, other.bottom) - max(box.y, other.y)
                assert across <= 0 or down <= 0
        assert sum(box.width * box.height for box in placed) == floor.box.width * floor.box.height


@given(homes())
@settings(max_examples=25)
def test_every_line_of_writing_lies_in_its_room_and_every_gap_on_a_wall_of_its_rooms(home):
    for floor in plan_of(home).floors:
        boxes = {each.cell.id: each.box for each in floor.cells if not each.cell.loose}
        for each in floor.cells:
            for spot in (*each.lettered.chips, *each.lettered.links):
                assert each.box.x < spot.x < each.box.right
                assert each.box.y < spot.y < each.box.bottom
        for gap in floor.gaps:
            middle = (gap.x1 + gap.x2) / 2, (gap.y1 + gap.y2) / 2
            assert any(on_edge(boxes[room], *middle) for room in gap.opening.rooms if room in boxes)


def on_edge(box, x, y):
    upright = x in {box.x, box.right} and box.y < y < box.bottom
    return upright or (y in {box.y, box.bottom} and box.x < x < box.right)


@given(homes())
@settings(max_examples=25)
def test_the_picture_is_well_formed_and_has_every_room_device_and_opening(home):
    drawn = draw(home)
    assert "\ud800" not in drawn
    tree = ET.fromstring(drawn)  # noqa: S314 - we have just written it
    kinds = {each.tag for each in tree.iter()}
    assert kinds <= {SVG + tag for tag in KNOWN}
    assert all(not name.startswith("on") for each in tree.iter() for name in each.attrib)
    assert all(href.startswith("#gm-") for each in tree.iter() if (href := each.get("href")) is not None)
    rooms = [room for floor in home.floors for room in floor.rooms]
    assert {each.get("data-room") for each in tree.iter()} - {None} == {room.id for room in rooms}
    standing = sum(len(place.devices) for place in (*rooms, *home.floors)) + len(home.elsewhere)
    assert sum(1 for each in tree.iter() if each.get("data-device") is not None) == standing
    told = {each.get("data-opening") for each in tree.iter()} - {None}
    assert told == {opening.id for opening in home.openings}


KNOWN = (
    "svg",
    "title",
    "desc",
    "style",
    "defs",
    "symbol",
    "pattern",
    "path",
    "rect",
    "g",
    "text",
    "circle",
    "use",
    "line",
)


@given(homes())
@settings(max_examples=8)
def test_the_same_home_is_always_drawn_the_same(home):
    assert draw(home) == draw(home)


@st.composite
def books(draw_from):
    facts = st.lists(st.tuples(TEXT, TEXT), max_size=3).map(tuple)
    names = st.lists(TEXT, max_size=3).map(tuple)
    ids = [f"p{number}" for number in range(4)]
    things = st.builds(
        BookThing, id=ANY_TEXT, type=TEXT, name=TEXT, kind=st.none() | TEXT, state=st.none() | TEXT, facts=facts,
        about=names, papers=st.lists(st.sampled_from(ids), max_size=2).map(tuple),
    )  # fmt: skip
    papers = [
        BookPaper(
            each,
            draw_from(st.sampled_from(["manual", "procedure", "note"])),
            draw_from(TEXT),
            draw_from(names),
            draw_from(st.none() | TEXT),
            draw_from(facts),
            draw_from(TEXT),
            draw_from(names),
            draw_from(names),
            draw_from(st.integers(0, 3)),
            draw_from(st.none() | st.builds(Shown, TEXT, st.binary(max_size=20))),
        )
        for each in ids
    ]
    rooms = st.builds(BookRoom, id=ANY_TEXT, name=TEXT, where=st.none() | TEXT, facts=facts, devices=st.tuples(things))
    listed = st.lists(things, max_size=2).map(tuple)
    return HouseBook(
        HomeMap(Ref("h", "home", draw_from(TEXT))),
        "2026-11-22T10:00:00.000000+00:00",
        private=False,
        facts=draw_from(facts),
        rooms=tuple(draw_from(st.lists(rooms, max_size=3))),
        papers=tuple(papers),
        contacts=draw_from(listed),
        routines=draw_from(listed),
    )


class Page(HTMLParser):
    """What a reader of HTML sees: whether all that was opened is closed, and which elements there are."""

    VOID = frozenset({"meta", "img"})

    def __init__(self):
        super().__init__()
        self.open, self.kinds, self.names = [], set(), set()

    def handle_starttag(self, tag, attributes):
        self.kinds.add(tag)
        self.names |= {name for name, _ in attributes}
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.kinds.add(tag)
        self.names |= {name for name, _ in attributes}

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@given(books())
@settings(max_examples=60)
def test_any_text_in_a_book_stays_text(book):
    whole = "".join(bind(book))
    whole.encode()
    page = Page()
    page.feed(whole)
    page.close()
    assert page.open == []
    assert not page.kinds & {"script", "iframe", "object", "form"}
    assert not {name for name in page.names if name.startswith("on")}
