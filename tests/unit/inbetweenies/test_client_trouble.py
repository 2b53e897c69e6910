"""The client's session against everything a network and a hub can do wrong: bounded, told, and nothing lost."""

import json

import pytest

from goodies_mcp.errors import (
    Forbidden,
    GoodiesError,
    NotFound,
    RateLimited,
    RemoteProtocolError,
    StorageFull,
    Unauthorized,
    Unavailable,
)
from goodies_mcp.inbetweenies.actions import (
    RefreshToken,
    RequestFailed,
    ResponseReceived,
    StoreFailed,
    TokenRefused,
)
from goodies_mcp.inbetweenies.messages import UNSUPPORTED, parse_sync_request
from goodies_mcp.inbetweenies.states import State
from goodies_mcp.inbetweenies.verdicts import Policy
from tests.support.build import record
from tests.support.sync import Home
from tests.unit.inbetweenies.test_client_session import LAMP, delete, edit, settled_one

NO_ANSWER = RequestFailed(Unavailable("timed out"))


def pending():
    """A home whose first device has met the hub and has three pending changes."""
    home = Home(2)
    home.sync(1)
    for n in range(1, 4):
        edit(home, 1, record(n))
    return home


@pytest.fixture
def home():
    return pending()


def pushed(request):
    return (
        [row.version.record_id for row in parse_sync_request(request.body).push]
        if "compare" not in request.path
        else []
    )


def times(count, instead):
    """An answer spoiled so many times, and honest ever after."""
    left = [count]

    def spoil(_request, said):
        left[0] -= 1
        return instead if left[0] >= 0 else said

    return spoil


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 507, 599])
def test_what_may_pass_is_tried_again_unchanged(home, status):
    """V3-10.2, V3-5.2"""
    talk = home.talk(1, spoil=times(2, ResponseReceived(status, b"<html>")))
    finished = talk.run()
    assert finished.error is None
    assert finished.report.retries == 2
    assert len({each.body for each in talk.sent}) == 1
    assert len(talk.sent) == 3
    settled_one(home, 1)


def test_no_answer_is_tried_again(home):
    """V3-10.2"""
    talk = home.talk(1, spoil=times(5, NO_ANSWER))
    assert talk.run().error is None
    assert talk.states.count(State.RETRYING_REQUEST) == 5
    settled_one(home, 1)


@pytest.mark.parametrize(("chance", "share"), [(0.0, 1.0), (0.5, 0.75), (0.999999, 0.5)])
def test_waits_double_up_to_a_minute_and_are_shortened_by_chance(home, chance, share):
    """V3-10.3"""
    talk = home.talk(1, spoil=times(99, ResponseReceived(503, b"")), chances=(chance,), policy=Policy(attempts=10))
    finished = talk.run()
    assert isinstance(finished.error, Unavailable)
    expected = [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert talk.waits == pytest.approx([each * share for each in expected], rel=1e-4)


def test_after_six_attempts_it_has_failed(home):
    """V3-10.3, V3-10.7"""
    talk = home.talk(1, spoil=times(99, ResponseReceived(503, b"")))
    finished = talk.run()
    assert len(talk.sent) == 6
    assert talk.states[-3:] == [State.RETRYING_REQUEST, State.SYNC_FAILED, State.IDLE]
    assert isinstance(finished.error, Unavailable)
    assert len(home.disks[0].outbox) == 3
    assert not home.disks[0].parked
    home.sync(1)
    settled_one(home, 1)


def test_each_request_has_attempts_of_its_own(home):
    """V3-10.3"""
    asked = {}

    def spoil(request, said):
        asked[request.body] = asked.get(request.body, 0) + 1
        return ResponseReceived(503, b"") if asked[request.body] < 5 else said

    talk = home.talk(1, spoil=spoil, policy=Policy(push_rows=1))
    assert talk.run().error is None
    assert list(asked.values()) == [5, 5, 5]
    assert talk.waits == [1, 2, 4, 8] * 3
    settled_one(home, 1)


@pytest.mark.parametrize(("asked", "waited"), [(0.1, 1.0), (7.5, 7.5), (60.0, 60.0)])
def test_a_hub_may_ask_for_a_longer_wait(home, asked, waited):
    """V3-10.3"""
    talk = home.talk(1, spoil=times(1, ResponseReceived(429, b"", retry_after=asked)))
    talk.run()
    assert talk.waits == [waited]


def test_a_hub_that_asks_for_too_long_a_wait_ends_the_session_and_is_heard(home):
    """V3-10.3"""
    finished = home.sync(1, spoil=times(1, ResponseReceived(429, b"", retry_after=900.0)))
    assert isinstance(finished.error, RateLimited)
    assert finished.retry_after == 900.0
    assert finished.report.requests == 1


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (301, RemoteProtocolError),
        (307, RemoteProtocolError),
        (402, RemoteProtocolError),
        (403, Forbidden),
        (404, NotFound),
        (405, NotFound),
        (409, GoodiesError),
        (415, RemoteProtocolError),
        (501, RemoteProtocolError),
    ],
)
def test_what_time_cannot_mend_ends_the_session_at_once(home, status, error):
    """V3-10.2, V3-10.7"""
    said = json.dumps({"error": {"code": "x", "message": "because", "hint": "do this"}}).encode()
    finished = home.sync(1, spoil=times(9, ResponseReceived(status, said)))
    assert isinstance(finished.error, error)
    assert finished.report.requests == 1
    assert finished.error.hint
    assert str(status) in finished.error.message
    home.sync(1)
    settled_one(home, 1)


@pytest.mark.parametrize("status", [400, 403, 409])
def test_a_refusal_that_says_so_is_tried_again(home, status):
    """V3-10.2"""
    said = json.dumps({"error": {"code": "unavailable", "message": "later", "retryable": True}}).encode()
    finished = home.sync(1, spoil=times(2, ResponseReceived(status, said)))
    assert finished.error is None
    assert finished.report.retries == 2


def test_a_certificate_error_ends_the_session_at_once(home):
    bad = RequestFailed(Unavailable("the hub's certificate is not the pinned one"), fatal=True)
    finished = home.sync(1, spoil=times(9, bad))
    assert finished.error is bad.error
    assert finished.report.requests == 1


def test_a_request_that_cannot_even_be_sent_is_tried_again(home):
    talk = home.talk(1)
    action = talk.session.start(home.disks[0].cursor)
    action = talk.step(action)
    action = talk.session.receive(NO_ANSWER)
    assert talk.session.state is State.RETRYING_REQUEST
    while talk.session.state is not State.IDLE:
        action = talk.step(action)
    assert action.error is None


def test_a_token_that_ran_out_is_renewed_and_the_request_sent_again(home):
    """V3-10.2"""
    talk = home.talk(1, spoil=times(1, ResponseReceived(401, b"")))
    assert talk.run().error is None
    assert sum(isinstance(each, RefreshToken) for each in talk.actions) == 1
    assert talk.waits == []
    settled_one(home, 1)


def test_a_token_in_mid_session_costs_nothing_that_was_done(home):
    """V3-10.7"""
    answers = iter((None, 401, None, 401))

    def spoil(_request, said):
        status = next(answers, None)
        return said if status is None else ResponseReceived(status, b"")

    finished = home.sync(1, spoil=spoil, policy=Policy(push_rows=1))
    assert finished.error is None
    assert finished.report.pushed == 3
    settled_one(home, 1)


def test_a_hub_that_never_likes_the_token_is_not_asked_for_ever(home):
    """V3-10.4"""
    talk = home.talk(1, spoil=times(99, ResponseReceived(401, b"")))
    error = talk.run().error
    assert isinstance(error, Unauthorized)
    assert "hub login" in error.hint
    assert len(talk.sent) == 5


@pytest.mark.parametrize("outcome", [TokenRefused(), NO_ANSWER])
def test_no_new_token_ends_the_session(home, outcome):
    talk = home.talk(1, spoil=times(9, ResponseReceived(401, b"")), outcomes={RefreshToken: outcome})
    finished = talk.run()
    assert finished.error is not None
    assert len(talk.sent) == 1
    assert len(home.disks[0].outbox) == 3


def test_a_v2_hub_is_told_by_its_refusal(home):
    """V3-12.1"""
    finished = home.sync(1, spoil=times(9, ResponseReceived(400, json.dumps({"detail": UNSUPPORTED}).encode())))
    assert finished.fall_back
    assert finished.report.requests == 1
    assert len(home.disks[0].outbox) == 3


NONSENSE = [
    b"",
    b"<html>captive portal</html>",
    b'{"protocol_version":"inbetweenies-v3"',
    b"[]",
    b'{"protocol_version":"inbetweenies-v2","changes":[]}',
]


@pytest.mark.parametrize("body", NONSENSE)
def test_nonsense_is_asked_again_and_then_told(home, body):
    """V3-10.2, V3-10.4"""
    assert home.sync(1, spoil=times(2, ResponseReceived(200, body))).error is None
    edit(home, 1, record(9))
    finished = home.sync(1, spoil=times(99, ResponseReceived(200, body)))
    assert isinstance(finished.error, RemoteProtocolError)
    assert finished.report.requests == 6
    assert len(home.disks[0].outbox) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"request": 99},
        {"household": "the neighbours"},
        {"acked": [["someone", "else"]]},
        {"refused": [{"record": "r", "version": "v", "code": "c", "message": "m"}]},
        {"cursor": {"epoch": "epoch-1", "seq": 0}, "more": True},
        {"cursor": {"epoch": "other", "seq": 3}},
        {"epoch": "other"},
        {"cursor": None},
        {"cursor": None, "acked": []},
    ],
)
def test_an_answer_that_does_not_fit_is_not_believed(home, change):
    """V3-5.10"""

    def spoil(_request, said):
        return ResponseReceived(200, json.dumps(json.loads(said.body) | change).encode())

    talk = home.talk(1, spoil=spoil, household="home")
    finished = talk.run()
    assert isinstance(finished.error, RemoteProtocolError)
    assert talk.pages == []
    assert len(home.disks[0].outbox) == 3


def test_a_change_that_is_acked_twice_is_not_believed(home):
    """V3-5.10"""

    def spoil(_request, said):
        body = json.loads(said.body)
        return ResponseReceived(200, json.dumps(body | {"acked": body["acked"] * 2}).encode())

    assert isinstance(home.sync(1, spoil=spoil).error, RemoteProtocolError)


def test_a_feed_that_does_not_end_is_left(home):
    """V3-10.4"""
    seq = [10]

    def spoil(_request, said):
        seq[0] += 1
        body = json.loads(said.body) | {"cursor": {"epoch": "epoch-1", "seq": seq[0]}, "more": True, "digest": None}
        return ResponseReceived(200, json.dumps(body).encode())

    finished = home.sync(1, spoil=spoil, policy=Policy(most_requests=20))
    assert isinstance(finished.error, RemoteProtocolError)
    assert finished.report.requests == 20


def test_a_history_that_keeps_changing_is_left(home):
    """V3-10.4"""

    talk = home.talk(1)

    def answer(request):
        home.hub.restore(0, f"epoch-{len(talk.actions)}")
        return home.answer(1, request)

    talk._answer = answer
    assert isinstance(talk.run().error, RemoteProtocolError)
    assert len(talk.sent) < 10
    assert len(home.disks[0].outbox) == 3


# One change that a hub stumbles over.


def refusing(record_id, *, retryable):
    def spoil(_request, said):
        body = json.loads(said.body)
        named = [name for name in body["acked"] if name[0] == record_id]
        refused = [
            {"record": r, "version": v, "code": "forbidden", "message": "no", "hint": "ask", "retryable": retryable}
            for r, v in named
        ]
        left = [name for name in body["acked"] if name not in named]
        return ResponseReceived(200, json.dumps(body | {"acked": left, "refused": refused, "digest": None}).encode())

    return spoil


def test_a_change_refused_by_name_is_parked_with_the_reason(home):
    """V3-5.5, V3-10.6"""
    finished = home.sync(1, spoil=refusing(LAMP, retryable=False))
    assert finished.error is None
    assert (finished.report.pushed, finished.report.parked) == (2, 1)
    [parked] = home.disks[0].parked.values()
    assert (parked.code, parked.message, parked.hint) == ("forbidden", "no", "ask")


def test_a_change_refused_for_now_stays_pending(home):
    """V3-5.5, V3-5.11"""
    finished = home.sync(1, spoil=refusing(LAMP, retryable=True))
    assert (finished.report.pushed, finished.report.parked, finished.report.deferred) == (2, 0, 1)
    assert len(home.disks[0].outbox) == 1
    home.sync(1)
    settled_one(home, 1)


def test_a_version_that_lies_is_the_hubs_fault_and_costs_nothing(home):
    """V3-3.5, V3-10.8: the store refuses the page, the session ends with that, and the cursor stands."""
    home.sync(1)
    home.sync(2)
    before = home.disks[1].cursor
    delete(home, 1)
    home.sync(1)
    lamp = home.hub.history[LAMP]
    [child] = [row for row in lamp.values() if row.version.deleted]
    talk = home.talk(2)
    action = talk.session.start(home.disks[1].cursor)
    while type(action).__name__ != "ApplyPage":
        action = talk.step(action)
    lie = RemoteProtocolError(f"{child.name} does not cover its parent")
    finished = talk.session.receive(StoreFailed(lie))
    assert finished.error is lie
    assert home.disks[1].cursor == before


def test_full_disks_of_a_hub_are_told_as_such(home):
    finished = home.sync(1, spoil=times(99, ResponseReceived(507, b"")))
    assert isinstance(finished.error, StorageFull)
