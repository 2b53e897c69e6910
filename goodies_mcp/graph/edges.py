"""The edges of one entity, seen from it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from goodies_mcp.core.models import Entity, JsonObject, RecordId, Relationship
from goodies_mcp.core.vocabulary import check_relationship_type
from goodies_mcp.errors import InvalidInput
from goodies_mcp.graph.cache import GraphCache
from goodies_mcp.graph.paging import Page, cut, open_page
from goodies_mcp.graph.places import containers_of, refs
from goodies_mcp.graph.resolve import entity as resolve
from goodies_mcp.graph.shown import Ref
from goodies_mcp.storage.interface import ReadView


@dataclass(frozen=True, slots=True)
class Edge:
    """One edge seen from one of its ends."""

    id: str
    relationship_type: str
    direction: str
    other: Ref
    version: str
    properties: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EdgePage:
    """Edges of one entity."""

    entity: Ref
    items: tuple[Edge, ...]
    next_cursor: str | None = None


_Seen = tuple[str, Relationship]


def entity_relationships(
    view: ReadView,
    cache: GraphCache,
    entity: str,
    *,
    direction: str | None,
    relationship_types: Sequence[str],
    limit: int,
    cursor: str | None,
) -> EdgePage:
    """The edges that leave (``out``) or reach (``in``) the entity, or both, ordered by type, direction and id."""
    if direction not in {None, "out", "in"}:
        raise InvalidInput("direction must be out or in", argument="direction", hint="leave it out for both")
    types = sorted({check_relationship_type(each, "relationship_types") for each in relationship_types})
    found = resolve(view, entity, "entity")
    page = open_page("entity_relationships", [found.id, direction, types, view.at], limit, cursor)
    items, following, itself = edges_of(view, cache, found, page, direction, types)
    return EdgePage(itself, items, following)


def edges_of(
    view: ReadView,
    cache: GraphCache,
    entity: Entity,
    page: Page,
    direction: str | None = None,
    types: Sequence[str] = (),
) -> tuple[tuple[Edge, ...], str | None, Ref]:
    """One page of the entity's edges, the cursor of the next, and the entity as lists show it."""
    seen: list[_Seen] = []
    if direction != "in":
        seen += [("out", edge) for edge in view.edges([entity.id], "out", types)]
    if direction != "out":
        seen += [("in", edge) for edge in view.edges([entity.id], "in", types)]
    shown, following = cut(page, sorted(seen, key=_order), _order)
    others = view.entities({_other(each) for each in shown})
    # All that leaves the entity is at hand, so where it is need not be asked again.
    told = (
        containers_of([entity.id], (edge for way, edge in seen if way == "out"))
        if direction != "in" and not types
        else {}
    )
    named = refs(view, [entity, *others.values()], cache, told=told)
    items = tuple(
        Edge(edge.id, edge.relationship_type, way, named[_other((way, edge))], edge.version, edge.properties)
        for way, edge in shown
        if _other((way, edge)) in others
    )
    return items, following, named[entity.id]


def _order(seen: _Seen) -> tuple[str, str, str]:
    way, edge = seen
    return edge.relationship_type, way, edge.id


def _other(seen: _Seen) -> RecordId:
    way, edge = seen
    return edge.to_id if way == "out" else edge.from_id
