import pytest

from goodies_mcp.capabilities.model import CAPABILITIES, check_value, declared_capabilities, describe
from goodies_mcp.errors import InvalidInput

TABLE = """on_off brightness color color_temperature thermostat lock contact motion occupancy cover garage fan
temperature humidity light_level battery energy leak smoke co"""


def test_every_capability_of_the_table_is_there():
    assert list(CAPABILITIES) == TABLE.split()


@pytest.mark.parametrize(
    ("content", "declared"),
    [
        ({"capabilities": ["on_off", 3, "x"]}, {"on_off": {}, "x": {}}),
        ({"capabilities": {"brightness": {"min": 10}, "on_off": True}}, {"brightness": {"min": 10}, "on_off": {}}),
        ({"capabilities": "on_off"}, {}),
        ({}, {}),
    ],
)
def test_content_declares_capabilities_as_names_or_with_limits(content, declared):
    assert declared_capabilities(content) == declared


def test_a_device_narrows_the_limits():
    percent = describe("brightness", {"min": 10, "max": 90}).field("percent")
    assert (percent.minimum, percent.maximum, percent.unit, percent.settable) == (10, 90, "%", True)
    thermostat = describe("thermostat", {"max": 28, "mode": {"options": ["off", "heat"]}, "low": {"max": 18}})
    assert thermostat.field("setpoint").maximum == 28
    assert thermostat.field("low").maximum == 18
    assert thermostat.field("ambient").maximum is None
    assert thermostat.field("mode").options == ("off", "heat")


@pytest.mark.parametrize("declared", [{"min": 200}, {"min": "x", "max": True}, {"max": 255}, {"percent": {"max": -5}}])
def test_limits_that_make_no_sense_are_passed_over(declared):
    percent = describe("brightness", declared).field("percent")
    assert (percent.minimum, percent.maximum) == (0, 100)


def test_a_device_can_be_read_only():
    assert describe("on_off").settable
    assert not describe("on_off", {"settable": False}).settable
    assert not describe("temperature").settable


def test_an_unknown_capability_is_described_raw():
    control = describe("eve_weather", {"trend": 3})
    assert (control.known, control.fields, control.raw, control.settable) == (False, (), {"trend": 3}, False)


@pytest.mark.parametrize(
    ("capability", "value", "normal"),
    [
        ("on_off", True, {"on": True}),
        ("brightness", {"percent": 40.0}, {"percent": 40}),
        ("brightness", 12.5, {"percent": 12.5}),
        ("thermostat", {"mode": " Heat ", "setpoint": 21.5}, {"mode": "heat", "setpoint": 21.5}),
        ("cover", {"state": "stopped"}, {"state": "stopped"}),
        ("lock", False, {"locked": False}),
    ],
)
def test_a_good_value_comes_back_in_its_normal_form(capability, value, normal):
    checked = check_value(capability, value)
    assert checked == normal
    assert [type(each) for each in checked.values()] == [type(each) for each in normal.values()]


@pytest.mark.parametrize(
    ("capability", "value", "message"),
    [
        ("brightness", 101, r"brightness\.percent takes a number from 0 to 100 %, not 101"),
        ("brightness", True, r"takes a number from 0 to 100 %, not True"),
        ("brightness", "40", r"not '40'"),
        ("brightness", float("nan"), r"not nan"),
        ("brightness", None, r"not None"),
        ("on_off", 1, r"on_off\.on takes true or false, not 1"),
        ("thermostat", {"mode": "warm"}, r"takes one of off, heat, cool, auto, dry, fan_only"),
        ("thermostat", {"ambient": 20}, r"thermostat\.ambient can only be read"),
        ("thermostat", {"target": 20}, r"thermostat\.target does not exist"),
        ("garage", {"state": "opening"}, r"takes one of open, closed, not"),
        ("temperature", 20, r"can only be read"),
        ("on_off", {}, r"needs a value"),
        ("teleport", 1, r"no capability is called 'teleport'"),
    ],
)
def test_a_bad_value_is_refused_with_field_unit_and_range(capability, value, message):
    with pytest.raises(InvalidInput, match=message) as caught:
        check_value(capability, value)
    assert caught.value.argument == ("capability" if capability == "teleport" else "value")


def test_the_devices_own_limits_hold():
    assert check_value("color_temperature", 2200, {"min": 2200, "max": 6500}) == {"kelvin": 2200}
    with pytest.raises(InvalidInput, match="from 2200 to 6500 K"):
        check_value("color_temperature", 2000, {"min": 2200, "max": 6500})


def test_reported_values_may_be_read_only_and_passing():
    assert check_value("garage", {"state": "opening", "obstructed": True}, setting=False) == {
        "state": "opening",
        "obstructed": True,
    }
    assert check_value("temperature", -300.5, setting=False) == {"celsius": -300.5}
    with pytest.raises(InvalidInput, match="a number in °C"):
        check_value("temperature", "warm", setting=False)


def test_the_hint_says_what_can_be_set():
    with pytest.raises(InvalidInput) as caught:
        check_value("fan", {"tempo": 3})
    assert caught.value.hint == "speed: a number from 0 to 100 %; direction: one of forward, reverse"
