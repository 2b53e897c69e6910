"""The client's session against an honest hub: what is sent, saved and said, state by state."""

import json

import pytest

from goodies_mcp.errors import LocalProtocolError, StorageFull, Unavailable
from goodies_mcp.inbetweenies.actions import (
    ANSWERS,
    ApplyPage,
    Await,
    ChangesCollected,
    CheckConflicts,
    CollectChanges,
    Finished,
    HeadersListed,
    ListHeaders,
    PageApplied,
    RefreshToken,
    RequestSent,
    ResponseReceived,
    RetryDue,
    Send,
    Stop,
    StoreFailed,
    Wait,
)
from goodies_mcp.inbetweenies.messages import COMPARE_PATH, SYNC_PATH, Cursor, parse_sync_request
from goodies_mcp.inbetweenies.states import State
from goodies_mcp.inbetweenies.verdicts import Policy
from tests.support.build import record
from tests.support.sync import Home

LAMP, HALL = record(1), record(2)


@pytest.fixture
def home():
    return Home(2)


def edit(home, device, record_id=LAMP, name="Lamp", **content):
    person, disk = home.people[device - 1], home.disks[device - 1]
    kind = content.pop("entity_type", "device")
    version = person.entity(record_id, name, *disk.heads.get(record_id, ()), entity_type=kind, content=content)
    disk.edit(version)
    return version


def delete(home, device, record_id=LAMP):
    version = home.people[device - 1].tombstone(*home.disks[device - 1].heads[record_id])
    home.disks[device - 1].edit(version)
    return version


def settled(home):
    """Everybody holds the same, and nothing waits."""
    assert home.truth.violations == []
    assert {disk.digest().root for disk in home.disks} == {home.hub.digest().root}
    assert not any(disk.outbox or disk.parked for disk in home.disks)


def test_the_first_sync_of_an_empty_device_learns_the_epoch_and_reads_from_the_beginning(home):
    """V3-6.2, V3-6.5: a request with no cursor is not carried out; the next one is."""
    edit(home, 1)
    assert home.sync(1).error is None
    talk = home.talk(2)
    finished = talk.run()
    assert finished.error is None
    assert (finished.report.requests, finished.report.pulled) == (2, 1)
    assert [each.path for each in talk.sent] == [SYNC_PATH, SYNC_PATH]
    assert parse_sync_request(talk.sent[0].body).after is None
    assert parse_sync_request(talk.sent[1].body).after == Cursor(epoch="epoch-1", seq=0)
    settled(home)


def test_nothing_is_pushed_before_the_epoch_is_known(home):
    """V3-6.2"""
    edit(home, 1)
    talk = home.talk(1)
    talk.run()
    pushed = [len(parse_sync_request(each.body).push) for each in talk.sent if each.path == SYNC_PATH]
    assert pushed[0] == 0
    assert sum(pushed) == 1
    settled_one(home, 1)


def settled_one(home, device):
    assert home.truth.violations == []
    assert home.disks[device - 1].digest().root == home.hub.digest().root
    assert not home.disks[device - 1].outbox


def test_a_plain_sync_goes_through_the_states_of_the_diagram(home):
    """V3-5.1"""
    home.sync(1)
    edit(home, 1)
    talk = home.talk(1)
    assert talk.run().error is None
    assert talk.states == [
        State.IDLE,
        State.COLLECTING_CHANGES,
        State.PREPARING_REQUEST,
        State.SENDING_REQUEST,
        State.WAITING_RESPONSE,
        State.PROCESSING_RESPONSE,
        State.CHECKING_CONFLICTS,
        State.APPLYING_CHANGES,
        State.UPDATING_VECTOR_CLOCK,
        State.SYNC_COMPLETE,
        State.IDLE,
    ]


def test_one_change_costs_one_request(home):
    home.sync(1)
    edit(home, 1)
    finished = home.sync(1)
    assert (finished.report.requests, finished.report.pushed, finished.report.pulled) == (1, 1, 0)


def test_an_idle_sync_has_nothing_to_write(home):
    edit(home, 1)
    home.sync(1)
    talk = home.talk(1)
    finished = talk.run()
    assert [page.nothing for page in talk.pages] == [True]
    assert finished.report.requests == 1
    assert finished.report.cursor == home.disks[0].cursor == Cursor(epoch="epoch-1", seq=1)


def test_rows_acks_and_cursor_are_saved_together(home):
    """V3-5.7"""
    home.sync(1)
    home.sync(2)
    edit(home, 1, LAMP)
    home.sync(1)
    edit(home, 2, HALL)
    talk = home.talk(2)
    talk.run()
    [page] = talk.pages
    assert [row.version.record_id for row in page.rows] == [LAMP]
    assert [name.record_id for name in page.acked] == [HALL]
    assert page.cursor == Cursor(epoch="epoch-1", seq=2)
    assert not page.nothing


def test_what_a_device_made_does_not_come_back_to_it(home):
    """V3-5.8"""
    home.sync(1)
    edit(home, 1)
    home.sync(1)
    talk = home.talk(1)
    talk.run()
    assert all(not page.rows for page in talk.pages)
    assert home.disks[0].cursor.seq == 1


def test_pages_and_batches_are_cut_and_go_on(home):
    """V3-11.1, V3-11.2, V3-5.11"""
    for n in range(1, 24):
        edit(home, 1, record(n))
    pushing = home.talk(1, policy=Policy(push_rows=5))
    finished = pushing.run()
    assert finished.report.pushed == 23
    assert max(len(parse_sync_request(each.body).push) for each in pushing.sent if each.path == SYNC_PATH) == 5
    pulling = home.talk(2, policy=Policy(page_rows=4))
    assert pulling.run().report.pulled == 23
    assert [len(page.rows) for page in pulling.pages] == [4, 4, 4, 4, 4, 3]
    settled(home)


@pytest.mark.parametrize(
    ("told", "largest"), [(None, [1_000, 500]), (1_200, [1_200, 300]), (3, [3] * 5), (2**40, [1_500])]
)
def test_a_push_is_as_large_as_the_hub_takes_it(home, told, largest):
    """V3-11.1: one that tells no number takes 1,000, as all once did."""

    def telling(_request, said):
        body = json.loads(said.body)
        body.pop("takes", None)
        return ResponseReceived(200, json.dumps(body | ({} if told is None else {"takes": told})).encode())

    count = sum(largest)
    for n in range(count):
        edit(home, 1, record(n))
    talk = home.talk(1, spoil=telling)
    assert talk.run().report.pushed == count
    sizes = [len(parse_sync_request(each.body).push) for each in talk.sent if each.path == SYNC_PATH]
    assert [size for size in sizes if size] == largest
    settled_one(home, 1)


def test_the_session_ends_though_somebody_keeps_editing(home):
    """V3-5.11: what is edited meanwhile waits, and its absence from the hub is no alarm."""
    home.sync(1)
    edit(home, 1)
    talk = home.talk(1)
    action = talk.session.start(home.disks[0].cursor)
    edited = False
    while not isinstance(action, Finished):
        if isinstance(action, Await) and not edited:
            edited = True
            edit(home, 1, HALL)
        action = talk.step(action)
    assert action.error is None
    assert not action.report.repaired
    assert home.disks[0].outbox
    home.sync(1)
    settled_one(home, 1)


def test_concurrent_edits_of_two_fields_are_merged_and_counted(home):
    """V3-8.1, V3-8.2"""
    edit(home, 1, watts=5, notes="a")
    home.sync(1)
    home.sync(2)
    edit(home, 1, watts=6, notes="a")
    edit(home, 2, watts=5, notes="b")
    home.sync(1)
    talk = home.talk(2)
    report = talk.run().report
    assert (report.merged, report.conflicts) == (1, 0)
    assert State.RESOLVING_CONFLICTS in talk.states
    assert State.MANUAL_RESOLUTION not in talk.states
    home.sync(1)
    settled(home)
    shown = {disk.number: disk.shown(LAMP).payload.content for disk in home.disks}
    assert shown[1] == shown[2] == {"watts": 6, "notes": "b"}
    assert len(home.disks[0].heads[LAMP]) == 2


def test_what_a_person_must_decide_is_filed_with_the_page_and_sync_goes_on(home):
    """V3-8.1, V3-8.4"""
    edit(home, 1, watts=5)
    home.sync(1)
    home.sync(2)
    edit(home, 1, watts=6)
    edit(home, 2, watts=7)
    home.sync(1)
    talk = home.talk(2)
    finished = talk.run()
    assert finished.error is None
    assert finished.report.conflicts == 1
    assert talk.states[-4:] == [
        State.RESOLVING_CONFLICTS,
        State.MANUAL_RESOLUTION,
        State.SYNC_COMPLETE,
        State.IDLE,
    ]
    assert [page.conflicts for page in talk.pages] == [(LAMP,)]
    assert talk.pages[0].rows
    assert home.disks[1].shown(LAMP).open


def test_a_conflict_in_the_first_of_many_pages_does_not_stop_the_others(home):
    """V3-8.4"""
    edit(home, 1, watts=5)
    home.sync(1)
    home.sync(2)
    edit(home, 1, watts=6)
    for n in range(3, 9):
        edit(home, 1, record(n))
    home.sync(1)
    edit(home, 2, watts=7)
    talk = home.talk(2, policy=Policy(page_rows=2))
    assert talk.run().error is None
    assert State.MANUAL_RESOLUTION in talk.states
    assert State.UPDATING_VECTOR_CLOCK in talk.states
    home.sync(1)
    settled(home)


def test_a_resolution_ends_the_conflict_everywhere(home):
    """V3-8.3, V3-3.3"""
    edit(home, 1, watts=5)
    home.sync(1)
    home.sync(2)
    edit(home, 1, watts=6)
    edit(home, 2, watts=7)
    for device in (1, 2, 1):
        home.sync(device)
    assert home.disks[0].shown(LAMP).open
    resolved = edit(home, 1, watts=7)
    assert len(resolved.parents) == 2
    home.sync(1)
    home.sync(2)
    settled(home)
    assert [disk.heads[LAMP] for disk in home.disks] == [(resolved,), (resolved,)]


def test_an_edit_beats_a_concurrent_delete_and_says_so(home):
    """V3-4.4"""
    edit(home, 1)
    home.sync(1)
    home.sync(2)
    delete(home, 1)
    edit(home, 2, name="Still used")
    home.sync(1)
    assert home.sync(2).report.conflicts == 1
    home.sync(1)
    settled(home)
    for disk in home.disks:
        shown = disk.shown(LAMP)
        assert (shown.deleted, shown.payload.name, shown.open) == (False, "Still used", True)
        assert "deleted_elsewhere" in shown.flags


def test_a_delete_of_what_nobody_else_touched_stays(home):
    """V3-1.1, V3-4.4"""
    edit(home, 1)
    for device in (1, 2):
        home.sync(device)
    delete(home, 2)
    for device in (2, 1, 2):
        home.sync(device)
    settled(home)
    assert home.disks[0].shown(LAMP).deleted
    assert home.disks[0].shown(LAMP).payload.name == "Lamp"


def test_no_page_changes_a_pending_edit(home):
    """V3-5.7, PROMISES P10"""
    edit(home, 1, watts=5)
    home.sync(1)
    home.sync(2)
    edit(home, 1, watts=6)
    home.sync(1)
    home.sync(2)
    mine = edit(home, 2, watts=7)
    edit(home, 1, watts=8)
    home.sync(1)

    def hub_takes_no_push(request, said):
        body = json.loads(said.body)
        return type(said)(said.status, json.dumps(body | {"acked": []}).encode())

    finished = home.sync(2, spoil=hub_takes_no_push)
    assert finished.report.deferred == 1
    # The hub does hold it; as nobody said so, the digests prove nothing.
    assert not finished.report.repaired
    assert [name.version for name in home.disks[1].outbox.values()] == [mine.version]
    assert mine in home.disks[1].heads[LAMP]
    home.sync(2)
    home.sync(1)
    settled(home)


OUTCOMES = [
    ChangesCollected((), 0),
    HeadersListed(()),
    RequestSent(),
    RetryDue(),
    PageApplied(),
    StoreFailed(StorageFull("full")),
    Stop(),
]


def test_an_outcome_of_another_action_is_a_local_error_and_changes_nothing(home):
    """V3-5.1"""
    home.sync(1)
    edit(home, 1)
    home.sync(2)
    edit(home, 2, HALL)
    home.sync(2)
    talk = home.talk(1)
    action = talk.session.start(home.disks[0].cursor)
    tried = set()
    while not isinstance(action, Finished):
        for outcome in OUTCOMES:
            if type(outcome) not in ANSWERS[type(action)]:
                state = talk.session.state
                with pytest.raises(LocalProtocolError):
                    talk.session.receive(outcome)
                assert talk.session.state is state
                tried.add(type(action))
        action = talk.step(action)
    assert tried == {CollectChanges, Send, Await, CheckConflicts, ApplyPage}
    assert action.error is None


def test_a_session_is_begun_once_and_over_once(home):
    talk = home.talk(1)
    with pytest.raises(LocalProtocolError):
        talk.session.receive(RequestSent())
    talk.run()
    with pytest.raises(LocalProtocolError):
        talk.session.start(None)
    for outcome in OUTCOMES:
        with pytest.raises(LocalProtocolError):
            talk.session.receive(outcome)


def reached(home, kind):
    """A session that has just asked for an action of this kind."""
    edit(home, 2, HALL)
    home.sync(2)
    edit(home, 1)
    talk = home.talk(1, spoil=lambda _request, said: type(said)(503, b"") if kind is Wait else said)
    if kind is RefreshToken:
        talk = home.talk(1, spoil=lambda _request, said: type(said)(401, b""))
    action = talk.session.start(home.disks[0].cursor)
    while not isinstance(action, kind):
        action = talk.step(action)
    return talk


ASKING = (CollectChanges, ListHeaders, Send, Await, Wait, RefreshToken, CheckConflicts, ApplyPage)


@pytest.mark.parametrize("kind", ASKING)
def test_a_session_can_be_stopped_wherever_it_waits(home, kind):
    """V3-10.7"""
    finished = reached(home, kind).session.receive(Stop())
    assert isinstance(finished, Finished)
    assert isinstance(finished.error, Unavailable)
    assert home.disks[0].outbox
    home.sync(1)
    home.sync(2)
    settled(home)


@pytest.mark.parametrize("kind", [kind for kind in ASKING if StoreFailed in ANSWERS[kind]])
def test_a_store_that_fails_ends_the_session_with_its_own_error(home, kind):
    """V3-10.8"""
    talk = reached(home, kind)
    full = StorageFull("the disk is full")
    finished = talk.session.receive(StoreFailed(full))
    assert isinstance(finished, Finished)
    assert finished.error is full
    assert talk.session.state is State.IDLE
    assert talk.states[-2:] == [State.SYNC_FAILED, State.IDLE]
    home.sync(1)
    home.sync(2)
    settled(home)


def test_a_shell_that_collects_the_same_again_is_caught(home):
    home.sync(1)
    edit(home, 1)
    talk = home.talk(1)
    talk.session.start(home.disks[0].cursor)
    again = home.disks[0].collect(0, 10)
    with pytest.raises(LocalProtocolError, match="outbox"):
        talk.session.receive(ChangesCollected(again.rows, 0))


def test_compare_is_asked_only_when_it_is_needed(home):
    edit(home, 1)
    paths = [each.path for each in _sent(home, 1)]
    assert paths == [SYNC_PATH, COMPARE_PATH, SYNC_PATH]
    edit(home, 1, HALL)
    assert [each.path for each in _sent(home, 1)] == [SYNC_PATH]


def _sent(home, device):
    talk = home.talk(device)
    talk.run()
    return talk.sent
