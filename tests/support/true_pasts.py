"""Random histories of one record on several devices, with the whole truth about who had seen what."""

from collections.abc import Mapping
from dataclasses import dataclass

from hypothesis import strategies as st

from goodies_mcp.core.causality.vector_clock import maximal
from goodies_mcp.core.models import Dot, EntityPayload, JsonValue, Version, VersionId
from goodies_mcp.core.versions import next_version
from tests.support.build import record
from tests.support.clock import moment

DEVICES = 3

RECORD = record(1)


@dataclass(frozen=True)
class History:
    """Versions in the order they were made; ``past`` is each one's true set of ancestors, kept apart from clocks."""

    versions: tuple[Version, ...]
    past: Mapping[VersionId, frozenset[VersionId]]

    def lookup(self, version: VersionId) -> Version | None:
        """Any version of the history."""
        return next((each for each in self.versions if each.version == version), None)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from([0.0, 1.0, -0.0]) | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
json_objects = st.dictionaries(st.sampled_from(["a", "b", "c", "tags"]), json_values, max_size=4)


@st.composite
def true_pasts(draw, max_steps: int = 14) -> History:
    """Devices edit, delete and pull from each other at will; clocks run as they like."""
    held: list[dict[VersionId, Version]] = [{} for _ in range(DEVICES)]
    used = [0] * DEVICES
    past: dict[VersionId, frozenset[VersionId]] = {}
    made: list[Version] = []
    for _ in range(draw(st.integers(1, max_steps))):
        device, peer = draw(st.integers(0, DEVICES - 1)), draw(st.integers(0, DEVICES - 1))
        if made and device != peer and draw(st.booleans()):
            held[device].update(held[peer])
            continue
        used[device] += 1
        version = _edit(draw, device, used[device], tuple(held[device].values()))
        past[version.version] = frozenset(held[device])
        held[device][version.version] = version
        made.append(version)
    return History(tuple(made), past)


def _edit(draw, device: int, n: int, held: tuple[Version, ...]) -> Version:
    heads = maximal(held)
    content: dict[str, JsonValue] = dict(heads[0].payload.content) if heads else {}
    content.update(draw(json_objects))
    for key in draw(st.sets(st.sampled_from("abc"), max_size=1)):
        content.pop(key, None)
    return next_version(
        heads,
        record_id=RECORD,
        payload=EntityPayload("device", draw(st.sampled_from(["Lamp", "Light"])), content),
        edited_at=moment(draw(st.integers(0, 3))),
        dot=Dot(f"incarnation-{device}", n),
        author=f"user-{device}",
        device=f"device-{device}",
        deleted=draw(st.integers(0, 5)) == 0,
    )
