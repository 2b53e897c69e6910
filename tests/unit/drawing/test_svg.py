import pytest

from goodies_mcp.core.text import words
from goodies_mcp.drawing.glyphs import GLYPHS, of_device, of_opening
from goodies_mcp.drawing.style import tint_of
from goodies_mcp.drawing.svg import draw
from goodies_mcp.graph.home_map import HomeMap, MapDevice, MapFloor, MapOpening, MapRoom
from goodies_mcp.graph.shown import Ref


def device(name="Thing", kind=None, *answers, can=(), state="said"):
    return MapDevice(name, "device", name, kind, can, state, answers)


def drawn(*devices, more=0, **about):
    room = MapRoom("r", "Hall", devices=devices, more=more)
    return draw(HomeMap(Ref("h", "home", "Home"), (MapFloor("f", "Ground", rooms=(room,)),), **about))


@pytest.mark.parametrize(
    ("known", "glyph"),
    [
        (device(kind="light"), "light"),
        (device(kind="Deckenlampe Licht"), "light"),
        (device(kind="radiator valve"), "radiator"),
        (device(kind="thermostat"), "dial"),
        (device(kind="smoke detector"), "smoke"),
        (device(kind="sensor", can=("battery", "motion")), "motion"),
        (device(kind="sensor", can=("contact",)), "contact"),
        (device("Coffee machine", "appliance", can=("on_off",)), "cup"),
        (device("Thing", "appliance"), "washer"),
        (device("Garage gate", can=("garage",)), "garage"),
        (device("Whatever"), "socket"),
        (device("Front door", "lock"), "lock"),
        (device("Front door", "lock", "unlocked"), "unlocked"),
    ],
)
def test_things_get_the_sign_of_their_kind_or_of_what_they_can_do(known, glyph):
    assert of_device(known) == glyph
    assert glyph in GLYPHS


@pytest.mark.parametrize(
    ("kind", "about", "glyph"),
    [("door", None, "door"), ("window", None, "window"), ("passage", "stairs", "stairs"), ("passage", "path", "path"),
     ("opening", None, "arch")],
)  # fmt: skip
def test_openings_get_theirs(kind, about, glyph):
    assert of_opening(MapOpening("o", kind, "", about, None, ("r",))) == glyph


@pytest.mark.parametrize(
    ("known", "look"),
    [
        (device("a", None, "on"), "active"),
        (device("a", None, "open"), "ajar"),
        (device("a", None, "on", "unlocked"), "ajar"),
        (device("a", None, "detected", can=("smoke",)), "alarm"),
        (device("a", None, "detected", can=("motion",)), "active"),
        (device("a", None, "jammed"), "alarm"),
        (device("a", None, "off"), "quiet"),
        (device("a", state=None), "unknown"),
    ],
)
def test_how_a_thing_stands_is_seen(known, look):
    assert f'<g class="device {look}" data-device="a"' in drawn(known)


def test_the_heading_counts_what_matters():
    picture = drawn(device("a", None, "on"), device("b", None, "on", "low_battery"), at="2026-05-01T10:20:30+00:00")
    assert "1 room · 2 devices · 2 on · 1 with a low battery · as of 2026-05-01 10:20 UTC<" in picture


def test_devices_beyond_those_that_are_drawn_are_counted():
    picture = drawn(device("a"), more=7)
    assert ">and 7 more<" in picture
    assert "8 devices" in picture


def test_whoever_cannot_see_it_is_told():
    picture = drawn(device("Lamp", "light", state="on, 40 %"), note="only a part")
    assert '<title id="gm-title">Map of Home</title>' in picture
    assert "Ground: Hall. only a part.</desc>" in picture
    assert 'aria-label="Hall: Lamp (on, 40 %)"' in picture


def test_rooms_have_the_colour_of_what_they_are_for():
    assert [tint_of(name) for name in ("Upstairs Bathroom", "WC", "Küche", "Hall", "Room 7")] == [
        "water", "water", "warm", "way", "plain",
    ]  # fmt: skip
    assert words("Küche") == ["kuche"]
