"""The rooms of one home and the openings between them: loaded level by level, small enough to keep."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from goodies_mcp.core.models import Entity, RecordId, Relationship
from goodies_mcp.core.text import fold, words
from goodies_mcp.core.vocabulary import OPENINGS, SPACES
from goodies_mcp.graph.inside import rooms_below
from goodies_mcp.graph.kinds import singular
from goodies_mcp.storage.interface import ReadView

WALLED = frozenset({"room", "passage"})
"""Spaces in whose walls doors stand: a door located in one opens into it."""

STAIRS = frozenset({"stairs", "stair", "staircase", "steps", "ladder"})

_MOST_LEVELS = 200
_OF_SPACE = SPACES | OPENINGS


@dataclass(frozen=True, slots=True)
class Node:
    """A room, an opening, or (without a name) the place where two rooms join openly.

    ``kind`` is what content calls it ("stairs"); ``accessible`` is None where nothing is said.
    """

    id: str
    type: str
    name: str
    kind: str | None = None
    accessible: bool | None = None

    @property
    def order(self) -> tuple[str, str]:
        """By name, then id."""
        return fold(self.name), self.id

    def is_kind(self, word: str) -> bool:
        """Whether a folded word ("stairs", "windows") names its kind or type."""
        if word in STAIRS and self.kind in STAIRS:
            return True
        return singular(word) in {singular(self.type), singular(self.kind or "")}

    @property
    def barred(self) -> bool:
        """Whether somebody who cannot climb is stopped here."""
        return self.accessible is False or self.kind in STAIRS


@dataclass(frozen=True, slots=True)
class SpaceGraph:
    """Nodes by id, and which are next to each other (both ways). Rooms never touch: an opening lies between them."""

    nodes: dict[str, Node] = field(default_factory=dict)
    beside: dict[str, set[str]] = field(default_factory=dict)

    def add(self, node: Node) -> None:
        """Put a node in, alone."""
        self.nodes[node.id] = node
        self.beside.setdefault(node.id, set())

    def join(self, one: str, other: str) -> None:
        """Say that two nodes are next to each other."""
        self.beside[one].add(other)
        self.beside[other].add(one)


def load_spaces(view: ReadView, home: RecordId, *starts: RecordId) -> SpaceGraph:
    """The home's spaces, those of ``starts``, and whatever connections lead to from there."""
    entities = rooms_below(view, [home])
    entities.update(view.entities([home, *starts]))
    graph = SpaceGraph()
    edges: dict[RecordId, Relationship] = {}
    frontier = {i for i, e in entities.items() if e.entity_type in _OF_SPACE}
    for _ in range(_MOST_LEVELS):
        for record_id in frontier:
            graph.add(space_node(entities[record_id]))
        fresh = connecting_edges(view, [entities[i] for i in frontier])
        edges.update((edge.id, edge) for edge in fresh)
        ends = {end for edge in fresh for end in (edge.from_id, edge.to_id)} - entities.keys()
        entities.update(view.entities(ends))
        frontier = {i for i in ends if i in entities and entities[i].entity_type in _OF_SPACE}
        if not frontier:
            break
    for edge in edges.values():
        _join(graph, edge)
    return graph


def connecting_edges(view: ReadView, found: Iterable[Entity]) -> list[Relationship]:
    """The ``connects_to`` edges of these spaces and openings, and, for openings that name fewer than two ends, the
    room they are located in: a door in the kitchen wall that connects to the hall joins both."""
    entities = list(found)
    ids = [e.id for e in entities]
    edges = view.edges(ids, "out", ("connects_to",)) + view.edges(ids, "in", ("connects_to",))
    openings = {e.id for e in entities if e.entity_type in OPENINGS}
    if not openings:
        return edges
    ends: dict[RecordId, set[RecordId]] = {}
    for edge in edges:
        ends.setdefault(edge.from_id, set()).add(edge.to_id)
        ends.setdefault(edge.to_id, set()).add(edge.from_id)
    single = [i for i in openings if len(ends.get(i, ())) == 1]
    return edges + (view.edges(single, "out", ("located_in",)) if single else [])


def space_node(entity: Entity) -> Node:
    """The entity as a node. A name with "stairs" in it says the kind where content does not."""
    kind = entity.content.get("kind")
    said = fold(kind) if isinstance(kind, str) else None
    if not said and not STAIRS.isdisjoint(words(entity.name)):
        said = "stairs"
    accessible = entity.content.get("accessible")
    return Node(entity.id, entity.entity_type, entity.name, said, accessible if isinstance(accessible, bool) else None)


def _join(graph: SpaceGraph, edge: Relationship) -> None:
    one, other = graph.nodes.get(edge.from_id), graph.nodes.get(edge.to_id)
    if one is None or other is None or one is other:
        return
    if edge.relationship_type == "located_in" and other.type not in WALLED:
        return
    if one.type in OPENINGS or other.type in OPENINGS:
        graph.join(one.id, other.id)
        return
    accessible = edge.properties.get("accessible")
    kind = edge.properties.get("kind")
    between = Node(
        edge.id,
        "opening",
        "",
        fold(kind) if isinstance(kind, str) else None,
        accessible if isinstance(accessible, bool) else None,
    )
    graph.add(between)
    graph.join(one.id, between.id)
    graph.join(between.id, other.id)
