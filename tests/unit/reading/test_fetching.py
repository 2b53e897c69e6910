"""P15: an address that a tool is given leads to the open internet or nowhere."""

import socket
import threading
from io import BytesIO
from time import monotonic

import pytest

from goodies_mcp.errors import Forbidden, InvalidInput, NotFound, TooLarge, Unavailable
from goodies_mcp.reading.endings import Ending
from goodies_mcp.reading.fetching import Fetcher
from tests.support.web import moved, sending, web

HERE = """\
127.0.0.1 127.1 2130706433 0x7f000001 0177.0.0.1 017700000001 0.0.0.0 0 localhost localhost. LOCALHOST [::1] [::]
[::ffff:127.0.0.1] [::ffff:7f00:1] [0:0:0:0:0:ffff:127.0.0.1]"""
NEAR = ["169.254.169.254", "[::ffff:169.254.169.254]", "[fd00:ec2::254]", "10.0.0.1", "192.168.1.1", "[fe80::1]"]


@pytest.fixture
def server(tmp_path):
    with web(tmp_path) as running:
        yield running


def fetched(url, **options):
    out = BytesIO()
    about = Fetcher(**options).fetch(url, out, Ending())
    return out.getvalue(), about


def trusting(server, **options):
    return {"context": server.context, "trusted": [server.endpoint], **options}


def test_what_is_at_an_address_comes_with_its_type_and_name(server):
    server.pages["/manuals/AQ%20600.pdf?x=1"] = sending(b"%PDF-", Content_Type="application/pdf")
    data, about = fetched(server.url("/manuals/AQ%20600.pdf?x=1"), **trusting(server))
    assert data == b"%PDF-"
    assert (about.content_type, about.file_name) == ("application/pdf", None)
    server.pages["/a.pdf"] = sending(b"x")
    assert fetched(server.url("/a.pdf#page=2"), **trusting(server))[1].file_name == "a.pdf"


def test_nothing_of_this_machine_is_told(server, monkeypatch):
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    server.pages["/"] = sending(b"x", Set_Cookie="a=b")
    fetched(server.url(), **trusting(server))
    [(_, headers)] = server.asked
    assert set(headers) == {"Host", "User-Agent", "Accept", "Accept-Encoding"}
    assert headers["Host"] == f"127.0.0.1:{server.port}"


@pytest.mark.parametrize("host", HERE.split())
def test_p15_this_machine_is_refused_however_it_is_written(server, host):
    with pytest.raises((Forbidden, Unavailable)):
        fetched(server.url(host=host), context=server.context)
    assert server.connections == 0


@pytest.mark.parametrize("host", NEAR)
def test_p15_the_network_around_it_is_refused(host):
    with pytest.raises(Forbidden, match="open internet"):
        fetched(f"https://{host}/latest/meta-data/")


@pytest.mark.parametrize("host", [*HERE.split(), *NEAR])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_p15_a_redirect_leads_no_further_than_an_address(server, tmp_path, host, status):
    (tmp_path / "other").mkdir()
    with web(tmp_path / "other") as other:
        server.pages["/"] = moved(other.url("/secret", host=host), status)
        other.pages["/secret"] = sending(b"hush")
        with pytest.raises((Forbidden, Unavailable)):
            fetched(server.url(), **trusting(server))
        assert (server.connections, other.connections) == (1, 0)


@pytest.mark.parametrize(
    "url", ["http://example.org/", "ftp://example.org/", "file:///etc/passwd", "//example.org/", "example.org", "https://",
            "https:///x", "https://user:pw@example.org/", "https://user@example.org/", "https://example.org:0/",
            "https://example.org:99999/", "https://exa mple.org/", "https://example.org/\r\nX: y", "https://[::1/", "",
            "https://example.org\\@127.0.0.1/", "https://" + "x" * 3_000, "gopher://127.0.0.1:6379/_FLUSHALL"],
)  # fmt: skip
def test_p15_what_is_no_plain_https_address_is_refused(url):
    with pytest.raises(InvalidInput):
        fetched(url)


@pytest.mark.parametrize(
    "to", ["http://127.0.0.1/", "file:///etc/passwd", "javascript:alert(1)", "https://u:p@1.1.1.1/"]
)
def test_p15_a_redirect_to_what_is_no_https_address_is_refused(server, to):
    server.pages["/"] = moved(to)
    with pytest.raises(InvalidInput):
        fetched(server.url(), **trusting(server))


def test_p15_a_name_that_changes_its_mind_changes_nothing(server):
    asked = []

    def rebinding(host, port):
        asked.append(host)
        return ["127.0.0.1"] if len(asked) > 1 else ["192.0.2.7", "127.0.0.1"][1:]

    server.pages["/"] = sending(b"checked")
    out = BytesIO()
    with pytest.raises(
        Forbidden
    ):  # the certificate is for an address and not for this name: that far it came, and once
        Fetcher(**trusting(server), resolve=rebinding).fetch(server.url(host="rebind.example"), out, Ending())
    assert asked == ["rebind.example"]
    assert server.connections == 1


def test_p15_one_closed_address_among_open_ones_closes_the_name(server):
    with pytest.raises(Forbidden, match="open internet"):
        fetched("https://both.example/", resolve=lambda host, port: ["93.184.216.34", "127.0.0.1"])


def test_p15_a_certificate_that_nobody_vouches_for_is_refused(server):
    server.pages["/"] = sending(b"x")
    with pytest.raises(Forbidden, match="certificate"):
        fetched(server.url(), trusted=[server.endpoint])


def test_a_redirect_is_followed_and_a_circle_ends(server):
    server.pages["/"] = moved("/next")
    server.pages["/next"] = sending(b"found")
    assert fetched(server.url(), **trusting(server))[0] == b"found"
    server.pages["/next"] = moved(server.url("/"))
    with pytest.raises(Unavailable, match="moved more than 5 times"):
        fetched(server.url(), **trusting(server))


@pytest.mark.parametrize(
    ("status", "error"), [(404, NotFound), (410, NotFound), (403, Unavailable), (500, Unavailable), (204, Unavailable)]
)
def test_another_answer_is_an_error(server, status, error):
    server.pages["/"] = sending(b"", status)
    with pytest.raises(error):
        fetched(server.url(), **trusting(server))


def test_what_is_packed_is_not_unpacked(server):
    server.pages["/"] = sending(b"\x1f\x8b" + b"\0" * 100, Content_Encoding="gzip")
    with pytest.raises(InvalidInput, match="packed"):
        fetched(server.url(), **trusting(server))


def test_what_is_too_large_ends_when_it_is_announced_and_when_it_is_not(server):
    server.pages["/said"] = sending(b"x" * 2_000)

    def endless(request):
        request.send_response(200)
        request.end_headers()
        while True:
            request.wfile.write(b"x" * 65_536)

    server.pages["/unsaid"] = endless
    for path in ("/said", "/unsaid"):
        out = BytesIO()
        with pytest.raises(TooLarge, match="1000 bytes"):
            Fetcher(**trusting(server), most=1_000).fetch(server.url(path), out, Ending())
        assert len(out.getvalue()) <= 1_000


def test_a_file_that_breaks_off_is_an_error(server):
    server.pages["/"] = sending(b"half", Content_Length="8")
    with pytest.raises(Unavailable, match="ended before"):
        fetched(server.url(), **trusting(server))


def trickling(gone):
    """An answer that never stops and never gets anywhere, until the client has gone."""

    def answer(request):
        request.send_response(200)
        request.end_headers()
        try:
            while True:
                request.wfile.write(b".")
                gone.wait(0.05)
        except OSError:
            gone.set()

    return answer


def test_a_server_that_trickles_is_cut_off_when_time_is_over(server):
    gone = threading.Event()
    server.pages["/"] = trickling(gone)
    began = monotonic()
    with pytest.raises(Unavailable, match="too long"):
        fetched(server.url(), **trusting(server, seconds=0.5))
    assert monotonic() - began < 5
    assert gone.wait(10)


def test_a_server_that_says_nothing_is_cut_off_when_time_is_over():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        began = monotonic()
        with pytest.raises(Unavailable, match="too long"):
            fetched(f"https://127.0.0.1:{port}/", trusted=[("127.0.0.1", port)], seconds=0.5)
        assert monotonic() - began < 5


def test_a_caller_that_gives_up_is_gone_at_once(server):
    gone = threading.Event()
    server.pages["/"] = trickling(gone)
    ending, arrived = Ending(), threading.Event()

    class Told(BytesIO):
        def write(self, data):
            arrived.set()
            return super().write(data)

    def give_up():
        arrived.wait(10)
        ending.give_up()

    thread = threading.Thread(target=give_up)
    thread.start()
    with pytest.raises(Unavailable, match="cancelled"):
        Fetcher(**trusting(server)).fetch(server.url(), Told(), ending)
    thread.join()
    assert gone.wait(10)
    with pytest.raises(Unavailable, match="cancelled"):
        Fetcher(**trusting(server)).fetch(server.url(), Told(), ending)


def test_a_resolver_that_hangs_is_not_waited_for():
    stuck = threading.Event()

    def hanging(host, port):
        stuck.wait(30)
        return []

    began = monotonic()
    with pytest.raises(Unavailable, match="no host"):
        fetched("https://slow.example/", resolve=hanging, seconds=0.3)
    assert monotonic() - began < 5
    stuck.set()


def test_a_port_where_nobody_listens_is_told():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(Unavailable, match="cannot be reached"):
        fetched(f"https://127.0.0.1:{port}/", trusted=[("127.0.0.1", port)])
