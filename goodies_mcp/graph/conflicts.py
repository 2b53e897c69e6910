"""What people have to decide: things of which two devices said something different, side by side and field by field."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from goodies_mcp.core.canonical import canonical_json
from goodies_mcp.core.causality.ancestry import Ancestry, Lookup
from goodies_mcp.core.causality.conflicts import Shown, fields, preference, show
from goodies_mcp.core.causality.merge import ABSENT, Field, Path, value_at
from goodies_mcp.core.models import (
    EntityPayload,
    JsonObject,
    JsonValue,
    Payload,
    RecordId,
    Version,
    VersionId,
)
from goodies_mcp.graph.paging import open_page
from goodies_mcp.graph.places import whereabouts
from goodies_mcp.graph.resolve import entity
from goodies_mcp.storage.interface import ReadView

LOCAL, REMOTE = "local", "remote"
_MOST_FIELDS = 50
_DEEPEST = 8


@dataclass(frozen=True, slots=True)
class SideValue:
    """What one side says in one field; ``absent``: it says nothing there, which is something else than null."""

    side: str
    version: str
    value: JsonValue = None
    absent: bool = False


@dataclass(frozen=True, slots=True)
class FieldConflict:
    """One field in which the sides differ: what they last agreed on, what is shown now, and what each side says.

    ``open``: the sides changed it differently. Otherwise only one of them changed it, and that is what is shown.
    """

    field: str
    base: JsonValue
    shown: JsonValue
    sides: tuple[SideValue, ...]
    open: bool


@dataclass(frozen=True, slots=True)
class ConflictSide:
    """One of the versions that stand against each other. ``side`` is local or remote, as seen from this device."""

    side: str
    version: str
    author: str
    device: str
    edited_at: str
    deleted: bool = False
    shown: bool = False


@dataclass(frozen=True, slots=True)
class ConflictItem:
    """One open conflict. ``reason`` says why a person should look, ``base_version`` is what both sides grew from."""

    id: str
    kind: str
    type: str
    name: str
    where: str | None
    reason: str
    sides: tuple[ConflictSide, ...]
    fields: tuple[FieldConflict, ...]
    base_version: str | None = None
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ConflictPage:
    """Open conflicts, ordered by id; ``total`` counts all."""

    items: tuple[ConflictItem, ...]
    total: int
    next_cursor: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a record stands: its heads, best first, what is shown of them, and which heads are whose."""

    record_id: RecordId
    heads: tuple[Version, ...]
    shown: Shown
    sides: Mapping[VersionId, str]
    base: Version | None

    def of(self, side: str) -> Version | None:
        """The best version of one side."""
        return next((head for head in self.heads if self.sides[head.version] == side), None)


def list_conflicts(view: ReadView, device: str, *, limit: int, cursor: str | None) -> ConflictPage:
    """All open conflicts, page by page."""
    page = open_page("list_conflicts", [], limit, cursor)
    after = RecordId(str(page.position[0])) if page.position else None
    ids = view.conflicts(after=after, limit=page.limit + 1)
    shown = ids[: page.limit]
    status = view.status()
    return ConflictPage(
        items=tuple(_item(view, standing_of(view, each, device, status.incarnation)) for each in shown),
        total=status.open_conflicts,
        next_cursor=page.cursor((shown[-1],)) if len(ids) > page.limit else None,
    )


def conflict_about(view: ReadView, device: str, conflict: str) -> ConflictItem | None:
    """The open conflict about what an id or a name points at; None where there is none."""
    text = conflict.strip()
    edge = view.relationship(RecordId(text), deleted=True)
    record_id = edge.id if edge is not None else entity(view, text, "conflict", deleted=True).id
    if len(view.heads(record_id)) < 2:
        return None
    return _item(view, standing_of(view, record_id, device, view.status().incarnation))


def standing_of(view: ReadView, record_id: RecordId, device: str, incarnation: str) -> Standing:
    """How a record stands, seen from a device whose database is of this incarnation."""

    def lookup(version: VersionId) -> Version | None:
        found = view.version(record_id, version)
        return None if found is None else found.value

    heads = sorted((each.value for each in view.heads(record_id)), key=preference, reverse=True)
    shown = show(heads, lookup)
    sides = _sides(heads, shown, incarnation, device)
    return Standing(record_id, tuple(heads), shown, sides, _base(heads, lookup))


def _sides(heads: Sequence[Version], shown: Shown, incarnation: str, device: str) -> dict[VersionId, str]:
    """What was made in this database is local; where that says nothing, what was made on a device of this name, for a
    restored database is a new incarnation (two machines may have one name, so that comes second); else what is shown.
    """
    made_here = {head.version for head in heads if head.dot.incarnation == incarnation}
    named_so = {head.version for head in heads if head.device == device}
    telling = (each for each in (made_here, named_so) if 0 < len(each) < len(heads))
    mine = next(telling, {shown.version})
    return {head.version: LOCAL if head.version in mine else REMOTE for head in heads}


def _base(heads: Sequence[Version], lookup: Lookup) -> Version | None:
    common = Ancestry(lookup).common(heads[0], heads[1]) if len(heads) > 1 else ()
    return common[0] if len(common) == 1 else None


def _item(view: ReadView, standing: Standing) -> ConflictItem:
    payload = standing.shown.payload
    kind, type_, name = _named(view, payload)
    where = whereabouts(view, [standing.record_id]).where(standing.record_id) if kind == "entity" else None
    return ConflictItem(
        id=standing.record_id,
        kind=kind,
        type=type_,
        name=name,
        where=where,
        reason=_reason(standing.shown),
        sides=tuple(
            ConflictSide(
                standing.sides[head.version],
                head.version,
                head.author,
                head.device,
                head.edited_at,
                deleted=head.deleted,
                shown=head.version == standing.shown.version,
            )
            for head in standing.heads
        ),
        fields=tuple(_fields(standing)),
        base_version=standing.base.version if standing.base is not None else None,
        flags=standing.shown.flags,
    )


def _named(view: ReadView, payload: Payload) -> tuple[str, str, str]:
    if isinstance(payload, EntityPayload):
        return "entity", payload.entity_type, payload.name
    ends = view.entities([payload.from_id, payload.to_id], deleted=True)
    names = [ends[each].name if each in ends else each for each in (payload.from_id, payload.to_id)]
    return "relationship", payload.relationship_type, " → ".join(names)


def _reason(shown: Shown) -> str:
    if "kind_mismatch" in shown.flags:
        return "one side says it is an entity, the other a relationship"
    if "deleted_elsewhere" in shown.flags:
        return "one side deleted it while the other changed it; it was kept"
    return {
        "later_edit": "both sides changed the same field; the later edit is shown",
        "dot": "both sides changed the same field at the same moment; one of them is shown",
        "edit_over_delete": "one side removed a field that the other changed; the change is shown",
    }.get(shown.decision, "both sides changed it, and its parts make sense only together")


def _fields(standing: Standing) -> Iterator[FieldConflict]:
    said = {head.version: fields(head.payload) for head in standing.heads}
    base = fields(standing.base.payload) if standing.base is not None else {}
    now = fields(standing.shown.payload)
    disputed = {each.path for each in standing.shown.disputed}
    leaves = dict.fromkeys(path for each in said.values() for path in _leaves(each))
    # What is an empty object on one side is looked into where another side has something in it.
    within = {path[:length] for path in leaves for length in range(len(path))}
    paths = [path for path in leaves if path not in within]
    count = 0
    for path in paths:
        values = {version: value_at(each, path) for version, each in said.items()}
        if len({_text(value) for value in values.values()}) == 1:
            continue
        count += 1
        if count > _MOST_FIELDS:
            return
        yield FieldConflict(
            ".".join(path),
            _told(value_at(base, path)),
            _told(value_at(now, path)),
            tuple(
                SideValue(standing.sides[version], version, _told(value), value is ABSENT)
                for version, value in values.items()
            ),
            any(path[: len(each)] == each for each in disputed),
        )


def _leaves(value: JsonObject, path: Path = ()) -> Iterator[Path]:
    """The paths of a payload's fields; objects are looked into, arrays are fields as a whole."""
    for key, inner in value.items():
        if isinstance(inner, Mapping) and inner and len(path) < _DEEPEST:
            yield from _leaves(inner, (*path, key))
        else:
            yield (*path, key)


def _text(value: Field) -> str | None:
    return None if value is ABSENT else canonical_json(value)


def _told(value: Field) -> JsonValue:
    return None if value is ABSENT else value
