"""How many devices and rooms each place holds, and which devices are nowhere: counted once for each state of the feed,
and not at all where that would take long."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from goodies_mcp.core.models import Entity, RecordId
from goodies_mcp.core.vocabulary import CONTAINMENT, SPACES
from goodies_mcp.graph.places import shown_containers, whereabouts
from goodies_mcp.storage.interface import ReadView

DEVICE_TYPES = ("accessory", "device")
"""What is counted as a device: services are parts of their accessories."""

ROOM_TYPES = ("room",)

MOST_COUNTED = 2_000
"""Devices or rooms that are counted one by one."""


@dataclass(frozen=True, slots=True)
class Census:
    """Devices and rooms in each place, in its parts included; None where there were too many to count.

    ``roomless`` are the devices that are in no space, by name: all of them if ``devices`` are counted, otherwise those
    among the first by name.
    """

    devices: Counter[RecordId] | None
    rooms: Counter[RecordId] | None
    roomless: tuple[RecordId, ...]


def take_census(view: ReadView) -> Census:
    """Count, looking at no more than 2,000 devices and 2,000 rooms."""
    counts = view.counts()
    devices, roomless = _counted(view, view.listed(DEVICE_TYPES, after=None, limit=MOST_COUNTED))
    rooms = None
    if _are_countable(counts, ROOM_TYPES):
        rooms, _ = _counted(view, view.listed(ROOM_TYPES, after=None, limit=MOST_COUNTED))
    return Census(devices if _are_countable(counts, DEVICE_TYPES) else None, rooms, roomless)


def _are_countable(counts: Mapping[str, int], types: Sequence[str]) -> bool:
    return sum(counts.get(each, 0) for each in types) <= MOST_COUNTED


def devices_directly_in(view: ReadView, rooms: Iterable[RecordId]) -> Counter[RecordId]:
    """Devices whose shown container is one of these rooms: two statements, whatever the size of the home."""
    wanted = set(rooms)
    claimed = {edge.from_id for edge in view.edges(wanted, "in", CONTAINMENT)}
    shown = shown_containers(view.edges(claimed, "out", CONTAINMENT))
    held = {i: edge.to_id for i, edge in shown.items() if edge.to_id in wanted}
    return Counter(held[e.id] for e in view.entities(held).values() if e.entity_type in DEVICE_TYPES)


def _counted(view: ReadView, things: Sequence[Entity]) -> tuple[Counter[RecordId], tuple[RecordId, ...]]:
    """Things by each container around them, and those that no space is around."""
    places = whereabouts(view, (e.id for e in things))
    counted: Counter[RecordId] = Counter()
    nowhere: list[RecordId] = []
    for thing in things:
        chain = places.chain(thing.id)
        counted.update(spot.id for spot in chain)
        if not any(spot.type in SPACES for spot in chain):
            nowhere.append(thing.id)
    return counted, tuple(nowhere)
