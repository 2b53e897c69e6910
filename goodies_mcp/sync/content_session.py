"""Content beside a session of versions: what a version names goes up before it (V3-9.2), what else is here follows, and
what is only at the hub comes down when it is wanted.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

from goodies_mcp.core.models import Content, RecordId, RelationshipPayload
from goodies_mcp.errors import GoodiesError, RemoteProtocolError
from goodies_mcp.inbetweenies.actions import ChangesCollected, Finished
from goodies_mcp.inbetweenies.content_exchange import Declined, End, Interrupted, Whole
from goodies_mcp.inbetweenies.content_naming import named_in
from goodies_mcp.inbetweenies.rows import Name, Row
from goodies_mcp.storage.replication import ReplicaTransaction
from goodies_mcp.sync import content_marks, lease
from goodies_mcp.sync.content_carrier import Carrier, shown_name

MIB: Final = 1 << 20

Tell: TypeAlias = Callable[[str], Awaitable[None]]
"""Is told in words how far a file is."""


@dataclass(slots=True)
class ContentSession:
    """One session's content. ``me`` holds the lease, which each part renews; ``moved`` counts files that have crossed,
    the one under way as a fraction."""

    carrier: Carrier
    me: lease.Holder
    tell: Tell
    fetch_all: bool = False
    moved: float = 0.0
    _failed: Interrupted | None = None
    _held: set[Name] = field(default_factory=set)
    _held_records: set[RecordId] = field(default_factory=set)

    def holds_up(self, found: ChangesCollected) -> bool:
        """Whether content may have to go before one of the changes."""
        return bool(self._held) or any(True for row in found.rows for _ in named_in(row.version))

    async def sent_first(self, found: ChangesCollected, epoch: str) -> ChangesCollected:
        """The changes that may be pushed, because the hub has the content they name or will not have it. The others,
        and what grew from them, stay in the outbox until it has."""
        named = dict.fromkeys(each.sha256 for row in found.rows for each in named_in(row.version))
        if named:
            store, now = self.carrier.store, self.carrier.world.clock.now()
            unsent = await store.read(lambda view: content_marks.unsent_of(view, named, epoch, now))
            missing = {each.sha256 for each in unsent if not await self._sent(each, epoch)}
            for row in found.rows:
                if any(each.sha256 in missing for each in named_in(row.version)):
                    self._hold(row)
        if not self._held:
            return found
        return replace(found, rows=tuple(row for row in found.rows if not self._is_held(row)))

    async def rest(self, finished: Finished) -> Finished:
        """Send what else is here, and fetch what is not, when all of it is wanted. The session has failed when a file
        did not come to its end: another one goes on with it."""
        cursor = finished.report.cursor
        if finished.error is not None or cursor is None:
            return finished
        store, now = self.carrier.store, self.carrier.world.clock.now()
        try:
            for content in await store.read(lambda view: content_marks.unsent(view, cursor.epoch, now)):
                await self._sent(content, cursor.epoch)
            if self.fetch_all:
                await self._fetch_all(await store.read(content_marks.away))
        except GoodiesError as error:
            return replace(finished, error=error)
        failed = self._failed
        return finished if failed is None else replace(finished, error=failed.error, retry_after=failed.retry_after)

    async def _fetch_all(self, away: Iterable[Content]) -> None:
        lies: Interrupted | None = None
        for content in away:
            if self._failed is None:
                end = await self.carrier.fetch(content, self._crossed)
                await self._ended(end, content)
                if isinstance(end, Declined) and isinstance(end.error, RemoteProtocolError):
                    lies = Interrupted(end.error)
        # Others have come all the same; what the hub does not have at all is no failure of this session.
        self._failed = self._failed or lies

    async def _sent(self, content: Content, epoch: str) -> bool:
        """Whether the hub has it, or has said that it will not. After one that did not come to its end no other is
        tried: the line is bad, or the hub away."""
        if self._failed is not None:
            return False
        end = await self.carrier.send(content, self._crossed)
        now = self.carrier.world.clock.now()

        def work(tx: ReplicaTransaction) -> None:
            lease.take(tx, self.me, now, self.carrier.world.alive)
            if isinstance(end, Declined):
                content_marks.note_declined(tx, content.sha256, epoch, now, end.error)
            else:
                content_marks.note_at_hub(tx, content.sha256, epoch)

        if not isinstance(end, Interrupted):
            await self.carrier.store.write(work)
        await self._ended(end, content)
        return not isinstance(end, Interrupted)

    async def _ended(self, end: End, content: Content) -> None:
        if isinstance(end, Interrupted):
            self._failed = end
        elif isinstance(end, Whole):
            self.moved = int(self.moved) + 1.0
            await self.tell(f"{shown_name(content)} has crossed")

    async def _crossed(self, content: Content, size: int) -> None:
        """So many bytes of a file have crossed."""
        self.moved = int(self.moved) + min(size / (content.size or size or 1), 1.0) * 0.99
        world = self.carrier.world
        await self.carrier.store.write(lambda tx: lease.take(tx, self.me, world.clock.now(), world.alive))
        done, total = (f"{each / MIB:.1f}" for each in (size, content.size))
        await self.tell(f"{shown_name(content)}: {done} of {total} MiB")

    def _hold(self, row: Row) -> None:
        self._held.add(row.name)
        self._held_records.add(row.version.record_id)

    def _is_held(self, row: Row) -> bool:
        """Parents come before what grew from them, and ends before edges; whatever depends on a held one waits too."""
        version = row.version
        payload = version.payload
        ends = (payload.from_id, payload.to_id) if isinstance(payload, RelationshipPayload) else ()
        held = (
            row.name in self._held
            or any(Name(version.record_id, parent) in self._held for parent in version.parents)
            or any(end in self._held_records for end in ends)
        )
        if held:
            self._hold(row)
        return held
