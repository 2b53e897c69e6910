"""P8: a sync that is cut off anywhere goes on from the last page saved, and never from further (V3-5.7, V3-5.9)."""

import pytest

from goodies_mcp.errors import Unavailable
from goodies_mcp.inbetweenies.actions import ApplyPage, Await, Finished, RequestFailed, ResponseReceived
from goodies_mcp.inbetweenies.messages import check_content_digest, content_digest
from goodies_mcp.inbetweenies.verdicts import Policy
from tests.support.build import record
from tests.support.sync import Home
from tests.unit.inbetweenies.test_client_session import edit

IMPATIENT = Policy(attempts=1, page_rows=2, push_rows=2)


@pytest.fixture
def home():
    """A device with two pages before it, and one change of its own to push."""
    home = Home(2)
    home.sync(2)
    for n in range(1, 5):
        edit(home, 1, record(n), notes="größer")
    home.sync(1)
    edit(home, 2, record(9))
    return home


def whole(home):
    """The answer to the first request of the session, in full."""
    heard = []
    home.sync(2, policy=IMPATIENT, spoil=lambda _request, said: heard.append(said) or RequestFailed(Unavailable("")))
    return heard[0].body


def cut_at(home, place):
    """A session whose first answer ends early, as a transport without any check of its own would hand it over."""
    first = []

    def spoil(_request, said):
        if first:
            return said
        first.append(1)
        return ResponseReceived(200, said.body[:place])

    return home.sync(2, policy=IMPATIENT, spoil=spoil)


def test_an_answer_cut_at_any_byte_is_no_answer(home):
    body = whole(home)
    digest = content_digest(body)
    before = home.disks[1].cursor, home.disks[1].digest().root, dict(home.disks[1].outbox)
    assert len(body) > 500
    for place in range(len(body)):
        finished = cut_at(home, place)
        assert finished.error is not None, place
        assert (home.disks[1].cursor, home.disks[1].digest().root, home.disks[1].outbox) == before
        with pytest.raises(Unavailable):
            check_content_digest(body[:place], digest)
    home.sync(2)
    home.sync(1)
    assert {disk.digest().root for disk in home.disks} == {home.hub.digest().root}
    assert home.truth.violations == []


def test_a_crash_at_every_page_boundary_goes_on_there(home):
    for n in range(10, 30):
        edit(home, 1, record(n))
    home.sync(1)
    pulled = 0
    for _ in range(40):
        talk = home.talk(2, policy=IMPATIENT)
        action = talk.session.start(home.disks[1].cursor)
        while not isinstance(action, ApplyPage | Finished):
            action = talk.step(action)
        if isinstance(action, Finished) or action.nothing:
            break
        pulled += len(action.rows)
        talk.step(action)
    # Each version came once: nothing was asked for again, nothing was left out.
    assert pulled == 24
    assert home.disks[1].digest().root == home.hub.digest().root
    assert home.truth.violations == []


def test_a_crash_before_the_page_is_saved_gets_the_same_page_again(home):
    pages = []
    for _ in range(3):
        talk = home.talk(2, policy=IMPATIENT)
        action = talk.session.start(home.disks[1].cursor)
        while not isinstance(action, ApplyPage):
            action = talk.step(action)
        pages.append(action)
    assert pages[0] == pages[1] == pages[2]
    assert pages[0].rows


def test_a_session_that_waits_for_ever_holds_nothing(home):
    talk = home.talk(2)
    action = talk.session.start(home.disks[1].cursor)
    while not isinstance(action, Await):
        action = talk.step(action)
    # The process dies here, with the answer on its way: another session does it all.
    assert home.sync(2).error is None
    home.sync(1)
    assert {disk.digest().root for disk in home.disks} == {home.hub.digest().root}
