"""Made-up lives of a home on several devices that meet at times: the raw material of the laws of ``apply``."""

from collections.abc import Sequence
from datetime import timedelta

from hypothesis import strategies as st

from goodies_mcp.core.causality.vector_clock import maximal
from goodies_mcp.core.models import JsonObject, RecordId, Version
from tests.support.build import Device, record
from tests.support.clock import FakeClock

THINGS = tuple(record(n) for n in range(1, 5))
EDGES = tuple(record(n) for n in range(11, 14))
NAMES = ("Lamp", "Lämp", "Kitchen", "hall", "Fan 2")
CONTENTS: Sequence[JsonObject] = ({}, {"notes": "warm white"}, {"watts": 5}, {"watts": 5.0, "on": False}, {"on": 0})
JOINS = ("located_in", "controls")


@st.composite
def histories(draw: st.DrawFn, *, devices: int = 3, most: int = 14) -> list[Version]:
    """Versions in an order in which they could have been made: each device edits what it holds, and they meet."""
    crew = [Device(n + 1, clock=clock_of(n)) for n in range(draw(st.integers(1, devices)))]
    held: list[list[Version]] = [[] for _ in crew]
    made: list[Version] = []
    for _ in range(draw(st.integers(1, most))):
        who = draw(st.integers(0, len(crew) - 1))
        if draw(st.integers(0, 3)) == 0:
            whom = draw(st.integers(0, len(crew) - 1))
            held[who] += [each for each in held[whom] if each not in held[who]]
        else:
            version = _edit(draw, crew[who], held[who])
            held[who].append(version)
            made.append(version)
    return made or [crew[0].entity(THINGS[0])]


def clock_of(n: int) -> FakeClock:
    # Steps that share no multiple below a second: no two devices edit in the same microsecond.
    return FakeClock(step=timedelta(microseconds=1_000 + 7 * n))


def _edit(draw: st.DrawFn, device: Device, held: Sequence[Version]) -> Version:
    if draw(st.booleans()):
        record_id = draw(st.sampled_from(THINGS))
        heads = _heads(held, record_id)
        if heads and draw(st.integers(0, 3)) == 0:
            return device.tombstone(*heads)
        kind = draw(st.sampled_from(("device", "room")))
        return device.entity(
            record_id,
            draw(st.sampled_from(NAMES)),
            *heads,
            entity_type=kind,
            content=draw(st.sampled_from(CONTENTS)),
        )
    record_id = draw(st.sampled_from(EDGES))
    heads = _heads(held, record_id)
    if heads and draw(st.integers(0, 3)) == 0:
        return device.tombstone(*heads)
    ends = draw(st.sampled_from(THINGS)), draw(st.sampled_from(THINGS))
    return device.edge(record_id, *ends, *heads, relationship_type=draw(st.sampled_from(JOINS)))


def _heads(held: Sequence[Version], record_id: RecordId) -> tuple[Version, ...]:
    return maximal(each for each in held if each.record_id == record_id)
