"""The client's side of one sync, without input or output (PROTOCOL.md, V3-5): inputs in, one action at a time out.

The session keeps nothing that must last. What is durable, the store saves in :class:`ApplyPage`: rows and cursor
together. A session that dies anywhere is simply begun anew, and goes on where the last page was saved.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from goodies_mcp.core.models import RecordId
from goodies_mcp.errors import GoodiesError, LocalProtocolError, RemoteProtocolError, Unavailable
from goodies_mcp.inbetweenies.actions import (
    ANSWERS,
    Action,
    ApplyPage,
    Await,
    ChangesCollected,
    CheckConflicts,
    CollectChanges,
    ConflictsChecked,
    Finished,
    HeadersListed,
    Input,
    ListHeaders,
    PageApplied,
    Report,
    RequestFailed,
    RequestSent,
    ResponseReceived,
    RetryDue,
    Send,
    Stop,
    StoreFailed,
    TokenRefreshed,
    TokenRefused,
)
from goodies_mcp.inbetweenies.answers import read_compare, read_sync
from goodies_mcp.inbetweenies.asking import Asker, Comparison, Identity
from goodies_mcp.inbetweenies.collecting import Collecting
from goodies_mcp.inbetweenies.messages import CompareResponse, Cursor, Limits, SyncResponse
from goodies_mcp.inbetweenies.outgoing import Outgoing
from goodies_mcp.inbetweenies.patience import Patience
from goodies_mcp.inbetweenies.rows import Name
from goodies_mcp.inbetweenies.states import Event, State, step
from goodies_mcp.inbetweenies.verdicts import (
    Policy,
    Remedy,
    Verdict,
    judge_answer,
    judge_failure,
    judge_nonsense,
    login_wanted,
)

Observer: TypeAlias = Callable[[State, Event, State], None]


class ClientSession:
    """One session: ``start``, then ``receive`` for each outcome, until the action is ``Finished``.

    ``chance`` gives numbers in [0, 1) for the jitter. ``observe`` is told each change of state. ``repair`` lets the
    session compare sets when the digests disagree at its end (V3-6.6); whoever saw that fail need not try each time.
    """

    def __init__(
        self,
        identity: Identity,
        session: str,
        *,
        chance: Callable[[], float],
        policy: Policy | None = None,
        observe: Observer | None = None,
        repair: bool = True,
    ) -> None:
        self._policy = policy or Policy()
        self._patience = Patience(self._policy, chance)
        self._asker = Asker(identity, session, Limits(rows=self._policy.page_rows, bytes=self._policy.page_bytes))
        self._observe = observe
        self._may_repair = repair
        self._state = State.IDLE
        self._asked: Action | None = None
        self._after: Cursor | None = None
        self._saved: Cursor | None = None
        self._own = False
        self._outbox = Collecting(self._policy)
        self._page_more = True
        self._comparison: Comparison | None = None
        self._epochs = 0
        self._outgoing = Outgoing()
        self._page = ApplyPage()
        self._hub_digest: str | None = None
        self._request: Send | None = None
        self.report = Report()

    @property
    def state(self) -> State:
        """Where the session stands."""
        return self._state

    @property
    def household(self) -> str | None:
        """The household, once the hub has told it."""
        return self._asker.household

    def start(self, cursor: Cursor | None) -> Action:
        """Begin, from the cursor saved with the last page (V3-5.6); None when this store never synced.

        Raises:
            LocalProtocolError: the session was started before.
        """
        if self._asked is not None:
            raise LocalProtocolError("a session is started once")
        self._step(Event.SYNC_TRIGGERED)
        self._after = self._saved = self.report.cursor = cursor
        return self._ask(self._collect())

    def receive(self, outcome: Input) -> Action:
        """The next action after this outcome of the last one.

        Raises:
            LocalProtocolError: the last action has no such outcome; nothing changed.
        """
        allowed = () if self._asked is None else ANSWERS[type(self._asked)]
        if not isinstance(outcome, allowed):
            raise LocalProtocolError(
                f"{type(outcome).__name__} is no outcome of {type(self._asked).__name__} in state {self._state}"
            )
        return self._ask(self._next(outcome))

    def foresee(self, found: ChangesCollected | None = None) -> CollectChanges | Send | None:
        """What will be asked for once the page that is asked for now is saved, as far as that is sure (V3-5.12);
        ``found`` are the changes to collect for that. Nothing changes."""
        outgoing, page = self._outgoing, self._page
        if self._asked is not page or self._comparison is not None or outgoing.isolating or not self._goes_on:
            return None
        if self._outbox.more and not outgoing.waiting and found is None:
            return self._outbox.wish()
        return self._asker.foreseen(page.cursor, outgoing.next or (found.rows if found else ()), own=self._own)

    @property
    def _goes_on(self) -> bool:
        return self._outgoing.waiting or self._outbox.more or self._page_more

    def _next(self, outcome: Input) -> Action:  # noqa: C901, PLR0911 - one line for each kind of outcome
        match outcome:
            case ChangesCollected():
                return self._collected(outcome)
            case HeadersListed():
                return self._listed(outcome)
            case RequestSent():
                self._step(Event.REQUEST_SENT)
                return Await()
            case ResponseReceived():
                return self._answered(outcome)
            case RequestFailed():
                return self._unanswered(outcome)
            case RetryDue() | TokenRefreshed():
                return self._send_again()
            case TokenRefused():
                return self._give_up(Event.MAX_RETRIES, login_wanted())
            case ConflictsChecked():
                return self._checked(outcome)
            case PageApplied():
                return self._applied(outcome)
            case StoreFailed():
                return self._give_up(Event.STORE_FAILED, outcome.error)
            case Stop():
                return self._give_up(Event.STOPPED, Unavailable("sync was stopped before its end"))

    # Collecting and preparing.

    def _collect(self) -> Action:
        comparison = self._comparison
        if comparison is not None:
            if comparison.buckets is None:
                return self._prepare()
            return ListHeaders(comparison.buckets, comparison.after, self._policy.headers)
        # Until the epoch is known, nothing is pushed: the hub would not take it (V3-6.2).
        if self._after is not None and self._outbox.more and not self._outgoing.waiting:
            return self._outbox.wish()
        return self._prepare()

    def _collected(self, found: ChangesCollected) -> Action:
        self._outgoing.collected(self._outbox.took(found))
        return self._prepare()

    def _listed(self, found: HeadersListed) -> Action:
        comparison = self._comparison
        if comparison is None or len(found.headers) > self._policy.headers:
            raise LocalProtocolError("headers came that nobody asked for")
        comparison.same |= found.same
        if not found.headers:
            # Nothing here that the hub could lack; the cursor is saved with the first page.
            self._adopt(comparison)
            return self._collect()
        comparison.headers = found.headers
        comparison.after = Name(found.headers[-1].record_id, found.headers[-1].version)
        comparison.more = found.more
        return self._prepare()

    def _prepare(self) -> Action:
        self._step(Event.CHANGES_COLLECTED)
        action = self._new_request()
        self._step(Event.REQUEST_READY)
        return action

    def _new_request(self) -> Send:
        if self._comparison is not None:
            request = self._asker.compare(self._comparison)
        else:
            push = self._outgoing.take() if self._after is not None else ()
            request = self._asker.sync(self._after, push, own=self._own)
        return self._send(request)

    def _send(self, request: Send) -> Send:
        self._request = request
        self._patience.begin()
        self.report.requests += 1
        return request

    # Answers, and none.

    def _answered(self, answer: ResponseReceived) -> Action:
        if answer.status != 200:
            return self._failed(judge_answer(answer))
        try:
            response = self._understood(answer.body)
        except RemoteProtocolError as error:
            return self._failed(judge_nonsense(error))
        if self.report.requests >= self._policy.most_requests or self._epochs > self._policy.most_epochs:
            endless = RemoteProtocolError("the hub's feed does not end, or its history keeps changing")
            return self._failed(Verdict(Remedy.GIVE_UP, endless))
        self._step(Event.RESPONSE_RECEIVED)
        self._asker.household = response.household
        self.report.server_time = response.server_time
        return self._read_compare(response) if isinstance(response, CompareResponse) else self._read_sync(response)

    def _understood(self, body: bytes) -> SyncResponse | CompareResponse:
        asker, comparison = self._asker, self._comparison
        if comparison is not None:
            return read_compare(body, asker.number, asker.household, comparison.headers, comparison.epoch)
        return read_sync(body, asker.number, asker.household, self._outgoing.in_flight, self._after)

    def _read_sync(self, response: SyncResponse) -> Action:
        self._step(Event.CHANGES_EXTRACTED)
        self._outbox.told(response.takes)
        if response.cursor is None:
            return self._meet(response)
        refused = self._outgoing.refused(response.refused)
        self._outgoing.answered((*response.acked, *refused))
        self.report.parked += len(refused)
        self._page_more = response.more
        self._hub_digest = response.digest
        self.report.pushed += len(response.acked)
        self.report.pulled += len(response.changes)
        self._page = ApplyPage(
            rows=response.changes, acked=response.acked, parked=self._outgoing.parked(), cursor=response.cursor
        )
        if response.changes:
            return CheckConflicts(response.changes)
        self._step(Event.NO_CONFLICTS)
        return self._apply()

    def _read_compare(self, response: CompareResponse) -> Action:
        self._step(Event.CHANGES_EXTRACTED)
        comparison = self._comparison
        if comparison is None:
            raise LocalProtocolError("a comparison was answered that was not asked for")
        if response.epoch != comparison.epoch or comparison.buckets is None:
            return self._meet(response, own=comparison.own)
        self.report.parked += len(self._outgoing.refused(response.refused))
        self.report.requeued += len(response.lacks)
        cursor = None if comparison.more else Cursor(epoch=comparison.epoch, seq=comparison.goes_on_at)
        self._page = ApplyPage(
            acked=comparison.held_by(response), requeue=response.lacks, parked=self._outgoing.parked(), cursor=cursor
        )
        self._step(Event.NO_CONFLICTS)
        return self._apply()

    def _meet(self, response: SyncResponse | CompareResponse, *, own: bool = False) -> Action:
        """Another history than the one the cursor belongs to: compare before anything else (V3-6.3)."""
        self._epochs += 1
        self._outgoing.untaken()
        self._step(Event.NO_CONFLICTS)
        self.report.new_epoch |= self._after is not None and self._after.epoch != response.epoch
        told = None if response.buckets is None else tuple(map(bytes.fromhex, response.buckets))
        self._comparison = Comparison(response.epoch, told, response.seq or 0, own=own)
        self._step(Event.CHANGES_APPLIED)
        self._step(Event.MORE_TO_SYNC)
        return self._collect()

    def _unanswered(self, failed: RequestFailed) -> Action:
        if self._state is State.SENDING_REQUEST:
            self._step(Event.REQUEST_SENT)
        if self._state is State.RETRYING_REQUEST:
            return self._give_up(Event.MAX_RETRIES, failed.error)
        return self._failed(judge_failure(failed))

    # Trying again.

    def _failed(self, verdict: Verdict) -> Action:
        self._step(Event.TIMEOUT_OR_ERROR)
        helping = self._patience.help(verdict, isolating=self._outgoing.isolating)
        if helping is not None:
            return helping
        if self._outgoing.in_flight and verdict.remedy in {Remedy.SUSPECT, Remedy.ISOLATE, Remedy.SPLIT}:
            return self._search(verdict)
        fall_back = verdict.remedy is Remedy.FALL_BACK
        return self._give_up(Event.MAX_RETRIES, verdict.error, verdict.retry_after, fall_back=fall_back)

    def _search(self, verdict: Verdict) -> Action:
        """Find the change that the hub stumbles over, or see that none is to blame (V3-10.5)."""
        outgoing, isolated = self._outgoing, self._outgoing.isolated
        if verdict.remedy is not Remedy.SPLIT and not outgoing.isolating:
            outgoing.probe()
            self._step(Event.RETRY_ATTEMPT)
            return self._send(self._asker.sync(self._after, (), own=self._own))
        outgoing.divide(verdict.error, guilty=self._patience.proves_guilt(verdict))
        self.report.parked += outgoing.isolated - isolated
        if outgoing.isolated > self._policy.most_parked:
            return self._give_up(Event.MAX_RETRIES, verdict.error)
        self._step(Event.RETRY_ATTEMPT)
        return self._new_request()

    def _send_again(self) -> Action:
        if self._request is None:
            raise LocalProtocolError("there is nothing to send again")
        self._step(Event.RETRY_ATTEMPT)
        self.report.requests += 1
        return self._request

    # Conflicts and applying.

    def _checked(self, found: ConflictsChecked) -> Action:
        self.report.merged += found.merged
        self.report.conflicts += len(found.open)
        if not found.merged and not found.open:
            self._step(Event.NO_CONFLICTS)
            return self._apply()
        self._step(Event.CONFLICTS_FOUND)
        if not found.open:
            self._step(Event.CONFLICTS_RESOLVED)
            return self._apply()
        self._step(Event.AUTO_RESOLUTION_FAILED)
        return self._apply(found.open)

    def _apply(self, conflicts: tuple[RecordId, ...] = ()) -> Action:
        page = self._page
        moved = page.cursor is not None and page.cursor != self._saved
        idle = not (page.rows or page.acked or page.parked or page.requeue or moved)
        self._page = replace(page, conflicts=conflicts, nothing=idle)
        return self._page

    def _applied(self, done: PageApplied) -> Action:
        manual = self._state is State.MANUAL_RESOLUTION
        if not manual:
            self._step(Event.CHANGES_APPLIED)
        self._saved = self._page.cursor or self._saved
        if self._comparison is not None:
            if not self._comparison.more:
                self._adopt(self._comparison)
            more = True
        else:
            self._after = self.report.cursor = self._page.cursor
            more = self._goes_on or self._must_compare(done.digest)
        if more:
            self._step(Event.MORE_TO_SYNC)
            return self._collect()
        self._step(Event.CONFLICT_FILED if manual else Event.CLOCK_UPDATED)
        self._step(Event.SUCCESS)
        return Finished(self._reported())

    def _adopt(self, comparison: Comparison) -> None:
        """From here on the cursor counts in the new history, and what the hub lacked is in the outbox (V3-6.5)."""
        self._after = self.report.cursor = Cursor(epoch=comparison.epoch, seq=comparison.goes_on_at)
        self._own = comparison.own
        self._outbox.begin_again()
        self._page_more = True
        self._comparison = None

    def _must_compare(self, ours: str | None) -> bool:
        """At the end both sides hold the same set, or something is wrong that the cursor cannot tell (V3-6.6)."""
        if ours is None or self._hub_digest is None or ours == self._hub_digest or self._after is None:
            return False
        if self._outgoing.deferred:
            return False  # whether the hub holds what it did not ack is not known
        if self.report.repaired or not self._may_repair:
            self.report.diverged = True
            return False
        self.report.repaired = True
        self._comparison = Comparison(self._after.epoch, own=True)
        return True

    # The ends.

    def _give_up(
        self, event: Event, error: GoodiesError, retry_after: float | None = None, *, fall_back: bool = False
    ) -> Finished:
        self._step(event)
        self._step(Event.FAILED)
        return Finished(self._reported(), error, retry_after, fall_back)

    def _reported(self) -> Report:
        self.report.deferred = self._outgoing.deferred
        self.report.retries = self._patience.retries
        return self.report

    def _ask(self, action: Action) -> Action:
        self._asked = action
        return action

    def _step(self, event: Event) -> None:
        before, self._state = self._state, step(self._state, event)
        if self._observe is not None:
            self._observe(before, event, self._state)
