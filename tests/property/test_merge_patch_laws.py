"""What any merge patch leaves behind."""

from hypothesis import given
from hypothesis import strategies as st

from goodies_mcp.graph.patches import merged_object, same

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(("", "a")),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3)


@given(target=OBJECTS, patch=OBJECTS)
def test_a_patch_applied_again_changes_nothing(target, patch):
    once = merged_object(target, patch)
    assert same(merged_object(once, patch), once)


@given(target=OBJECTS, patch=OBJECTS)
def test_what_a_patch_does_not_name_stays_and_what_it_sets_to_null_goes(target, patch):
    merged = merged_object(target, patch)
    for key in target.keys() - patch.keys():
        assert same(merged[key], target[key])
    for key, value in patch.items():
        assert (key in merged) is (value is not None)
    assert same(merged_object(target, {}), target)
