"""In which order versions are told."""

from itertools import permutations

from goodies_mcp.core.causality.ordering import parents_first
from goodies_mcp.core.models import Seq, Sha256, StoredVersion
from tests.support.build import Device, forged, record


def stored(*versions):
    return [StoredVersion(Seq(n), each, Sha256("0" * 64)) for n, each in enumerate(versions, 1)]


def told(*versions):
    return [each.value for each in parents_first(stored(*versions))]


def test_what_is_in_order_stays_so():
    device = Device()
    versions = [device.entity(record(n)) for n in range(5)]
    assert told(*versions) == versions
    assert told() == []


def test_parents_and_ends_come_first_in_whatever_order_they_are_given():
    device = Device()
    lamp = device.entity(record(1), "Lamp")
    room = device.entity(record(2), "Kitchen", entity_type="room")
    newer = device.entity(record(1), "Light", lamp)
    newest = device.entity(record(1), "Best light", newer)
    edge = device.edge(record(3), record(1), record(2))
    moved = device.edge(record(3), record(1), record(2), edge)
    for order in permutations([lamp, room, newer, newest, edge, moved]):
        found = told(*order)
        assert sorted(found, key=repr) == sorted(order, key=repr)
        place = {version.version: n for n, version in enumerate(found)}
        assert place[lamp.version] < place[newer.version] < place[newest.version]
        assert place[room.version] < place[edge.version] < place[moved.version]
        ends = min(place[each.version] for each in (lamp, newer, newest))
        assert ends < place[edge.version]


def test_what_is_not_among_them_is_not_missed():
    device = Device()
    lamp = device.entity(record(1))
    newer = device.entity(record(1), "Light", lamp)
    edge = device.edge(record(3), record(1), record(2))
    assert told(edge, newer) == [newer, edge]


def test_a_circle_comes_to_an_end():
    device = Device()
    one = device.entity(record(1))
    two = forged(device.entity(record(1)), parents=(one.version,))
    one = forged(one, parents=(two.version,))
    to_itself = device.edge(record(3), record(3), record(3))
    assert sorted(told(one, two, to_itself), key=repr) == sorted([one, two, to_itself], key=repr)


def test_a_long_line_of_parents_is_no_deep_recursion():
    device = Device()
    line = [device.entity(record(1))]
    for _ in range(5_000):
        line.append(device.entity(record(1), "Lamp", line[-1]))
    assert told(*reversed(line)) == line
