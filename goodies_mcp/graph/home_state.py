"""What is on, open, unlocked, too warm or low on battery, wherever it is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from goodies_mcp.capabilities.model import CAPABILITIES, declared_capabilities
from goodies_mcp.capabilities.readings import HOME_STATE_QUESTIONS, Question, render
from goodies_mcp.core.models import DeviceState, Entity, JsonObject, RecordId
from goodies_mcp.core.text import fold
from goodies_mcp.core.vocabulary import APPLIANCES
from goodies_mcp.errors import InvalidInput
from goodies_mcp.graph.cache import SHORT, GraphCache
from goodies_mcp.graph.inside import inside
from goodies_mcp.graph.kinds import device_kind, is_one_of, words_for
from goodies_mcp.graph.known_states import PAST, age_seconds, known_states
from goodies_mcp.graph.paging import by_name, cut, open_page
from goodies_mcp.graph.places import breadcrumbs
from goodies_mcp.graph.resolve import SOMEWHERE
from goodies_mcp.graph.resolve import entity as resolve
from goodies_mcp.storage.interface import ReadView


@dataclass(frozen=True, slots=True)
class StateItem:
    """One known value of one device; ``age_seconds`` since it was last confirmed, ``kind`` as in DeviceItem."""

    id: str
    name: str
    where: str | None
    capability: str
    state: str
    value: JsonObject
    since: str
    age_seconds: float
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class StatePage:
    """What is on, open, unlocked, low: with the age of each value. ``unknown`` counts devices without a value."""

    items: tuple[StateItem, ...]
    total: int
    unknown: int = 0
    next_cursor: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Which values are asked for: of which kinds of device (as in
    :func:`~goodies_mcp.graph.rooms.devices_in_room`), of which capability, answering which question.
    """

    device_types: Sequence[str] = ()
    capability: str | None = None
    only: str | None = None


_MOST_COUNTED = 2_000


class _Device(NamedTuple):
    """What is asked of a thing here: remembered by the hundred, without the rest of its content."""

    id: RecordId
    entity_type: str
    name: str
    kind: str | None
    declared: Mapping[str, JsonObject]

    @classmethod
    def of(cls, entity: Entity) -> "_Device":
        declared = declared_capabilities(entity.content)
        return cls(entity.id, entity.entity_type, entity.name, device_kind(entity), declared)

    @property
    def is_able(self) -> bool:
        """Whether it is a device that can do or tell something."""
        return bool(self.declared) and self.entity_type in APPLIANCES


_Devices = Mapping[RecordId, _Device]
_Known = tuple[_Device, DeviceState]


def home_state(
    view: ReadView,
    cache: GraphCache,
    *,
    now: str,
    within: str | None,
    narrowing: Narrowing,
    limit: int,
    cursor: str | None,
) -> StatePage:
    """Known values, by the name of the device; ``unknown`` counts devices that could answer and of which none is known.

    Raises :class:`InvalidInput` for a question or a capability that the device model does not know.
    """
    asked = _question(narrowing.only)
    fitting = _capabilities(view, narrowing.capability, asked)
    wanted = words_for(narrowing.device_types)
    place = resolve(view, within, "within", SOMEWHERE, cache=cache) if within is not None else None
    page = open_page(
        "home_state", [place.id if place else None, wanted, fitting, narrowing.only, view.at], limit, cursor
    )
    held = _held(view, cache, place) if place else None
    known = [(device, state) for device, state in _known(view, held, fitting) if _wanted(device, wanted)]
    answers = sorted((each for each in known if _answers(asked, each)), key=_order)
    shown, following = cut(page, answers, _order)
    unknown, note = _unknown(view, cache, held, wanted, fitting, {device.id for device, _ in known})
    where = breadcrumbs(view, (device.id for device, _ in shown), cache)
    items = tuple(
        StateItem(
            id=device.id,
            name=device.name,
            where=where[device.id],
            capability=state.capability,
            state=render(state.capability, state.value),
            value=state.value,
            since=state.since,
            age_seconds=age_seconds(view, state, now),
            kind=device.kind,
        )
        for device, state in shown
    )
    none = "no device of these kinds with a state is known here" if wanted and not known and not unknown else None
    notes = [said for said in (PAST if view.at else None, note, none) if said]
    return StatePage(items, len(answers), unknown, following, "; ".join(notes) or None)


def _question(only: str | None) -> Question | None:
    if only is None:
        return None
    asked = HOME_STATE_QUESTIONS.get(fold(only[:100]).replace(" ", "_"))
    if asked is None:
        hint = f"one of {', '.join(HOME_STATE_QUESTIONS)}"
        raise InvalidInput(f"only knows no {only[:80]!r}", argument="only", hint=hint)
    return asked


def _capabilities(view: ReadView, capability: str | None, asked: Question | None) -> frozenset[str] | None:
    """Which capabilities matter; None for all."""
    if capability is None:
        return asked.capabilities if asked else None
    name = capability.strip().lower()
    if asked and name not in asked.capabilities:
        raise InvalidInput(
            f"{name[:80]!r} cannot say {asked.text}",
            argument="capability",
            hint=f"leave it out, or give one of {', '.join(sorted(asked.capabilities))}",
        )
    if name not in CAPABILITIES and not view.states(None, name):
        hint = f"one of {', '.join(CAPABILITIES)}"
        raise InvalidInput(f"no capability is called {name[:80]!r}", argument="capability", hint=hint)
    return frozenset({name})


def _held(view: ReadView, cache: GraphCache, place: Entity) -> _Devices:
    """The place and all that is in it, remembered when that is little."""

    def looked_up() -> _Devices:
        return _by_id((place, *inside(view, [place.id]).things.values()))

    return cache.remembered(view, ("held", place.id), looked_up, lambda things: len(things) <= SHORT)


def _known(view: ReadView, held: _Devices | None, fitting: frozenset[str] | None) -> list[_Known]:
    states = [
        state
        for capability in (sorted(fitting) if fitting is not None else [None])
        for state in known_states(view, held, capability)
    ]
    devices = held if held is not None else _by_id(view.entities({state.entity_id for state in states}).values())
    return [(devices[state.entity_id], state) for state in states if state.entity_id in devices]


def _by_id(entities: Iterable[Entity]) -> _Devices:
    return {each.id: _Device.of(each) for each in entities}


def _wanted(device: _Device, wanted: frozenset[str]) -> bool:
    return not wanted or is_one_of(device.entity_type, device.kind, wanted)


def _answers(asked: Question | None, known: _Known) -> bool:
    if asked is None:
        return True
    device, state = known
    return asked.holds(state.capability, state.value, device.declared.get(state.capability, {})) is True


def _order(known: _Known) -> tuple[str, str, str]:
    device, state = known
    return (*by_name(device.name, device.id), state.capability)


def _unknown(
    view: ReadView,
    cache: GraphCache,
    held: _Devices | None,
    wanted: frozenset[str],
    fitting: frozenset[str] | None,
    known: set[RecordId],
) -> tuple[int, str | None]:
    """How many devices could have a value and have none, and a note where that was not counted."""
    if held is None and sum(view.counts().get(kind, 0) for kind in APPLIANCES) > _MOST_COUNTED:
        return 0, "devices without a value were not counted in so large a home; ask within a room or floor"
    devices = held if held is not None else cache.remembered(view, "able", lambda: _able(view))
    silent = (
        device
        for device in devices.values()
        if device.is_able
        and device.id not in known
        and _wanted(device, wanted)
        and (fitting is None or not fitting.isdisjoint(device.declared))
    )
    return sum(1 for _ in silent), None


def _able(view: ReadView) -> _Devices:
    listed = _by_id(view.listed(sorted(APPLIANCES), after=None, limit=_MOST_COUNTED))
    return {record_id: device for record_id, device in listed.items() if device.is_able}
