"""P2: an ack names a write that is on the hub's disk, and sending again applies once (V3-5.4)."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from goodies_mcp.inbetweenies.actions import ResponseReceived
from goodies_mcp.inbetweenies.messages import parse_sync_response
from goodies_mcp.inbetweenies.rows import Name
from tests.support.histories import histories
from tests.support.sync import Home


def told(home, request):
    return parse_sync_response(home.answer(1, request).body)


def pushed(home, history):
    """The requests of a device that pushes a made-up history, as they went over the wire."""
    for version in history:
        home.disks[0].edit(version)
    talk = home.talk(1)
    assert talk.run().error is None
    return [each for each in talk.sent if each.path.endswith("/sync/")]


@given(histories(), st.lists(st.integers(0, 9), max_size=12))
@settings(max_examples=40, deadline=None)
def test_requests_that_come_again_in_any_order_change_nothing(history, replayed):
    home = Home(1)
    requests = pushed(home, history)
    before = home.hub.digest().root, home.hub.last_seq(), home.hub.heads.copy()
    acks = [told(home, request).acked for request in requests]
    for which in replayed:
        again = told(home, requests[which % len(requests)])
        assert again.acked == acks[which % len(requests)]
        assert again.refused == []
    assert (home.hub.digest().root, home.hub.last_seq(), home.hub.heads) == before


@given(histories(), st.integers(0, 20))
@settings(max_examples=40, deadline=None)
def test_every_ack_is_on_the_disk_before_it_is_said(history, lost):
    home, left = Home(1), [lost]

    def spoil(request, said):
        if request.path.endswith("/sync/"):
            for record_id, version in json.loads(said.body)["acked"]:
                assert home.hub.holds(Name(record_id, version))
        left[0] -= 1
        return said if left[0] % 2 else ResponseReceived(503, b"")

    for version in history:
        home.disks[0].edit(version)
    for _ in range(4):
        home.sync(1, spoil=spoil)
    home.sync(1)
    assert not home.disks[0].outbox
    assert home.hub.last_seq() == len({(each.record_id, each.version) for each in history})
    assert home.hub.digest() == home.disks[0].digest()
