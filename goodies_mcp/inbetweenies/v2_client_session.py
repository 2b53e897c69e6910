"""The client's side of one sync with a v2 hub, without input or output (PROTOCOL.md, V3-12.7; INBETWEENIES A).

The exchange is a straight line, so it is written as one: pull what changed, read the edges, offer what the hub lacks,
push what is pending, send up what was merged here. Actions, outcomes and states are those of ``ClientSession``, with
what v2 needs beside them in ``v2_actions.py``.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from goodies_mcp.core.models import RecordId, Version
from goodies_mcp.errors import LocalProtocolError, RemoteProtocolError
from goodies_mcp.inbetweenies.actions import (
    ApplyPage,
    ChangesCollected,
    CollectChanges,
    Finished,
    HeadersListed,
    ListHeaders,
    Report,
)
from goodies_mcp.inbetweenies.asking import Identity
from goodies_mcp.inbetweenies.messages import Cursor
from goodies_mcp.inbetweenies.outgoing import Outgoing
from goodies_mcp.inbetweenies.rows import Name, Row
from goodies_mcp.inbetweenies.states import State
from goodies_mcp.inbetweenies.v2_actions import LookUp, MergedShown, ShowMerged, V2Action, V2Input, may_answer
from goodies_mcp.inbetweenies.v2_arrivals import (
    LISTED,
    arrived,
    digest_of,
    list_path,
    past_of,
    versions_path,
    wanting_history,
)
from goodies_mcp.inbetweenies.v2_edges import about, arrival
from goodies_mcp.inbetweenies.v2_line import Ended, Line, Observer, Refused, Steps
from goodies_mcp.inbetweenies.v2_messages import (
    EDGES_PATH,
    V2Change,
    V2Edge,
    V2Request,
    V2Response,
    parse_edges,
    parse_listed,
    parse_versions,
)
from goodies_mcp.inbetweenies.v2_outgoing import batch, question
from goodies_mcp.inbetweenies.v2_place import Place
from goodies_mcp.inbetweenies.v2_rows import entity_row, merged_change
from goodies_mcp.inbetweenies.verdicts import Policy, Remedy, Verdict

PUSH_ROWS = 200
"""Changes of one push: a fielded hub takes some 8 ms for each."""

_LOOKED_AT = 2_000
_MOST_HISTORIES = 100
_EVERYTHING = (b"\xff" * 32,) * 256
"""Buckets that no set has: every one differs."""


class V2ClientSession:
    """One session with a hub that speaks v2: used like ``ClientSession``."""

    def __init__(
        self,
        identity: Identity,
        *,
        chance: Callable[[], float],
        policy: Policy | None = None,
        observe: Observer | None = None,
        repair: bool = True,
    ) -> None:
        self._identity = identity
        self._policy = policy or Policy()
        self._line = Line(self._policy, chance, observe)
        self._may_repair = repair
        self._asked: V2Action | None = None
        self._steps: Steps[None] | None = None
        self._outgoing = Outgoing()
        self._place = Place()
        self._digest = ""
        # Records that something came for, the hub's current versions as far as they were told, and its edges.
        self._touched: dict[RecordId, None] = {}
        self._on_hub: dict[str, str] = {}
        self._edges_on_hub: frozenset[str] = frozenset()
        self._told_edges: dict[str, V2Edge] = {}

    @property
    def report(self) -> Report:
        """What was done so far."""
        return self._line.report

    @property
    def state(self) -> State:
        """Where the session stands."""
        return self._line.state

    @property
    def household(self) -> str | None:
        """A v2 hub has one home, and no name for it."""
        return self._identity.household

    def start(self, cursor: Cursor | None) -> V2Action:
        """Begin, from the cursor saved with the last page.

        Raises:
            LocalProtocolError: the session was started before.
        """
        if self._steps is not None:
            raise LocalProtocolError("a session is started once")
        self._place = Place.of(cursor)
        self._steps = self._whole()
        self._asked = next(self._steps)
        return self._asked

    def receive(self, outcome: V2Input) -> V2Action:
        """The next action after this outcome of the last one.

        Raises:
            LocalProtocolError: the last action has no such outcome; nothing changed.
        """
        if self._steps is None or self._asked is None or not may_answer(self._asked, outcome):
            asked = type(self._asked).__name__
            raise LocalProtocolError(f"{type(outcome).__name__} is no outcome of {asked} in state {self.state}")
        self._asked = self._steps.send(outcome)
        return self._asked

    def foresee(self, _found: ChangesCollected | None = None) -> None:
        """Nothing: what a v2 hub is asked next depends on what was saved."""

    # The session from its beginning to its end.

    def _whole(self) -> Steps[None]:
        self._line.begin()
        try:
            yield from self._exchange()
        except Ended as ended:
            yield self._failed(ended)
        except Refused as refused:
            yield self._failed(Ended(refused.verdict.error, refused.verdict.retry_after))
        else:
            self.report.deferred = self._outgoing.deferred
            self._line.succeed()
            yield Finished(self.report)
        raise LocalProtocolError("the session is over")

    def _failed(self, ended: Ended) -> Finished:
        self._line.fail()
        self.report.deferred = self._outgoing.deferred
        return Finished(self.report, ended.error, ended.retry_after)

    def _exchange(self) -> Steps[None]:
        known, meeting, resumed = self._place.digest, not self._place.offered, self._place.seq > 0
        yield from self._pull()
        missed = bool(known) and self._digest != known and not self._touched and self._may_repair
        if missed or (meeting and resumed):
            # Something changed there that the rows which were asked for do not tell; or the hub is to be offered what
            # it lacks, and not all that it has is known: all of it is read.
            self.report.repaired = missed
            self._place = Place(offered=not meeting)
            yield from self._pull()
        if (missed or meeting) and self._digest and digest_of(self._on_hub) != self._digest:
            yield from self._list()
        yield from self._read_edges(meeting=meeting)
        while (yield from self._push()) and self._outgoing.deferred:
            # What the hub did not take for want of an end may have that now.
            self._outgoing.deferred = 0
        yield from self._send_merged()
        if self.state is State.RETRYING_REQUEST:
            # The last thing that was sent was refused; what was found out about it is saved behind an answer.
            yield from self._send(())

    # Pulling.

    def _pull(self) -> Steps[None]:
        """Every page of what changed since the last time, by ``delta`` alone: ``full`` has but a first page."""
        self._on_hub.clear()
        more = True
        while more:
            place = self._place
            cursor = str(place.seq) if place.seq else None
            answer = yield from self._line.sync(
                self._request(since=place.asked_since() if cursor is None else None, cursor=cursor)
            )
            seq = _next_seq(answer.cursor, place.seq)
            rows = yield from self._taken_in(answer)
            more = seq is not None
            if rows or more or place.seq or not place.since:
                self._place = place.turned(seq, answer.server_time)
            # Nothing new: the next session may as well ask from where this one did.
            moved = self._place != place
            yield from self._line.keep(ApplyPage(rows=rows, cursor=self._place.cursor() if moved else None))

    def _list(self) -> Steps[None]:
        """Every entity, by REST: rows that a hub's own tools wrote have no number, and no cursor ever reaches them."""
        offset = 0
        while True:
            listed = yield from self._line.fetch(list_path(offset), parse_listed)
            changes = tuple(V2Change("update", entity) for entity in listed or ())
            told = V2Response("", self.report.server_time or "", changes, state_digest=self._digest)
            rows = yield from self._taken_in(told)
            yield from self._line.keep(ApplyPage(rows=rows))
            offset += LISTED
            if not changes:
                return

    def _taken_in(self, answer: V2Response) -> Steps[tuple[Row, ...]]:
        """The versions of an answer that are new here, with what they grew from where that is unknown."""
        self.report.server_time = answer.server_time
        # It is kept beside the cursor, and a hub may say anything.
        self._digest = answer.state_digest[:64]
        found = arrived(answer.changes)
        self.report.unusable += found.unusable
        self._on_hub.update(found.current)
        self._told_edges.update({edge.id: edge for edge in found.edges})
        if not found.rows:
            return ()
        looked = yield from self._line.look_up(found.question())
        fresh = {row.name: row for row in found.rows if row.name not in looked.held}
        older: dict[Name, Row] = {}
        for row in wanting_history(list(fresh.values()), looked)[:_MOST_HISTORIES]:
            older |= yield from self._history(row)
        self._touched.update(dict.fromkeys(name.record_id for name in fresh))
        self.report.pulled += len(fresh)
        return tuple({**older, **fresh}.values())

    def _history(self, row: Row) -> Steps[dict[Name, Row]]:
        """What lies between a version and what is here: without it every edit in between looks like a conflict."""
        self._line.turn()
        stored = yield from self._line.fetch(versions_path(row.version.record_id), parse_versions)
        past = past_of(row, stored or ())
        looked = yield from self._line.look_up(LookUp(named=tuple(each.name for each in past)))
        return {each.name: each for each in past if each.name not in looked.held}

    def _read_edges(self, *, meeting: bool) -> Steps[None]:
        """All edges, by REST, as fielded hubs answer no sync with any; and at the first meeting, what the hub lacks."""
        told = yield from self._line.fetch(EDGES_PATH, parse_edges)
        # A hub without REST may send them along, as the text of v2 says and no fielded one does.
        edges = tuple(self._told_edges.values()) if told is None else told
        self._edges_on_hub = frozenset(edge.id for edge in edges)
        rows: list[Row] = []
        again: list[Name] = []
        for start in range(0, len(edges), _LOOKED_AT):
            yield from self._judge(edges[start : start + _LOOKED_AT], rows, again)
        if meeting:
            again += yield from self._lacking()
        self.report.pulled += len(rows)
        self.report.requeued += len(again)
        before = self._place
        self._place = replace(before, offered=True, digest=self._digest)
        moved = self._place.cursor() if self._place != before else None
        yield from self._line.keep(ApplyPage(rows=tuple(rows), requeue=tuple(again), cursor=moved))

    def _judge(self, edges: Sequence[V2Edge], rows: list[Row], again: list[Name]) -> Steps[None]:
        looked = yield from self._line.look_up(about(edges))
        for edge in edges:
            try:
                row, lost = arrival(edge, looked)
            except RemoteProtocolError:
                self.report.unusable += 1
                continue
            rows += [] if row is None else [row]
            again += lost

    def _lacking(self) -> Steps[list[Name]]:
        """The heads here that a hub met for the first time does not show: they are pending again."""
        found: list[Name] = []
        after: Name | None = None
        more = True
        while more:
            listed = yield from self._line.told(ListHeaders(_EVERYTHING, after, _LOOKED_AT), HeadersListed)
            more = listed.more and bool(listed.headers)
            ids = tuple(dict.fromkeys(header.record_id for header in listed.headers))
            if more:
                after = Name(listed.headers[-1].record_id, listed.headers[-1].version)
            looked = yield from self._line.look_up(LookUp(records=ids))
            heads = [head for known in looked.known.values() for head in known.heads]
            lacking = (head.name for head in heads if not self._shows(head.version))
            found += [name for name in lacking if name not in looked.unpushed]
        return found

    def _shows(self, head: Version) -> bool:
        if head.record_id in self._edges_on_hub or self._on_hub.get(head.record_id) == head.version:
            return True
        # What it never had need not be deleted there.
        return head.deleted and head.record_id not in self._on_hub

    # Pushing.

    def _push(self) -> Steps[bool]:
        """Everything pending, in batches; whether the hub took anything."""
        position, more, taken = 0, True, False
        outgoing = self._outgoing
        while more or outgoing.waiting:
            if not outgoing.waiting:
                asked = CollectChanges(position, min(self._policy.push_rows, PUSH_ROWS), self._policy.push_bytes)
                found = yield from self._line.told(asked, ChangesCollected)
                more, position = found.more and bool(found.rows), found.position
                outgoing.collected(found.rows)
            rows = outgoing.take()
            if rows:
                taken |= yield from self._send(rows)
        return taken

    def _send(self, rows: tuple[Row, ...]) -> Steps[bool]:
        """One batch; whether the hub took anything of it."""
        looked = yield from self._line.look_up(question(rows))
        made = batch(rows, looked, self._edges_on_hub)
        try:
            answer = yield from self._line.sync(self._request(made.changes, since=self._place.asked_since()))
        except Refused as refused:
            if not rows:
                raise
            yield from self._search(refused.verdict)
            return False
        acked = made.acked(answer)
        self._outgoing.answered(acked)
        self._edges_on_hub |= set(answer.applied_edges)
        self.report.pushed += len(acked)
        self.report.overruled += made.overruled(answer)
        self._touched.update(dict.fromkeys(RecordId(each.entity_id) for each in answer.conflicts))
        arriving = yield from self._taken_in(answer)
        self._place = replace(self._place, digest=self._digest)
        parked = self._outgoing.parked()
        yield from self._line.keep(ApplyPage(rows=arriving, acked=acked, parked=parked, cursor=self._place.cursor()))
        return bool(acked)

    def _search(self, verdict: Verdict) -> Steps[None]:
        """Find the change that the hub stumbles over, or see that none is to blame (V3-10.5)."""
        outgoing, isolated = self._outgoing, self._outgoing.isolated
        if verdict.remedy not in {Remedy.SUSPECT, Remedy.ISOLATE, Remedy.SPLIT}:
            raise Refused(verdict)
        if verdict.remedy is not Remedy.SPLIT and not outgoing.isolating:
            outgoing.probe()
            yield from self._send(())
            return
        outgoing.divide(verdict.error, guilty=verdict.answered)
        self.report.parked += outgoing.isolated - isolated
        if outgoing.isolated > self._policy.most_parked:
            raise Refused(verdict)

    def _send_merged(self) -> Steps[None]:
        """What was merged here, as versions: v2 shows one side of a conflict only, so all others there would miss the
        other. What a person must decide is not sent before that."""
        if not self._touched:
            return
        found = yield from self._line.told(ShowMerged(tuple(self._touched)), MergedShown)
        changes = [merged_change(heads, shown) for heads, shown in found.found]
        for start in range(0, len(changes), PUSH_ROWS):
            part = tuple(changes[start : start + PUSH_ROWS])
            try:
                answer = yield from self._line.sync(self._request(part, since=self._place.asked_since()))
            except Refused:
                # It is as it was: shown merged here, and one side of it there.
                return
            taken = [each.entity for each in part if each.entity is not None and each.entity.id in answer.applied]
            arriving = yield from self._taken_in(answer)
            known = {row.name for row in arriving}
            rows = [entity_row(entity, deleted=False) for entity in taken]
            self._place = replace(self._place, digest=self._digest)
            every = (*arriving, *(row for row in rows if row.name not in known))
            yield from self._line.keep(ApplyPage(rows=every, cursor=self._place.cursor()))

    def _request(
        self, changes: tuple[V2Change, ...] = (), *, since: str | None = None, cursor: str | None = None
    ) -> V2Request:
        # With no login name of its own the device speaks for itself; each version tells its author.
        device = self._identity.device_id
        return V2Request(device, device, "delta", changes, since=since, cursor=cursor)


def _next_seq(cursor: str | None, before: int) -> int | None:
    """The row number behind which pages go on; None at their end. Raises Ended for one that leads nowhere."""
    if cursor is None:
        return None
    if not cursor.isascii() or not cursor.isdecimal() or len(cursor) > 18 or int(cursor) <= before:
        raise Ended(RemoteProtocolError(f"the hub's cursor {cursor[:40]!r} does not go forward", argument="cursor"))
    return int(cursor)
