import pytest

from goodies_mcp.core.causality.merge import ABSENT, Dispute, merge_json, merge_sides, same, value_at


@pytest.mark.parametrize(
    ("base", "left", "right", "merged"),
    [
        ({"a": 1}, {"a": 2}, {"a": 1, "b": 3}, {"a": 2, "b": 3}),
        ({"a": 1, "b": 1}, {"a": 1}, {"a": 2, "b": 1}, {"a": 2}),
        ({"a": {"x": 1, "y": 1}}, {"a": {"x": 2, "y": 1}}, {"a": {"x": 1, "y": 2}}, {"a": {"x": 2, "y": 2}}),
        ({}, {"a": {"x": 1}}, {"a": {"y": 2}}, {"a": {"x": 1, "y": 2}}),
        ({"a": None}, {"a": None}, {}, {}),
        ({}, {"a": None}, {}, {"a": None}),
        ({"a": [0]}, {"a": [False]}, {"a": [0]}, {"a": [False]}),
        ({"a": 1}, {"a": 1.0}, {"a": 1}, {"a": 1.0}),
        (ABSENT, {"a": 1}, ABSENT, {"a": 1}),
    ],
)
def test_each_key_is_merged_for_itself(base, left, right, merged):
    for sides in ((left, right), (right, left)):
        result = merge_json(base, *sides)
        assert same(result.value, merged)
        assert result.disputes == ()


def test_a_key_that_both_changed_is_disputed_and_goes_to_the_first():
    merged = merge_json({"a": {"x": 1}}, {"a": {"x": 2}}, {"a": {"x": 3}})
    assert merged.value == {"a": {"x": 2}}
    assert merged.disputes == (Dispute(("a", "x"), (0, 1)),)
    assert merged.disputed == (("a", "x"),)


def test_a_key_that_one_dropped_and_another_changed_is_kept_and_disputed():
    merged = merge_json({"a": 1}, {}, {"a": 2})
    assert merged.value == {"a": 2}
    assert merged.disputes == (Dispute(("a",), (1, 0)),)


def test_arrays_are_atomic_unless_they_are_sets():
    base, left, right = {"a": [1]}, {"a": [1, 2]}, {"a": [1, 3]}
    assert merge_json(base, left, right).disputed == (("a",),)
    assert merge_json(base, left, right, sets={("a",)}).value == {"a": (1, 2, 3)}
    assert merge_json(base, {"a": []}, right, sets={("a",)}).value == {"a": (3,)}
    assert merge_json({}, left, right, sets={("a",)}).value == {"a": (1, 2, 3)}


def test_a_set_that_is_no_array_on_one_side_is_disputed_as_a_whole():
    merged = merge_json({"a": [1]}, {"a": [1, 2]}, {"a": {"x": 1}}, sets={("a",)})
    assert merged.value == {"a": [1, 2]}
    assert merged.disputed == (("a",),)


def test_what_one_side_already_moved_on_from_beats_nobody():
    """The third side is older than what the first two share: their newer value stands, and the newest edit wins."""
    sides = [{"f": 3, "g": 2}, {"f": 2, "g": 2}, {"f": 1, "g": 1}]
    bases = {(0, 1): {"f": 2, "g": 2}, (0, 2): {"f": 1, "g": 1}, (1, 2): {"f": 1, "g": 1}}
    merged = merge_sides(sides, bases)
    assert merged.value == {"f": 3, "g": 2}
    assert merged.disputes == ()


def test_where_each_beats_another_nobody_is_dropped():
    merged = merge_sides([1, 2, 3], {(0, 1): 2, (1, 2): 3, (0, 2): 1})
    assert merged.disputes == (Dispute((), (0, 1, 2)),)


def test_a_path_leads_to_a_value_or_to_nothing():
    assert value_at({"a": {"b": None}}, ("a", "b")) is None
    assert value_at({"a": 1}, ("a", "b")) is ABSENT
    assert value_at([1], ()) == [1]
