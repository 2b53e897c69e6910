"""What a page will meet is told before it is applied, and it is what is shown afterwards (V3-8.4)."""

from hypothesis import given
from hypothesis import strategies as st

from goodies_mcp.core.causality.conflicts import show
from goodies_mcp.core.causality.vector_clock import maximal
from goodies_mcp.inbetweenies.actions import ConflictsChecked
from goodies_mcp.inbetweenies.conflict_check import check_conflicts
from goodies_mcp.inbetweenies.rows import row_of
from tests.support.build import Device, record
from tests.support.histories import histories

LAMP, HALL = record(1), record(2)


def check(held, arriving):
    def heads_of(record_id):
        return maximal(each for each in held if each.record_id == record_id)

    def version_of(record_id, version):
        return next((each for each in held if (each.record_id, each.version) == (record_id, version)), None)

    return check_conflicts([row_of(each) for each in arriving], heads_of, version_of)


def test_a_first_sync_meets_nothing():
    device = Device(1)
    first = device.entity(LAMP)
    assert check([], [first, device.entity(LAMP, "Better", first), device.entity(HALL)]) == ConflictsChecked()


def test_what_follows_what_is_held_is_no_conflict():
    device = Device(1)
    first = device.entity(LAMP)
    assert check([first], [device.entity(LAMP, "Better", first)]) == ConflictsChecked()


def test_two_fields_are_merged_and_one_is_a_persons():
    one, two = Device(1), Device(2)
    base = one.entity(LAMP, "Lamp", content={"watts": 5, "on": False})
    mine = one.entity(LAMP, "Lamp", base, content={"watts": 6, "on": False})
    other_field = two.entity(LAMP, "Lamp", base, content={"watts": 5, "on": True})
    same_field = two.entity(LAMP, "Lamp", base, content={"watts": 7, "on": False})
    assert check([base, mine], [other_field]) == ConflictsChecked(merged=1)
    assert check([base, mine], [same_field]) == ConflictsChecked(open=(LAMP,))


def test_a_conflict_that_arrives_whole_is_told_too():
    one, two = Device(1), Device(2)
    base = one.entity(LAMP, content={"watts": 5})
    sides = [one.entity(LAMP, "Lamp", base, content={"watts": 6}), two.entity(LAMP, "Lamp", base, content={"watts": 7})]
    assert check([], [base, *sides]) == ConflictsChecked(open=(LAMP,))


def test_what_was_known_already_is_not_told_again():
    one, two = Device(1), Device(2)
    base = one.entity(LAMP, content={"watts": 5})
    sides = [one.entity(LAMP, "Lamp", base, content={"watts": 6}), two.entity(LAMP, "Lamp", base, content={"watts": 7})]
    assert check([base, *sides], [base, *sides]) == ConflictsChecked()


@given(histories(), st.data())
def test_what_is_told_before_is_what_is_shown_after(history, data):
    cut = data.draw(st.integers(0, len(history)))
    held, arriving = history[:cut], history[cut:]
    told = check(held, arriving)
    everything = {(each.record_id, each.version): each for each in history}
    for record_id in {each.record_id for each in arriving}:
        heads = maximal(each for each in history if each.record_id == record_id)
        shown = show(heads, lambda version, record_id=record_id: everything.get((record_id, version)))
        moved = heads != maximal(each for each in held if each.record_id == record_id)
        assert (record_id in told.open) == (shown.open and len(heads) > 1 and moved)
