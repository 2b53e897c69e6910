"""Ways through a home: the shortest one, and, where there is none, what stands in between."""

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import cast

from goodies_mcp.graph.spaces import Node, SpaceGraph

Passable = Callable[[Node], bool]


class Ways:
    """The space graph of one home, made ready to be walked again and again."""

    def __init__(self, spaces: SpaceGraph) -> None:
        # Inside, because networkx takes 150 ms to load and most sessions never ask for a way.
        import networkx as nx  # noqa: PLC0415

        self._nx = nx
        self.spaces = spaces
        self._graph = nx.Graph()
        ordered = sorted(spaces.nodes.values(), key=lambda node: node.order)
        self._graph.add_nodes_from(node.id for node in ordered)
        rank = {node.id: place for place, node in enumerate(ordered)}
        # Neighbours stand in the order of their names, so that the first way found is the first by name.
        self._beside = {i: sorted(near, key=rank.__getitem__) for i, near in spaces.beside.items()}
        self._graph.add_edges_from((node.id, near) for node in ordered for near in self._beside[node.id])

    def shortest(self, start: str, goals: Collection[str], passable: Passable) -> list[Node] | None:
        """The nodes from ``start`` to the nearest of ``goals``, both included; None when no way is passable.

        Shortest is what crosses the fewest openings; of equals the one whose names come first. The start itself
        need not be passable.
        """
        nodes = self.spaces.nodes
        if start in goals:
            return [nodes[start]]

        def onwards(here: str) -> Iterator[str]:
            return (near for near in self._beside[here] if passable(nodes[near]))

        came_from: dict[str, str] = {}
        for here, near in self._nx.generic_bfs_edges(self._graph, start, onwards):
            came_from[near] = here
            if near in goals:
                return [nodes[i] for i in _back(near, came_from)]
        return None

    def least_barred(self, start: str, goals: Iterable[str], passable: Passable) -> list[Node] | None:
        """The way with the fewest impassable nodes: what a reason names when there is no other."""
        nodes = self.spaces.nodes

        def cost(_: str, to: str, __: object) -> float:
            return 0.001 if passable(nodes[to]) else 1.0

        try:
            lengths, ways = self._nx.single_source_dijkstra(self._graph, start, weight=cost)
        except self._nx.NodeNotFound:
            return None
        reached = [goal for goal in goals if goal in lengths]
        if not reached:
            return None
        nearest = min(reached, key=lambda goal: (lengths[goal], nodes[goal].order))
        return [nodes[i] for i in cast("list[str]", ways[nearest])]


def _back(end: str, came_from: dict[str, str]) -> list[str]:
    way = [end]
    while way[-1] in came_from:
        way.append(came_from[way[-1]])
    return way[::-1]
