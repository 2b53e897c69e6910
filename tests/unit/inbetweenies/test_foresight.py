"""What a session tells of its next request is what it asks for then, or nothing."""

import pytest

from goodies_mcp.inbetweenies.actions import ApplyPage, CollectChanges, Finished, ResponseReceived, Send
from goodies_mcp.inbetweenies.verdicts import Policy
from tests.support.build import record
from tests.support.sync import Home
from tests.unit.inbetweenies.test_client_session import edit, settled, settled_one

SMALL = Policy(push_rows=2, page_rows=2, headers=2)


@pytest.fixture
def home():
    return Home(2)


def watched(talk, disk):
    """A session to its end: beside each page what was foreseen while it was saved, and what came of it."""
    beside = []
    action = talk.session.start(disk.cursor)
    while not isinstance(action, Finished):
        assert len(talk.actions) < 5_000
        foreseen = talk.session.foresee()
        if isinstance(action, ApplyPage):
            if isinstance(foreseen, CollectChanges):
                foreseen = talk.session.foresee(disk.collect(foreseen.after, foreseen.rows))
            beside.append((foreseen, len(talk.actions)))
        else:
            assert foreseen is None
        action = talk.step(action)
    sends = [next((each for each in talk.actions[at:] if isinstance(each, Send)), None) for _, at in beside]
    return [(foreseen, sent) for (foreseen, _), sent in zip(beside, sends, strict=True)], action


def test_the_request_behind_each_page_is_foreseen_to_the_byte(home):
    """V3-5.12, pushing and pulling; behind the last page there is none."""
    for device in (1, 2):
        home.sync(device)
        for n in range(5):
            edit(home, device, record(10 * device + n))
    pushed, _ = watched(home.talk(1, policy=SMALL), home.disks[0])
    both, _ = watched(home.talk(2, policy=SMALL), home.disks[1])
    for pages in (pushed, both):
        assert len(pages) >= 3
        assert all(foreseen == sent for foreseen, sent in pages)
        assert pages[-1] == (None, None)
    home.sync(1)
    settled(home)


def test_nothing_is_foreseen_while_sets_are_compared(home):
    """V3-5.12: what follows depends on the hub's buckets."""
    for n in range(5):
        edit(home, 1, record(n))
    home.sync(1)
    home.hub.restore(2, "epoch-2")
    pages, finished = watched(home.talk(1, policy=SMALL), home.disks[0])
    compared = [foreseen for foreseen, sent in pages if sent is not None and sent.path.endswith("compare")]
    assert compared
    assert set(compared) == {None}
    assert all(foreseen in (None, sent) for foreseen, sent in pages)
    assert finished.report.requeued == 3
    settled_one(home, 1)


def test_nothing_is_foreseen_while_a_culprit_is_looked_for(home):
    """V3-5.12, V3-10.5"""
    home.sync(1)
    for n in range(4):
        edit(home, 1, record(n))

    def stumbles(request, said):
        return ResponseReceived(422, b"{}") if record(2).encode() in request.body else said

    pages, finished = watched(home.talk(1, spoil=stumbles, policy=Policy(push_rows=4)), home.disks[0])
    assert finished.report.parked == 1
    assert [foreseen for foreseen, _ in pages] == [None] * len(pages)
