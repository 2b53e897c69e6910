"""Inbetweenies v2 on the hub's side: clients that people run already, served from the same versions as all others."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from time import perf_counter
from typing import Final

from goodies_mcp.core.causality.digest import BUCKETS
from goodies_mcp.core.models import RecordId, Version, VersionId
from goodies_mcp.core.protocols import Clock
from goodies_mcp.funkygibbon.core.accounts import HouseholdId, Principal, Scope
from goodies_mcp.funkygibbon.storage.interface import HubStore
from goodies_mcp.funkygibbon.sync.answered import Answered, apart
from goodies_mcp.funkygibbon.sync.view import ReadingView, WritingView
from goodies_mcp.inbetweenies.rows import Row
from goodies_mcp.inbetweenies.v2_messages import V2Edge, V2Response, parse_request, render_edges, render_response
from goodies_mcp.inbetweenies.v2_server_session import answer_v2, counts_of
from goodies_mcp.inbetweenies.v2_serving import Head, served_edges, state_digest
from goodies_mcp.storage.replication import ReplicaTransaction, ReplicaView

_STRETCH: Final = 10_000
_EVERY_BUCKET: Final = range(BUCKETS)
_RECENT: Final = 32
_NOTE: Final = "hub."


class V2ReadingView(ReadingView):
    """A ``V2HubView`` that only answers."""

    def __init__(self, view: ReplicaView, epoch: str) -> None:
        super().__init__(view, epoch)
        self._versions = view
        # Asked several times in one answer: for what was before, what is sent, and the digest of it all.
        self._heads: dict[RecordId, list[Head]] = {}

    def changed(self, after: int) -> Collection[RecordId]:
        """See ``V2HubView``, as for everything here."""
        return self._records() if after <= 0 else self._moved(after)

    def heads(self, ids: Collection[RecordId]) -> Mapping[RecordId, Sequence[Head]]:
        """See ``V2HubView``."""
        unknown = [key for key in ids if key not in self._heads]
        for key, heads in self._versions.heads_of(unknown).items() if unknown else ():
            self._heads[key] = [Head(each.seq, each.value) for each in heads]
        return {key: self._heads[key] for key in ids if key in self._heads}

    def version(self, record_id: RecordId, version: VersionId) -> Version | None:
        """See ``V2HubView``."""
        found = self._versions.version(record_id, version)
        return None if found is None else found.value

    def history(self, record_id: RecordId) -> Sequence[Version]:
        """See ``V2HubView``."""
        return [each.value for each in self._versions.versions(record_id, limit=_RECENT)]

    def edges_from(self, ids: Collection[RecordId]) -> Collection[RecordId]:
        """See ``V2HubView``."""
        return dict.fromkeys(edge.id for edge in self._versions.edges(ids, "out")) if ids else ()

    def note(self, key: str) -> str | None:
        """See ``V2HubView``."""
        return self._versions.value(_NOTE + key)

    def put_note(self, key: str, value: str) -> None:
        """See ``V2HubView``."""
        message = f"a reading view was asked to note {key} {value}"
        raise TypeError(message)

    def _records(self) -> Collection[RecordId]:
        # Headers alone: the home's whole past need not be read to know what it consists of.
        found: dict[RecordId, None] = {}
        after = None
        while True:
            headers = self._versions.headers(_EVERY_BUCKET, after, _STRETCH)
            found.update(dict.fromkeys(header[0] for header in headers))
            if len(headers) < _STRETCH:
                return found
            after = headers[-1][:2]

    def _moved(self, after: int) -> Collection[RecordId]:
        found: dict[RecordId, None] = {}
        more = True
        while more:
            stretch = self._versions.feed_page(after, without=None, limit=_STRETCH)
            found.update(dict.fromkeys(each.value.record_id for each in stretch.versions))
            after, more = stretch.upto, stretch.more
        return found


class V2WritingView(V2ReadingView, WritingView):
    """A ``V2HubView`` inside a write transaction."""

    def __init__(self, transaction: ReplicaTransaction, epoch: str) -> None:
        super().__init__(transaction, epoch)
        self._transaction = transaction

    def apply(self, rows: Sequence[Row]) -> None:
        """See ``V2HubView``."""
        super().apply(rows)
        for row in rows:
            self._heads.pop(row.version.record_id, None)

    def put_note(self, key: str, value: str) -> None:
        """See ``V2HubView``."""
        self._transaction.put_value(_NOTE + key, value)


class V2Server:
    """Speaks v2 with whoever does not speak v3 yet."""

    def __init__(self, store: HubStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        # A state's digest takes the whole home to tell, and most pulls find the feed where the last one did.
        self._digests: dict[HouseholdId, tuple[str, int, str]] = {}

    async def sync(self, principal: Principal, body: bytes) -> Answered:
        """Answer ``POST /api/v1/sync/`` of a v2 client.

        Raises:
            RemoteProtocolError: it is no request, or a change in it cannot be taken.
            Forbidden: it has changes, and the caller may only read.
        """
        started = perf_counter()
        request = await apart(len(body), parse_request, body)
        home = await self._store.home(principal.household)
        now = self._clock.now()
        may_write = principal.may(Scope.WRITE)

        def work(transaction: ReplicaTransaction) -> V2Response:
            view = V2WritingView(transaction, home.epoch)
            answer = answer_v2(request, view, now, may_write=may_write)
            return replace(answer, state_digest=self._digest(principal.household, home.epoch, view))

        # A pull writes too, if only where the feed stood at this time; and pushes come one after the other.
        answer = await home.write(work)
        spent = (perf_counter() - started) * 1000.0
        counts = {
            "pushed": len(request.changes),
            "acked": len(answer.applied) + len(answer.applied_edges),
            "conflicts": len(answer.conflicts),
            "sent": len(answer.changes),
        }
        return Answered(
            await apart(len(answer.changes) * 512, render_response, answer, counts_of(answer, spent)), counts
        )

    async def edges(self, principal: Principal, wanted: Mapping[str, str]) -> Answered:
        """Answer ``GET /api/v1/graph/relationships``, of these ends and this type."""
        home = await self._store.home(principal.household)

        def work(view: ReplicaView) -> list[V2Edge]:
            reading = V2ReadingView(view, home.epoch)
            return served_edges(reading, reading.changed(0))

        found = [edge for edge in await home.read(work) if _is_wanted(edge, wanted)]
        return Answered(await apart(len(found) * 512, render_edges, found), {"sent": len(found)})

    def _digest(self, household: HouseholdId, epoch: str, view: V2ReadingView) -> str:
        seq = view.last_seq()
        known = self._digests.get(household)
        if known is None or known[:2] != (epoch, seq):
            known = self._digests[household] = (epoch, seq, state_digest(view))
        return known[2]


def _is_wanted(edge: V2Edge, wanted: Mapping[str, str]) -> bool:
    said = {
        "from_entity_id": edge.from_id,
        "to_entity_id": edge.to_id,
        "relationship_type": edge.relationship_type,
    }
    return all(said[key] == value for key, value in wanted.items() if key in said)
