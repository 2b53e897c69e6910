"""How a session words its requests: who asks, numbered, rendered once, sent again unchanged (PROTOCOL.md, V3-5.2)."""

from dataclasses import dataclass

from goodies_mcp.inbetweenies.actions import Send
from goodies_mcp.inbetweenies.messages import (
    COMPARE_PATH,
    SYNC_PATH,
    CompareRequest,
    CompareResponse,
    Cursor,
    Limits,
    SyncRequest,
    content_digest,
    render,
)
from goodies_mcp.inbetweenies.rows import Header, Name, Row


@dataclass(frozen=True, slots=True)
class Identity:
    """Who syncs: the device, the incarnation of its database file, and the household once it is known."""

    device_id: str
    incarnation: str
    household: str | None = None


@dataclass(slots=True)
class Comparison:
    """A set being compared with the hub's of this epoch (V3-6.3); ``buckets`` is None until the hub told them, and
    ``seq`` the feed number that they stand for.

    ``same``: no bucket differed. ``headers`` is the page that is asked about now, ``after`` its last name, ``more``
    whether others follow. ``own``: what comes next is a pull that leaves nothing out.
    """

    epoch: str
    buckets: tuple[bytes, ...] | None = None
    seq: int = 0
    after: Name | None = None
    headers: tuple[Header, ...] = ()
    more: bool = True
    own: bool = False
    same: bool = False

    @property
    def goes_on_at(self) -> int:
        """The feed number to pull from afterwards: equal sets need no pull from zero."""
        return self.seq if self.same else 0

    def held_by(self, answer: CompareResponse) -> tuple[Name, ...]:
        """What the hub was asked about and does not lack, it holds: an ack that was lost on its way comes so."""
        missing = {*answer.lacks, *(each.name for each in answer.refused)}
        asked = (Name(each.record_id, each.version) for each in self.headers)
        return tuple(name for name in asked if name not in missing)


class Asker:
    """Makes the requests of one session. ``number`` is that of the latest: its answer repeats it."""

    def __init__(self, identity: Identity, session: str, limits: Limits) -> None:
        self._identity = identity
        self._session = session
        self._limits = limits
        self.household = identity.household
        self.number = 0

    def sync(self, after: Cursor | None, push: tuple[Row, ...], *, own: bool) -> Send:
        """Push these, and ask for the page behind ``after``."""
        said = self.foreseen(after, push, own=own)
        self.number += 1
        return said

    def foreseen(self, after: Cursor | None, push: tuple[Row, ...], *, own: bool) -> Send:
        """What :meth:`sync` will say when it is the next to be called."""
        message = SyncRequest(
            household=self.household,
            device_id=self._identity.device_id,
            incarnation=self._identity.incarnation,
            session=self._session,
            request=self.number + 1,
            after=after,
            own=own,
            limits=self._limits,
            push=push,
        )
        return _posted(SYNC_PATH, render(message))

    def compare(self, comparison: Comparison) -> Send:
        """Ask which of the headers the hub lacks, or for its buckets when there are none."""
        self.number += 1
        message = CompareRequest(
            household=self.household,
            device_id=self._identity.device_id,
            incarnation=self._identity.incarnation,
            session=self._session,
            request=self.number,
            epoch=comparison.epoch,
            have=comparison.headers,
        )
        return _posted(COMPARE_PATH, render(message))


def _posted(path: str, body: bytes) -> Send:
    return Send(path, body, content_digest(body))
