"""What is known of devices at the moment asked about: states are local and keep no history, so a value counts only
from when it was set."""

from collections.abc import Iterable

from goodies_mcp.capabilities.readings import render_all
from goodies_mcp.core.models import DeviceState, JsonObject, RecordId
from goodies_mcp.graph.moments import seconds_between
from goodies_mcp.storage.interface import ReadView

PAST = "device states keep no history: a value is known only from the time it was last set"


def known_states(view: ReadView, ids: Iterable[RecordId] | None, capability: str | None = None) -> list[DeviceState]:
    """The states of these entities (None: of all) that held at the view's moment; what was set later is unknown."""
    states = view.states(ids, capability)
    if view.at is None:
        return states
    return [state for state in states if state.since <= view.at]


def states_in_words(view: ReadView, ids: Iterable[RecordId]) -> dict[RecordId, str]:
    """What is known of each entity in one line ("on, 40 %"); those of which nothing is known are left out."""
    values: dict[RecordId, dict[str, JsonObject]] = {}
    for state in known_states(view, ids):
        values.setdefault(state.entity_id, {})[state.capability] = state.value
    return {entity_id: render_all(known) for entity_id, known in values.items()}


def age_seconds(view: ReadView, state: DeviceState, now: str) -> float:
    """How long ago the value was last confirmed, seen from the view's moment."""
    return seconds_between(state.seen_at, view.at or now)
