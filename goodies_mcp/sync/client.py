"""The pump: carries out what a session asks for, and tells it what came of that, until it is finished.

Nothing is decided here. Whatever must last is in the store when ``ApplyPage`` returns; the pump may be killed anywhere.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeAlias, TypeVar

from goodies_mcp.core.models import RecordId
from goodies_mcp.errors import GoodiesError, LocalProtocolError, RemoteProtocolError
from goodies_mcp.inbetweenies.actions import (
    ApplyPage,
    Await,
    ChangesCollected,
    CheckConflicts,
    CollectChanges,
    Finished,
    Input,
    ListHeaders,
    PageApplied,
    RefreshToken,
    Report,
    RequestSent,
    ResponseReceived,
    RetryDue,
    Send,
    StoreFailed,
    Wait,
)
from goodies_mcp.inbetweenies.messages import Cursor
from goodies_mcp.inbetweenies.v2_actions import Fetch, LookUp, ShowMerged, V2Action, V2Input
from goodies_mcp.storage.replication import ReplicaStore, ReplicaTransaction
from goodies_mcp.sync import change_tracker, content_marks, doubting, kept, lease, v2_reading
from goodies_mcp.sync.content_session import ContentSession
from goodies_mcp.sync.read_ahead import ReadAhead
from goodies_mcp.sync.send_ahead import SendAhead
from goodies_mcp.sync.transport import Transport
from goodies_mcp.sync.world import World

I = TypeVar("I", bound=V2Input)  # noqa: E741 - the kind of input, as T is of anything

Tell: TypeAlias = Callable[[Report, frozenset[RecordId]], Awaitable[None]]
"""Is told after each page how far the session is, and which records it brought."""

_READ_ASIDE = 65_536
"""An answer of more bytes is read beside the event loop, so that nobody waits for it."""


class Session(Protocol):
    """One session of either edition: ``ClientSession`` is one."""

    @property
    def household(self) -> str | None:
        """The household, once the hub has told it."""
        ...

    @property
    def report(self) -> Report:
        """What was done so far."""
        ...

    def start(self, cursor: Cursor | None) -> V2Action:
        """Begin."""
        ...

    def receive(self, outcome: Any) -> V2Action:  # noqa: ANN401 - what fits is checked by each session
        """Go on, with an outcome that the last action of this edition can have."""
        ...

    def foresee(self, found: ChangesCollected | None = None) -> CollectChanges | Send | None:
        """As ``Foreseeing.foresee``."""
        ...


@dataclass(frozen=True, slots=True)
class Pump:
    """What a session stands between: a store and a way to a hub. ``me`` holds the lease, which each page renews.
    ``content`` goes before the versions that name it; None: the hub takes none (V3-12.11)."""

    store: ReplicaStore
    transport: Transport
    world: World
    me: lease.Holder
    tell: Tell
    content: ContentSession | None = None

    async def run(self, session: Session, cursor: Cursor | None) -> Finished:
        """Carry a session out, from the cursor saved with the last page to its end."""
        action = session.start(cursor)
        sent: Send | None = None
        outbox = ReadAhead(self.store)
        ahead = SendAhead(self.transport, outbox, self.content)
        try:
            while not isinstance(action, Finished):
                if isinstance(action, Send):
                    sent = action
                    outbox.go_on()
                if isinstance(action, ApplyPage):
                    ahead.go_on(session)
                if isinstance(action, CollectChanges):
                    outcome: V2Input = await _asked(self._collected(action, session, outbox))
                elif isinstance(action, Await) and sent is not None:
                    outcome = await ahead.answer(sent)
                else:
                    outcome = await self._carried_out(action, session)
                if isinstance(outcome, ResponseReceived) and len(outcome.body) > _READ_ASIDE:
                    action = await asyncio.to_thread(session.receive, outcome)
                else:
                    action = session.receive(outcome)
            return action
        finally:
            await ahead.close()
            await outbox.close()

    async def _carried_out(self, action: V2Action, session: Session) -> V2Input:  # noqa: PLR0911 - one line for each kind of action
        match action:
            case ListHeaders():
                return await _asked(self.store.read(lambda view: change_tracker.list_headers(view, action)))
            case CheckConflicts():
                return await _asked(self.store.read(lambda view: change_tracker.check(view, action)))
            case ApplyPage():
                return await self._apply(action, session)
            case Wait():
                await self.world.pause(action.seconds)
                return RetryDue()
            case RefreshToken():
                return await self.transport.refresh()
            case Fetch():
                return await self.transport.get(action.path, action.most)
            case LookUp():
                return await _asked(self.store.read(lambda view: v2_reading.look_up(view, action)))
            case ShowMerged():
                return await _asked(self.store.read(lambda view: v2_reading.show_merged(view, action)))
            case Send():
                # A request is on its way with the wait for its answer: one step, which may be cut off anywhere.
                return RequestSent()
            case _:
                raise LocalProtocolError(f"a session asked for {type(action).__name__}, which the pump cannot do")

    async def _collected(self, asked: CollectChanges, session: Session, outbox: ReadAhead) -> ChangesCollected:
        """Changes whose content the hub has. Where none of a page may go yet, those of the next are looked at."""
        cursor = session.report.cursor
        while True:
            found = await outbox.page(asked)
            if self.content is None or cursor is None:
                return found
            found = await self.content.sent_first(found, cursor.epoch)
            if found.rows or not found.more:
                return found
            asked = replace(asked, after=found.position)

    async def _apply(self, page: ApplyPage, session: Session) -> Input:
        if page.nothing:
            return await _asked(self.store.read(lambda view: PageApplied(change_tracker.expected_digest(view))))

        outcome = await self._saved(page, (), session)
        if isinstance(outcome, StoreFailed) and isinstance(outcome.error, RemoteProtocolError) and page.rows:
            # Something in the page contradicts what is here. It is set aside, and does not hold the rest back for ever.
            believed, refused = await self.store.read(lambda view: doubting.judged(view, page.rows))
            outcome = await self._saved(replace(page, rows=believed), refused, session)
        if isinstance(outcome, PageApplied):
            await self.tell(session.report, frozenset(row.version.record_id for row in page.rows))
        return outcome

    async def _saved(self, page: ApplyPage, refused: Sequence[doubting.Refused], session: Session) -> Input:
        def work(tx: ReplicaTransaction) -> PageApplied:
            now = self.world.clock.now()
            # Whose turn it was may have been taken over while this process slept: then nothing of the page is kept.
            lease.take(tx, self.me, now, self.world.alive)
            if session.household is not None and kept.household(tx) != session.household:
                kept.put_household(tx, session.household)
            doubting.note(tx, refused, self.me.session)
            content_marks.note_named(tx, page.rows)
            return change_tracker.apply_page(tx, page)

        return await _asked(self.store.write(work))


async def _asked(work: Awaitable[I]) -> I | StoreFailed:
    """What the store answered, or that it could not."""
    try:
        return await work
    except GoodiesError as error:
        return StoreFailed(error)
