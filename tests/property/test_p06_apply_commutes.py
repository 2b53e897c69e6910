"""P6: in whatever order, grouping and number versions arrive, heads, shown value and digest are the same."""

from hypothesis import given
from hypothesis import strategies as st

from goodies_mcp.core.canonical import canonical_json, content_hash
from goodies_mcp.core.causality.conflicts import fields, show
from goodies_mcp.core.causality.digest import Digest, element
from goodies_mcp.core.causality.vector_clock import advance_heads, check_causality, maximal
from tests.support.true_pasts import true_pasts


def apply(versions):
    """What a replica holds after these arrivals: the set, its heads kept up version by version, its digest."""
    held, heads, digest = {}, (), Digest()
    for version in versions:
        heads = advance_heads(heads, version)
        if version.version not in held:
            held[version.version] = version
            digest = digest.plus(element(version.record_id, version.version, content_hash(version)))
    return held, heads, digest


def exactly(shown):
    return canonical_json(fields(shown.payload)), shown


@given(true_pasts(), st.data())
def test_p06_any_permutation_with_any_duplication_gives_one_result(history, data):
    arrivals = data.draw(
        st.permutations(history.versions + tuple(data.draw(st.lists(st.sampled_from(history.versions)))))
    )
    held, heads, digest = apply(arrivals)
    expected_held, expected_heads, expected_digest = apply(history.versions)
    assert heads == expected_heads == maximal(history.versions)
    assert digest == expected_digest
    assert exactly(show(heads, held.get)) == exactly(show(expected_heads, expected_held.get))


@given(true_pasts(), st.data())
def test_p06_heads_are_right_at_every_moment_of_any_order(history, data):
    arrivals = data.draw(st.permutations(history.versions))
    heads = ()
    for count, version in enumerate(arrivals, 1):
        heads = advance_heads(heads, version)
        assert heads == maximal(arrivals[:count])
        assert advance_heads(heads, version) == heads


@given(true_pasts(), st.data())
def test_p06_groups_may_be_applied_apart_and_joined(history, data):
    left = [version for version in history.versions if data.draw(st.booleans())]
    right = [version for version in history.versions if version not in left]
    joined = maximal((*maximal(left), *maximal(right)))
    assert joined == maximal(history.versions)


@given(true_pasts(), st.data())
def test_p06_what_is_shown_does_not_depend_on_the_order_of_heads(history, data):
    heads = data.draw(st.permutations(maximal(history.versions)))
    assert exactly(show(heads, history.lookup)) == exactly(show(maximal(history.versions), history.lookup))


@given(true_pasts())
def test_p06_an_honest_history_is_never_refused(history):
    for version in history.versions:
        check_causality(version, [history.lookup(parent) for parent in version.parents])
