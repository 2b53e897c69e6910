"""P10: no page takes, changes or hides a pending edit; only an ack ends its waiting (V3-1.4, V3-5.7)."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from goodies_mcp.inbetweenies.actions import ResponseReceived
from goodies_mcp.inbetweenies.rows import Name
from goodies_mcp.inbetweenies.verdicts import Policy
from tests.support.histories import THINGS
from tests.support.sync import Home
from tests.unit.inbetweenies.test_client_session import delete, edit

edits = st.lists(
    st.tuples(st.sampled_from(THINGS), st.sampled_from((0, False, "a", None)), st.booleans()), min_size=1, max_size=5
)


def made(home, device, changes):
    """Edits and deletions on one device."""
    for record_id, value, gone in changes:
        if gone and record_id in home.disks[device - 1].heads:
            delete(home, device, record_id)
        else:
            edit(home, device, record_id, watts=value)


@given(edits, edits, edits, st.sets(st.integers(0, 4)))
@settings(max_examples=60, deadline=None)
def test_a_pending_edit_outlives_any_page(shared, theirs, mine, acked):
    home = Home(2)
    made(home, 1, shared)
    for device in (1, 2):
        home.sync(device)
    made(home, 1, theirs)
    home.sync(1)
    made(home, 2, mine)
    disk = home.disks[1]
    pending = list(disk.outbox.values())
    said = []

    def spoil(request, answer):
        """A hub that took all, and whose acks for some are forgotten on the way."""
        body = json.loads(answer.body)
        if request.path.endswith("/sync/"):
            body["acked"] = [name for place, name in enumerate(body["acked"]) if place in acked]
            said.extend(Name(*name) for name in body["acked"])
        return ResponseReceived(200, json.dumps(body).encode())

    home.sync(2, spoil=spoil, policy=Policy(page_rows=2))
    assert list(disk.outbox.values()) == [name for name in pending if name not in said]
    for name in pending:
        assert disk.holds(name)
    assert home.truth.violations == []
    for device in (2, 1, 2):
        home.sync(device)
    assert {each.digest().root for each in home.disks} == {home.hub.digest().root}
    assert home.truth.violations == []
