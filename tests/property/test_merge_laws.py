"""Laws of the merge: who changes nothing changes nothing, sides may be swapped, and no key goes silently."""

from hypothesis import given
from hypothesis import strategies as st

from goodies_mcp.core.causality.merge import ABSENT, merge_json, same, value_at
from tests.support.true_pasts import json_objects, json_values

SETS = {("tags",)}
values = st.just(ABSENT) | json_values


@given(values, values)
def test_one_changed_side_wins_whole(base, changed):
    assert same(merge_json(base, changed, base).value, changed)
    assert same(merge_json(base, base, changed).value, changed)
    assert not merge_json(base, base, changed).disputes


@given(values, values)
def test_equal_sides_agree(base, side):
    merged = merge_json(base, side, side)
    assert same(merged.value, side)
    assert not merged.disputes


@given(json_objects, json_objects, json_objects)
def test_swapping_sides_changes_neither_undisputed_values_nor_what_is_disputed(base, left, right):
    here, there = merge_json(base, left, right), merge_json(base, right, left)
    assert here.disputed == there.disputed
    if not here.disputes:
        assert same(here.value, there.value)


@given(json_objects, json_objects, json_objects, st.permutations([0, 1, 2]))
def test_three_sides_merge_alike_in_any_order(base, left, right, order):
    sides = (left, right, {**base, "c": 1})
    here, there = merge_json(base, *sides), merge_json(base, *(sides[n] for n in order))
    assert here.disputed == there.disputed
    if not here.disputes:
        assert same(here.value, there.value)


@given(json_objects, json_objects, json_objects)
def test_no_key_is_lost_and_none_is_invented(base, left, right):
    merged = merge_json(base, left, right)
    for key in {*base, *left, *right}:
        old, one, two = (value_at(side, (key,)) for side in (base, left, right))
        now = value_at(merged.value, (key,))
        if now is ABSENT:
            assert one is ABSENT or two is ABSENT
            assert same(one, old) or same(two, old) or one is two
        elif not any(path[0] == key for path in merged.disputed):
            nothing_changed = same(one, old) and same(two, old)
            assert not nothing_changed or same(now, old)
    assert set(merged.value) <= {*base, *left, *right}


@given(*[st.dictionaries(st.just("tags"), st.lists(st.sampled_from("abcd"), unique=True), min_size=1)] * 3)
def test_sets_keep_what_was_added_and_drop_what_was_taken_out(base, left, right):
    old, one, two = (set(side["tags"]) for side in (base, left, right))
    merged = merge_json(base, left, right, sets=SETS)
    assert set(merged.value["tags"]) == (one & two) | (one - old) | (two - old)
    assert not merged.disputes


@given(json_objects, json_objects, json_objects)
def test_disputes_take_the_first_side_that_has_the_field(base, left, right):
    merged = merge_json(base, left, right)
    for path, sides in ((dispute.path, dispute.sides) for dispute in merged.disputes):
        assert sides in {(0, 1), (1, 0)}
        assert same(value_at(merged.value, path), value_at((left, right)[sides[0]], path))
        assert (sides[0] == 0) == (value_at(left, path) is not ABSENT)
