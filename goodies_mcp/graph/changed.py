"""The difference between two moments of the house: each record once, with what became of it in between."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from goodies_mcp.core.models import (
    Entity,
    EntityPayload,
    RecordId,
    RelationshipPayload,
    Seq,
    StoredVersion,
    Version,
)
from goodies_mcp.core.vocabulary import CONTAINMENT
from goodies_mcp.errors import InvalidInput
from goodies_mcp.graph.cache import GraphCache
from goodies_mcp.graph.differences import FieldChange, action_of, payload_changes
from goodies_mcp.graph.history import edge_name
from goodies_mcp.graph.moments import parse_moment
from goodies_mcp.graph.paging import open_page
from goodies_mcp.graph.places import BETWEEN, Whereabouts, whereabouts
from goodies_mcp.graph.resolve import SOMEWHERE
from goodies_mcp.graph.resolve import entity as resolve
from goodies_mcp.storage.interface import ReadView


@dataclass(frozen=True, slots=True)
class Difference:
    """What became of one record between two moments."""

    id: str
    kind: str
    type: str
    name: str
    where: str | None
    action: str
    edited_at: str
    author: str
    changes: tuple[FieldChange, ...] = ()


@dataclass(frozen=True, slots=True)
class DifferencePage:
    """The difference between two moments of the house."""

    since: str
    until: str
    items: tuple[Difference, ...]
    next_cursor: str | None = None


_CHUNK = 100
_MOST_SCANNED = 2_000


def what_changed(
    view: ReadView,
    cache: GraphCache,
    since: str,
    *,
    now: str,
    until: str | None,
    within: str | None,
    limit: int,
    cursor: str | None,
) -> DifferencePage:
    """Records whose shown value at ``until`` (None: now) differs from that at ``since``, in the order of arrival.

    What came and went in between, or was changed back, is no difference. A page may hold less than ``limit`` and
    still have a next one: at most 2,000 versions are looked at in one go.
    """
    start = parse_moment(since, "since")
    end = parse_moment(until, "until") if until is not None else None
    place = resolve(view, within, "within", SOMEWHERE).id if within is not None else None
    page = open_page("what_changed", [start, end, place], limit, cursor)
    # The first page fixes what "now" means, so that the following ones continue the same question.
    stop, after = (str(page.position[0]), Seq(int(page.position[1]))) if page.position else (end or now, None)
    if start > stop:
        wrong = "since lies in the future" if until is None else "since lies after until"
        raise InvalidInput(wrong, argument="since", hint="give the earlier moment as since")
    items: list[Difference] = []
    chunk = min(limit + limit // 2, _CHUNK)
    for seq, found in islice(_scanned(view, cache, start, stop, after, place, chunk), _MOST_SCANNED):
        after = seq
        items += [found] if found else []
        if len(items) == limit:
            break
    more = after is not None and view.edited(start, stop, after=after, limit=1)
    return DifferencePage(start, stop, tuple(items), page.cursor((stop, after)) if more and after else None)


@dataclass(frozen=True, slots=True)
class _Net:
    """One record's value before the time and at its end; the version in between that arrived last stands for it."""

    last: Seq
    batch: str | None
    before: Version | None
    after: Version

    @property
    def silent(self) -> bool:
        """Nothing to tell: it was not there at either moment, or is what it was."""
        was, is_now = self.before is not None and not self.before.deleted, not self.after.deleted
        if was and is_now and self.before:
            return not payload_changes(self.before.payload, self.after.payload)
        return was == is_now


def _scanned(
    view: ReadView, cache: GraphCache, start: str, stop: str, after: Seq | None, place: RecordId | None, size: int
) -> Iterator[tuple[Seq, Difference | None]]:
    """Each version of the time in feed order, with the difference that is told at it: once a record, at its last.

    ``size`` versions are looked at together first, which is little more than what fills a page; then many.
    """
    while chunk := view.edited(start, stop, after=after, limit=size):
        histories = view.histories({each.value.record_id for each in chunk})
        nets = {i: _net(versions, start, stop) for i, versions in histories.items()}
        told = [net for net in nets.values() if not net.silent]
        context = _context(view, cache, told)
        for each in chunk:
            net = nets[each.value.record_id]
            tell = net.last == each.seq and not net.silent and (place is None or context.is_within(net, place))
            yield each.seq, context.difference(net) if tell else None
        after, size = chunk[-1].seq, _CHUNK


def _net(versions: Iterable[StoredVersion], start: str, stop: str) -> _Net:
    known = [each for each in versions if each.value.edited_at <= stop]
    last = max((each for each in known if each.value.edited_at > start), key=lambda each: each.seq)
    before = _shown_at(each for each in known if each.value.edited_at <= start)
    after = _shown_at(known)
    return _Net(last.seq, last.batch, before, after or last.value)


def _shown_at(known: Iterable[StoredVersion]) -> Version | None:
    """The rule of ``at`` (storage.interface.ReadView)."""
    newest = max(known, key=lambda each: (each.value.edited_at, each.value.dot.n, each.content_hash), default=None)
    return newest.value if newest else None


@dataclass(frozen=True, slots=True)
class _Context:
    """Names and places of what the differences speak of."""

    entities: dict[RecordId, Entity]
    places: Whereabouts
    last_seen_in: dict[RecordId, RecordId]

    def is_within(self, net: _Net, place: RecordId) -> bool:
        return any(place == i or place in self._around(i) for i in _spoken_of(net.after))

    def difference(self, net: _Net) -> Difference:
        version, payload = net.after, net.after.payload
        told_name = payload.name if isinstance(payload, EntityPayload) else None
        both = net.before and not net.before.deleted and not version.deleted
        return Difference(
            id=version.record_id,
            kind=version.kind.value,
            type=payload.entity_type if isinstance(payload, EntityPayload) else payload.relationship_type,
            name=told_name if told_name is not None else edge_name(_spoken_of(version), self.entities),
            where=self._where(_spoken_of(version)[0]),
            action=action_of(version, net.before),
            edited_at=version.edited_at,
            author=version.author,
            changes=payload_changes(net.before.payload, payload) if both and net.before else (),
        )

    def _around(self, record_id: RecordId) -> list[RecordId]:
        inner = self.last_seen_in.get(record_id)
        chain = [spot.id for spot in self.places.chain(inner or record_id)]
        return [*chain, inner] if inner else chain

    def _where(self, record_id: RecordId) -> str | None:
        inner = self.last_seen_in.get(record_id)
        if inner is None:
            return self.places.where(record_id)
        return BETWEEN.join(filter(None, (self.places.where(inner), self.entities[inner].name)))


def _context(view: ReadView, cache: GraphCache, nets: Iterable[_Net]) -> _Context:
    told = list(nets)
    spoken_of = {i for net in told for i in _spoken_of(net.after)}
    left = _left_with(view, told)
    entities = view.entities(spoken_of | set(left.values()), deleted=True)
    places = whereabouts(view, spoken_of | set(left.values()), cache)
    return _Context(entities, places, {i: place for i, place in left.items() if place in entities})


def _left_with(view: ReadView, nets: Iterable[_Net]) -> dict[RecordId, RecordId]:
    """Where deleted things were: the edges that said so were deleted in the same batches."""
    gone = {net.after.record_id: net.batch for net in nets if net.after.deleted and net.batch}
    left: dict[RecordId, RecordId] = {}
    for batch in sorted(set(gone.values())):
        for each in view.batch_versions(batch):
            edge = each.value.payload
            if isinstance(edge, RelationshipPayload) and each.value.deleted and edge.relationship_type in CONTAINMENT:
                left[edge.from_id] = edge.to_id
    return {record_id: place for record_id, place in left.items() if record_id in gone}


def _spoken_of(version: Version) -> tuple[RecordId, ...]:
    payload = version.payload
    return (version.record_id,) if isinstance(payload, EntityPayload) else (payload.from_id, payload.to_id)
