"""Ways through a home: the shortest one, and, where there is none, what stands in between."""

from collections import deque
from collections.abc import Callable, Collection, Iterable
from typing import cast

from goodies_mcp.graph.spaces import Node, SpaceGraph

Passable = Callable[[Node], bool]


class Ways:
    """The space graph of one home, made ready to be walked again and again."""

    def __init__(self, spaces: SpaceGraph) -> None:
        self.spaces = spaces
        ordered = sorted(spaces.nodes.values(), key=lambda node: node.order)
        rank = {node.id: place for place, node in enumerate(ordered)}
        # Neighbours stand in the order of their names, so that the first way found is the first by name.
        self._beside = {node.id: sorted(spaces.beside[node.id], key=rank.__getitem__) for node in ordered}

    def shortest(self, start: str, goals: Collection[str], passable: Passable) -> list[Node] | None:
        """The nodes from ``start`` to the nearest of ``goals``, both included; None when no way is passable.

        Shortest is what crosses the fewest openings; of equals the one whose names come first. The start itself
        need not be passable.
        """
        nodes = self.spaces.nodes
        if start in goals:
            return [nodes[start]]

        # Not networkx, whose search in the order of levels is one of generators in generators: four times as long.
        came_from = {start: ""}
        waiting = deque([start])
        while waiting:
            here = waiting.popleft()
            for near in self._beside[here]:
                if near in came_from or not passable(nodes[near]):
                    continue
                came_from[near] = here
                if near in goals:
                    return [nodes[i] for i in _back(near, came_from)]
                waiting.append(near)
        return None

    def least_barred(self, start: str, goals: Iterable[str], passable: Passable) -> list[Node] | None:
        """The way with the fewest impassable nodes: what a reason names when there is no other."""
        # Inside, because networkx takes 150 ms to load and most ways are found without it.
        import networkx as nx  # noqa: PLC0415

        nodes = self.spaces.nodes

        def cost(_: str, to: str, __: object) -> float:
            return 0.001 if passable(nodes[to]) else 1.0

        try:
            lengths, ways = nx.single_source_dijkstra(nx.Graph(self._beside), start, weight=cost)
        except nx.NodeNotFound:
            return None
        reached = [goal for goal in goals if goal in lengths]
        if not reached:
            return None
        nearest = min(reached, key=lambda goal: (lengths[goal], nodes[goal].order))
        return [nodes[i] for i in cast("list[str]", ways[nearest])]


def _back(end: str, came_from: dict[str, str]) -> list[str]:
    way = [end]
    while before := came_from[way[-1]]:
        way.append(before)
    return way[::-1]
