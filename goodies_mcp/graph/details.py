"""One entity, whole."""

from collections.abc import Sequence
from dataclasses import dataclass

from goodies_mcp.core.models import Entity, JsonObject
from goodies_mcp.core.vocabulary import DOCUMENTS
from goodies_mcp.errors import InvalidInput
from goodies_mcp.graph.cache import GraphCache
from goodies_mcp.graph.edges import Edge, edges_of
from goodies_mcp.graph.history import HistoryItem, latest_versions
from goodies_mcp.graph.paging import Page, open_page
from goodies_mcp.graph.places import ref
from goodies_mcp.graph.resolve import entity as resolve
from goodies_mcp.graph.resolve import is_small
from goodies_mcp.storage.interface import ReadView


@dataclass(frozen=True, slots=True, weakref_slot=True)
class EntityDetails:
    """One entity, whole."""

    id: str
    type: str
    name: str
    where: str | None
    version: str
    content: JsonObject
    created_at: str
    edited_at: str
    author: str
    source_type: str
    conflicted: bool = False
    relationships: tuple[Edge, ...] = ()
    history: tuple[HistoryItem, ...] = ()
    next_cursor: str | None = None
    note: str | None = None


PARTS = ("relationships", "history", "content")

_LATEST = 5


def entity_details(
    view: ReadView, cache: GraphCache, entity: str, *, include: Sequence[str], limit: int, cursor: str | None
) -> EntityDetails:
    """The entity with the parts that ``include`` names; ``limit`` and ``cursor`` page its relationships.

    Of the history only the latest five versions are here; get_entity_history has all.
    """
    if unknown := sorted(set(include) - set(PARTS)):
        raise InvalidInput(
            f"include knows no {unknown[0][:80]!r}", argument="include", hint=f"any of {', '.join(PARTS)}"
        )
    found = resolve(view, entity, "entity", cache=cache)
    page = open_page("entity_details", [found.id, view.at], limit, cursor)
    # Not part of the question: who goes on with a cursor may want less of the rest.
    wanted = page._replace(asked=(*page.asked, *sorted(set(include))))
    return cache.page(view, wanted, lambda: _details(view, cache, found, page, include), lambda _: is_small(found))


def _details(view: ReadView, cache: GraphCache, found: Entity, page: Page, include: Sequence[str]) -> EntityDetails:
    edges, following, itself = edges_of(view, cache, found, page) if "relationships" in include else ((), None, None)
    itself = itself or ref(view, found, cache)
    content = found.content if "content" in include else {}
    left_out = found.entity_type in DOCUMENTS and "pages" in content
    if left_out:
        content = {key: value for key, value in content.items() if key != "pages"}
    return EntityDetails(
        id=found.id,
        type=found.entity_type,
        name=found.name,
        where=itself.where,
        version=found.version,
        content=content,
        created_at=found.created_at,
        edited_at=found.edited_at,
        author=found.author,
        source_type=found.source_type,
        conflicted=found.conflicted,
        relationships=edges,
        history=latest_versions(view, found, _LATEST) if "history" in include else (),
        next_cursor=following,
        note="its pages are left out here: read_content reads them" if left_out else None,
    )
