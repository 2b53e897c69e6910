"""A device of the simulation: the real client session between a disk and the network, and a person who edits."""

from collections.abc import Callable
from itertools import count
from random import Random
from typing import TypeAlias

from goodies_mcp.errors import Unavailable
from goodies_mcp.inbetweenies.actions import (
    Action,
    ApplyPage,
    Await,
    CheckConflicts,
    CollectChanges,
    Finished,
    Input,
    ListHeaders,
    PageApplied,
    RefreshToken,
    RequestFailed,
    RequestSent,
    ResponseReceived,
    RetryDue,
    Send,
    TokenRefreshed,
    Wait,
)
from goodies_mcp.inbetweenies.asking import Identity
from goodies_mcp.inbetweenies.client_session import ClientSession
from goodies_mcp.inbetweenies.conflict_check import check_conflicts
from goodies_mcp.inbetweenies.verdicts import Policy
from tools.sim.disks import DeviceDisk, HubDisk
from tools.sim.network import Agenda

TIMEOUT = 30.0
Hear: TypeAlias = Callable[[ResponseReceived | RequestFailed], None]
Post: TypeAlias = Callable[["Device", Send, Hear], None]


class Device:
    """One device: at most one session at a time, which may die at any action."""

    def __init__(self, number: int, disk: DeviceDisk, agenda: Agenda, random: Random, post: Post) -> None:
        self.number = number
        self.name = f"device-{number}"
        self.disk = disk
        self.crash_share = 0.0
        self.crashes = self.sessions = self.failed = self.repaired = self.parked = self.epochs = 0
        self.last: Finished | None = None
        self.hub_has: Callable[[str], HubDisk | None] = lambda _epoch: None
        self.cursor_first = False
        self._agenda = agenda
        self._random = random
        self._post = post
        self._session: ClientSession | None = None
        self._turn = count()
        self._expected = 0

    @property
    def syncing(self) -> bool:
        """Whether a session is under way."""
        return self._session is not None

    def sync(self, policy: Policy) -> None:
        """Begin a session, unless one is under way."""
        if self._session is not None:
            return
        self.sessions += 1
        identity = Identity(self.name, self.disk.incarnation)
        self._session = ClientSession(
            identity, f"{self.name}/{self.sessions}", chance=self._random.random, policy=policy
        )
        self._pump(self._session.start(self.disk.cursor))

    def crash(self) -> None:
        """The process dies; the disk stays."""
        if self._session is not None:
            self.crashes += 1
            self._session = None
            self._expected = -1

    def _pump(self, action: Action | None) -> None:
        """Carry actions out until one has to be waited for."""
        while action is not None and self._session is not None:
            if self._random.random() < self.crash_share:
                self.crash()
                return
            outcome = self._carry_out(action)
            if outcome is None:
                return
            if self._random.random() < self.crash_share:
                self.crash()
                return
            action = self._session.receive(outcome)

    def _carry_out(self, action: Action) -> Input | None:  # noqa: PLR0911 - one line for each kind of action
        match action:
            case CollectChanges():
                return self.disk.collect(action.after, action.rows)
            case ListHeaders():
                return self.disk.list_headers(action.buckets, action.after, action.limit)
            case Send():
                self._expected = next(self._turn)
                self._post(self, action, self._hearing(self._expected))
                return RequestSent()
            case Await():
                turn = self._expected
                failed = RequestFailed(Unavailable("no answer in time"))
                self._agenda.after(TIMEOUT, lambda: self._hear(turn, failed))
                return None
            case Wait():
                self._later(action.seconds, RetryDue())
                return None
            case RefreshToken():
                self._later(0.2, TokenRefreshed())
                return None
            case CheckConflicts():
                return check_conflicts(action.rows, lambda key: self.disk.heads.get(key, ()), self.disk.version_of)
            case ApplyPage():
                return self._apply(action)
            case Finished():
                self._finish(action)
                return None

    def _apply(self, page: ApplyPage) -> PageApplied | None:
        if self.cursor_first and page.cursor is not None:
            # The broken rule: two transactions, and the power may go between them.
            self.disk.cursor = page.cursor
            if self._random.random() < 0.01:
                self.crash()
                return None
        hub = None if page.cursor is None else self.hub_has(page.cursor.epoch)
        return PageApplied(self.disk.apply_page(page, hub))

    def _hearing(self, turn: int) -> Hear:
        return lambda outcome: self._hear(turn, outcome)

    def _hear(self, turn: int, outcome: ResponseReceived | RequestFailed) -> None:
        """An answer, if somebody still waits for it: HTTP never gives an answer to another request."""
        if self._session is not None and turn == self._expected:
            self._expected = -1
            self._pump(self._session.receive(outcome))

    def _later(self, seconds: float, outcome: Input) -> None:
        session = self._session

        def act() -> None:
            if self._session is session and session is not None:
                self._pump(session.receive(outcome))

        self._agenda.after(seconds, act)

    def _finish(self, finished: Finished) -> None:
        report, truth = finished.report, self.disk.truth
        self.last = finished
        self._session = None
        self.failed += finished.error is not None
        self.repaired += report.repaired
        self.parked += report.parked
        self.epochs += report.new_epoch
        # The session mends what a wrong feed left out; that it had to is the loss that the judge is after.
        if report.repaired:
            truth.broken("P7", f"{self.name} had to compare sets: its cursor was past what it holds")
        if report.parked:
            truth.broken("P2", f"{self.name} parked {report.parked} honest changes")
