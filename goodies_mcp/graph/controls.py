"""What can be read and set on one device, and what controls it."""

from collections.abc import Mapping
from dataclasses import dataclass

from goodies_mcp.capabilities.model import Field, declared_capabilities, describe
from goodies_mcp.capabilities.readings import render
from goodies_mcp.core.models import DeviceState, Entity, JsonObject, JsonValue, RecordId
from goodies_mcp.graph.cache import SHORT, GraphCache
from goodies_mcp.graph.known_states import age_seconds, known_states
from goodies_mcp.graph.paging import by_name
from goodies_mcp.graph.places import refs
from goodies_mcp.graph.resolve import DEVICE
from goodies_mcp.graph.resolve import entity as resolve
from goodies_mcp.graph.shown import Ref
from goodies_mcp.storage.interface import ReadView


@dataclass(frozen=True, slots=True)
class CapabilityField:
    """One field of a capability: what it takes and what it is now."""

    field: str
    type: str
    unit: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    options: tuple[str, ...] = ()
    settable: bool = False
    value: JsonValue = None


@dataclass(frozen=True, slots=True)
class CapabilityItem:
    """One capability with its known value in words and that value's age in seconds."""

    capability: str
    fields: tuple[CapabilityField, ...]
    state: str | None = None
    since: str | None = None
    age_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class ControlledBy:
    """Something that controls a device, and through which kind of edge."""

    id: str
    type: str
    name: str
    where: str | None
    relationship_type: str


@dataclass(frozen=True, slots=True)
class DeviceControls:
    """What can be read and set on a device, and what controls it."""

    device: Ref
    capabilities: tuple[CapabilityItem, ...]
    controlled_by: tuple[ControlledBy, ...]


_CONTROLLING = ("automates", "controls", "manages")


@dataclass(frozen=True, slots=True)
class _Wiring:
    """What the graph says of a device, whatever its state: it and its services, with what each of them declares, and
    what controls it."""

    device: Ref
    bearers: Mapping[RecordId, Mapping[str, JsonObject]]
    controlled_by: tuple[ControlledBy, ...]


def device_controls(view: ReadView, cache: GraphCache, device: str, *, now: str) -> DeviceControls:
    """The capabilities that the device declares or has a known value of, by name, and what controls it.

    An accessory that declares none has those of its services.
    """
    found = resolve(view, device, "device", DEVICE, cache=cache)
    wiring = cache.remembered(view, ("wiring", found.id), lambda: _wiring(view, cache, found), _is_short)
    states = {(state.entity_id, state.capability): state for state in known_states(view, wiring.bearers)}
    items: dict[str, CapabilityItem] = {}
    for bearer, declared in wiring.bearers.items():
        own = {capability: state for (owner, capability), state in states.items() if owner == bearer}
        for capability in sorted({*declared, *own} - items.keys()):
            items[capability] = _item(view, capability, declared.get(capability, {}), own.get(capability), now)
    return DeviceControls(wiring.device, tuple(items[name] for name in sorted(items)), wiring.controlled_by)


def _wiring(view: ReadView, cache: GraphCache, device: Entity) -> _Wiring:
    bearers = {device.id: declared_capabilities(device.content)}
    if not bearers[device.id]:
        bearers.update({part.id: declared_capabilities(part.content) for part in _parts(view, device)})
    controllers = _controllers(view, device)
    where = refs(view, [device, *(e for e, _ in controllers)], cache)
    by = tuple(ControlledBy(e.id, e.entity_type, e.name, where[e.id].where, how) for e, how in controllers)
    return _Wiring(where[device.id], bearers, by)


def _is_short(wiring: _Wiring) -> bool:
    return len(wiring.bearers) + len(wiring.controlled_by) <= SHORT


def _parts(view: ReadView, device: Entity) -> list[Entity]:
    parts = {each.entity.id: each.entity for each in view.joined([device.id], "in", ("part_of",), ("service",))}
    return sorted(parts.values(), key=lambda e: by_name(e.name, e.id))


def _controllers(view: ReadView, device: Entity) -> list[tuple[Entity, str]]:
    reaching = view.joined([device.id], "in", _CONTROLLING)
    leaving = view.joined([device.id], "out", ("controlled_by_app",))
    listed = {(each.entity.id, each.relationship_type): each.entity for each in (*reaching, *leaving)}
    found = [(entity, how) for (_, how), entity in listed.items()]
    return sorted(found, key=lambda each: (*by_name(each[0].name, each[0].id), each[1]))


def _item(view: ReadView, capability: str, declared: JsonObject, state: DeviceState | None, now: str) -> CapabilityItem:
    value: JsonObject = state.value if state else {}
    return CapabilityItem(
        capability=capability,
        fields=tuple(_field(each, value) for each in describe(capability, declared).fields),
        state=render(capability, value) if state else None,
        since=state.since if state else None,
        age_seconds=age_seconds(view, state, now) if state else None,
    )


def _field(described: Field, value: Mapping[str, object]) -> CapabilityField:
    said = value.get(described.name)
    return CapabilityField(
        field=described.name,
        type=described.type,
        unit=described.unit,
        minimum=described.minimum,
        maximum=described.maximum,
        options=described.targets if described.settable and described.targets else described.options,
        settable=described.settable,
        value=said if isinstance(said, str | int | float) else None,
    )
