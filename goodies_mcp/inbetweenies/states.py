"""The client's states and every way between them, as one table (PROTOCOL.md, V3-5.1).

The rules: a state has at most one way out for each event; what is not in the table is a bug of ours and raises
``LocalProtocolError``; nothing changes state except :func:`step`. The states, and all ways but those in ``ADDED``, are
those of the architecture's diagram. The diagram shows one round of one session; ``ADDED`` closes the loop over the
pages of a feed and says where a session ends when the store fails or the program stops.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from goodies_mcp.errors import LocalProtocolError


class State(StrEnum):
    """Where a session stands."""

    IDLE = "Idle"
    COLLECTING_CHANGES = "CollectingChanges"
    PREPARING_REQUEST = "PreparingRequest"
    SENDING_REQUEST = "SendingRequest"
    WAITING_RESPONSE = "WaitingResponse"
    RETRYING_REQUEST = "RetryingRequest"
    PROCESSING_RESPONSE = "ProcessingResponse"
    CHECKING_CONFLICTS = "CheckingConflicts"
    RESOLVING_CONFLICTS = "ResolvingConflicts"
    MANUAL_RESOLUTION = "ManualResolution"
    APPLYING_CHANGES = "ApplyingChanges"
    UPDATING_VECTOR_CLOCK = "UpdatingVectorClock"
    SYNC_COMPLETE = "SyncComplete"
    SYNC_FAILED = "SyncFailed"


class Event(StrEnum):
    """What leads from one state to the next; the value is the label in the picture."""

    SYNC_TRIGGERED = "Sync Triggered"
    CHANGES_COLLECTED = "Changes Collected"
    REQUEST_READY = "Request Ready"
    REQUEST_SENT = "Request Sent"
    RESPONSE_RECEIVED = "Response Received"
    TIMEOUT_OR_ERROR = "Timeout/Error"
    RETRY_ATTEMPT = "Retry Attempt"
    MAX_RETRIES = "Max Retries"
    CHANGES_EXTRACTED = "Changes Extracted"
    CONFLICTS_FOUND = "Conflicts Found"
    NO_CONFLICTS = "No Conflicts"
    CONFLICTS_RESOLVED = "Conflicts Resolved"
    AUTO_RESOLUTION_FAILED = "Auto-Resolution Failed"
    CONFLICT_FILED = "Conflict Filed"
    CHANGES_APPLIED = "Changes Applied"
    CLOCK_UPDATED = "Clock Updated"
    SUCCESS = "Success"
    FAILED = "Failed"
    MORE_TO_SYNC = "More To Sync"
    STORE_FAILED = "Store Failed"
    STOPPED = "Stopped"


Way = tuple[State, Event]

DIAGRAM: Mapping[Way, State] = MappingProxyType(
    {
        (State.IDLE, Event.SYNC_TRIGGERED): State.COLLECTING_CHANGES,
        (State.COLLECTING_CHANGES, Event.CHANGES_COLLECTED): State.PREPARING_REQUEST,
        (State.PREPARING_REQUEST, Event.REQUEST_READY): State.SENDING_REQUEST,
        (State.SENDING_REQUEST, Event.REQUEST_SENT): State.WAITING_RESPONSE,
        (State.WAITING_RESPONSE, Event.RESPONSE_RECEIVED): State.PROCESSING_RESPONSE,
        (State.WAITING_RESPONSE, Event.TIMEOUT_OR_ERROR): State.RETRYING_REQUEST,
        (State.PROCESSING_RESPONSE, Event.CHANGES_EXTRACTED): State.CHECKING_CONFLICTS,
        (State.CHECKING_CONFLICTS, Event.CONFLICTS_FOUND): State.RESOLVING_CONFLICTS,
        (State.CHECKING_CONFLICTS, Event.NO_CONFLICTS): State.APPLYING_CHANGES,
        (State.RESOLVING_CONFLICTS, Event.CONFLICTS_RESOLVED): State.APPLYING_CHANGES,
        (State.RESOLVING_CONFLICTS, Event.AUTO_RESOLUTION_FAILED): State.MANUAL_RESOLUTION,
        (State.APPLYING_CHANGES, Event.CHANGES_APPLIED): State.UPDATING_VECTOR_CLOCK,
        (State.UPDATING_VECTOR_CLOCK, Event.CLOCK_UPDATED): State.SYNC_COMPLETE,
        # The diagram says "User Resolved"; sync never waits for a person, so the conflict is filed for one.
        (State.MANUAL_RESOLUTION, Event.CONFLICT_FILED): State.SYNC_COMPLETE,
        (State.RETRYING_REQUEST, Event.RETRY_ATTEMPT): State.SENDING_REQUEST,
        (State.RETRYING_REQUEST, Event.MAX_RETRIES): State.SYNC_FAILED,
        (State.SYNC_COMPLETE, Event.SUCCESS): State.IDLE,
        (State.SYNC_FAILED, Event.FAILED): State.IDLE,
    }
)

_ASKS_THE_STORE = (
    State.COLLECTING_CHANGES,
    State.CHECKING_CONFLICTS,
    State.APPLYING_CHANGES,
    State.MANUAL_RESOLUTION,
)
_RESTS = (State.IDLE, State.SYNC_COMPLETE, State.SYNC_FAILED)

ADDED: Mapping[Way, State] = MappingProxyType(
    {
        (State.UPDATING_VECTOR_CLOCK, Event.MORE_TO_SYNC): State.COLLECTING_CHANGES,
        (State.MANUAL_RESOLUTION, Event.MORE_TO_SYNC): State.COLLECTING_CHANGES,
        **{(state, Event.STORE_FAILED): State.SYNC_FAILED for state in _ASKS_THE_STORE},
        **{(state, Event.STOPPED): State.SYNC_FAILED for state in State if state not in _RESTS},
    }
)

TABLE: Mapping[Way, State] = MappingProxyType({**DIAGRAM, **ADDED})


def step(state: State, event: Event) -> State:
    """The next state.

    Raises:
        LocalProtocolError: the table knows no such way.
    """
    following = TABLE.get((state, event))
    if following is None:
        raise LocalProtocolError(f"a session in {state} cannot take {event!r}")
    return following
