"""The edges of one entity, seen from it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from goodies_mcp.core.models import Entity, JsonObject
from goodies_mcp.core.vocabulary import check_relationship_type
from goodies_mcp.errors import InvalidInput
from goodies_mcp.graph.cache import GraphCache
from goodies_mcp.graph.paging import Page, cut, open_page
from goodies_mcp.graph.places import containers_of, refs
from goodies_mcp.graph.resolve import entity as resolve
from goodies_mcp.graph.shown import Ref
from goodies_mcp.storage.interface import Neighbour, ReadView


@dataclass(frozen=True, slots=True)
class Edge:
    """One edge seen from one of its ends."""

    id: str
    relationship_type: str
    direction: str
    other: Ref
    version: str
    properties: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True, weakref_slot=True)
class EdgePage:
    """Edges of one entity."""

    entity: Ref
    items: tuple[Edge, ...]
    next_cursor: str | None = None


_Seen = tuple[str, Neighbour]


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
    types = tuple(sorted({check_relationship_type(each, "relationship_types") for each in relationship_types}))
    found = resolve(view, entity, "entity", cache=cache)
    page = open_page("entity_relationships", [found.id, direction, types, view.at], limit, cursor)

    def listed() -> EdgePage:
        items, following, itself = edges_of(view, cache, found, page, direction, types)
        return EdgePage(itself, items, following)

    return cache.page(view, page, listed)


def edges_of(
    view: ReadView,
    cache: GraphCache,
    entity: Entity,
    page: Page,
    direction: str | None = None,
    types: Sequence[str] = (),
) -> tuple[tuple[Edge, ...], str | None, Ref]:
    """One page of the entity's edges, the cursor of the next, and the entity as lists show it. ``page`` is of a
    question about this entity, direction and types."""
    leaving = view.neighbours([entity.id], "out", types) if direction != "in" else []
    reaching = view.neighbours([entity.id], "in", types) if direction != "out" else []
    seen: list[_Seen] = [("out", each) for each in leaving]
    seen += [("in", each) for each in reaching]
    shown, following = cut(page, sorted(seen, key=_order), _order)
    told = {each.other.id: each.container for _, each in shown if each.settled}
    if direction != "in" and not types:
        # All that leaves the entity is at hand, so where it is need not be asked again.
        told.update(containers_of([entity.id], (each.edge for each in leaving)))
    named = refs(view, [entity, *(each.other for _, each in shown)], cache, told=told)
    items = tuple(
        Edge(edge.id, edge.relationship_type, way, named[other.id], edge.version, edge.properties)
        for way, (edge, other, _, _) in shown
    )
    return items, following, named[entity.id]


def _order(seen: _Seen) -> tuple[str, str, str]:
    way, (edge, _, _, _) = seen
    return edge.relationship_type, way, edge.id
