import socket

import pytest

from goodies_mcp.errors import Forbidden, InvalidInput, Unavailable
from goodies_mcp.mcpserver.listening import in_url, is_loopback, listen, require_token


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "localhost", "LOCALHOST.", "::1", "[::1]"])
def test_this_machine_alone_needs_no_token(host):
    assert is_loopback(host)
    require_token(host, None)


WIDER = ["0.0.0.0", "::", "192.168.1.5", "goodies.local", "localhost.evil.com", "", "2130706433"]  # noqa: S104 refused


@pytest.mark.parametrize("host", WIDER)
def test_anything_wider_needs_one_and_says_how_to_make_it(host):
    with pytest.raises(Forbidden) as refused:
        require_token(host, None)
    assert "GOODIES_TOKEN" in refused.value.hint
    with pytest.raises(Forbidden):
        require_token(host, "")
    require_token(host, "s3cret")


def test_a_taken_port_says_so():
    with listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(Unavailable, match=str(port)) as refused:
            listen("127.0.0.1", port)
    assert "--port" in refused.value.hint


@pytest.mark.parametrize("host", ["203.0.113.1", "no.such.host.invalid", "x" * 300, "a..b", "127.0.0.1 ", "évil\x00"])
def test_a_foreign_address_is_refused(host):
    with pytest.raises(InvalidInput):
        listen(host, 0)


def test_localhost_is_where_every_host_looks_first():
    with listen("localhost", 0) as found:
        assert found.family == socket.AF_INET
        assert found.getsockname()[0] == "127.0.0.1"


def test_an_address_in_a_url():
    assert in_url("::1") == "[::1]"
    assert in_url("[::1]") == "[::1]"
    assert in_url("127.0.0.1") == "127.0.0.1"


def test_an_answer_in_two_pieces_does_not_wait_for_an_acknowledgement():
    with listen("127.0.0.1", 0) as listening, socket.create_connection(listening.getsockname()):
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
