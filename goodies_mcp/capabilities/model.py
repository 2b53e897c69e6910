"""The one device model: every capability with its fields, units and limits, which all platforms are translated to.

Open is 100, percent is 0 to 100, temperatures are Celsius, colour temperatures kelvin. What a platform has beyond
these capabilities is kept raw under its own name and never refused on reading.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from goodies_mcp.core.models import JsonObject, JsonValue
from goodies_mcp.errors import InvalidInput

FieldType: TypeAlias = Literal["boolean", "number", "choice"]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a capability. ``options`` are what may be read, ``targets`` what may be asked for (all if empty)."""

    name: str
    type: FieldType
    unit: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    options: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    settable: bool = False

    def accepts(self, *, setting: bool = True) -> str:
        """In words, what this field takes: ``a number from 0 to 100 %``."""
        if self.type == "boolean":
            return "true or false"
        if self.type == "choice":
            return f"one of {', '.join(self.targets if setting and self.targets else self.options)}"
        unit = f" {self.unit}" if self.unit else ""
        if self.minimum is None or self.maximum is None:
            return f"a number{f' in{unit}' if unit else ''}"
        return f"a number from {self.minimum:g} to {self.maximum:g}{unit}"


@dataclass(frozen=True, slots=True)
class Control:
    """A capability as one device has it: its fields with the device's own limits.

    ``raw`` is what the device declared. ``known`` is False for what the model does not name: it has no fields then.
    """

    capability: str
    fields: tuple[Field, ...]
    raw: JsonObject
    known: bool = True

    @property
    def settable(self) -> bool:
        """Whether anything about it can be set."""
        return any(field.settable for field in self.fields)

    def field(self, name: str) -> Field | None:
        """The field of that name."""
        return next((field for field in self.fields if field.name == name), None)


def _flag(name: str, *, settable: bool = False) -> Field:
    return Field(name, "boolean", settable=settable)


def _number(
    name: str, unit: str, minimum: float | None = None, maximum: float | None = None, *, settable: bool = False
) -> Field:
    return Field(name, "number", unit, minimum, maximum, settable=settable)


def _choice(name: str, *options: str, targets: Sequence[str] = (), settable: bool = False) -> Field:
    return Field(name, "choice", options=options, targets=tuple(targets), settable=settable)


def _percent(name: str = "percent", *, settable: bool = False) -> Field:
    return _number(name, "%", 0, 100, settable=settable)


def _opening(*targets: str) -> tuple[Field, ...]:
    return (
        _percent("position", settable=True),
        _choice("state", "open", "opening", "closed", "closing", "stopped", targets=targets, settable=True),
        _flag("obstructed"),
    )


_DETECTED = (_flag("detected"),)

CAPABILITIES: Final[Mapping[str, tuple[Field, ...]]] = MappingProxyType(
    {
        "on_off": (_flag("on", settable=True),),
        "brightness": (_percent(settable=True),),
        "color": (_number("hue", "°", 0, 360, settable=True), _percent("saturation", settable=True)),
        "color_temperature": (_number("kelvin", "K", 1000, 20000, settable=True),),
        "thermostat": (
            _choice("mode", "off", "heat", "cool", "auto", "dry", "fan_only", settable=True),
            _number("setpoint", "°C", 4, 40, settable=True),
            _number("low", "°C", 4, 40, settable=True),
            _number("high", "°C", 4, 40, settable=True),
            _number("ambient", "°C"),
            _choice("action", "off", "idle", "heating", "cooling", "drying", "fan"),
        ),
        "lock": (_flag("locked", settable=True), _flag("jammed")),
        "contact": (_flag("open"),),
        "motion": _DETECTED,
        "occupancy": _DETECTED,
        "cover": _opening("open", "closed", "stopped"),
        "garage": _opening("open", "closed"),
        "fan": (_percent("speed", settable=True), _choice("direction", "forward", "reverse", settable=True)),
        "temperature": (_number("celsius", "°C"),),
        "humidity": (_percent(),),
        "light_level": (_number("lux", "lx"),),
        "battery": (_percent(), _flag("low"), _flag("charging")),
        "energy": (_number("watts", "W"), _number("kwh", "kWh")),
        "leak": _DETECTED,
        "smoke": _DETECTED,
        "co": _DETECTED,
    }
)
"""Capability to its fields; the first field is the one that a bare value means."""


def declared_capabilities(content: JsonObject) -> dict[str, JsonObject]:
    """What an entity's content says it can do: ``capabilities`` as names, or as names with limits.

    Whatever is neither is passed over: content is free, and reading it never fails.
    """
    said = content.get("capabilities")
    if isinstance(said, Mapping):
        return {name: limits if isinstance(limits, Mapping) else {} for name, limits in said.items()}
    if isinstance(said, Sequence) and not isinstance(said, str):
        return {name: {} for name in said if isinstance(name, str)}
    return {}


def describe(capability: str, declared: JsonObject = MappingProxyType({})) -> Control:
    """A capability with the limits that a device declares for it.

    ``min`` and ``max`` narrow every settable number; ``{field: {"min", "max", "options"}}`` narrows one field;
    ``"settable": false`` makes all read-only. Limits that leave nothing are passed over. Never raises.
    """
    fields = CAPABILITIES.get(capability)
    if fields is None:
        return Control(capability, (), declared, known=False)
    return Control(capability, tuple(_narrowed(field, declared) for field in fields), declared)


def check_value(
    capability: str, value: JsonValue, declared: JsonObject = MappingProxyType({}), *, setting: bool = True
) -> dict[str, JsonValue]:
    """The value in its normal form, if this device may be asked for it: only given fields, whole numbers as integers.

    A bare value means the first field. With ``setting=False`` a reported value is checked: read-only fields and
    passing states are fine then. Raises InvalidInput that names the field, its unit and its range.
    """
    control = describe(capability, declared)
    if not control.known:
        raise InvalidInput(
            f"no capability is called {capability!r}",
            argument="capability",
            hint=f"known are {', '.join(CAPABILITIES)}; others can be read only",
        )
    given = value if isinstance(value, Mapping) else {control.fields[0].name: value}
    if not given:
        raise InvalidInput(f"{capability} needs a value", argument="value", hint=_hint(control, setting=setting))
    return {name: _checked(control, name, said, setting=setting) for name, said in given.items()}


def _checked(control: Control, name: str, value: JsonValue, *, setting: bool) -> JsonValue:
    field = control.field(name)
    place = f"{control.capability}.{name}"
    if field is None:
        raise InvalidInput(f"{place} does not exist", argument="value", hint=_hint(control, setting=setting))
    if setting and not field.settable:
        raise InvalidInput(f"{place} can only be read", argument="value", hint=_hint(control, setting=setting))
    normal = _normal(field, value, setting=setting)
    if normal is None:
        raise InvalidInput(f"{place} takes {field.accepts(setting=setting)}, not {value!r:.80}", argument="value")
    return normal


def _normal(field: Field, value: JsonValue, *, setting: bool) -> bool | int | float | str | None:
    """The value as this field has it, or None when it does not take it."""
    if field.type == "boolean":
        return value if isinstance(value, bool) else None
    if field.type == "choice":
        word = value.strip().lower() if isinstance(value, str) else None
        return word if word in (field.targets if setting and field.targets else field.options) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # Written so that NaN, which compares to nothing, is outside of every range.
    if not (_least(field) <= value <= _most(field)):
        return None
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _hint(control: Control, *, setting: bool) -> str:
    takes = [f"{f.name}: {f.accepts(setting=setting)}" for f in control.fields if f.settable or not setting]
    return "; ".join(takes) or f"{control.capability} can only be read"


def _narrowed(field: Field, declared: JsonObject) -> Field:
    own = declared.get(field.name)
    limits = own if isinstance(own, Mapping) else declared if field.settable else {}
    settable = field.settable and declared.get("settable") is not False and limits.get("settable") is not False
    narrowed = replace(field, settable=settable)
    if field.type == "number":
        low = max(_least(field), _limit(limits.get("min"), _least(field)))
        high = min(_most(field), _limit(limits.get("max"), _most(field)))
        if low <= high:
            narrowed = replace(narrowed, minimum=_finite(low), maximum=_finite(high))
    if field.type == "choice" and isinstance(own, Mapping):
        options = tuple(option for option in field.options if option in _words(own.get("options")))
        if options:
            targets = tuple(target for target in field.targets if target in options)
            narrowed = replace(narrowed, options=options, targets=targets)
    return narrowed


_ENDLESS = float("1e308")


def _least(field: Field) -> float:
    return -_ENDLESS if field.minimum is None else field.minimum


def _most(field: Field) -> float:
    return _ENDLESS if field.maximum is None else field.maximum


def _finite(limit: float) -> float | None:
    return None if abs(limit) >= _ENDLESS else limit


def _limit(value: JsonValue, otherwise: float) -> float:
    return otherwise if isinstance(value, bool) or not isinstance(value, int | float) else value


def _words(value: JsonValue) -> Sequence[JsonValue]:
    return value if isinstance(value, Sequence) and not isinstance(value, str) else ()
