"""How a device's values read to people, and which of them answer "what is on, open, unlocked, too warm, low?".

Reading never fails: values come from real devices, odd ones and unknown ones among them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from goodies_mcp.capabilities.model import CAPABILITIES
from goodies_mcp.core.canonical import canonical_json
from goodies_mcp.core.models import JsonObject, JsonValue

LOW_BATTERY_PERCENT: Final = 20
"""At or below this a battery is low, unless the device itself says."""

COMFORT_C: Final = (16.0, 27.0)
"""Below and above this a place is too cold or too warm, unless the device declares ``comfort`` {min, max}."""

SETPOINT_MISS_C: Final = 2.0
"""How far from its setpoint a running thermostat may stand before the place counts as too cold or too warm."""

_NO_LIMITS: JsonObject = MappingProxyType({})


def render(capability: str, value: JsonObject) -> str:
    """A value in a few words: ``on``, ``40 %``, ``21.5 °C, heating to 22 °C``, ``locked``; ``unknown`` when empty."""
    writer = _WRITERS.get(capability)
    words = writer(value) if writer else _raw(value)
    return words or "unknown"


def render_all(values: Mapping[str, JsonObject]) -> str:
    """Several capabilities of one device in one line, in the model's order: ``on, 40 %, 2700 K``."""
    ordered = sorted(values, key=lambda name: (_ORDER.get(name, len(_ORDER)), name))
    return ", ".join(render(name, values[name]) for name in ordered)


def is_active(capability: str, value: JsonObject) -> bool | None:
    """Whether it is on, open, unlocked, running or triggered; None for what has no such state, or is not known.

    A brightness or colour says nothing: lamps keep it while they are off.
    """
    rule = _ACTIVE.get(capability)
    return rule(value) if rule else None


def is_open(value: JsonObject) -> bool | None:
    """Whether a contact, cover or garage door stands open, or at least not wholly closed."""
    if isinstance(value.get("open"), bool):
        return value["open"] is True
    state = _word(value, "state")
    if state in {"open", "opening", "closing"}:
        return True
    if state == "closed":
        return False
    position = _number(value, "position")
    return None if position is None else position > 0


@dataclass(frozen=True, slots=True)
class Question:
    """One thing that can be asked of all values in a home.

    ``holds(capability, value, declared)`` is None where the capability cannot answer, or the value is not known;
    ``declared`` is what the device's content says about that capability.
    """

    name: str
    text: str
    capabilities: frozenset[str]
    rule: Callable[[JsonObject, JsonObject], bool | None]

    def holds(self, capability: str, value: JsonObject, declared: JsonObject = _NO_LIMITS) -> bool | None:
        """Whether this value answers yes."""
        return self.rule(value, declared) if capability in self.capabilities else None


def _number(value: JsonObject, name: str) -> float | None:
    said = value.get(name)
    if isinstance(said, bool) or not isinstance(said, int | float):
        return None
    # No meter shows more; it also keeps out NaN and integers that no float can hold.
    return said if -1e15 < said < 1e15 else None


def _amount(value: JsonObject, name: str, unit: str) -> str | None:
    said = _number(value, name)
    if said is None:
        return None
    # Enough digits for any meter, none for noise: 21.5, 412.6, 12.
    return f"{round(said, 1) + 0:.15g} {unit}"  # + 0 turns -0.0 into 0


def _said(value: JsonObject, name: str, yes: str, no: str | None) -> str | None:
    said = value.get(name)
    return (yes if said else no) if isinstance(said, bool) else None


def _word(value: JsonObject, name: str) -> str | None:
    said = value.get(name)
    return said if isinstance(said, str) else None


def _text(value: JsonObject, name: str) -> str | None:
    said = _word(value, name)
    return said.replace("_", " ") if said else None


def _joined(*words: str | None) -> str:
    return ", ".join(word for word in words if word)


def _write_thermostat(value: JsonObject) -> str:
    goal = _amount(value, "setpoint", "°C")
    low, high = _amount(value, "low", "°C"), _amount(value, "high", "°C")
    if goal is None and low and high:
        goal = f"{low} to {high}"
    mode, action = _text(value, "mode"), _text(value, "action")
    ambient = _amount(value, "ambient", "°C")
    if mode == "off":
        return _joined(ambient, "off")
    if action in {"heating", "cooling"} and goal and " to " not in goal:
        return _joined(ambient, f"{action} to {goal}")
    return _joined(ambient, action or mode, f"set to {goal}" if goal else None)


def _write_lock(value: JsonObject) -> str:
    return _joined(_said(value, "locked", "locked", "unlocked"), _said(value, "jammed", "jammed", None))


def _write_opening(value: JsonObject) -> str:
    position, state, opened = _number(value, "position"), _text(value, "state"), is_open(value)
    words = state if state in {"opening", "closing"} else None if opened is None else "open" if opened else "closed"
    partly = position is not None and 0 < position < 100
    return _joined(
        words, _amount(value, "position", "%") if partly else None, _said(value, "obstructed", "obstructed", None)
    )


def _write_battery(value: JsonObject) -> str:
    return _joined(
        _amount(value, "percent", "%"), _said(value, "low", "low", None), _said(value, "charging", "charging", None)
    )


def _write_fan(value: JsonObject) -> str:
    speed = _number(value, "speed")
    return _joined("off" if speed == 0 else _amount(value, "speed", "%"), _text(value, "direction") if speed else None)


def _raw(value: JsonObject) -> str:
    said = (f"{name}: {_plain(inner)}" for name, inner in value.items())
    return ", ".join(said)[:200]


def _plain(value: JsonValue) -> str:
    return value if isinstance(value, str) else canonical_json(value)


def _detected(yes: str, no: str) -> Callable[[JsonObject], str]:
    return lambda value: _joined(_said(value, "detected", yes, no))


_WRITERS: Final[Mapping[str, Callable[[JsonObject], str]]] = {
    "on_off": lambda value: _joined(_said(value, "on", "on", "off")),
    "brightness": lambda value: _joined(_amount(value, "percent", "%")),
    "color": lambda value: _joined(
        f"hue {hue}" if (hue := _amount(value, "hue", "°")) else None,
        f"saturation {deep}" if (deep := _amount(value, "saturation", "%")) else None,
    ),
    "color_temperature": lambda value: _joined(_amount(value, "kelvin", "K")),
    "thermostat": _write_thermostat,
    "lock": _write_lock,
    "contact": lambda value: _joined(_said(value, "open", "open", "closed")),
    "motion": _detected("motion", "no motion"),
    "occupancy": _detected("occupied", "empty"),
    "cover": _write_opening,
    "garage": _write_opening,
    "fan": _write_fan,
    "temperature": lambda value: _joined(_amount(value, "celsius", "°C")),
    "humidity": lambda value: _joined(humid if (humid := _amount(value, "percent", "% humidity")) else None),
    "light_level": lambda value: _joined(_amount(value, "lux", "lx")),
    "battery": _write_battery,
    "energy": lambda value: _joined(_amount(value, "watts", "W"), _amount(value, "kwh", "kWh")),
    "leak": _detected("leak detected", "no leak"),
    "smoke": _detected("smoke detected", "no smoke"),
    "co": _detected("carbon monoxide detected", "no carbon monoxide"),
}
_ORDER: Final = {name: place for place, name in enumerate(CAPABILITIES)}


def _flag(name: str, *, wanted: bool = True) -> Callable[[JsonObject], bool | None]:
    def rule(value: JsonObject) -> bool | None:
        said = value.get(name)
        return (said is wanted) if isinstance(said, bool) else None

    return rule


def _runs(value: JsonObject) -> bool | None:
    speed = _number(value, "speed")
    return None if speed is None else speed > 0


def _works(value: JsonObject) -> bool | None:
    action = _word(value, "action")
    if action:
        return action not in {"off", "idle"}
    return False if value.get("mode") == "off" else None


_ACTIVE: Final[Mapping[str, Callable[[JsonObject], bool | None]]] = {
    "on_off": _flag("on"),
    "thermostat": _works,
    "lock": _flag("locked", wanted=False),
    "contact": is_open,
    "cover": is_open,
    "garage": is_open,
    "fan": _runs,
    **dict.fromkeys(("motion", "occupancy", "leak", "smoke", "co"), _flag("detected")),
}


def _is_on(value: JsonObject, _: JsonObject) -> bool | None:
    switched = _flag("on")(value)
    return _runs(value) if switched is None else switched


def _is_low(value: JsonObject, _: JsonObject) -> bool | None:
    said = _flag("low")(value)
    percent = _number(value, "percent")
    if said is None:
        return None if percent is None else percent <= LOW_BATTERY_PERCENT
    return said


def _misses(value: JsonObject, declared: JsonObject) -> float | None:
    """By how many degrees a place is too warm (above 0) or too cold (below 0); None when nothing is known."""
    celsius = _number(value, "celsius")
    degrees = _number(value, "ambient") if celsius is None else celsius
    if degrees is None:
        return None
    comfort = declared.get("comfort")
    own = comfort if isinstance(comfort, Mapping) else {}
    low, high = _number(own, "min"), _number(own, "max")
    least, most = COMFORT_C[0] if low is None else low, COMFORT_C[1] if high is None else high
    setpoint, mode = _number(value, "setpoint"), _word(value, "mode")
    if mode in {"heat", "auto"} and (goal := _first(_number(value, "low"), setpoint)) is not None:
        least = goal - SETPOINT_MISS_C
    if mode in {"cool", "auto"} and (goal := _first(_number(value, "high"), setpoint)) is not None:
        most = goal + SETPOINT_MISS_C
    return min(degrees - least, 0.0) or max(degrees - most, 0.0)


def _first(*values: float | None) -> float | None:
    return next((value for value in values if value is not None), None)


def _too_warm(value: JsonObject, declared: JsonObject) -> bool | None:
    miss = _misses(value, declared)
    return None if miss is None else miss > 0


def _too_cold(value: JsonObject, declared: JsonObject) -> bool | None:
    miss = _misses(value, declared)
    return None if miss is None else miss < 0


def _stuck(value: JsonObject, _: JsonObject) -> bool | None:
    jammed = _flag("jammed")(value)
    return _flag("obstructed")(value) if jammed is None else jammed


def _not(rule: Callable[[JsonObject, JsonObject], bool | None]) -> Callable[[JsonObject, JsonObject], bool | None]:
    def opposite(value: JsonObject, declared: JsonObject) -> bool | None:
        answer = rule(value, declared)
        return None if answer is None else not answer

    return opposite


def _open(value: JsonObject, _: JsonObject) -> bool | None:
    return is_open(value)


def _locked(value: JsonObject, _: JsonObject) -> bool | None:
    return _flag("locked")(value)


def _sensed(value: JsonObject, _: JsonObject) -> bool | None:
    return _flag("detected")(value)


_SWITCHED = frozenset({"on_off", "fan"})
_OPENINGS = frozenset({"contact", "cover", "garage"})
_LOCKS = frozenset({"lock"})
_SENSORS = frozenset({"motion", "occupancy", "leak", "smoke", "co"})
_THERMOMETERS = frozenset({"temperature", "thermostat"})

HOME_STATE_QUESTIONS: Final[Mapping[str, Question]] = MappingProxyType(
    {
        question.name: question
        for question in (
            Question("on", "what is on", _SWITCHED, _is_on),
            Question("off", "what is off", _SWITCHED, _not(_is_on)),
            Question("open", "what stands open, wholly or partly", _OPENINGS, _open),
            Question("closed", "what is closed", _OPENINGS, _not(_open)),
            Question("unlocked", "what is not locked", _LOCKS, _not(_locked)),
            Question("locked", "what is locked", _LOCKS, _locked),
            Question("detected", "which sensors see motion, presence, water, smoke or gas", _SENSORS, _sensed),
            Question("low_battery", "whose battery is low", frozenset({"battery"}), _is_low),
            Question("too_warm", "where it is too warm", _THERMOMETERS, _too_warm),
            Question("too_cold", "where it is too cold", _THERMOMETERS, _too_cold),
            Question("jammed", "which locks jam and which covers are obstructed", _LOCKS | _OPENINGS, _stuck),
        )
    }
)
"""What ``get_home_state`` can be asked, by name."""
