"""How content crosses, part by part: every answer a hub may give, and what is asked next."""

import pytest

from goodies_mcp.core.models import Content
from goodies_mcp.errors import Forbidden, NotFound, RemoteProtocolError, TooLarge, Unauthorized, Unavailable
from goodies_mcp.inbetweenies.actions import (
    RefreshToken,
    RequestFailed,
    RetryDue,
    TokenRefreshed,
    TokenRefused,
    Wait,
)
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
from goodies_mcp.inbetweenies.content_wording import told_length, worded
from goodies_mcp.inbetweenies.limits import MAX_BLOB_BYTES
from goodies_mcp.inbetweenies.patience import Patience
from goodies_mcp.inbetweenies.verdicts import Policy

SHA = "a" * 64
FILM = Content(SHA, 2 * PART + 10, "video/mp4", "film.mp4")
SMALL = Content(SHA, 10, "text/plain")
CUT = RequestFailed(Unavailable("the connection to the hub broke off"))
LOOK = Look(SHA)


def patience(**policy):
    return Patience(Policy(**policy), lambda: 0.0)


class Talk:
    """An exchange, and what it asks for."""

    def __init__(self, exchange):
        self.exchange = exchange
        self.asks = [next(exchange)]
        self.end = None

    def hears(self, *said):
        for each in said:
            assert self.end is None
            try:
                self.asks.append(self.exchange.send(each))
            except StopIteration as ended:
                self.end = ended.value
        return self.asks[-1] if self.end is None else self.end


def sends(content=FILM, **policy):
    return Talk(sending(content, patience(**policy)))


def fetches(arrived=0, **policy):
    return Talk(fetching(SHA, arrived, patience(**policy)))


def lacks(arrived=0):
    return Told(404, b"", length=arrived)


def took(arrived):
    return Told(202, b"{}", length=arrived)


def test_what_is_there_is_not_sent():
    """V3-9.3."""
    talk = sends()
    assert talk.asks == [LOOK]
    assert talk.hears(Told(200, b"", length=FILM.size)) == Whole(FILM.size)


def test_it_goes_up_in_parts():
    """V3-9.3."""
    talk = sends()
    assert talk.hears(lacks()) == SendPart(FILM, 0, PART)
    assert talk.hears(took(PART)) == SendPart(FILM, PART, 2 * PART)
    assert talk.hears(took(2 * PART)) == SendPart(FILM, 2 * PART, FILM.size)
    assert talk.hears(Told(201, b"{}", length=FILM.size)) == Whole(FILM.size)


def test_a_part_that_was_cut_off_goes_on_where_it_stopped():
    """V3-9.3."""
    talk = sends()
    talk.hears(lacks(PART))
    assert isinstance(talk.hears(CUT), Wait)
    assert talk.hears(RetryDue()) == LOOK
    assert talk.hears(lacks(PART + 5)) == SendPart(FILM, PART + 5, 2 * PART + 5)


def test_all_of_it_arrived_and_nobody_looked_at_it():
    talk = sends()
    assert talk.hears(lacks(FILM.size)) == SendPart(FILM, FILM.size - 1, FILM.size)
    assert sends(SMALL).hears(lacks(99)) == SendPart(SMALL, 9, 10)


def test_nothing_at_all_is_content_too():
    empty = Content(SHA, 0, "text/plain")
    ask = sends(empty).hears(lacks())
    assert ask == SendPart(empty, 0, 0)
    assert ask.whole


def test_other_bytes_arrived_and_once_more_is_enough():
    """V3-9.4."""
    talk = sends(SMALL)
    talk.hears(lacks())
    assert talk.hears(Told(400, b"{}")) == LOOK
    talk.hears(lacks())
    end = talk.hears(Told(400, b"{}"))
    assert isinstance(end, Declined)
    assert isinstance(end.error, RemoteProtocolError)


@pytest.mark.parametrize(
    ("status", "kind"), [(403, Forbidden), (404, NotFound), (405, NotFound), (413, TooLarge), (501, NotFound)]
)
def test_what_a_hub_declines(status, kind):
    """V3-9.6."""
    said = Told(status, b'{"error":{"code":"x","message":"no"}}')
    talk = sends()
    talk.hears(lacks())
    end = talk.hears(said)
    assert isinstance(end, Declined)
    assert isinstance(end.error, kind)
    assert isinstance(sends().hears(said), Declined)
    assert isinstance(fetches().hears(said), Declined)


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504, 507])
def test_what_time_may_help_is_tried_so_often_and_then_put_off(status):
    talk = sends(attempts=3)
    talk.hears(lacks())
    for _ in range(2):
        assert isinstance(talk.hears(Told(status, b"")), Wait)
        assert talk.hears(RetryDue()) == LOOK
        talk.hears(lacks())
    assert isinstance(talk.hears(Told(status, b"")), Interrupted)


def test_attempts_are_counted_anew_only_where_it_moves_on():
    """V3-10.4."""
    talk = sends(attempts=2)
    for arrived in (100_000, 200_000, 300_000):
        talk.hears(lacks(arrived))
        assert isinstance(talk.hears(CUT), Wait)
        talk.hears(RetryDue())
    talk.hears(lacks(300_001))
    assert isinstance(talk.hears(CUT), Interrupted)


def test_an_upload_that_a_hub_acks_and_forgets_comes_to_an_end():
    talk = sends(attempts=4)
    for _ in range(100):
        ask = talk.asks[-1]
        said = lacks() if ask == LOOK else RetryDue() if isinstance(ask, Wait) else took(ask.end - 1)
        if isinstance(talk.hears(said), Interrupted):
            break
    assert isinstance(talk.end, Interrupted)
    assert len(talk.asks) < 20


def test_a_token_is_renewed_or_not():
    talk = sends()
    assert isinstance(talk.hears(Told(401, b"")), RefreshToken)
    assert talk.hears(TokenRefreshed()) == LOOK
    talk.hears(Told(401, b""))
    end = talk.hears(TokenRefused())
    assert isinstance(end.error, Unauthorized)
    assert "hub login" in end.error.hint
    away = fetches()
    away.hears(Told(401, b""))
    assert away.hears(CUT) == Interrupted(CUT.error)


def test_a_hub_that_wants_to_be_left_alone_for_long():
    end = sends().hears(Told(503, b"", 3_600.0))
    assert (type(end), end.retry_after) == (Interrupted, 3_600.0)


def test_it_comes_down_in_parts_behind_what_is_here():
    """V3-9.3."""
    talk = fetches(5)
    assert talk.asks == [LOOK]
    assert talk.hears(Told(200, b"", length=PART + 6, kind="image/png")) == FetchPart(SHA, 5, PART + 5)
    data = b"x" * PART
    assert talk.hears(Told(206, data)) == KeepPart(5, data)
    assert talk.hears(PartKept()) == FetchPart(SHA, PART + 5, PART + 6)
    assert talk.hears(Told(206, b"y")) == KeepPart(PART + 5, b"y")
    assert talk.hears(PartKept()) == Whole(PART + 6, "image/png")


def test_more_is_here_than_there():
    """What is here cannot be right, and is looked at."""
    assert fetches(99).hears(Told(200, b"", length=10, kind="text/plain")) == Whole(10, "text/plain")


@pytest.mark.parametrize("answer", [Told(200, b"0123456789"), Told(206, b"012"), Told(206, b"0" * 11), Told(206, b"")])
def test_another_part_than_was_asked_for_is_not_kept(answer):
    talk = fetches(attempts=2)
    talk.hears(Told(200, b"", length=10))
    assert isinstance(talk.hears(answer), Wait)
    talk.hears(RetryDue())
    end = talk.hears(answer)
    assert isinstance(end, Interrupted)
    assert not [ask for ask in talk.asks if isinstance(ask, KeepPart)]


def test_a_hub_that_holds_more_than_a_device_keeps():
    """V3-11.6."""
    end = fetches().hears(Told(200, b"", length=MAX_BLOB_BYTES + 1))
    assert isinstance(end, Declined)
    assert isinstance(end.error, TooLarge)
    assert isinstance(fetches().hears(Told(200, b"")).error, RemoteProtocolError)


def test_how_it_is_worded():
    """V3-9.1."""
    path = f"/api/v1/content/{SHA}"
    plain = {"accept": "*/*", "accept-encoding": "identity"}
    assert worded(LOOK) == ("HEAD", path, plain)
    assert worded(FetchPart(SHA, 5, 9)) == ("GET", path, plain | {"range": "bytes=5-8"})
    kind = plain | {"content-type": "video/mp4"}
    part = SendPart(FILM, PART, 2 * PART)
    assert worded(part) == ("PUT", path, kind | {"content-range": f"bytes {PART}-{2 * PART - 1}/{FILM.size}"})
    assert worded(SendPart(SMALL, 0, 10)) == ("PUT", path, plain | {"content-type": "text/plain"})


def test_how_much_a_hub_has():
    assert told_length(LOOK, {"content-length": "12"}) == 12
    assert told_length(LOOK, {"content-length": "0", "upload-offset": "7"}) == 7
    assert told_length(SendPart(SMALL, 0, 10), {"content-length": "12"}) is None
    for odd in ("", "-1", "1e3", "²", "9" * 19):
        assert told_length(LOOK, {"upload-offset": odd}) is None
