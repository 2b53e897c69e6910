from dataclasses import replace

import pytest

from goodies_mcp.core.causality.conflicts import Disputed, show
from goodies_mcp.core.causality.merge import ABSENT
from goodies_mcp.core.models import EntityPayload, RelationshipPayload
from goodies_mcp.errors import LocalProtocolError
from tests.support.build import Device, record
from tests.support.clock import moment

RECORD = record(1)
BASE = {"limits": {"min": 1, "max": 9}, "capabilities": ["on_off"], "note": "old"}


class Home:
    """One record on two devices: ann's clock is ten seconds ahead of bob's, so ann edits later."""

    def __init__(self, content=BASE, entity_type="device"):
        self.ann, self.bob = Device(1), Device(2, author="bob")
        self.ann.clock.advance(seconds=10)
        self.held = {}
        self.entity_type = entity_type
        self.root = self.edit(self.bob, content)

    def edit(self, device, content, *parents, name="Lamp"):
        return self.keep(device.version(RECORD, EntityPayload(self.entity_type, name, content), *parents))

    def delete(self, device, *parents):
        return self.keep(device.tombstone(*parents))

    def keep(self, version):
        self.held[version.version] = version
        return version

    def show(self, *heads):
        shown = show(heads, self.held.get)
        assert show(heads[::-1], self.held.get) == shown
        return shown


def test_one_head_is_shown_as_it_is():
    home = Home()
    shown = home.show(home.root)
    assert (shown.payload, shown.version, shown.decision, shown.open) == (
        home.root.payload,
        home.root.version,
        "single",
        False,
    )


def test_no_heads_show_nothing():
    with pytest.raises(LocalProtocolError):
        show([], {}.get)


def test_edits_of_different_fields_are_merged_and_closed():
    home = Home()
    later = home.edit(home.ann, {**BASE, "limits": {"min": 2, "max": 9}}, home.root)
    earlier = home.edit(home.bob, {**BASE, "limits": {"min": 1, "max": 8}}, home.root, name="Light")
    shown = home.show(later, earlier)
    assert shown.payload == EntityPayload("device", "Light", {**BASE, "limits": {"min": 2, "max": 8}})
    assert (shown.version, shown.decision, shown.open, shown.disputed) == (later.version, "merged", False, ())


def test_capabilities_are_united():
    home = Home()
    one = home.edit(home.ann, {**BASE, "capabilities": ["on_off", "brightness"]}, home.root)
    two = home.edit(home.bob, {**BASE, "capabilities": ["color"]}, home.root)
    assert set(home.show(one, two).payload.content["capabilities"]) == {"brightness", "color"}


def test_the_same_field_goes_to_the_later_edit_and_stays_open():
    home = Home()
    later = home.edit(home.ann, {**BASE, "note": "hers"}, home.root)
    earlier = home.edit(home.bob, {**BASE, "note": "his"}, home.root)
    shown = home.show(earlier, later)
    assert shown.payload.content["note"] == "hers"
    assert (shown.decision, shown.open) == ("later_edit", True)
    assert shown.disputed == (
        Disputed(("content", "note"), "old", {later.version: "hers", earlier.version: "his"}, later.version),
    )


def test_at_the_same_moment_the_dot_decides():
    home = Home()
    one = home.keep(replace(home.edit(home.ann, {**BASE, "note": "hers"}, home.root), edited_at=moment(5)))
    two = home.keep(replace(home.edit(home.bob, {**BASE, "note": "his"}, home.root), edited_at=moment(5)))
    shown = home.show(one, two)
    assert (shown.payload.content["note"], shown.decision, shown.open) == ("his", "dot", True)


def test_p11_an_edit_beats_a_concurrent_delete_and_says_so():
    home = Home()
    gone = home.delete(home.ann, home.root)
    edited = home.edit(home.bob, {**BASE, "note": "his"}, home.root)
    shown = home.show(gone, edited)
    assert (shown.payload, shown.deleted, shown.version) == (edited.payload, False, edited.version)
    assert (shown.decision, shown.open, shown.flags) == ("edit_over_delete", True, ("deleted_elsewhere",))


def test_p11_what_both_deleted_is_deleted_and_no_question():
    home = Home()
    left = home.edit(home.ann, {**BASE, "note": "hers"}, home.root)
    shown = home.show(home.delete(home.ann, left), home.delete(home.bob, home.root))
    assert (shown.deleted, shown.open) == (True, False)


def test_a_field_that_one_dropped_and_another_changed_is_kept():
    home = Home()
    dropped = home.edit(home.ann, {key: BASE[key] for key in BASE if key != "note"}, home.root)
    changed = home.edit(home.bob, {**BASE, "note": "his"}, home.root)
    shown = home.show(dropped, changed)
    assert (shown.payload.content["note"], shown.decision, shown.open) == ("his", "edit_over_delete", True)
    assert shown.disputed[0].sides == {changed.version: "his", dropped.version: ABSENT}


def test_a_third_head_that_is_older_disputes_nothing_that_was_settled():
    home = Home()
    stranger = home.edit(Device(3, author="carl"), {**BASE, "limits": {"min": 0, "max": 9}}, home.root)
    settled = home.edit(home.ann, {**BASE, "note": "settled"}, home.root)
    newest = home.edit(home.bob, {**BASE, "note": "newest"}, settled)
    other = home.edit(home.ann, {**BASE, "note": "settled", "floor": 1}, settled)
    shown = home.show(stranger, newest, other)
    assert shown.payload.content == {**BASE, "note": "newest", "floor": 1, "limits": {"min": 0, "max": 9}}
    assert (shown.decision, shown.open) == ("merged", False)


def test_crossed_merges_use_what_their_parents_would_have_shown():
    home = Home()
    one = home.edit(home.ann, {**BASE, "note": "hers"}, home.root)
    two = home.edit(home.bob, {**BASE, "floor": 1}, home.root)
    both = {**BASE, "note": "hers", "floor": 1}
    a = home.edit(home.ann, both, one, two)
    b = home.edit(home.bob, {**both, "note": "newer"}, one, two)
    shown = home.show(a, b)
    assert (shown.payload.content["note"], shown.decision) == ("newer", "merged")


def test_many_crossings_do_not_run_away():
    home = Home({"note": "0"})
    a = b = home.root
    for turn in range(40):
        parents = {a.version: a, b.version: b}.values()
        a, b = (home.edit(device, {"note": f"{turn}"}, *parents) for device in (home.ann, home.bob))
    assert home.show(a, b).payload.content == {"note": "39"}


def test_kinds_whose_parts_belong_together_wait_for_a_person():
    home = Home({"steps": [1], "title": "x"}, entity_type="procedure")
    one = home.edit(home.ann, {"steps": [1, 2], "title": "x"}, home.root)
    two = home.edit(home.bob, {"steps": [1], "title": "y"}, home.root)
    shown = home.show(one, two)
    assert shown.payload.content == {"steps": [1, 2], "title": "y"}
    assert (shown.decision, shown.open) == ("merged", True)
    same = home.edit(home.bob, {"steps": [1, 2], "title": "x"}, home.root)
    assert not home.show(one, same).open


def test_without_a_stored_ancestor_both_sides_are_added_up_and_said_so():
    home = Home()
    one = home.edit(home.ann, {"a": 1}, home.root)
    two = home.edit(home.bob, {"b": 2}, home.root)
    home.held.clear()
    shown = home.show(one, two)
    assert shown.payload.content == {"a": 1, "b": 2}
    assert shown.flags == ("missing_ancestor",)


def test_a_clock_that_ran_backwards_is_flagged():
    home = Home()
    one = home.edit(home.ann, {**BASE, "a": 1}, home.root)
    two = home.keep(replace(home.edit(home.bob, BASE, home.root), edited_at=moment(-301)))
    assert home.show(one, two).flags == ("clock_skew",)


def test_edges_merge_their_ends_and_properties():
    home = Home()
    root = home.keep(home.ann.edge(RECORD, record(2), record(3), properties={"a": 1}))
    moved = home.keep(home.ann.edge(RECORD, record(2), record(4), root, properties={"a": 1}))
    noted = home.keep(home.bob.edge(RECORD, record(2), record(3), root, properties={"a": 1, "b": 2}))
    shown = home.show(moved, noted)
    assert shown.payload == RelationshipPayload(record(2), record(4), "located_in", {"a": 1, "b": 2})
    assert (shown.decision, shown.open) == ("merged", False)


def test_records_of_two_kinds_are_not_mixed():
    home = Home()
    edge = home.keep(home.ann.edge(RECORD, record(2), record(3)))
    shown = home.show(home.root, edge)
    assert shown.payload == edge.payload
    assert (shown.decision, shown.open, shown.flags) == ("later_edit", True, ("kind_mismatch",))
    assert shown.disputed[0].path == ()
