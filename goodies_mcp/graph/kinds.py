"""Kinds of devices as people call them: what an entity says it is, and which words mean the same kind."""

from collections.abc import Collection, Iterable

from goodies_mcp.core.models import Entity
from goodies_mcp.core.text import words

_ALIKE: tuple[frozenset[str], ...] = tuple(
    frozenset(line.split())
    for line in (
        "light lamp bulb lightbulb lighting chandelier spotlight lampe licht leuchte",
        "tv television telly fernseher",
        "fridge refrigerator kuhlschrank",
        "freezer gefrierschrank tiefkuhler",
        "thermostat heating radiator heizung heizkorper",
        "boiler furnace heater",
        "blind shade shutter curtain cover rollo rollladen jalousie vorhang",
        "vacuum hoover staubsauger",
        "plug outlet socket steckdose",
        "switch button dimmer schalter",
        "lock deadbolt schloss",
        "camera webcam cam kamera",
        "router wifi wlan",
        "stove cooker oven hob range herd backofen",
        "dishwasher geschirrspuler spulmaschine",
        "washer washingmachine waschmaschine",
        "dryer trockner",
        "speaker loudspeaker lautsprecher",
        "alarm siren",
        "fan ventilator lufter",
        "aircon ac airconditioner airconditioning klimaanlage",
        "sensor detector melder",
        "doorbell klingel",
        "garage garagedoor",
        "computer pc laptop",
        "phone telephone telefon",
        "tap faucet wasserhahn",
        "couch sofa",
        "bathroom toilet restroom loo wc bad badezimmer",
        "kitchen kuche",
        "bedroom schlafzimmer",
        "lounge livingroom wohnzimmer",
        "hall hallway corridor flur diele",
        "cellar basement keller",
        "attic loft dachboden",
        "manual handbook guide instructions anleitung handbuch",
        "stairs staircase steps treppe",
    )
)
_GROUP_OF = {word: group for group in _ALIKE for word in group}


def device_kind(entity: Entity) -> str | None:
    """What its content says it is ("light"), if it says so."""
    kind = entity.content.get("device_type")
    return kind if isinstance(kind, str) and kind.strip() else None


def words_for(kinds: Iterable[str]) -> frozenset[str]:
    """The folded words of kinds as somebody gave them, for :func:`is_one_of`."""
    return frozenset(word for kind in kinds for word in words(kind))


def is_one_of(entity_type: str, kind: str | None, wanted: Collection[str]) -> bool:
    """Whether a kind of device ("light", also by a synonym) or of entity ("accessory") is among the folded words."""
    kinds = {entity_type, *words(kind or "")}
    return not kinds.isdisjoint(wanted) or any(alike(one, other) for one in wanted for other in kinds)


def synonyms(word: str) -> tuple[str, ...]:
    """Other folded words for the same kind, in alphabetical order; none for a word that names no kind."""
    group = _GROUP_OF.get(word) or _GROUP_OF.get(singular(word)) or frozenset()
    return tuple(sorted(group - {word}))


def alike(one: str, other: str) -> bool:
    """Whether two folded words name the same kind of thing."""
    one, other = singular(one), singular(other)
    return one == other or other in _GROUP_OF.get(one, ())


def singular(word: str) -> str:
    """The folded English word without its plural ending, where it plainly has one."""
    if len(word) > 4 and word.endswith(("ches", "shes", "xes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word
