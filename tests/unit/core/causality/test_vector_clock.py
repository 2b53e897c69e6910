from dataclasses import replace

import pytest

from goodies_mcp.core.causality.derived_dots import derived_dot
from goodies_mcp.core.causality.vector_clock import (
    Order,
    advance_heads,
    check_causality,
    compare,
    covers,
    join,
    maximal,
    precedes,
    with_dot,
)
from goodies_mcp.core.models import Dot, VersionId
from goodies_mcp.errors import RemoteProtocolError
from tests.support.build import Device, record


@pytest.fixture
def family():
    """A root, two concurrent edits of it, and the edit that saw both."""
    ann, bob = Device(1), Device(2, author="bob")
    root = ann.entity(record(1))
    left, right = ann.entity(record(1), "Left", root), bob.entity(record(1), "Right", root)
    return root, left, right, ann.entity(record(1), "Both", left, right)


def test_a_context_covers_all_numbers_up_to_its_own():
    context = {"a": 2}
    assert [covers(context, Dot("a", n)) for n in (1, 2, 3)] == [True, True, False]
    assert not covers(context, Dot("b", 1))
    assert with_dot(context, Dot("b", 1)) == {"a": 2, "b": 1}
    assert with_dot(context, Dot("a", 1)) == context
    assert join({"a": 1, "b": 3}, {"a": 2}, {}) == {"a": 2, "b": 3}


def test_p04_verdicts(family):
    root, left, right, both = family
    assert compare(root, left) is Order.BEFORE
    assert compare(both, right) is Order.AFTER
    assert compare(left, right) is Order.CONCURRENT
    assert compare(left, left) is Order.EQUAL


def test_p04_clocks_on_the_wall_decide_nothing(family):
    root, left, *_ = family
    assert compare(replace(root, edited_at="2999-01-01T00:00:00.000000+00:00"), left) is Order.BEFORE


def test_p06_heads_follow_each_arrival(family):
    root, left, right, both = family
    assert advance_heads((), root) == (root,)
    assert advance_heads((root,), left) == (left,)
    assert advance_heads((left,), right) == advance_heads((right,), left) == (left, right)
    assert advance_heads((left, right), root) == (left, right)
    assert advance_heads((left, right), right) == (left, right)
    assert advance_heads((left, right), both) == maximal(family) == (both,)


def test_a_parent_counts_even_where_the_context_was_cut_short(family):
    _, left, right, both = family
    cut = replace(both, context={})
    assert precedes(left, cut)
    assert advance_heads((left, right), cut) == (cut,)
    assert advance_heads((cut,), left) == (cut,)


def test_a_version_with_a_held_child_is_no_head(family):
    root, left, _, both = family
    late = replace(both, context={})
    assert advance_heads((late,), root) != (late,)
    assert advance_heads((late,), root, has_child=True) == (late,)
    assert advance_heads((root,), left, has_child=True) == ()


def test_p03_forged_versions_that_claim_to_have_seen_each_other_both_stay(family):
    _, left, right, _ = family
    left, right = (
        replace(left, context=with_dot(left.context, right.dot)),
        replace(right, context=with_dot(right.context, left.dot)),
    )
    assert compare(left, right) is Order.CONCURRENT
    assert maximal([right, left]) == advance_heads((right,), left) == (left, right)


def test_a_version_that_contradicts_its_past_is_refused(family):
    _, left, right, both = family
    check_causality(both, [left, right])
    with pytest.raises(RemoteProtocolError, match="does not cover its parent"):
        check_causality(replace(both, context=left.context), [left])
    with pytest.raises(RemoteProtocolError, match="precede itself"):
        check_causality(replace(both, context=with_dot(both.context, both.dot)), [left, right])
    with pytest.raises(RemoteProtocolError, match="precede itself"):
        check_causality(replace(both, dot=Dot("x", 0)), [])


def test_a_version_from_v2_need_not_cover_the_past_of_its_parents():
    older = Device().entity(record(1), "Lamp")
    parent = Device(2).entity(record(1), "Lamp 2", older)
    version = VersionId("2026-02-01T00:00:00.000000+00:00-000001-bob")
    child = replace(parent, version=version, dot=derived_dot(version), context={}, parents=(parent.version,))

    check_causality(child, [parent])
    with pytest.raises(RemoteProtocolError):
        check_causality(replace(child, dot=Dot("somebody", 1)), [parent])
    with pytest.raises(RemoteProtocolError):
        check_causality(replace(child, context={child.dot.incarnation: 1}), [parent])
