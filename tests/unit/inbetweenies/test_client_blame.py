"""A change that a hub stumbles over is found among the others; what chance did is held against none."""

import pytest

from goodies_mcp.errors import RemoteProtocolError, TooLarge
from goodies_mcp.inbetweenies.actions import ResponseReceived
from goodies_mcp.inbetweenies.verdicts import Policy
from tests.support.build import record
from tests.unit.inbetweenies.test_client_session import edit, settled_one
from tests.unit.inbetweenies.test_client_trouble import NO_ANSWER, pending, pushed, times


@pytest.fixture
def home():
    return pending()


def stumbling(culprit, instead):
    """A hub that gives this answer to every request with the culprit in it."""
    return lambda request, said: instead if culprit in pushed(request) else said


def many(home, count=40):
    for n in range(4, count + 1):
        edit(home, 1, record(n))
    return record(count // 2)


@pytest.mark.parametrize("status", [400, 422, 500])
def test_one_poisoned_change_is_found_and_parked_and_the_rest_goes_on(home, status):
    """V3-10.5, V3-10.6"""
    culprit = many(home)
    talk = home.talk(1, policy=Policy(attempts=2, attempts_isolating=1))
    talk._answer = lambda request: (
        ResponseReceived(status, b'{"detail":"it hurts"}') if culprit in pushed(request) else home.answer(1, request)
    )
    finished = talk.run()
    assert finished.error is None
    assert (finished.report.pushed, finished.report.parked) == (39, 1)
    [parked] = home.disks[0].parked.values()
    assert parked.name.record_id == culprit
    assert "it hurts" in parked.message
    assert not home.disks[0].outbox
    assert not home.hub.history.get(culprit)
    assert finished.report.requests < 40
    assert not finished.report.repaired
    assert home.truth.violations == []


def test_a_parked_change_is_not_pushed_again_and_holds_nothing_back(home):
    """V3-10.6"""
    culprit = many(home)
    bad = ResponseReceived(400, b"")
    hub = lambda request: bad if culprit in pushed(request) else home.answer(1, request)  # noqa: E731
    talk = home.talk(1)
    talk._answer = hub
    talk.run()
    edit(home, 1, record(99))
    talk = home.talk(1)
    talk._answer = hub
    finished = talk.run()
    assert (finished.report.pushed, finished.report.requests) == (1, 1)
    assert len(home.disks[0].parked) == 1


@pytest.mark.parametrize("failure", [ResponseReceived(500, b""), ResponseReceived(400, b""), NO_ANSWER])
def test_a_hub_that_fails_without_changes_too_parks_nothing(home, failure):
    """V3-10.5"""
    many(home)
    finished = home.sync(1, spoil=times(99, failure))
    assert finished.error is not None
    assert not home.disks[0].parked
    assert len(home.disks[0].outbox) == 40
    assert finished.report.requests <= 12


def test_what_no_answer_speaks_against_is_put_off_and_not_parked(home):
    """V3-10.5, V3-5.11"""
    culprit = many(home)
    talk = home.talk(1)
    talk._answer = lambda request: NO_ANSWER if culprit in pushed(request) else home.answer(1, request)
    finished = talk.run()
    assert finished.error is None
    assert (finished.report.pushed, finished.report.parked, finished.report.deferred) == (39, 0, 1)
    assert [name.record_id for name in home.disks[0].outbox.values()] == [culprit]
    home.sync(1)
    settled_one(home, 1)


@pytest.mark.parametrize(
    ("turn", "mishap"),
    [(0, NO_ANSWER), (1, NO_ANSWER), (2, NO_ANSWER), (0, ResponseReceived(503, b"")), (1, ResponseReceived(503, b""))],
)
def test_one_attempt_that_chance_spoilt_leaves_room_to_doubt(home, mishap, turn):
    """V3-10.5: two answers of 500 beside a lost or busy one park nothing; three in a row would."""
    culprit = many(home)
    failures = [ResponseReceived(500, b"")] * 3
    failures[turn] = mishap
    alone = []

    def answer(request):
        if pushed(request) == [culprit]:
            alone.append(request)
            return failures[len(alone) - 1] if len(alone) <= 3 else home.answer(1, request)
        return ResponseReceived(500, b"") if culprit in pushed(request) else home.answer(1, request)

    talk = home.talk(1)
    talk._answer = answer
    finished = talk.run()
    assert len(alone) == 3
    assert finished.error is None
    assert (finished.report.parked, finished.report.deferred) == (0, 1)
    home.sync(1)
    settled_one(home, 1)


def test_what_was_parked_and_is_held_all_the_same_is_found_by_a_comparison(home):
    """V3-6.3, V3-6.5: the hub committed and then stumbled over its own answer, again and again."""
    culprit = many(home)
    talk = home.talk(1)

    def answer(request):
        said = home.answer(1, request)
        return ResponseReceived(500, b"") if culprit in pushed(request) else said

    talk._answer = answer
    assert talk.run().report.parked == 1
    assert home.hub.history.get(culprit)
    finished = home.sync(1)
    assert not home.disks[0].parked
    assert not finished.report.diverged
    assert finished.report.pulled == 0
    assert not home.sync(1).report.repaired
    settled_one(home, 1)


def test_a_hub_that_takes_only_small_requests_gets_small_ones(home):
    """V3-10.2"""
    many(home)
    talk = home.talk(1)
    talk._answer = lambda request: ResponseReceived(413, b"") if len(pushed(request)) > 7 else home.answer(1, request)
    finished = talk.run()
    assert finished.error is None
    assert finished.report.pushed == 40
    settled_one(home, 1)


def test_a_single_change_that_is_too_large_is_parked(home):
    talk = home.talk(1)
    talk._answer = lambda request: (
        ResponseReceived(413, b"") if record(2) in pushed(request) else home.answer(1, request)
    )
    finished = talk.run()
    assert (finished.report.pushed, finished.report.parked) == (2, 1)
    [parked] = home.disks[0].parked.values()
    assert parked.code == TooLarge.code


def test_a_hub_that_likes_no_change_at_all_ends_the_search(home):
    """V3-10.4"""
    many(home, 120)
    talk = home.talk(1)
    talk._answer = lambda request: ResponseReceived(400, b"") if pushed(request) else home.answer(1, request)
    finished = talk.run()
    assert isinstance(finished.error, RemoteProtocolError)
    assert finished.report.parked <= 33


# Refusals by name.
