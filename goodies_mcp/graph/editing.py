"""One write in the making: its versions share a batch, an author and a moment, and all of them are kept or none.

The use cases that change a home are functions over an :class:`Edit`; none of them uses the store's verbs of writing.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from goodies_mcp.core.models import (
    Batch,
    Entity,
    EntityPayload,
    Payload,
    RecordId,
    Relationship,
    RelationshipPayload,
    Version,
)
from goodies_mcp.core.protocols import IdSource
from goodies_mcp.core.text import visible
from goodies_mcp.core.versions import next_version
from goodies_mcp.errors import Conflict, InvalidInput
from goodies_mcp.graph import resolve
from goodies_mcp.graph.differences import payload_changes
from goodies_mcp.graph.places import whereabouts
from goodies_mcp.graph.writes import Done, Writer, WriteResult
from goodies_mcp.storage.interface import ReadView, Transaction

_MOST_NOTES = 5
_MOST_FIELDS = 20
_ITEM = re.compile(r"\$(\d{1,4})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Origin:
    """What stands on every version that is written here."""

    author: str
    device: str
    source_type: str = "manual"


@dataclass(frozen=True, slots=True)
class Draft:
    """What a record is to say next; ``new``: its id was made up for it, and nobody need look for what it said."""

    record_id: RecordId
    payload: Payload
    deleted: bool = False
    new: bool = False


class Edit:
    """One unit of change inside a transaction.

    Its batch begins with the first version: a use case that finds nothing to do leaves no trace. ``now`` is the one
    reading of the clock; see :func:`moment_after` for when a version gets a later one.
    """

    def __init__(self, tx: Transaction, by: Writer, origin: Origin, *, now: str, ids: IdSource) -> None:
        self.tx = tx
        self.by = by
        self.now = now
        self.batch: str | None = None
        self.undoes: str | None = None
        self.references: list[RecordId] | None = None
        self._origin = origin
        self._ids = ids
        self._items: list[Done] = []
        self._notes: list[str] = []
        self._nowhere: set[RecordId] = set()

    def new_id(self) -> RecordId:
        """A fresh identity for a record."""
        return RecordId(self._ids.new_id())

    def entity(
        self, text: str, argument: str, sort: resolve.Sort = resolve.ANYTHING, *, deleted: bool = False
    ) -> Entity:
        """The entity that an id, a name or, in a list of changes, ``$n`` points at (errors as ``resolve.entity``)."""
        return resolve.entity(self.tx, self._referred(text, argument), argument, sort, deleted=deleted)

    def relationship(self, text: str, argument: str) -> Relationship:
        """The live edge that an id or ``$n`` points at (errors as ``resolve.relationship``)."""
        return resolve.relationship(self.tx, self._referred(text, argument), argument)

    def expect(self, shown: Entity | Relationship, version: str | None) -> None:
        """Make sure that the caller knows the current version (errors as :func:`check_expected`)."""
        check_expected(self.tx, shown, version)

    def put(self, *drafts: Draft) -> list[Entity | Relationship]:
        """Write these, each on top of all heads of its record, no record twice; returns what is shown of them now."""
        if not drafts:
            return []
        self._begin()
        self._nowhere.clear()
        versions = [self._version(draft) for draft in drafts]
        new = {draft.record_id for draft in drafts if draft.new}
        return [applied.shown for applied in self.tx.apply(versions, local=True, new=new)]

    def did(self, action: str, shown: Entity | Relationship, before: Payload | None = None) -> None:
        """Report what was done to this thing, with the fields in which it differs from ``before``."""
        changes = () if before is None else payload_changes(before, payload_of(shown))
        changed = tuple(change.field for change in changes[:_MOST_FIELDS])
        if isinstance(shown, Entity):
            kind, type_, name = "entity", shown.entity_type, shown.name
        else:
            kind, type_, name = "relationship", shown.relationship_type, self._ends(shown)
        self.report(Done(action, kind, shown.id, type_, name, version=shown.version, changed=changed))

    def report(self, done: Done) -> None:
        """Report this."""
        self._items.append(done)

    def nowhere(self, record_id: RecordId) -> None:
        """Note that a thing that was just made is in nothing: the result need not look for it. What is written after it
        may move it, and is looked for."""
        self._nowhere.add(record_id)

    def note(self, text: str) -> None:
        """Say something that the items do not say."""
        self._notes.append(text)

    def result(self) -> WriteResult:
        """What was done, with the places of what is there now."""
        lacking = {RecordId(item.id) for item in self._items if item.kind == "entity" and item.where is None}
        items = self._items
        if wanting := lacking - self._nowhere:
            places = whereabouts(self.tx, wanting)
            items = [
                replace(item, where=places.where(RecordId(item.id))) if item.id in wanting else item for item in items
            ]
        notes = self._notes[:_MOST_NOTES]
        if len(self._notes) > _MOST_NOTES:
            notes.append(f"{len(self._notes) - _MOST_NOTES} more remarks are left out")
        return WriteResult(tuple(items), self.batch, "; ".join(notes) or None)

    def _begin(self) -> None:
        if self.batch is None:
            self.batch = self._ids.new_id()
            self.tx.begin_batch(
                Batch(self.batch, self.by.client, self.by.tool, self.now, self._origin.author, undoes=self.undoes)
            )

    def _version(self, draft: Draft) -> Version:
        parents = [] if draft.new else [head.value for head in self.tx.heads(draft.record_id)]
        return next_version(
            parents,
            record_id=draft.record_id,
            payload=draft.payload,
            edited_at=moment_after(self.now, (parent.edited_at for parent in parents)),
            dot=self.tx.next_dot(),
            author=self._origin.author,
            device=self._origin.device,
            source_type=self._origin.source_type,
            deleted=draft.deleted,
        )

    def _ends(self, edge: Relationship) -> str:
        ends = self.tx.entities([edge.from_id, edge.to_id], deleted=True)
        names = [ends[each].name if each in ends else each for each in (edge.from_id, edge.to_id)]
        return " → ".join(names)

    def _referred(self, text: str, argument: str) -> str:
        found = _ITEM.fullmatch(text.strip()) if self.references is not None and isinstance(text, str) else None
        if found is None or self.references is None:
            return text
        number = int(found[1])
        if not 1 <= number <= len(self.references):
            raise InvalidInput(
                f"{text.strip()} names no earlier change: {len(self.references)} come before this one",
                argument=argument,
                hint="$1 is what the first change made",
            )
        return self.references[number - 1]


def tombstones(doomed: Iterable[Entity | Relationship]) -> list[Draft]:
    """Drafts that delete these; they keep what was last said."""
    return [Draft(each.id, payload_of(each), deleted=True) for each in doomed]


def check_expected(view: ReadView, shown: Entity | Relationship, version: str | None) -> None:
    """Make sure that ``version`` is the current one; None asks for nothing.

    Raises Conflict with ``current_version``, ``edited_at``, ``author`` and ``device`` in its details.
    """
    if version is None or version == shown.version:
        return
    current = view.version(shown.id, shown.version)
    details: dict[str, object] = {"current_version": shown.version, "edited_at": shown.edited_at}
    who = ""
    if current is not None:
        details |= {"author": current.value.author, "device": current.value.device}
        who = f" by {visible(current.value.author)} on {visible(current.value.device)}"
    raise Conflict(
        f"it was changed{who} at {shown.edited_at} and is now version {shown.version}",
        argument="expected_version",
        hint="look at it again, then repeat with the current version",
        details=details,
    )


def payload_of(shown: Entity | Relationship) -> Payload:
    """What is shown, as a version would say it."""
    if isinstance(shown, Entity):
        return EntityPayload(shown.entity_type, shown.name, shown.content)
    return RelationshipPayload(shown.from_id, shown.to_id, shown.relationship_type, shown.properties)


def moment_after(now: str, parents: Iterable[str]) -> str:
    """``now``, or, where the clock stands still, went back or is behind a peer's, 1 us after the latest parent.

    ``at`` answers show the version with the latest ``edited_at``: one that claimed to be older than what it replaces
    would never be shown there. Only the record concerned is lifted: lifting all later writes would let one peer whose
    clock is a year ahead move the whole house into next year.
    """
    latest = max(parents, default="")
    if latest < now:
        return now
    try:
        return (datetime.fromisoformat(latest) + timedelta(microseconds=1)).isoformat(timespec="microseconds")
    except OverflowError:
        return latest  # the last microsecond of the calendar: the order of arrival has to tell them apart
