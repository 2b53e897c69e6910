"""A file that somebody wants to read and that is not here: where it may come from, and what to say when it does not."""

from goodies_mcp.core.models import Content, Sha256
from goodies_mcp.errors import GoodiesError, NotFound, RemoteProtocolError, Unavailable
from goodies_mcp.inbetweenies.content_exchange import Declined, Interrupted
from goodies_mcp.inbetweenies.messages import V2
from goodies_mcp.storage.replication import ReplicaView
from goodies_mcp.sync import content_marks, kept
from goodies_mcp.sync.credentials import Credentials


def wanted(view: ReplicaView, sha256: Sha256, credentials: Credentials | None, now: str) -> Content | None:
    """What is known of this content, to fetch it; None when it is here.

    Raises:
        Unavailable: it is not here, and there is no hub that could have it.
    """
    if view.content(sha256) is not None:
        return None
    if credentials is None:
        raise Unavailable(
            "the file itself is not on this device, and no hub is known",
            hint="`goodies-mcp hub login URL` connects this home to the hub that has it",
        )
    if kept.protocol_of(view, credentials.url, now) == V2:
        raise Unavailable(
            "the file itself is not on this device, and this hub keeps none: it speaks inbetweenies-v2",
            hint="read it on the device that added it, or bring the hub up to date",
        )
    return content_marks.described(view, sha256) or Content(sha256, 0, "")


def why_not(end: Declined | Interrupted) -> GoodiesError:
    """Why it is still not here, and what to do."""
    error = end.error
    if isinstance(end, Declined) and isinstance(error, NotFound):
        return NotFound(
            "the file itself is neither on this device nor at the hub",
            hint="the device that added it takes it there with its next sync",
        )
    if isinstance(error, RemoteProtocolError):
        return error
    kind = Unavailable if error.retryable else type(error)
    return kind(
        f"the file itself is not on this device yet, and could not be fetched: {error.message}",
        hint=error.hint or "call sync_now once the hub can be reached, and read it again",
    )
