"""What people look at, in a real browser: the map, the app inside a host, and the book on paper."""

import base64
import io
import json
from datetime import date
from urllib.parse import urlencode

import pytest
from pypdf import PdfReader
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from goodies_mcp.drawing.book import bind
from goodies_mcp.drawing.svg import draw
from goodies_mcp.graph.home_map import HomeMap, MapDevice, MapFloor, MapOpening, MapRoom
from goodies_mcp.graph.shown import Ref
from tests.support import desk as desks
from tests.support.app_host import app_host
from tests.support.browser import boxes, browser, complaints, needed, overlap, within
from tools.demo.build import build_demo_home

HOSTILE = "<script>alert(1)</script>&\"'" + "]]>\u202e\u0000 Küche 厨房 مطبخ 👩‍👩‍👧 " + "w" * 200


@pytest.fixture(scope="module")
def driver():
    needed()
    with browser() as driver:
        yield driver


@pytest.fixture
def watched(driver):
    """The browser, on whose console nothing may be complained of."""
    complaints(driver)
    yield driver
    driver.switch_to.default_content()
    assert complaints(driver) == []


async def furnish(desk):
    await build_demo_home(desk.graph, date(2026, 11, 22))


async def demo_map(tmp_path):
    async with desks.desk("memory", tmp_path) as desk:
        await furnish(desk)
        return await desk.graph.get_home_map()


def large():
    """Sixty rooms on a floor, with doors in a row, devices from none to forty, and names that nobody wants to see."""
    rooms = [
        MapRoom(f"r{n}", (HOSTILE, f"Room {n}", "غرفة النوم", "🛏️", "")[n % 5], devices=devices(n, (0, 1, 3, 40)[n % 4]))
        for n in range(60)
    ]
    doors = [
        MapOpening(f"d{n}", ("door", "window", "passage")[n % 3], f"{n}", None, True, (f"r{n}", f"r{n + 1}"))
        for n in range(59)
    ]
    upper = MapFloor("u", "Upper", 1, rooms=(MapRoom("u1", "Attic"),))
    return HomeMap(
        Ref("h", "home", HOSTILE),
        (upper, MapFloor("g", "Ground", 0, rooms=tuple(rooms))),
        (*doors, MapOpening("s", "passage", "Stairs", "stairs", False, ("u1", "r0"))),
        devices(99, 3),
    )


def devices(room, count):
    return tuple(
        MapDevice(f"v{room}-{n}", "device", HOSTILE if n % 3 else f"Lamp {n}", "light", state="on", answers=("on",))
        for n in range(count)
    )


def page_of(svg, tmp_path):
    """The picture alone, as a browser opens it."""
    file = tmp_path / "map.svg"
    file.write_text(svg, "utf-8")
    return file.as_uri()


def expected(home):
    rooms = [room for floor in home.floors for room in floor.rooms]
    standing = [device for place in (*rooms, *home.floors) for device in place.devices] + list(home.elsewhere)
    return {room.id for room in rooms}, {device.id for device in standing}


@pytest.mark.parametrize("which", ["demo", "large"])
async def test_the_map_shows_every_room_and_device_and_nothing_lies_on_anything_else(watched, tmp_path, which):
    home = large() if which == "large" else await demo_map(tmp_path)
    watched.get(page_of(draw(home), tmp_path))
    rooms, standing = expected(home)
    walls = boxes(watched, ".room > .walls, .loose > .walls")
    assert {each["data-room"] for each in boxes(watched, ".room", "data-room")} == rooms
    assert {each["data-device"] for each in boxes(watched, ".device", "data-device")} == standing
    assert len(walls) >= len(rooms)
    assert not [(n, m) for n in range(len(walls)) for m in range(n) if overlap(walls[n], walls[m])]
    assert all(box["right"] - box["left"] > 100 and box["bottom"] - box["top"] > 50 for box in walls)
    (sheet,) = boxes(watched, ".sheet")
    assert all(within(each, sheet) for each in boxes(watched, "text"))
    for cell in watched.find_elements(By.CSS_SELECTOR, ".room, .loose"):
        measured = watched.execute_script(
            """const box = (each) => { const b = each.getBoundingClientRect();
                 return {left: b.left, top: b.top, right: b.right, bottom: b.bottom}; };
               return [box(arguments[0].querySelector(".walls")),
                       [...arguments[0].querySelectorAll("text, .disc")].map(box)];""",
            cell,
        )
        wall, written = measured
        assert all(within(each, wall) for each in written)
    assert watched.find_elements(By.CSS_SELECTOR, "script") == []


async def test_texts_on_the_map_do_not_run_into_each_other(watched, tmp_path):
    watched.get(page_of(draw(await demo_map(tmp_path)), tmp_path))
    written = boxes(watched, ".room-name, .name, .state, .link text, .floor-name, .floor-about, .home, .about")
    # A font's box is higher than its letters: lines of one device touch, and only sideways may nothing overlap.
    crossing = [
        (one["text"], other["text"])
        for n, one in enumerate(written)
        for other in written[:n]
        if overlap(one, other, slack=4)
    ]
    assert crossing == []


async def test_doors_of_the_demo_home_stand_in_walls_that_their_rooms_share(watched, tmp_path):
    home = await demo_map(tmp_path)
    watched.get(page_of(draw(home), tmp_path))
    cells, walls = boxes(watched, ".room", "data-room"), boxes(watched, ".room > .walls")
    rooms = {cell["data-room"]: wall for cell, wall in zip(cells, walls, strict=True)}
    openings = boxes(watched, ".gap", "data-opening")
    holes = boxes(watched, ".gap > .hole")
    gaps = {each["data-opening"]: hole for each, hole in zip(openings, holes, strict=True)}
    told = {each["data-opening"] for each in boxes(watched, ".link", "data-opening")}
    assert gaps.keys() | told == {opening.id for opening in home.openings}
    floor_of = {room.id: floor.id for floor in home.floors for room in floor.rooms}
    inner = [o for o in home.openings if len(o.rooms) == 2 and len({floor_of[room] for room in o.rooms}) == 1]
    assert len(inner) == 12
    for opening in inner:
        hole = gaps[opening.id]
        thick = {
            "left": hole["left"] - 2,
            "right": hole["right"] + 2,
            "top": hole["top"] - 2,
            "bottom": hole["bottom"] + 2,
        }
        # As thick as the wall is drawn, a hole reaches into the rooms on both sides.
        assert all(overlap(thick, rooms[room]) for room in opening.rooms), opening.name


def test_the_map_is_dark_where_its_reader_is(tmp_path):
    home = HomeMap(Ref("h", "home", "Home"), (MapFloor("f", "Ground", rooms=(MapRoom("r", "Room"),)),))
    seen = []
    for dark in (False, True):
        with browser(400, 400, dark=dark) as driver:
            driver.get(page_of(draw(home), tmp_path))
            sheet = driver.find_element(By.CSS_SELECTOR, ".sheet")
            seen.append(sheet.value_of_css_property("fill"))
    assert seen == ["rgb(250, 247, 241)", "rgb(27, 29, 34)"]


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    needed()
    folder = tmp_path_factory.mktemp("app")
    with app_host(lambda: desks.desk("sqlite", folder), furnish) as address:
        yield address


class App:
    """The app inside the host's page."""

    def __init__(self, driver, host, **manners):
        self.driver = driver
        driver.switch_to.default_content()
        driver.get(f"{host}?{urlencode({'manners': json.dumps(manners)})}")
        driver.switch_to.frame("app")

    def until(self, selector, count=1):
        """The elements, when there are so many."""
        found = WebDriverWait(self.driver, 30)
        return found.until(lambda d: (e := d.find_elements(By.CSS_SELECTOR, selector)) and len(e) >= count and e)

    def says(self, text):
        WebDriverWait(self.driver, 30).until(lambda d: text in d.find_element(By.TAG_NAME, "body").text)

    def room(self, name):
        return next(each for each in self.until(".room, .loose") if each.get_attribute("data-name") == name)

    def devices(self):
        return [each.text.split("\n")[0] for each in self.driver.find_elements(By.CSS_SELECTOR, "#room li")]

    def view(self):
        picture = self.driver.find_element(By.CSS_SELECTOR, "#map > svg")
        return [float(n) for n in picture.get_dom_attribute("viewBox").split()]

    def heard(self):
        """What the host heard from the app."""
        self.driver.switch_to.default_content()
        said = self.driver.execute_script("return window.heard")
        self.driver.switch_to.frame("app")
        return said


def test_the_app_draws_the_map_and_a_click_on_a_room_shows_its_devices(watched, host):
    app = App(watched, host)
    app.room("Dining room").find_element(By.CSS_SELECTOR, ".room-name").click()
    app.says("2 devices, as of now")
    assert app.devices() == ["Dining lamp", "Dining room radiator"]
    assert "18.6 °C" in app.driver.find_element(By.ID, "room").text
    app.room("Garden").find_element(By.CSS_SELECTOR, ".room-name").click()
    app.says("Garden pump")
    methods = [each.get("method") for each in app.heard()]
    assert methods[:2] == ["ui/initialize", "ui/notifications/initialized"]
    assert {"resources/read", "tools/call", "ui/notifications/size-changed"} <= set(methods)


def test_rooms_can_be_picked_with_the_keyboard(watched, host):
    app = App(watched, host)
    app.room("Study").send_keys(Keys.ENTER)
    app.says("3 devices, as of now")
    assert app.devices() == ["Home server", "Printer", "Study desk lamp"]
    app.until("#room .close")[0].click()
    assert not app.driver.find_element(By.ID, "room").is_displayed()


def test_floors_are_picked_and_the_view_moves(watched, host):
    app = App(watched, host)
    names = [each.text for each in app.until("#floors button", 4)]
    assert names == ["Whole home", "Upper floor", "Ground floor", "Garden", "Without a room"]
    whole = app.view()
    app.until("#floors button")[1].click()
    upper = app.view()
    assert upper[3] < whole[3]
    app.until("#closer")[0].click()
    assert app.view()[2] < upper[2]
    app.until("#whole")[0].click()
    assert app.view() == whole


def test_a_host_that_reads_no_resources_still_shows_rooms_and_devices(watched, host):
    app = App(watched, host, refuses=["resources/read"])
    card = next(each for each in app.until("#cards button", 14) if each.text.startswith("Kitchen"))
    card.click()
    app.says("10 devices, as of now")


def test_a_host_that_calls_no_tools_still_shows_what_was_drawn(watched, host):
    app = App(watched, host, refuses=["tools/call"])
    app.room("Study").send_keys(Keys.ENTER)
    app.says("as drawn; the host gave nothing newer")
    assert app.devices() == ["Home server", "Printer", "Study desk lamp"]


def test_a_host_that_never_sends_the_answer_is_asked_for_it(watched, host):
    app = App(watched, host, silent=True)
    assert app.room("Kitchen")


def test_the_app_is_dark_in_a_dark_host(watched, host):
    app = App(watched, host, theme="dark")
    assert app.room("Kitchen")
    assert app.driver.find_element(By.CSS_SELECTOR, ".sheet").value_of_css_property("fill") == "rgb(27, 29, 34)"


async def test_the_book_prints_on_paper(watched, tmp_path):
    async with desks.desk("memory", tmp_path) as desk:
        await furnish(desk)
        book = await desk.graph.get_house_book()
    file = tmp_path / "book.html"
    file.write_text("".join(bind(book)), "utf-8")
    watched.get(file.as_uri())
    printed = watched.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True, "printBackground": True})
    pages = PdfReader(io.BytesIO(base64.b64decode(printed["data"]))).pages
    # The cover, the contents, the map, and each chapter on a page of its own.
    assert 12 <= len(pages) <= 24
    assert {(round(page.mediabox.width), round(page.mediabox.height)) for page in pages} == {(595, 842)}
    texts = [" ".join(page.extract_text().split()) for page in pages]
    assert "Maple Lane 7 House book" in texts[0]
    assert "Contents" in texts[1]
    for said in ("Main water valve", "Close the water in an emergency", "+00 555 0101", "Error F28", "Movie night"):
        assert any(said in text for text in texts), said
    assert all(texts)
