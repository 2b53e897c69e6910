"""A session with a v2 hub, action by action: its states, its ends, and what it may be told."""

import json

import pytest

from goodies_mcp.errors import LocalProtocolError, StorageFull, Unavailable
from goodies_mcp.inbetweenies.actions import (
    ApplyPage,
    Await,
    ChangesCollected,
    CheckConflicts,
    CollectChanges,
    ConflictsChecked,
    Finished,
    HeadersListed,
    ListHeaders,
    PageApplied,
    RefreshToken,
    RequestFailed,
    RequestSent,
    ResponseReceived,
    RetryDue,
    Send,
    Stop,
    StoreFailed,
    TokenRefreshed,
    TokenRefused,
    Wait,
)
from goodies_mcp.inbetweenies.asking import Identity
from goodies_mcp.inbetweenies.messages import Cursor
from goodies_mcp.inbetweenies.rows import row_of
from goodies_mcp.inbetweenies.states import TABLE, State
from goodies_mcp.inbetweenies.v2_actions import Fetch, LookedUp, LookUp, MergedShown, ShowMerged
from goodies_mcp.inbetweenies.v2_client_session import V2ClientSession
from goodies_mcp.inbetweenies.v2_place import Place
from goodies_mcp.inbetweenies.verdicts import Policy
from tests.support.build import Device, record
from tests.support.clock import moment

AFTER = Place(since=moment(0), offered=True).cursor()


def answer(**parts):
    said = {"server_time": moment(60), "changes": [], "applied": [], "applied_relationships": [], **parts}
    return ResponseReceived(200, json.dumps(said).encode())


class Exchange:
    """A session, and a shell that answers by kind of action unless it is told otherwise."""

    def __init__(self, *, policy=None, cursor=AFTER, **outcomes):
        self.ways = []
        self.actions = []
        self.session = V2ClientSession(
            Identity("device-1", "incarnation"),
            chance=lambda: 0.0,
            policy=policy,
            observe=lambda *way: self.ways.append(way),
        )
        self.cursor = cursor
        self.outcomes = {
            Send: [RequestSent()],
            Await: [answer()],
            Fetch: [ResponseReceived(200, b'{"relationships":[]}')],
            CollectChanges: [ChangesCollected((), 0)],
            ListHeaders: [HeadersListed(())],
            CheckConflicts: [ConflictsChecked()],
            ApplyPage: [PageApplied()],
            LookUp: [LookedUp()],
            ShowMerged: [MergedShown()],
            Wait: [RetryDue()],
            RefreshToken: [TokenRefreshed()],
        }
        self.outcomes |= {kind: outcomes[kind.__name__] for kind in self.outcomes if kind.__name__ in outcomes}

    def run(self):
        action = self.session.start(self.cursor)
        while not isinstance(action, Finished):
            self.actions.append(action)
            assert len(self.actions) < 500
            script = self.outcomes[type(action)]
            action = self.session.receive(script.pop(0) if len(script) > 1 else script[0])
        for before, event, after in self.ways:
            assert TABLE[before, event] is after
        assert self.session.state is State.IDLE
        return action

    def requests(self):
        return [json.loads(each.body) for each in self.actions if isinstance(each, Send)]


def test_with_nothing_to_do_it_is_two_requests_and_writes_nothing_but_its_place():
    exchange = Exchange(
        cursor=Place(since=moment(0), offered=True, digest="x").cursor(), Await=[answer(state_digest="x")]
    )

    finished = exchange.run()

    assert finished.error is None
    assert finished.report.requests == 2
    assert [page.nothing for page in exchange.actions if isinstance(page, ApplyPage)] == [True, True]
    (asked,) = exchange.requests()
    assert asked["sync_type"] == "delta"
    assert asked["filters"] == {"since": "2025-12-31T23:50:00.000000+00:00"}


def test_a_cursor_of_another_edition_is_the_beginning():
    exchange = Exchange(cursor=Cursor(epoch="epoch-1", seq=7))

    exchange.run()

    (asked,) = exchange.requests()
    assert "filters" not in asked
    assert "cursor" not in asked
    assert any(isinstance(each, ListHeaders) for each in exchange.actions)


def test_pending_changes_are_acked_by_their_ids_alone():
    device = Device()
    rows = tuple(row_of(device.entity(record(n), f"Thing {n}")) for n in (1, 2))
    exchange = Exchange(
        CollectChanges=[ChangesCollected(rows, 2), ChangesCollected(rows[1:], 2)],
        Await=[answer(), answer(applied=[record(1), record(9)]), answer()],
    )

    finished = exchange.run()

    acked = [name for page in exchange.actions if isinstance(page, ApplyPage) for name in page.acked]
    assert acked == [rows[0].name]
    assert (finished.report.pushed, finished.report.deferred) == (1, 1)


@pytest.mark.parametrize("cursor", ["abc", "-1", "0", "5", "9" * 30, "٣"])
def test_a_cursor_that_leads_nowhere_ends_the_session(cursor):
    place = Place(since=moment(0), then=moment(1), seq=5, offered=True)
    exchange = Exchange(cursor=place.cursor(), Await=[answer(cursor=cursor)])

    finished = exchange.run()

    assert finished.error.code == "remote_protocol_error"
    assert not any(isinstance(each, ApplyPage) for each in exchange.actions)


def test_rows_without_end_end_the_session():
    pages = [answer(cursor=str(n)) for n in range(1, 60)]
    finished = Exchange(policy=Policy(most_requests=20), Await=pages).run()

    assert finished.error.code == "remote_protocol_error"
    assert finished.report.requests == 21


@pytest.mark.parametrize(
    "said", [b"<html>", b"{", b"[]", b'{"server_time":"soon"}', b'{"protocol_version":"inbetweenies-v9"}', b"\xff"]
)
def test_what_is_no_answer_is_asked_for_again_and_not_for_ever(said):
    finished = Exchange(Await=[ResponseReceived(200, said)]).run()

    assert finished.error.code == "remote_protocol_error"
    assert finished.report.requests == Policy().attempts


def test_a_new_token_is_got_once_it_is_needed():
    exchange = Exchange(Await=[ResponseReceived(401, b"{}"), answer()])
    assert exchange.run().error is None
    assert sum(isinstance(each, RefreshToken) for each in exchange.actions) == 1

    refused = Exchange(Await=[ResponseReceived(401, b"{}")], RefreshToken=[TokenRefused()]).run()
    assert refused.error.code == "unauthorized"


@pytest.mark.parametrize("status", [404, 405, 501])
def test_a_hub_without_rest_is_synced_without_edges(status):
    finished = Exchange(Fetch=[ResponseReceived(status, b"")]).run()
    assert finished.error is None


@pytest.mark.parametrize(
    "kind", ["CollectChanges", "ApplyPage", "LookUp", "CheckConflicts", "ListHeaders", "ShowMerged"]
)
def test_a_store_that_fails_ends_the_session(kind):
    made = {"id": "a", "version": "v", "entity_type": "device", "name": "A", "content": {}}
    page = answer(changes=[{"change_type": "update", "entity": made}])
    finished = Exchange(cursor=None, Await=[page], **{kind: [StoreFailed(StorageFull("no room"))]}).run()

    assert finished.error.code == "storage_full"


@pytest.mark.parametrize(
    "kind", ["Send", "Await", "Fetch", "CollectChanges", "ApplyPage", "LookUp", "ListHeaders", "Wait", "RefreshToken"]
)
def test_it_can_be_stopped_anywhere(kind):
    made = {"id": "a", "version": "v", "entity_type": "device", "name": "A", "content": {}}
    page = answer(changes=[{"change_type": "update", "entity": made}])
    script = {"Wait": [ResponseReceived(503, b"")], "RefreshToken": [ResponseReceived(401, b"")]}.get(kind, [page])
    finished = Exchange(cursor=None, **{"Await": script, kind: [Stop()]}).run()

    assert finished.error.code == "unavailable"


def test_no_answer_at_all_parks_nothing():
    row = row_of(Device().entity(record(1), "Lamp"))
    failed = RequestFailed(Unavailable("cut off"))
    exchange = Exchange(CollectChanges=[ChangesCollected((row,), 1)], Await=[answer(), *[failed] * 6, answer(), failed])

    exchange.run()

    assert not [each for page in exchange.actions if isinstance(page, ApplyPage) for each in page.parked]


def test_what_fits_no_action_is_a_bug_of_the_shell():
    session = V2ClientSession(Identity("device-1", "incarnation"), chance=lambda: 0.0)
    with pytest.raises(LocalProtocolError):
        session.receive(RequestSent())
    assert isinstance(session.start(None), Send)
    with pytest.raises(LocalProtocolError):
        session.start(None)
    with pytest.raises(LocalProtocolError):
        session.receive(PageApplied())
    assert session.state is State.SENDING_REQUEST
    assert isinstance(session.receive(RequestSent()), Await)


def test_edges_that_a_hub_sends_along_are_taken_where_it_has_no_rest():
    edge = {"id": "e", "from_entity_id": "a", "to_entity_id": "b", "relationship_type": "located_in", "properties": {}}
    page = answer(changes=[{"change_type": "update", "entity": None, "relationships": [edge]}])
    exchange = Exchange(Await=[page], Fetch=[ResponseReceived(404, b"")])

    exchange.run()

    rows = [row for page in exchange.actions if isinstance(page, ApplyPage) for row in page.rows]
    assert [(row.version.record_id, row.version.payload.from_id) for row in rows] == [("e", "a")]


def test_a_digest_of_any_length_is_kept_short():
    finished = Exchange(Await=[answer(state_digest="x" * 5_000)]).run()
    assert finished.error is None
    assert len(finished.report.cursor.epoch) <= 512
