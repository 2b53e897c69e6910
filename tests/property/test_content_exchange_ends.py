"""V3-10.4 for files: whatever a hub answers, an exchange comes to an end, and what is kept has no gap."""

from hypothesis import given
from hypothesis import strategies as st

from goodies_mcp.core.models import Content
from goodies_mcp.errors import Unavailable
from goodies_mcp.inbetweenies.actions import RefreshToken, RequestFailed, RetryDue, TokenRefreshed, TokenRefused, Wait
from goodies_mcp.inbetweenies.content_exchange import (
    PART,
    Declined,
    FetchPart,
    Interrupted,
    KeepPart,
    Look,
    PartKept,
    SendPart,
    Told,
    Whole,
    fetching,
    sending,
)
from goodies_mcp.inbetweenies.patience import Patience
from goodies_mcp.inbetweenies.verdicts import Policy

SHA = "a" * 64
SIZE = 3 * PART + 17
MOST_ASKS = 2_000
ANSWERS = st.builds(
    Told,
    status=st.sampled_from([200, 201, 202, 206, 304, 400, 401, 403, 404, 409, 413, 416, 429, 500, 503, 507]),
    body=st.sampled_from([b"", b"{}", b"x" * 17, bytes(PART)]),
    retry_after=st.sampled_from([None, 0.0, 5.0, 7_200.0]),
    length=st.sampled_from([None, 0, 1, 17, PART, 2 * PART, SIZE, 1 << 40]),
)
SAID = st.one_of(ANSWERS, st.just(RequestFailed(Unavailable("cut off"))))


def patience():
    return Patience(Policy(), lambda: 0.5)


def carried(exchange, hears):
    """How the exchange ends when ``hears`` says what comes of each thing asked."""
    ask = next(exchange)
    for _ in range(MOST_ASKS):
        try:
            ask = exchange.send(hears(ask))
        except StopIteration as ended:
            return ended.value
    raise AssertionError("it does not end")


@given(data=st.data(), arrived=st.integers(0, SIZE), upwards=st.booleans())
def test_any_answers_come_to_an_end(data, arrived, upwards):
    kept = arrived

    def hears(ask):
        nonlocal kept
        match ask:
            case Wait():
                return RetryDue()
            case RefreshToken():
                return data.draw(st.sampled_from([TokenRefreshed(), TokenRefused()]))
            case KeepPart():
                assert ask.start == kept
                assert 0 < len(ask.data) <= PART
                kept += len(ask.data)
                return PartKept()
            case SendPart():
                assert 0 <= ask.start < ask.end <= SIZE
                assert ask.end - ask.start <= PART
        return data.draw(SAID)

    exchange = sending(Content(SHA, SIZE, "x/y"), patience()) if upwards else fetching(SHA, arrived, patience())
    assert isinstance(carried(exchange, hears), Whole | Declined | Interrupted)


@given(cuts=st.lists(st.integers(0, PART), max_size=4), there=st.integers(0, SIZE))
def test_a_fair_hub_behind_a_bad_line_has_all_of_it_in_the_end(cuts, there):
    """Each cut lets so many bytes of a part through."""
    arrived, cuts = there, list(cuts)

    def hears(ask):
        nonlocal arrived
        if isinstance(ask, Look):
            return Told(404, b"", length=arrived)
        if isinstance(ask, Wait):
            return RetryDue()
        assert ask.start <= arrived
        if cuts:
            arrived = max(arrived, min(ask.end, ask.start + cuts.pop()))
            return RequestFailed(Unavailable("cut off"))
        arrived = max(arrived, ask.end)
        return Told(201 if arrived == SIZE else 202, b"{}", length=arrived)

    assert carried(sending(Content(SHA, SIZE, "x/y"), patience()), hears) == Whole(SIZE)
    assert arrived == SIZE


@given(there=st.integers(0, SIZE), failures=st.lists(st.sampled_from([429, 500, 503]), max_size=3))
def test_all_of_it_comes_down_in_order(there, failures):
    kept, failures = there, list(failures)

    def hears(ask):
        nonlocal kept
        match ask:
            case Wait():
                return RetryDue()
            case KeepPart():
                assert ask.start == kept
                kept += len(ask.data)
                return PartKept()
            case _ if failures:
                return Told(failures.pop(), b"")
            case FetchPart():
                return Told(206, bytes(ask.end - ask.start))
        return Told(200, b"", length=SIZE)

    assert carried(fetching(SHA, there, patience()), hears) == Whole(SIZE)
    assert kept == SIZE
