from dataclasses import replace

from goodies_mcp.core.causality.ancestry import Ancestry
from goodies_mcp.core.models import EntityPayload
from tests.support.build import Device, record

RECORD = record(1)


def holding(*versions):
    return {version.version: version for version in versions}


def crossed():
    """Both devices merge the same two branches, each in its own way."""
    ann, bob = Device(1), Device(2, author="bob")
    root = ann.entity(RECORD)
    left, right = ann.entity(RECORD, "Left", root), bob.entity(RECORD, "Right", root)
    return root, left, right, ann.entity(RECORD, "A", left, right), bob.entity(RECORD, "B", left, right)


def test_two_edits_of_one_version_have_it_in_common():
    root, left, right, *_ = crossed()
    assert Ancestry(holding(root).get).common(left, right) == (root,)


def test_crossed_merges_have_both_branches_in_common():
    root, left, right, a, b = crossed()
    assert Ancestry(holding(root, left, right).get).common(a, b) == (left, right)


def test_the_walk_goes_no_further_than_the_last_agreement():
    root, left, right, a, b = crossed()
    held, asked = holding(root, left, right), []

    def lookup(version):
        asked.append(version)
        return held.get(version)

    Ancestry(lookup).common(a, b)
    assert sorted(asked) == sorted([left.version, right.version])


def test_strangers_have_nothing_in_common():
    ancestry = Ancestry({}.get)
    assert ancestry.common(Device(1).entity(RECORD), Device(2, author="bob").entity(RECORD)) == ()
    assert ancestry.flags == set()


def test_an_ancestor_that_is_not_held_is_flagged():
    _, left, right, *_ = crossed()
    ancestry = Ancestry({}.get)
    assert ancestry.common(left, right) == ()
    assert ancestry.flags == {"missing_ancestor"}


def test_contexts_that_were_cut_short_are_bridged_by_parents():
    root, left, right, *_ = crossed()
    bob = Device(3, author="carl")
    second = bob.version(RECORD, EntityPayload("device", "R2"), right)
    short = replace(second, context={})
    assert Ancestry(holding(root, right, left).get).common(left, short) == (root,)


def test_a_clock_more_than_five_minutes_behind_its_parent_is_flagged():
    root, left, right, *_ = crossed()
    for edited_at, flags in (
        ("2025-12-31T23:54:00.000000+00:00", {"clock_skew"}),
        ("2025-12-31T23:56:00.000000+00:00", set()),
        ("no moment", set()),
        ("1", set()),
    ):
        ancestry = Ancestry(holding(root).get)
        ancestry.common(replace(left, edited_at=edited_at), right)
        assert ancestry.flags == flags
