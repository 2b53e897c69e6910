"""Ways through any home: as short as trying everything finds, never through what is barred, always the same one."""

from collections import deque
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from goodies_mcp.graph.spaces import Node, SpaceGraph
from goodies_mcp.graph.traversal import Ways


@st.composite
def homes(draw):
    rooms = draw(st.integers(2, 8))
    spaces = SpaceGraph()
    for number in range(rooms):
        spaces.add(Node(f"room{number}", "room", draw(st.sampled_from("ABC"))))
    pairs = st.tuples(st.integers(0, rooms - 1), st.integers(0, rooms - 1))
    for number, (one, other) in enumerate(draw(st.lists(pairs, max_size=14))):
        spaces.add(Node(f"door{number}", "door", draw(st.sampled_from("abc"))))
        spaces.join(f"door{number}", f"room{one}")
        spaces.join(f"door{number}", f"room{other}")
    barred = frozenset(draw(st.sets(st.sampled_from(sorted(spaces.nodes)), max_size=5)))
    return spaces, barred


def _distance(spaces, barred, start, goal):
    """By plain breadth-first search: how many nodes the shortest way has, or None."""
    reached, ahead = {start: 1}, deque([start])
    while ahead:
        here = ahead.popleft()
        if here == goal:
            return reached[here]
        for near in spaces.beside[here]:
            if near not in reached and near not in barred:
                reached[near] = reached[here] + 1
                ahead.append(near)
    return None


@given(homes())
def test_ways_are_shortest_passable_and_real(home):
    spaces, barred = home
    way = Ways(spaces).shortest("room0", {"room1"}, lambda node: node.id not in barred)
    expected = _distance(spaces, barred, "room0", "room1")
    assert (len(way) if way else None) == expected
    if way:
        assert (way[0].id, way[-1].id) == ("room0", "room1")
        assert all(other.id in spaces.beside[one.id] for one, other in pairwise(way))
        assert not barred & {node.id for node in way[1:]}


@given(homes(), st.randoms(use_true_random=False))
def test_the_order_in_which_a_home_was_loaded_decides_nothing(home, random):
    spaces, _ = home
    shuffled = SpaceGraph()
    for node in random.sample(sorted(spaces.nodes.values(), key=lambda n: n.id), len(spaces.nodes)):
        shuffled.add(node)
    for one, beside in spaces.beside.items():
        for other in random.sample(sorted(beside), len(beside)):
            shuffled.join(one, other)
    ways = (Ways(each).shortest("room0", {"room1"}, lambda _: True) for each in (spaces, shuffled))
    assert next(ways) == next(ways)


@given(homes())
def test_what_bars_the_way_is_as_little_as_can_be(home):
    spaces, barred = home
    ways = Ways(spaces)
    least = ways.least_barred("room0", ["room1"], lambda node: node.id not in barred)
    free = ways.shortest("room0", {"room1"}, lambda node: node.id not in barred)
    if free:
        assert not barred & {node.id for node in least[1:]}
    elif least:
        # Opening all but one of what it names is not enough: each of them is in the way.
        named = barred & {node.id for node in least[1:]}
        assert named
        assert _distance(spaces, barred - named, "room0", "room1")
        assert all(_distance(spaces, barred - (named - {one}), "room0", "room1") is None for one in named)
    else:
        assert _distance(spaces, frozenset(), "room0", "room1") is None
