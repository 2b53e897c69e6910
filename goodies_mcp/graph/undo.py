"""Taking back what was done: by new versions that say what each record said before, never by forgetting.

An undo is a batch like any other. ``last`` walks back: each call takes back the latest batch of the client that is
still in force, and passes over undos. To undo an undo, which does the thing again, name its batch.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from goodies_mcp.core.causality.conflicts import show
from goodies_mcp.core.models import (
    Batch,
    Entity,
    EntityPayload,
    RecordId,
    Relationship,
    RelationshipPayload,
    StoredVersion,
    Version,
    VersionId,
)
from goodies_mcp.core.text import visible
from goodies_mcp.core.vocabulary import CONTAINMENT
from goodies_mcp.errors import Conflict, InvalidInput, NotFound
from goodies_mcp.graph.containment import chain_between
from goodies_mcp.graph.editing import Draft, Edit, payload_of
from goodies_mcp.graph.joins import ONE_OF
from goodies_mcp.storage.interface import ReadView

_LOOKED_BACK = 1_000
_PAGE = 200
_MOST_LISTED = 20


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One thing that stands in the way: a record, why, and the batch that put it there, if one did."""

    record_id: RecordId
    reason: str
    batch: str | None = None
    version: StoredVersion | None = None


def undo(edit: Edit, *, what: str = "last") -> None:
    """Take back the client's last batch in force, or the batch with this id.

    Raises NotFound when there is none; InvalidInput when it was taken back already; Conflict when later changes build
    on it, with ``details["in_the_way"]`` listing them.
    """
    wanted = what.strip()
    if not wanted:
        raise InvalidInput("what must be last or the id of a batch", argument="what")
    batch = _last_in_force(edit.tx, edit.by.client) if wanted.lower() == "last" else _named(edit.tx, wanted)
    touched = _records(edit.tx.batch_versions(batch.id))
    if not touched:
        raise NotFound(f"nothing is known of what batch {batch.id} changed", argument="what")
    obstacles = [each for versions in touched.values() for each in _built_on(edit.tx, batch, versions)]
    drafts = [_before(edit.tx, versions[0].value) for versions in touched.values()]
    if not obstacles:
        obstacles = [*_left_hanging(edit.tx, drafts), *_not_fitting(edit.tx, drafts)]
    if obstacles:
        raise _in_the_way(edit.tx, batch, obstacles)
    edit.undoes = batch.id
    _take_back(edit, drafts)
    edit.note(f"batch {batch.id} ({batch.tool}, {batch.at}) is undone; undo {edit.batch} does it again")


def _last_in_force(view: ReadView, client: str) -> Batch:
    undone: set[str] = set()
    for batch in view.batches(None, _LOOKED_BACK):
        # Newest first: whatever could have undone this one has been looked at before.
        if batch.undoes is not None and batch.id not in undone:
            undone.add(batch.undoes)
    for batch in view.batches(client, _LOOKED_BACK):
        if batch.id not in undone and not _takes_back(view, batch):
            return batch
    raise NotFound(
        "there is nothing of this client left to undo",
        argument="what",
        hint="what_changed lists what others did; undo takes the id of any batch",
    )


def _takes_back(view: ReadView, batch: Batch) -> bool:
    """Whether it is an undo, and not the undo of an undo."""
    odd = False
    before: Batch | None = batch
    while before is not None and before.undoes is not None:
        odd = not odd
        before = view.batch(before.undoes)
    return odd


def _named(view: ReadView, batch_id: str) -> Batch:
    found = view.batch(batch_id)
    if found is None:
        raise NotFound(
            f"no batch has the id {visible(batch_id)[:80]!r}",
            argument="what",
            hint="every write names its batch; last takes back the latest of this client",
        )
    return found


def _records(versions: Iterable[StoredVersion]) -> dict[RecordId, list[StoredVersion]]:
    records: dict[RecordId, list[StoredVersion]] = {}
    for each in versions:
        records.setdefault(each.value.record_id, []).append(each)
    return records


def _built_on(view: ReadView, batch: Batch, versions: Sequence[StoredVersion]) -> Iterator[Obstacle]:
    """What was done to the record after the batch and is still in force, read off as brackets: an undo closes."""
    open_: list[tuple[str | None, StoredVersion]] = []
    base = batch.id
    undone = False
    for later in reversed(_later(view, versions[-1])):
        if later.batch is not None and open_ and later.batch == open_[-1][0]:
            continue
        known = view.batch(later.batch) if later.batch is not None else None
        closes = known.undoes if known is not None else None
        if closes is not None and open_ and open_[-1][0] == closes:
            open_.pop()
        elif closes is not None and not open_ and closes == base:
            base, undone = later.batch or base, not undone
        elif later.batch != base:
            open_.append((later.batch, later))
    if undone:
        raise InvalidInput(
            f"batch {batch.id} is undone already",
            argument="what",
            hint=f"undo {base} does it again",
            details={"undone_by": base},
        )
    for by, version in open_:
        yield Obstacle(version.value.record_id, "was changed since", by, version)


def _later(view: ReadView, last: StoredVersion) -> list[StoredVersion]:
    """The record's versions that arrived after this one, newest first."""
    record_id = last.value.record_id
    found: list[StoredVersion] = []
    page = view.versions(record_id, limit=_PAGE)
    while page:
        found += (each for each in page if each.seq > last.seq)
        if page[-1].seq <= last.seq:
            break
        page = view.versions(record_id, before=page[-1].seq, limit=_PAGE)
    return found


def _before(view: ReadView, first: Version) -> Draft:
    """What the record said before the batch's first version of it: what its parents showed, or that it was not."""
    held = (view.version(first.record_id, parent) for parent in first.parents)
    parents = [each.value for each in held if each is not None]
    if not parents:
        return Draft(first.record_id, first.payload, deleted=True)

    def lookup(version: VersionId) -> Version | None:
        found = view.version(first.record_id, version)
        return None if found is None else found.value

    shown = show(parents, lookup)
    return Draft(first.record_id, shown.payload, deleted=shown.deleted)


def _left_hanging(view: ReadView, drafts: Sequence[Draft]) -> Iterator[Obstacle]:
    """Edges that others have tied to what would go."""
    ours = {draft.record_id for draft in drafts}
    going = [draft.record_id for draft in drafts if draft.deleted and isinstance(draft.payload, EntityPayload)]
    if not going:
        return
    edges = {edge.id: edge for edge in [*view.edges(going, "out"), *view.edges(going, "in")]}
    for edge in edges.values():
        if edge.id not in ours:
            [head, *_] = view.heads(edge.id)
            yield Obstacle(edge.id, "was joined to it since", head.batch, head)


def _not_fitting(view: ReadView, drafts: Sequence[Draft]) -> Iterator[Obstacle]:
    """Edges that would come back to ends that are gone, into a circle, or beside another place of the same thing."""
    going = {draft.record_id for draft in drafts if draft.deleted}
    coming = {draft.record_id for draft in drafts if not draft.deleted}
    for draft in drafts:
        edge = draft.payload
        if draft.deleted or not isinstance(edge, RelationshipPayload):
            continue
        live = (view.entities([edge.from_id, edge.to_id]).keys() | coming) - going
        if not {edge.from_id, edge.to_id} <= live:
            gone = edge.from_id if edge.from_id not in live else edge.to_id
            yield Obstacle(gone, "is deleted, and a relationship would lead to it")
        elif edge.relationship_type in CONTAINMENT and chain_between(view, edge.to_id, edge.from_id) is not None:
            yield Obstacle(edge.to_id, "would be inside what it contains by now")
        if edge.relationship_type in ONE_OF:
            for other in view.edges([edge.from_id], "out", [edge.relationship_type]):
                if other.id not in going | coming:
                    yield Obstacle(other.id, "gives it another place by now")


def _in_the_way(view: ReadView, batch: Batch, obstacles: Sequence[Obstacle]) -> Conflict:
    listed = [_described(view, each) for each in obstacles[:_MOST_LISTED]]
    said = "; ".join(f"{visible(str(each['name']))} {each['reason']}" for each in listed[:3])
    more = f" and {len(obstacles) - 3} more" if len(obstacles) > 3 else ""
    later = list(dict.fromkeys(each.batch for each in obstacles if each.batch is not None))
    hint = f"undo {later[0]} first" if len(later) == 1 else "undo these later batches first, latest first"
    return Conflict(
        f"batch {batch.id} cannot be undone: {said}{more}",
        argument="what",
        hint=f"{hint}, or change the things by hand",
        details={"in_the_way": listed, "count": len(obstacles)},
    )


def _described(view: ReadView, obstacle: Obstacle) -> dict[str, object]:
    shown = _shown(view, obstacle.record_id)
    name = shown.name if isinstance(shown, Entity) else None
    if isinstance(shown, Relationship):
        ends = view.entities([shown.from_id, shown.to_id], deleted=True)
        names = [ends[each].name if each in ends else each for each in (shown.from_id, shown.to_id)]
        name = f"{names[0]} {shown.relationship_type} {names[1]}"
    said: dict[str, object] = {"id": obstacle.record_id, "name": name or obstacle.record_id, "reason": obstacle.reason}
    if obstacle.batch is not None:
        said["batch"] = obstacle.batch
    if obstacle.version is not None:
        value = obstacle.version.value
        said |= {"version": value.version, "edited_at": value.edited_at, "author": value.author, "device": value.device}
    return said


def _shown(view: ReadView, record_id: RecordId) -> Entity | Relationship | None:
    entity = view.entities([record_id], deleted=True).get(record_id)
    return entity if entity is not None else view.relationship(record_id, deleted=True)


def _take_back(edit: Edit, drafts: Sequence[Draft]) -> None:
    """Write what was before; edges of things that are reported themselves are told by their number."""
    were = [_shown(edit.tx, draft.record_id) for draft in drafts]
    things = {draft.record_id for draft in drafts if isinstance(draft.payload, EntityPayload)}
    with_them = 0
    for draft, was, shown in zip(drafts, were, edit.put(*drafts), strict=True):
        if isinstance(shown, Relationship) and things & {shown.from_id, shown.to_id}:
            with_them += 1
        else:
            edit.did(_done_to(draft, was), shown, None if was is None or draft.deleted else payload_of(was))
    if with_them:
        edit.note(f"relationships that changed with them: {with_them}")


def _done_to(draft: Draft, was: Entity | Relationship | None) -> str:
    if draft.deleted:
        return "deleted"
    return "restored" if was is None or was.deleted else "updated"
