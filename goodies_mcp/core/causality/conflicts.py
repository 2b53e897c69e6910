"""Heads in; shown value, decision and reason out: the ladder of INBETWEENIES B.4 as a pure function.

Nothing here stores: an automatic merge is computed each time it is shown, equal on every replica that holds the same
versions, and both sides stay heads until somebody edits or resolves.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final, Literal, TypeAlias

from goodies_mcp.core.causality.ancestry import Ancestry, Lookup
from goodies_mcp.core.causality.merge import ABSENT, Dispute, Field, Merged, Pair, Path, merge_sides, same, value_at
from goodies_mcp.core.causality.vector_clock import maximal
from goodies_mcp.core.models import (
    EntityPayload,
    JsonObject,
    Payload,
    RelationshipPayload,
    Version,
    VersionId,
)
from goodies_mcp.errors import LocalProtocolError

Decision: TypeAlias = Literal["single", "merged", "edit_over_delete", "later_edit", "dot"]
"""The lowest rung of the ladder that was needed; rules per kind and the merge per key are both ``merged``."""

_LADDER: Final[Sequence[Decision]] = ("single", "merged", "edit_over_delete", "later_edit", "dot")

SETS: Final[frozenset[Path]] = frozenset(
    (room, key) for room in ("content", "properties") for key in ("aliases", "capabilities", "labels", "tags")
)
"""Arrays whose elements merge one by one: the union, without what a side took out."""

WAITING_KINDS: Final = frozenset({"automation", "manual", "procedure", "schedule"})
"""Entity types whose parts make sense only together: a person looks even at a merge without disputes."""

# Deeper than people ever cross their merges; it bounds the work on a history made to be hostile.
_MAX_CROSSINGS = 8


@dataclass(frozen=True, slots=True)
class Disputed:
    """One field that several heads changed differently.

    ``path`` leads into the payload's fields: ``("name",)``, ``("content", "limits", "max")``; it is empty when the
    heads are not even of one kind. ``sides`` maps each head that stands for a value to that value, ``ABSENT`` where
    it dropped the field; ``base`` is what the first two of them had in common; ``chosen`` is the head shown.
    """

    path: Path
    base: Field
    sides: Mapping[VersionId, Field]
    chosen: VersionId


@dataclass(frozen=True, slots=True)
class Shown:
    """What readers see of a record, and why.

    ``version`` is the head that wins where something had to be chosen. ``open`` says that a person should look:
    the last two rungs decided, a delete lost to an edit, or the kind always waits. ``flags``, sorted, may hold
    ``clock_skew`` (a version edited over 5 minutes before its parent), ``deleted_elsewhere``, ``kind_mismatch`` and
    ``missing_ancestor``.
    """

    payload: Payload
    deleted: bool
    version: VersionId
    decision: Decision
    open: bool = False
    disputed: tuple[Disputed, ...] = ()
    flags: tuple[str, ...] = ()


def show(heads: Sequence[Version], lookup: Lookup) -> Shown:
    """What is shown of a record with these heads: the same in any order and on any replica (INBETWEENIES B.3, B.4).

    ``lookup`` is asked for stored ancestors, back to where the heads last agreed, and for none when there is one head.
    Raises LocalProtocolError without heads.
    """
    ordered = sorted(maximal(heads), key=preference, reverse=True)
    if not ordered:
        raise LocalProtocolError("a record without heads shows nothing")
    best = ordered[0]
    if len(ordered) == 1:
        return Shown(best.payload, best.deleted, best.version, "single")
    ancestry = Ancestry(lookup)
    sides = [head for head in ordered if head.deleted == best.deleted and head.kind == best.kind]
    merged, bases = _Merger(ancestry).merge(sides)
    disputed = [_explained(dispute, sides, bases) for dispute in merged.disputes]
    flags = set(ancestry.flags)
    if any(head.kind != best.kind for head in ordered):
        flags.add("kind_mismatch")
        wholes: dict[VersionId, Field] = {head.version: fields(head.payload) for head in ordered}
        disputed = [Disputed((), ABSENT, wholes, best.version)]
    if any(head.deleted != best.deleted for head in ordered):
        flags.add("deleted_elsewhere")
    return Shown(
        payload=_payload(merged.value, best.payload),
        deleted=best.deleted,
        version=best.version,
        decision=_decision(disputed, ordered, flags),
        # What all sides deleted is no question to anybody.
        open=not best.deleted and (bool(disputed) or "deleted_elsewhere" in flags or _waits(sides)),
        disputed=tuple(disputed),
        flags=tuple(sorted(flags)),
    )


def preference(head: Version) -> tuple[bool, str, str, int]:
    """Sort key of concurrent versions: alive, then the later ``edited_at`` as text, then the dot; the greatest wins.

    No hub's clock and no arrival enters, so every replica orders them alike.
    """
    return not head.deleted, head.edited_at, head.dot.incarnation, head.dot.n


def fields(payload: Payload) -> JsonObject:
    """A payload as one JSON object, the shape that paths of disputed fields lead into."""
    if isinstance(payload, EntityPayload):
        return {"entity_type": payload.entity_type, "name": payload.name, "content": payload.content}
    return {
        "from_id": payload.from_id,
        "to_id": payload.to_id,
        "relationship_type": payload.relationship_type,
        "properties": payload.properties,
    }


class _Merger:
    """Merges versions over what they have in common, which may need merging in turn."""

    def __init__(self, ancestry: Ancestry) -> None:
        self._ancestry = ancestry
        self._known: dict[tuple[VersionId, ...], Field] = {}

    def merge(self, sides: Sequence[Version], crossings: int = 0) -> tuple[Merged, dict[Pair, Field]]:
        """The merged fields of concurrent versions, best first, and what each two of them had in common."""
        bases = {
            (i, j): self._base(self._ancestry.common(sides[i], sides[j]), crossings)
            for i, j in combinations(range(len(sides)), 2)
        }
        return merge_sides([fields(side.payload) for side in sides], bases, SETS), bases

    def _base(self, common: Sequence[Version], crossings: int) -> Field:
        if not common:
            return ABSENT
        ordered = sorted(common, key=preference, reverse=True)
        if len(ordered) == 1 or crossings >= _MAX_CROSSINGS:
            return fields(ordered[0].payload)
        name = tuple(version.version for version in ordered)
        if name not in self._known:
            self._known[name] = self.merge(ordered, crossings + 1)[0].value
        return self._known[name]


def _explained(dispute: Dispute, sides: Sequence[Version], bases: Mapping[Pair, Field]) -> Disputed:
    values = {n: value_at(fields(sides[n].payload), dispute.path) for n in dispute.sides}
    chosen = dispute.sides[0]
    rival = next(n for n in dispute.sides if not same(values[n], values[chosen]))
    return Disputed(
        path=dispute.path,
        base=value_at(bases[min(chosen, rival), max(chosen, rival)], dispute.path),
        sides={sides[n].version: value for n, value in values.items()},
        chosen=sides[chosen].version,
    )


def _decision(disputed: Sequence[Disputed], heads: Sequence[Version], flags: Collection[str]) -> Decision:
    edited = {head.version: head.edited_at for head in heads}
    rungs = {_rung(each, edited) for each in disputed}
    if "deleted_elsewhere" in flags:
        rungs.add("edit_over_delete")
    return max(rungs, key=_LADDER.index, default="merged")


def _rung(disputed: Disputed, edited: Mapping[VersionId, str]) -> Decision:
    """What chose the value of one field: presence, the later edit, or the dot alone."""
    taken = disputed.sides[disputed.chosen]
    rivals = [n for n, value in disputed.sides.items() if value is not ABSENT and not same(value, taken)]
    if not rivals:
        return "edit_over_delete"
    return "dot" if edited[rivals[0]] == edited[disputed.chosen] else "later_edit"


def _waits(sides: Sequence[Version]) -> bool:
    """Whether this kind waits for a person, and there is something to decide."""
    first = sides[0].payload
    if not isinstance(first, EntityPayload) or first.entity_type not in WAITING_KINDS:
        return False
    return not all(same(fields(side.payload), fields(first)) for side in sides)


def _payload(value: Field, like: Payload) -> Payload:
    """The payload that :func:`fields` would write so."""
    parts: dict[str, Any] = dict(value) if isinstance(value, Mapping) else {}
    return EntityPayload(**parts) if isinstance(like, EntityPayload) else RelationshipPayload(**parts)
