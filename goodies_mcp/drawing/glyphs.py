"""Small signs for kinds of things, drawn with a pen on 24 by 24 points, and which sign a thing gets."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from goodies_mcp.core.text import words
from goodies_mcp.graph.home_map import MapDevice, MapOpening
from goodies_mcp.graph.kinds import alike
from goodies_mcp.graph.spaces import STAIRS

GLYPHS: Mapping[str, str] = MappingProxyType(
    {
        "arch": "M5 21V11a7 7 0 0 1 14 0v10",
        "bell": "M6 17c1.5-1.5 1.5-3 1.5-6a4.5 4.5 0 0 1 9 0c0 3 0 4.5 1.5 6zM10.5 20a1.8 1.8 0 0 0 3 0",
        "blinds": "M4 4h16M5 4v15M19 4v15M5 8h14M5 12h14M5 16h14M12 16v4",
        "boiler": "M6 3h12v15H6zM9 18v3M15 18v3M12 14.5a3 3 0 0 0 1.8-5.4L12 7l-1.8 2.1a3 3 0 0 0 1.8 5.4z",
        "bolt": "M13 3L6 13h5l-1 8 8-11h-5z",
        "camera": "M4 7h11v10H4zM15 11l5-3v8l-5-3z",
        "computer": "M4 5h16v10H4zM9 19h6M12 15v4",
        "contact": "M5 3h9v18H5zM17.5 6v12M20.5 6v12",
        "cup": "M5 9h11v6a5 5 0 0 1-5 5h-1a5 5 0 0 1-5-5zM16 10h2a2.5 2.5 0 0 1 0 5h-2M8 3v3M12 3v3",
        "dial": "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM12 12l3.5-3.5M12 7v.01M7 12h.01M17 12h.01",
        "door": "M6 21V3h11v18M4 21h16M14 12v.01",
        "drop": "M12 3c3.5 4.2 5.5 7 5.5 10a5.5 5.5 0 0 1-11 0c0-3 2-5.8 5.5-10z",
        "fan": "M12 14a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM12 10c-1-4 0-6.5 2-6.5s3 3.5 0 7"
        "M13.7 13c4 1 5.7 3 4.7 4.7s-4.5.8-6-3.7M10.3 13c-3 3-5.5 3.5-6.5 1.7S5 10.7 9.9 11.5",
        "filter": "M4 5h16l-6 7v7l-4-2v-5z",
        "flame": "M12 21a6 6 0 0 0 6-6c0-4-4-6-4-11-4 2-4 6-4 8-1-.5-1.5-1.5-1.7-2.5C7 11 6 13 6 15a6 6 0 0 0 6 6z",
        "fridge": "M6 3h12v18H6zM6 10h12M9 6v1.5M9 13v3",
        "garage": "M3 20V9l9-5 9 5v11M7 20v-8h10v8M7 16h10",
        "light": "M9 18h6M10 21h4M12 3a6 6 0 0 0-3.6 10.8c.8.6 1.1 1.3 1.1 2.2h5c0-.9.3-1.6 1.1-2.2A6 6 0 0 0 12 3z",
        "lock": "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
        "motion": "M13 6.5a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6zM8 21l3-6M11 9v5l3.5 2.5 1 4.5"
        "M7 13l1-3 3-1.5 3 3 3 .5",
        "oven": "M4 4h16v16H4zM4 9h16M7 12h10v5H7zM8 6.5h.01M12 6.5h.01M16 6.5h.01",
        "path": "M9 21c-3-6 7-6 3-11-1.5-2-2-4 1-7M15 21c0-1 0-2 .5-3",
        "plug": "M9 3v5M15 3v5M6 8h12v3a6 6 0 0 1-12 0zM12 17v4",
        "printer": "M7 9V4h10v5M7 17H4V9h16v8h-3M7 14h10v6H7z",
        "radiator": "M4 7h16M4 17h16M6 5v14M10 5v14M14 5v14M18 5v14",
        "robot": "M4 16a8 8 0 0 1 16 0v2H4zM8 18v2M16 18v2M12 12v.01",
        "smoke": "M4 9a8 5 0 0 1 16 0zM8 13c1.5 1.5-1 2.5.5 5M12 13c1.5 1.5-1 3.5.5 7M16 13c1.5 1.5-1 2.5.5 5",
        "socket": "M7 7h10v10H7zM10 3v4M14 3v4M10 17v4M14 17v4M3 10h4M3 14h4M17 10h4M17 14h4",
        "speaker": "M7 3h10v18H7zM12 18a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM12 7.5v.01",
        "stairs": "M4 20h4v-4h4v-4h4V8h4",
        "switch": "M7 4h10v16H7zM12 8v4M10 15.5h4",
        "thermometer": "M10 13.5V5a2 2 0 0 1 4 0v8.5a4 4 0 1 1-4 0zM12 9v7",
        "tv": "M3 5h18v12H3zM8 21h8",
        "unlocked": "M6 11h12v9H6zM8.5 11V7a3.5 3.5 0 0 1 6.7-1.4",
        "valve": "M3 17h18M12 17v-9M8 8h8M7 13.5v7M17 13.5v7",
        "washer": "M5 3h14v18H5zM12 18a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM8 6h.01M11 6h.01",
        "wifi": "M12 18v.01M8.5 14.5a5 5 0 0 1 7 0M5.5 11.5a9 9 0 0 1 13 0M2.5 8.5a13.5 13.5 0 0 1 19 0",
        "window": "M5 4h14v16H5zM12 4v16M5 12h14",
    }
)
"""The outline of each sign."""

_OF_KINDS: tuple[tuple[str, str], ...] = (
    ("smoke", "smoke"),
    ("alarm", "smoke"),
    ("siren", "bell"),
    ("doorbell", "bell"),
    ("light", "light"),
    ("radiator", "radiator"),
    ("stove", "flame"),
    ("fireplace", "flame"),
    ("thermostat", "dial"),
    ("boiler", "boiler"),
    ("heater", "radiator"),
    ("lock", "lock"),
    ("fan", "fan"),
    ("hood", "fan"),
    ("cover", "blinds"),
    ("blinds", "blinds"),
    ("garage", "garage"),
    ("tv", "tv"),
    ("television", "tv"),
    ("media", "tv"),
    ("speaker", "speaker"),
    ("camera", "camera"),
    ("network", "wifi"),
    ("router", "wifi"),
    ("printer", "printer"),
    ("computer", "computer"),
    ("server", "computer"),
    ("refrigerator", "fridge"),
    ("freezer", "fridge"),
    ("oven", "oven"),
    ("dishwasher", "washer"),
    ("washer", "washer"),
    ("dryer", "washer"),
    ("appliance", "washer"),
    ("coffee", "cup"),
    ("kettle", "cup"),
    ("valve", "valve"),
    ("tap", "valve"),
    ("pump", "drop"),
    ("irrigation", "drop"),
    ("sprinkler", "drop"),
    ("filter", "filter"),
    ("vacuum", "robot"),
    ("mower", "robot"),
    ("robot", "robot"),
    ("panel", "bolt"),
    ("breaker", "bolt"),
    ("meter", "bolt"),
    ("plug", "plug"),
    ("switch", "switch"),
    ("remote", "switch"),
)
_OF_CAPABILITIES: tuple[tuple[str, str], ...] = (
    ("lock", "lock"),
    ("smoke", "smoke"),
    ("co", "smoke"),
    ("leak", "drop"),
    ("garage", "garage"),
    ("cover", "blinds"),
    ("thermostat", "dial"),
    ("motion", "motion"),
    ("occupancy", "motion"),
    ("contact", "contact"),
    ("brightness", "light"),
    ("fan", "fan"),
    ("temperature", "thermometer"),
    ("humidity", "drop"),
    ("light_level", "light"),
    ("energy", "bolt"),
    ("on_off", "plug"),
)
_UNSPECIFIC = frozenset({"appliance", "sensor", "detector", "device", "accessory"})


def of_device(device: MapDevice) -> str:
    """The sign for a device: by its kind; where that says little, by its name and by what it can do."""
    if "unlocked" in device.answers:
        return "unlocked"
    kind = words(device.kind or "")
    if kind and _UNSPECIFIC.isdisjoint(kind) and (found := _by_words(kind)):
        return found
    by_ability = next((glyph for capability, glyph in _OF_CAPABILITIES if capability in device.capabilities), None)
    if "appliance" in kind:
        return _by_words(words(device.name)) or "washer"
    return by_ability or _by_words([*kind, *words(device.name)]) or "socket"


def of_opening(opening: MapOpening) -> str:
    """The sign for what joins rooms."""
    if opening.kind in STAIRS:
        return "stairs"
    if opening.type in {"door", "window"}:
        return opening.type
    return "path" if opening.kind == "path" else "arch"


def _by_words(said: Iterable[str]) -> str | None:
    """The sign for the first kind that is named, else for one that means the same."""
    listed = list(said)
    named = (glyph for word, glyph in _OF_KINDS if word in listed)
    meant = (glyph for word, glyph in _OF_KINDS if any(alike(word, each) for each in listed))
    return next(named, None) or next(meant, None)
