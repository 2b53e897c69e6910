"""What every part of a session with a v2 hub stands on: states, one request at a time, what the store is asked.

A part is a generator: it yields an action and is sent the outcome. Each round goes through the states of ``states.py``
as a v3 session does; what v2 needs more requests for is just more rounds.
"""

from collections.abc import Callable, Generator
from typing import TypeAlias, TypeVar

from goodies_mcp.errors import GoodiesError, LocalProtocolError, RemoteProtocolError, Unavailable
from goodies_mcp.inbetweenies.actions import (
    ApplyPage,
    Await,
    CheckConflicts,
    ConflictsChecked,
    PageApplied,
    Report,
    RequestFailed,
    ResponseReceived,
    Send,
    Stop,
    StoreFailed,
    TokenRefused,
)
from goodies_mcp.inbetweenies.messages import SYNC_PATH, content_digest
from goodies_mcp.inbetweenies.patience import Patience
from goodies_mcp.inbetweenies.states import TABLE, Event, State, step
from goodies_mcp.inbetweenies.v2_actions import Fetch, LookedUp, LookUp, V2Action, V2Input
from goodies_mcp.inbetweenies.v2_messages import MAX_V2_BYTES, V2Request, V2Response, parse_response, render_request
from goodies_mcp.inbetweenies.verdicts import Policy, Verdict, judge_answer, judge_failure, judge_nonsense, login_wanted

Observer: TypeAlias = Callable[[State, Event, State], None]

I = TypeVar("I", bound=V2Input)  # noqa: E741 - the kind of outcome, as T is of anything
T = TypeVar("T")
Steps: TypeAlias = Generator[V2Action, V2Input, T]

_NOT_THERE = frozenset({404, 405, 501})


class Ended(Exception):
    """The session is over, with this."""

    def __init__(self, error: GoodiesError, retry_after: float | None = None) -> None:
        super().__init__(error.message)
        self.error = error
        self.retry_after = retry_after


class Refused(Exception):
    """The hub will not have this request, or fails at it whenever it is asked."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.error.message)
        self.verdict = verdict


class Line:
    """One session's states and requests."""

    def __init__(self, policy: Policy, chance: Callable[[], float], observe: Observer | None) -> None:
        self._policy = policy
        self._patience = Patience(policy, chance)
        self._observe = observe
        self.state = State.IDLE
        self.report = Report()

    # What the store is asked.

    def told(self, action: V2Action, kind: type[I]) -> Steps[I]:
        """The outcome of what the store is asked to do. Raises Ended when it cannot, or the program stops."""
        outcome = yield action
        if isinstance(outcome, StoreFailed):
            raise Ended(outcome.error)
        if isinstance(outcome, Stop):
            raise Ended(Unavailable("sync was stopped before its end"))
        if not isinstance(outcome, kind):
            raise LocalProtocolError(f"{type(outcome).__name__} is no outcome of {type(action).__name__}")
        return outcome

    def look_up(self, question: LookUp) -> Steps[LookedUp]:
        """What is here of some records."""
        return (yield from self.told(question, LookedUp))

    def keep(self, page: ApplyPage) -> Steps[None]:
        """Save a page behind the request that brought it; conflicts that a person must see are filed with it."""
        found = ConflictsChecked()
        if page.rows:
            found = yield from self.told(CheckConflicts(page.rows), ConflictsChecked)
        self.report.merged += found.merged
        self.report.conflicts += len(found.open)
        if not found.merged and not found.open:
            self._step(Event.NO_CONFLICTS)
        else:
            self._step(Event.CONFLICTS_FOUND)
            self._step(Event.AUTO_RESOLUTION_FAILED if found.open else Event.CONFLICTS_RESOLVED)
        whole = ApplyPage(
            page.rows,
            page.acked,
            page.parked,
            page.requeue,
            found.open,
            page.cursor,
            nothing=not (page.rows or page.acked or page.parked or page.requeue or page.cursor),
        )
        yield from self.told(whole, PageApplied)
        self.report.cursor = page.cursor or self.report.cursor
        if self.state is State.APPLYING_CHANGES:
            self._step(Event.CHANGES_APPLIED)

    # What the hub is asked.

    def sync(self, request: V2Request) -> Steps[V2Response]:
        """The answer to a sync request. Raises Refused when there is none to be had, or Ended."""
        body = render_request(request)
        send = Send(SYNC_PATH, body, content_digest(body), MAX_V2_BYTES)
        answer = yield from self._asked(send, parse_response)
        if answer is None:
            raise LocalProtocolError("a sync request was answered with nothing")
        return answer

    def fetch(self, path: str, read: Callable[[bytes], T]) -> Steps[T | None]:
        """What the hub tells by REST; None where it has no such thing. Raises as :meth:`sync`."""
        return (yield from self._asked(Fetch(path), read))

    def turn(self) -> None:
        """The last answer holds nothing to be saved yet; another request comes first."""
        self._step(Event.NO_CONFLICTS)
        self._step(Event.CHANGES_APPLIED)

    def _asked(self, action: Send | Fetch, read: Callable[[bytes], T]) -> Steps[T | None]:
        self._begin()
        self._patience.begin()
        while True:
            self.report.requests += 1
            if self.report.requests > self._policy.most_requests:
                raise Ended(RemoteProtocolError("the hub's rows do not end"))
            outcome = yield from self._carried(action)
            if isinstance(outcome, RequestFailed):
                verdict, severe = judge_failure(outcome), False
            elif outcome.status in _NOT_THERE and isinstance(action, Fetch):
                self._answered()
                return None
            elif outcome.status != 200:
                # A fielded hub refuses with a 500: it is asked again, but not for long.
                verdict, severe = judge_answer(outcome), outcome.status == 500
            else:
                try:
                    found = read(outcome.body)
                    self._answered()
                    return found
                except RemoteProtocolError as error:
                    verdict, severe = judge_nonsense(error), False
            yield from self._helped(verdict, hasty=severe)

    def _carried(self, action: Send | Fetch) -> Steps[ResponseReceived | RequestFailed]:
        outcome = yield action
        if isinstance(action, Send):
            self._step(Event.REQUEST_SENT)
            if not isinstance(outcome, RequestFailed | Stop):
                outcome = yield Await()
        else:
            self._step(Event.REQUEST_SENT)
        if isinstance(outcome, ResponseReceived | RequestFailed):
            return outcome
        raise Ended(Unavailable("sync was stopped before its end"))

    def _helped(self, verdict: Verdict, *, hasty: bool) -> Steps[None]:
        """Do what helps, and be ready to send again. Raises Refused when nothing does."""
        self._step(Event.TIMEOUT_OR_ERROR)
        help_ = self._patience.help(verdict, isolating=hasty)
        if help_ is None:
            raise Refused(verdict)
        self.report.retries = self._patience.retries
        outcome = yield help_
        if isinstance(outcome, TokenRefused):
            raise Ended(login_wanted())
        if isinstance(outcome, RequestFailed):
            raise Ended(outcome.error)
        if isinstance(outcome, Stop):
            raise Ended(Unavailable("sync was stopped before its end"))
        self._step(Event.RETRY_ATTEMPT)

    # States.

    def begin(self) -> None:
        """Leave idleness."""
        self._step(Event.SYNC_TRIGGERED)

    def succeed(self) -> None:
        """Come to the good end."""
        self._step(Event.CONFLICT_FILED if self.state is State.MANUAL_RESOLUTION else Event.CLOCK_UPDATED)
        self._step(Event.SUCCESS)

    def fail(self) -> None:
        """Come to the other end, from wherever it was."""
        for event in (Event.MAX_RETRIES, Event.STORE_FAILED, Event.STOPPED):
            if (self.state, event) in TABLE:
                self._step(event)
                break
        self._step(Event.FAILED)

    def _begin(self) -> None:
        """To the point where a request is sent, from behind the last one or from a failed one."""
        if self.state is State.RETRYING_REQUEST:
            self._step(Event.RETRY_ATTEMPT)
            return
        if self.state is not State.COLLECTING_CHANGES:
            self._step(Event.MORE_TO_SYNC)
        self._step(Event.CHANGES_COLLECTED)
        self._step(Event.REQUEST_READY)

    def _answered(self) -> None:
        self._step(Event.RESPONSE_RECEIVED)
        self._step(Event.CHANGES_EXTRACTED)

    def _step(self, event: Event) -> None:
        before, self.state = self.state, step(self.state, event)
        if self._observe is not None:
            self._observe(before, event, self.state)
