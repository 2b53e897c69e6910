import subprocess
import sys

from goodies_mcp.graph.spaces import Node, SpaceGraph
from goodies_mcp.graph.traversal import Ways


def graph(*joins):
    """A space graph of nodes named by letters; capitals are rooms."""
    spaces = SpaceGraph()
    for name in sorted({name for join in joins for name in join}):
        spaces.add(Node(name, "room" if name.isupper() else "door", name))
    for one, other in joins:
        spaces.join(one, other)
    return spaces


def names(way):
    return way and "".join(node.name for node in way)


def everywhere(_):
    return True


def test_the_shortest_way_and_of_equals_the_first_by_name():
    ways = Ways(graph("Ab", "bC", "Aa", "aC", "Cd", "dE", "Af", "fG", "Gh", "hC"))
    assert names(ways.shortest("A", {"E"}, everywhere)) == "AaCdE"
    assert names(ways.shortest("E", {"A"}, everywhere)) == "EdCaA"
    assert names(ways.shortest("A", {"E", "G"}, everywhere)) == "AfG"
    assert names(ways.shortest("A", {"A"}, everywhere)) == "A"


def test_what_is_not_passable_is_gone_around_or_ends_the_way():
    ways = Ways(graph("Ab", "bC", "Ad", "dE", "Ef", "fC"))
    assert names(ways.shortest("A", {"C"}, lambda node: node.id != "b")) == "AdEfC"
    assert ways.shortest("A", {"C"}, lambda node: node.id not in {"b", "f"}) is None


def test_the_least_barred_way_has_the_fewest_bars():
    ways = Ways(graph("Ab", "bC", "cC", "cD", "Ae", "eF", "fF", "fG", "gG", "gD"))
    way = ways.least_barred("A", ["D"], lambda node: node.id not in {"b", "c", "g"})
    assert names(way) == "AeFfGgD"
    assert ways.least_barred("A", ["Z"], everywhere) is None


def test_nothing_loads_networkx_before_somebody_asks_for_a_way():
    code = "import sys, goodies_mcp.graph.home_graph; sys.exit('networkx' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
