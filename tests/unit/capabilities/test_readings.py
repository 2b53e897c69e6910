import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from goodies_mcp.capabilities.model import CAPABILITIES
from goodies_mcp.capabilities.readings import HOME_STATE_QUESTIONS, is_active, render, render_all
from tests.support.true_pasts import json_values


@pytest.mark.parametrize(
    ("capability", "value", "words"),
    [
        ("on_off", {"on": True}, "on"),
        ("brightness", {"percent": 40}, "40 %"),
        ("color", {"hue": 210, "saturation": 50.04}, "hue 210 °, saturation 50 %"),
        ("color_temperature", {"kelvin": 2700}, "2700 K"),
        (
            "thermostat",
            {"mode": "heat", "setpoint": 22, "ambient": 21.5, "action": "heating"},
            "21.5 °C, heating to 22 °C",
        ),
        (
            "thermostat",
            {"mode": "heat", "setpoint": 17, "ambient": 17.2, "action": "idle"},
            "17.2 °C, idle, set to 17 °C",
        ),
        ("thermostat", {"mode": "auto", "low": 19, "high": 24}, "auto, set to 19 °C to 24 °C"),
        ("thermostat", {"mode": "off", "setpoint": 22, "ambient": 18}, "18 °C, off"),
        ("lock", {"locked": True, "jammed": False}, "locked"),
        ("lock", {"locked": False, "jammed": True}, "unlocked, jammed"),
        ("lock", {"locked": None}, "unknown"),
        ("contact", {"open": False}, "closed"),
        ("motion", {"detected": True}, "motion"),
        ("cover", {"position": 40, "state": "stopped"}, "open, 40 %"),
        ("cover", {"position": 0, "state": "stopped"}, "closed"),
        ("garage", {"state": "opening", "position": 10, "obstructed": True}, "opening, 10 %, obstructed"),
        ("fan", {"speed": 60, "direction": "reverse"}, "60 %, reverse"),
        ("fan", {"speed": 0}, "off"),
        ("temperature", {"celsius": 21.649999}, "21.6 °C"),
        ("humidity", {"percent": 47}, "47 % humidity"),
        ("light_level", {"lux": 123456}, "123456 lx"),
        ("battery", {"percent": 9, "low": True, "charging": True}, "9 %, low, charging"),
        ("energy", {"watts": 1.2, "kwh": 412.6}, "1.2 W, 412.6 kWh"),
        ("leak", {"detected": False}, "no leak"),
        ("eve_weather", {"trend": 3, "text": "rain"}, "trend: 3, text: rain"),
        ("eve_weather", {}, "unknown"),
    ],
)
def test_values_read_as_people_say_them(capability, value, words):
    assert render(capability, value) == words


def test_a_device_reads_in_the_models_order():
    values = {"zz": {"a": 1}, "brightness": {"percent": 40}, "on_off": {"on": True}}
    assert render_all(values) == "on, 40 %, a: 1"


@pytest.mark.parametrize(
    ("capability", "value", "active"),
    [
        ("on_off", {"on": True}, True),
        ("on_off", {}, None),
        ("on_off", {"on": 1}, None),
        ("brightness", {"percent": 40}, None),
        ("lock", {"locked": False}, True),
        ("cover", {"position": 1}, True),
        ("garage", {"state": "closed", "position": 3}, False),
        ("fan", {"speed": 0}, False),
        ("thermostat", {"mode": "heat", "action": "idle"}, False),
        ("thermostat", {"mode": "heat"}, None),
        ("smoke", {"detected": True}, True),
        ("temperature", {"celsius": 30}, None),
        ("eve_weather", {"on": True}, None),
    ],
)
def test_what_is_active(capability, value, active):
    assert is_active(capability, value) is active


@pytest.mark.parametrize(
    ("question", "capability", "value", "declared", "answer"),
    [
        ("on", "on_off", {"on": True}, {}, True),
        ("on", "fan", {"speed": 30}, {}, True),
        ("on", "brightness", {"percent": 30}, {}, None),
        ("off", "on_off", {"on": False}, {}, True),
        ("off", "on_off", {}, {}, None),
        ("open", "contact", {"open": True}, {}, True),
        ("open", "cover", {"position": 100, "state": "stopped"}, {}, True),
        ("closed", "cover", {"position": 0, "state": "stopped"}, {}, True),
        ("unlocked", "lock", {"locked": False}, {}, True),
        ("locked", "lock", {"locked": True}, {}, True),
        ("detected", "leak", {"detected": True}, {}, True),
        ("low_battery", "battery", {"percent": 22, "low": False}, {}, False),
        ("low_battery", "battery", {"percent": 14}, {}, True),
        ("low_battery", "battery", {"low": True}, {}, True),
        ("too_warm", "temperature", {"celsius": 29}, {}, True),
        ("too_cold", "temperature", {"celsius": 4}, {}, True),
        ("too_cold", "temperature", {"celsius": 4}, {"comfort": {"min": 2, "max": 7}}, False),
        ("too_warm", "temperature", {"celsius": 9}, {"comfort": {"min": 2, "max": 7}}, True),
        ("too_cold", "thermostat", {"mode": "heat", "setpoint": 21, "ambient": 18}, {}, True),
        ("too_cold", "thermostat", {"mode": "heat", "setpoint": 5, "ambient": 8}, {}, False),
        ("too_warm", "thermostat", {"mode": "heat", "setpoint": 20, "ambient": 25}, {}, False),
        ("too_warm", "thermostat", {"mode": "auto", "low": 18, "high": 22, "ambient": 25}, {}, True),
        ("too_warm", "thermostat", {"mode": "heat"}, {}, None),
        ("jammed", "lock", {"locked": False, "jammed": True}, {}, True),
        ("jammed", "garage", {"obstructed": True}, {}, True),
        ("jammed", "lock", {"locked": True}, {}, None),
    ],
)
def test_the_questions_of_a_home(question, capability, value, declared, answer):
    assert HOME_STATE_QUESTIONS[question].holds(capability, value, declared) is answer


@example("cover", {"state": []})
@example("thermostat", {"celsius": 20, "mode": {}, "action": []})
@example("energy", {"watts": 10**400, "kwh": -0.0})
@given(
    st.sampled_from([*CAPABILITIES, "eve_weather"]),
    st.dictionaries(
        st.sampled_from(sorted({field.name for fields in CAPABILITIES.values() for field in fields})),
        json_values | st.sampled_from(["open", "heat", "auto", "heating", -1e308, 10**400]),
    ),
)
@settings(max_examples=300)
def test_p14_reading_never_fails(capability, value):
    assert render(capability, value)
    is_active(capability, value)
    for question in HOME_STATE_QUESTIONS.values():
        question.holds(capability, value, value)
