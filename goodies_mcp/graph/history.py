"""The versions of one record: when, who, on which device, what changed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from goodies_mcp.core.models import Entity, RecordId, Relationship, Seq, StoredVersion, Version, VersionId
from goodies_mcp.errors import NotFound
from goodies_mcp.graph.cache import GraphCache
from goodies_mcp.graph.differences import FieldChange, action_of, payload_changes
from goodies_mcp.graph.paging import Page, open_page
from goodies_mcp.graph.places import ref
from goodies_mcp.graph.resolve import checked_name
from goodies_mcp.graph.resolve import entity as resolve
from goodies_mcp.graph.shown import Ref
from goodies_mcp.storage.interface import ReadView


@dataclass(frozen=True, slots=True)
class HistoryItem:
    """One version: when, who, on which device, what changed."""

    version: str
    edited_at: str
    author: str
    device: str
    action: str
    changes: tuple[FieldChange, ...] = ()
    current: bool = False


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Versions of one record, newest first."""

    entity: Ref
    items: tuple[HistoryItem, ...]
    next_cursor: str | None = None


def entity_history(view: ReadView, cache: GraphCache, entity: str, *, limit: int, cursor: str | None) -> HistoryPage:
    """The versions, newest arrival first. The id of a deleted entity or of a relationship is welcome too."""
    record_id, shown, named = _record(view, cache, entity)
    page = open_page("entity_history", [record_id], limit, cursor)
    stored = view.versions(record_id, before=_before(page), limit=limit + 1)
    items = _items(view, record_id, stored[:limit], shown)
    return HistoryPage(named, items, page.cursor((stored[limit - 1].seq,)) if len(stored) > limit else None)


def latest_versions(view: ReadView, entity: Entity, limit: int) -> tuple[HistoryItem, ...]:
    """The newest versions of an entity."""
    return _items(view, entity.id, view.versions(entity.id, limit=limit), entity.version)


def _record(view: ReadView, cache: GraphCache, text: str) -> tuple[RecordId, VersionId, Ref]:
    try:
        found = resolve(view, text, "entity", deleted=True, cache=cache)
    except NotFound:
        edge = view.relationship(RecordId(checked_name(text, "entity")), deleted=True)
        if edge is None:
            raise
        return edge.id, edge.version, _edge_ref(view, edge)
    return found.id, found.version, ref(view, found, cache)


def _edge_ref(view: ReadView, edge: Relationship) -> Ref:
    ends = view.entities([edge.from_id, edge.to_id], deleted=True)
    return Ref(edge.id, edge.relationship_type, edge_name((edge.from_id, edge.to_id), ends))


def edge_name(ends: Iterable[RecordId], entities: Mapping[RecordId, Entity]) -> str:
    """An edge in a list of changes: "Lamp → Kitchen"; ids stand in for ends that never arrived."""
    return " → ".join(entities[i].name if i in entities else i for i in ends)


def _before(page: Page) -> Seq | None:
    return Seq(int(page.position[0])) if page.position else None


def _items(
    view: ReadView, record_id: RecordId, stored: Sequence[StoredVersion], shown: VersionId
) -> tuple[HistoryItem, ...]:
    loaded = {each.value.version: each.value for each in stored}
    return tuple(_item(each.value, _parent(view, record_id, each.value, loaded), shown) for each in stored)


def _item(version: Version, before: Version | None, shown: VersionId) -> HistoryItem:
    merged = len(version.parents) > 1 and not version.deleted
    return HistoryItem(
        version=version.version,
        edited_at=version.edited_at,
        author=version.author,
        device=version.device,
        action="merged" if merged else action_of(version, before),
        changes=payload_changes(before.payload, version.payload) if before else (),
        current=version.version == shown,
    )


def _parent(view: ReadView, record_id: RecordId, version: Version, loaded: dict[VersionId, Version]) -> Version | None:
    """The parent edited last: of a merge, what most readers saw before it."""
    known = (loaded.get(parent) or _looked_up(view, record_id, parent) for parent in version.parents)
    return _newest(parent for parent in known if parent)


def _looked_up(view: ReadView, record_id: RecordId, version: VersionId) -> Version | None:
    stored = view.version(record_id, version)
    return stored.value if stored else None


def _newest(versions: Iterable[Version]) -> Version | None:
    return max(versions, key=lambda each: (each.edited_at, each.version), default=None)
