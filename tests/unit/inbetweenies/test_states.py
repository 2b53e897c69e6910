"""The client's states are a table, and the table is the diagram's (V3-5.1)."""

import pytest

from goodies_mcp.errors import LocalProtocolError
from goodies_mcp.inbetweenies.states import ADDED, DIAGRAM, TABLE, Event, State, step
from tools.sync_states import PAGE, render

# The architecture's diagram, way by way; "User Resolved" is ours "Conflict Filed".
ARCHITECTURE = """
Idle --> CollectingChanges: Sync Triggered
CollectingChanges --> PreparingRequest: Changes Collected
PreparingRequest --> SendingRequest: Request Ready
SendingRequest --> WaitingResponse: Request Sent
WaitingResponse --> ProcessingResponse: Response Received
WaitingResponse --> RetryingRequest: Timeout/Error
ProcessingResponse --> CheckingConflicts: Changes Extracted
CheckingConflicts --> ResolvingConflicts: Conflicts Found
CheckingConflicts --> ApplyingChanges: No Conflicts
ResolvingConflicts --> ApplyingChanges: Conflicts Resolved
ResolvingConflicts --> ManualResolution: Auto-Resolution Failed
ApplyingChanges --> UpdatingVectorClock: Changes Applied
UpdatingVectorClock --> SyncComplete: Clock Updated
ManualResolution --> SyncComplete: Conflict Filed
RetryingRequest --> SendingRequest: Retry Attempt
RetryingRequest --> SyncFailed: Max Retries
SyncComplete --> Idle: Success
SyncFailed --> Idle: Failed
""".strip().splitlines()


def test_every_way_of_the_diagram_is_in_the_table_and_no_other_is_called_the_diagrams():
    ours = {f"{state} --> {following}: {event}" for (state, event), following in DIAGRAM.items()}
    assert ours == set(ARCHITECTURE)


def test_the_states_are_the_diagrams_and_no_others():
    named = {name for line in ARCHITECTURE for name in line.split(":")[0].split(" --> ")}
    assert {str(state) for state in State} == named


def test_what_is_added_takes_no_way_of_the_diagram_away():
    assert not DIAGRAM.keys() & ADDED.keys()
    assert {**DIAGRAM, **ADDED} == TABLE


@pytest.mark.parametrize("state", list(State))
def test_every_state_is_reached_from_idle_and_leads_back_to_it(state):
    ahead, met = [State.IDLE], {State.IDLE}
    while ahead:
        here = ahead.pop()
        found = {following for (start, _), following in TABLE.items() if start is here} - met
        met |= found
        ahead += found
    assert state in met
    ahead, met = [state], {state}
    while ahead:
        here = ahead.pop()
        found = {following for (start, _), following in TABLE.items() if start is here} - met
        met |= found
        ahead += found
    assert State.IDLE in met


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("event", list(Event))
def test_what_the_table_does_not_foresee_is_a_local_error(state, event):
    if (state, event) in TABLE:
        assert step(state, event) is TABLE[state, event]
    else:
        with pytest.raises(LocalProtocolError, match=str(state)):
            step(state, event)


def test_the_picture_in_the_docs_is_drawn_from_the_table():
    assert PAGE.read_text("utf-8") == render(), "stale: run `python -m tools.sync_states`"


def test_the_picture_shows_every_way(monkeypatch):
    page = render()
    for (state, event), following in TABLE.items():
        if event is not Event.STOPPED:
            assert f"    {state} --> {following}: {event}\n" in page
