"""Sync as the rest of the program sees it: one session at a time, begun by hand or by the schedule, its end noted."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import perf_counter
from typing import TypeAlias

from goodies_mcp.core.models import RecordId, Sha256
from goodies_mcp.core.protocols import Metrics, Progress, SyncNews
from goodies_mcp.core.sync_status import SyncStatus
from goodies_mcp.errors import GoodiesError, NotFound, RemoteProtocolError, Unavailable
from goodies_mcp.inbetweenies.actions import Finished, Report, RequestFailed, TokenRefreshed, TokenRefused
from goodies_mcp.inbetweenies.asking import Identity
from goodies_mcp.inbetweenies.client_session import Observer
from goodies_mcp.inbetweenies.content_exchange import Whole
from goodies_mcp.inbetweenies.messages import V2, V3, Cursor
from goodies_mcp.inbetweenies.states import Event, State
from goodies_mcp.inbetweenies.verdicts import Policy
from goodies_mcp.storage.arrivals import Arrivals
from goodies_mcp.storage.replication import ReplicaStore, ReplicaTransaction, ReplicaView
from goodies_mcp.sync import content_fetch, content_marks, kept, lease
from goodies_mcp.sync.client import Pump
from goodies_mcp.sync.content_carrier import Carrier, Renew, unmoved
from goodies_mcp.sync.content_session import ContentSession
from goodies_mcp.sync.credentials import Credentials, CredentialsFile
from goodies_mcp.sync.editions import EDITIONS, Begun, MakeSession
from goodies_mcp.sync.status import read_status
from goodies_mcp.sync.transport import Transport
from goodies_mcp.sync.world import World

logger = logging.getLogger(__name__)

MakeTransport: TypeAlias = Callable[[CredentialsFile, Credentials], Transport]

PAGE_ROWS = 4_000
"""Rows of one page: applying them holds the writer lock, and others wait for it."""

ARRIVALS = "incoming"
"""Folder beside the login in which files lie that have come down in part."""

_LINE = (
    "sync pushed=%(pushed)d pulled=%(pulled)d parked=%(parked)d conflicts=%(conflicts)d requests=%(requests)d "
    "retries=%(retries)d ms=%(ms).1f outcome=%(outcome)s"
)
_ATTEMPTS_BY_HAND = 3
_ATTEMPTS_READING = 2
_LOOK_AGAIN = 0.5
_MOST_LOOKS = 60
"""A person's wish to sync looks this often, in seconds, and so many times whether another process is done. Its session
is less patient with a hub that does not answer."""


class SyncService:
    """A ``SyncControl`` over a store, for as long as the process runs. ``fetch_all``: files come down in each session
    and not when they are first read."""

    def __init__(  # noqa: PLR0913  its parts, and options by keyword
        self,
        store: ReplicaStore,
        file: CredentialsFile,
        connect: MakeTransport,
        world: World,
        *,
        policy: Policy | None = None,
        observe: Observer | None = None,
        editions: Mapping[str, MakeSession] = EDITIONS,
        fetch_all: bool = False,
        metrics: Metrics | None = None,
    ) -> None:
        self._store = store
        self._file = file
        self._connect = connect
        self._world = world
        self._policy = policy or Policy(page_rows=PAGE_ROWS)
        self._observe = observe
        self._editions = editions
        self._fetch_all = fetch_all
        self._metrics = metrics
        self._turn = asyncio.Lock()
        self._fetching = asyncio.Lock()
        self._state = State.IDLE
        self._transport: Transport | None = None
        self._connected_to: tuple[str, str | None] | None = None
        self._news: list[SyncNews] = []
        self.next_attempt: str | None = None
        """When the schedule means to sync next, for the status."""

    async def status(self) -> SyncStatus:
        """As ``SyncControl.status``."""
        credentials, world = self._file.load(), self._world

        def work(view: ReplicaView) -> SyncStatus:
            return read_status(view, credentials, world, state=self._state, next_attempt=self.next_attempt)

        return await self._store.read(work)

    async def sync_now(self, progress: Progress | None = None) -> SyncStatus:
        """As ``SyncControl.sync_now``. What a person asks for is not put off by what a hub asked for before."""
        finished = await self._after_others(progress)
        if finished.error is not None:
            raise finished.error
        return await self.status()

    async def fetch(self, sha256: Sha256) -> None:
        """As ``SyncControl.fetch``. It waits for no session, and several fetches go one after another."""
        async with self._fetching:
            credentials, now = self._file.load(), self._world.clock.now()
            about = await self._store.read(lambda view: content_fetch.wanted(view, sha256, credentials, now))
            if about is None or credentials is None:
                return
            transport = await self._transport_to(credentials)
            policy = replace(self._policy, attempts=_ATTEMPTS_READING)
            end = await self._carrier(transport, policy, self._renewed).fetch(about, unmoved)
            if not isinstance(end, Whole):
                raise content_fetch.why_not(end)

    async def retry_parked(self) -> int:
        """As ``SyncControl.retry_parked``."""
        return await self._store.write(lambda tx: tx.unpark() + content_marks.ask_again(tx))

    async def pending(self) -> int:
        """How many changes wait for a hub."""
        return (await self._store.read(lambda view: view.outbox_size())).waiting

    async def is_fresh(self, seconds: float) -> bool:
        """Whether a session of whatever process came to its end that recently, and nothing waits."""
        status = await self.status()
        return not status.pending and status.lag_seconds is not None and status.lag_seconds < seconds

    async def is_back(self) -> bool:
        """Whether a hub that could not be reached can be now."""
        transport = self._transport
        return transport is not None and not transport.reached and await transport.reachable()

    def subscribe(self, news: SyncNews) -> Callable[[], None]:
        """As ``SyncControl.subscribe``."""
        self._news.append(news)

        def end() -> None:
            with suppress(ValueError):
                self._news.remove(news)

        return end

    async def session(self, progress: Progress | None = None, *, attempts: int | None = None) -> Finished:
        """One session, noted. Waits for one that this process has under way; never raises for what goes wrong in it.

        Raises:
            LeaseTaken: another process has one under way.
            Unauthorized, Forbidden, InvalidInput, Unavailable: there is no login, or it cannot be read.
        """
        async with self._turn:
            credentials = self._file.required()
            world = self._world
            me = lease.Holder(world.ids.new_id(), world.host, world.pid)
            before = await self._begun(me, credentials.url)
            told = _Told(self._metrics)
            try:
                policy = self._policy if attempts is None else replace(self._policy, attempts=attempts)
                finished = await self._carried_out(_Call(credentials, me, policy, progress), before)
                told.ended(finished.error, finished.report)
                await self._note(finished, credentials, me)
                return finished
            except BaseException as error:
                told.ended(error)
                await asyncio.shield(self._release(me))
                raise
            finally:
                told.tell()
                self._state = State.IDLE
                self._tell(frozenset())

    async def close(self) -> None:
        """Let connections go."""
        if self._transport is not None:
            await self._transport.close()
            self._transport = None

    async def _after_others(self, progress: Progress | None) -> Finished:
        for _ in range(_MOST_LOOKS):
            try:
                return await self.session(progress, attempts=_ATTEMPTS_BY_HAND)
            except lease.LeaseTaken:
                await self._world.pause(_LOOK_AGAIN)
        return await self.session(progress, attempts=_ATTEMPTS_BY_HAND)

    async def _begun(self, me: lease.Holder, hub: str) -> "_Before":
        """Our turn, and what is known before the session. Neither a turn nor a note of how a session went is worth an
        fsync: a power cut ends all turns, and what a session brought is saved with its pages."""
        world = self._world

        def work(tx: ReplicaTransaction) -> _Before:
            now = world.clock.now()
            lease.take(tx, me, now, world.alive)
            return _Before.of(tx, hub, now)

        return await self._store.write(work, synced=False)

    async def _carried_out(self, call: "_Call", before: "_Before") -> Finished:
        """A session in the edition that the hub is known for; where it turns out to speak another, one in that."""
        hub = call.credentials.url
        finished = await self._one(before.protocol or V3, before, call)
        if finished.fall_back and before.protocol != V2:
            await self._store.write(lambda tx: kept.put_protocol(tx, hub, V2, self._world.clock.now()))
            finished = await self._one(V2, before, call)
        return finished

    async def _one(self, protocol: str, before: "_Before", call: "_Call") -> Finished:
        make = self._editions.get(protocol)
        if make is None:
            why = Unavailable(
                f"the hub speaks {protocol}, and this release does not",
                hint="bring the hub up to date; nothing is lost meanwhile",
            )
            return Finished(Report(), why)
        world = self._world
        identity = Identity(call.credentials.device_id, before.incarnation, before.household)
        session = make(
            Begun(identity, call.me.session, world.chance, call.policy, self._observed, repair=not before.diverged)
        )
        transport = await self._transport_to(call.credentials)

        async def tell(what: str) -> None:
            if call.progress is not None:
                done = session.report.pushed + session.report.pulled + content.moved
                waiting = await self.pending()
                await call.progress(done, done + waiting if waiting else None, what)

        async def told(_: Report, brought: frozenset[RecordId]) -> None:
            if brought:
                self._tell(brought)
            await tell("versions synced")

        carrier = self._carrier(transport, call.policy, transport.refresh)
        content = ContentSession(carrier, call.me, tell, fetch_all=self._fetch_all)
        pump = Pump(self._store, transport, world, call.me, told, None if protocol == V2 else content)
        finished = await pump.run(session, before.cursor)
        return finished if pump.content is None else await pump.content.rest(finished)

    def _carrier(self, transport: Transport, policy: Policy, renew: Renew) -> Carrier:
        arrivals = Arrivals(self._file.path.parent / ARRIVALS)
        return Carrier(self._store, transport, self._world, arrivals, policy, renew)

    async def _renewed(self) -> TokenRefreshed | TokenRefused | RequestFailed:
        """A new token outside of a session: got under the lease, or by whoever has that."""
        world, transport = self._world, self._transport
        if transport is None:
            return TokenRefused()
        me = lease.Holder(world.ids.new_id(), world.host, world.pid)
        try:
            await self._store.write(lambda tx: lease.take(tx, me, world.clock.now(), world.alive), synced=False)
        except lease.LeaseTaken:
            await world.pause(_LOOK_AGAIN)
            transport.use(self._file.required())
            return TokenRefreshed()
        try:
            return await transport.refresh()
        finally:
            await self._release(me)

    async def _transport_to(self, credentials: Credentials) -> Transport:
        """A transport outlives a session: its certificates are loaded, and perhaps it is connected."""
        address = credentials.url, credentials.ca_file
        if self._transport is None or self._connected_to != address:
            await self.close()
            self._transport, self._connected_to = self._connect(self._file, credentials), address
        self._transport.use(credentials)
        return self._transport

    async def _note(self, finished: Finished, credentials: Credentials, me: lease.Holder) -> None:
        now = self._world.clock.now()
        later = None
        if finished.retry_after is not None:
            at = datetime.fromisoformat(now) + timedelta(seconds=finished.retry_after)
            later = at.isoformat(timespec="microseconds")

        def work(tx: ReplicaTransaction) -> None:
            known = kept.protocol_of(tx, credentials.url, now)
            if finished.error is None and known is None:
                kept.put_protocol(tx, credentials.url, V3, now)
            elif known == V2 and isinstance(finished.error, RemoteProtocolError | NotFound):
                # It does not speak that either, or no more: the next session finds out anew.
                kept.forget_protocol(tx, credentials.url)
            kept.put_finished(tx, finished, me.session, now, later)
            lease.release(tx, me)

        try:
            await self._store.write(work, synced=False)
        except GoodiesError:
            # A store that failed in the session may fail here too, and the session says why.
            if finished.error is None:
                raise
            await self._release(me)

    async def _release(self, me: lease.Holder) -> None:
        with suppress(GoodiesError):  # then the lease ends with this process, or by itself
            await self._store.write(lambda tx: lease.release(tx, me), synced=False)

    def _observed(self, before: State, event: Event, after: State) -> None:
        self._state = after
        if self._observe is not None:
            self._observe(before, event, after)

    def _tell(self, brought: frozenset[RecordId]) -> None:
        for each in tuple(self._news):
            try:
                each(brought)
            except Exception:  # the one who listens is at fault, and sync goes on
                logger.exception("news of sync could not be told")


@dataclass(frozen=True, slots=True)
class _Call:
    """What one session was begun with."""

    credentials: Credentials
    me: lease.Holder
    policy: Policy
    progress: Progress | None


@dataclass(frozen=True, slots=True)
class _Before:
    """What the store knows before a session."""

    cursor: Cursor | None
    household: str | None
    incarnation: str
    protocol: str | None
    diverged: bool

    @classmethod
    def of(cls, view: ReplicaView, hub: str, now: str) -> "_Before":
        return cls(
            kept.cursor(view),
            kept.household(view),
            view.incarnation(),
            kept.protocol_of(view, hub, now),
            kept.last_session(view).diverged,
        )


class _Told:
    """What is told of one session, once: counts, milliseconds and an outcome, never content."""

    def __init__(self, metrics: Metrics | None) -> None:
        self._metrics = metrics
        self._began = perf_counter()
        self._report = Report()
        self._outcome = "ok"

    def ended(self, error: BaseException | None, report: Report | None = None) -> None:
        """It has ended like this; what is not known again stays as it was."""
        self._report = report or self._report
        if isinstance(error, GoodiesError):
            self._outcome = error.code
        elif error is not None:
            self._outcome = "internal" if isinstance(error, Exception) else "cancelled"

    def tell(self) -> None:
        """One line in the log, and the numbers."""
        report, seconds = self._report, perf_counter() - self._began
        counted = {name: getattr(report, name) for name in ("pushed", "pulled", "parked", "conflicts")}
        tried = {"requests": report.requests, "retries": report.retries}
        logger.info(_LINE, {**counted, **tried, "ms": round(seconds * 1000, 1), "outcome": self._outcome})
        if self._metrics is not None:
            self._metrics.observe("goodies.sync.session.duration", seconds, {"outcome": self._outcome})
            for name, count in counted.items():
                self._metrics.add(f"goodies.sync.{name}", count, {})
