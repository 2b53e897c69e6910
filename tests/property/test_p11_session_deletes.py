"""P11: deletion is safe. An edit beats a concurrent delete and says so, and nothing deleted comes back by itself
(V3-4.4), whatever the order in which two devices sync."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.bad_link import RECORDS, BadLink

LAMP = RECORDS[0]
steps = st.lists(st.sampled_from(("edit 0", "edit 1", "delete 0", "delete 1", "sync 0", "sync 1")), max_size=14)


def act(link, step):
    what, device = step.split()
    if what == "sync":
        link.sync(int(device))
        link._finish()
    else:
        link.edit(int(device), LAMP, step, deleted=what == "delete")


@given(steps)
@settings(max_examples=120, deadline=None)
def test_gone_is_gone_unless_somebody_edits(steps):
    link = BadLink()
    link.edit(0, LAMP, "first")
    for step in ("sync 0", "sync 1", *steps):
        act(link, step)
        link.look()
    link.settle()
    disk = link.devices[0].disk
    heads, shown = disk.heads[LAMP], disk.shown(LAMP)
    assert shown.deleted == all(head.deleted for head in heads)
    if any(head.deleted for head in heads) and not shown.deleted:
        assert shown.open
        assert "deleted_elsewhere" in shown.flags


def test_a_tombstone_meets_the_slowest_device():
    link = BadLink()
    link.edit(0, LAMP, "first")
    for step in ("sync 0", "sync 1", "delete 0", "sync 0"):
        act(link, step)
    for number in range(40):
        link.edit(0, RECORDS[1], number)
        act(link, "sync 0")
    link.wipe(0)
    act(link, "sync 0")
    # The second device comes back after months, with the thing still there, and does not bring it back.
    act(link, "sync 1")
    assert link.devices[1].disk.shown(LAMP).deleted
    link.settle()
    assert link.devices[0].disk.shown(LAMP).deleted
