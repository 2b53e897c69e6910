"""Messages: rendered and read again they are the same; anything else is refused by the name of its field."""

import json
import time

import pytest

from goodies_mcp.core.causality.digest import BUCKETS
from goodies_mcp.errors import RemoteProtocolError, Unavailable
from goodies_mcp.inbetweenies import messages
from goodies_mcp.inbetweenies.limits import (
    MAX_HEADERS,
    MAX_PAGE_ROWS,
    MAX_PUSH_BYTES,
    MAX_PUSH_ROWS,
    MAX_RESPONSE_BYTES,
)
from goodies_mcp.inbetweenies.messages import (
    UNSUPPORTED,
    V2,
    V3,
    CompareRequest,
    CompareResponse,
    Cursor,
    Limits,
    PeerError,
    Refusal,
    SyncRequest,
    SyncResponse,
    check_content_digest,
    content_digest,
    parse_compare_request,
    parse_compare_response,
    parse_error,
    parse_sync_request,
    parse_sync_response,
    protocol_of,
    render,
)
from goodies_mcp.inbetweenies.rows import Header, Name, row_of
from tests.support.build import Device, record
from tests.support.clock import moment

ROW = row_of(Device(1).entity(record(1), "Küche", content={"watts": 5.0}))
WHO = {"device_id": "tablet", "incarnation": "file-1", "session": "s"}
HUB = {"household": "home", "request": 4, "epoch": "e", "server_time": moment(0)}
BUCKETS_OF_NOTHING = ["0" * 64] * BUCKETS

MESSAGES = [
    (SyncRequest(**WHO), parse_sync_request),
    (
        SyncRequest(
            **WHO,
            household="home",
            request=4,
            after=Cursor(epoch="e", seq=12),
            own=True,
            limits=Limits(rows=5, bytes=9),
            push=(ROW, ROW),
        ),
        parse_sync_request,
    ),
    (SyncResponse(**HUB, seq=3, buckets=BUCKETS_OF_NOTHING), parse_sync_response),
    (
        SyncResponse(
            **HUB,
            cursor=Cursor(epoch="e", seq=2**63 - 1),
            more=True,
            digest="f" * 64,
            refused=[Refusal(record="r", version="v", code="forbidden", message="no", hint="ask", retryable=True)],
            acked=(Name("a", "b"), Name("ü", "\x00")),
            changes=(ROW,),
        ),
        parse_sync_response,
    ),
    (CompareRequest(**WHO, epoch="e"), parse_compare_request),
    (CompareRequest(**WHO, household="home", epoch="e", have=(Header("r", "v", "0" * 64),)), parse_compare_request),
    (CompareResponse(**HUB, seq=0, buckets=BUCKETS_OF_NOTHING), parse_compare_response),
    (CompareResponse(**HUB, lacks=(Name("r", "v"),)), parse_compare_response),
]


@pytest.mark.parametrize(("message", "parse"), MESSAGES)
def test_a_message_is_read_as_it_was_written(message, parse):
    """V3-5.2, V3-5.3, V3-6.4"""
    assert parse(render(message)) == message


@pytest.mark.parametrize(("message", "parse"), MESSAGES)
def test_fields_of_editions_to_come_are_ignored(message, parse):
    """V3-2.6"""
    said = json.loads(render(message)) | {"mood": [1, {"a": None}], "zzz": "x"}
    assert parse(json.dumps(said).encode()) == message


@pytest.mark.parametrize(("message", "parse"), MESSAGES)
def test_a_message_without_a_needed_field_is_refused_by_its_name(message, parse):
    """V3-2.8"""
    said = json.loads(render(message))
    needed = {"device_id", "incarnation", "session", "household", "request", "epoch", "server_time"}
    if isinstance(message, SyncRequest | CompareRequest):
        needed -= {"household", "request"}
    for key in needed & said.keys():
        left = {name: value for name, value in said.items() if name != key}
        with pytest.raises(RemoteProtocolError) as refused:
            parse(json.dumps(left).encode())
        assert refused.value.argument == key


@pytest.mark.parametrize(
    ("key", "value", "place"),
    [
        ("protocol_version", "inbetweenies-v2", "protocol_version"),
        ("protocol_version", None, "protocol_version"),
        ("device_id", "", "device_id"),
        ("device_id", "x" * 513, "device_id"),
        ("device_id", "\ud800", "device_id"),
        ("request", -1, "request"),
        ("request", "1", "request"),
        ("request", 2**63, "request"),
        ("own", 1, "own"),
        ("after", {"epoch": "e"}, "after.seq"),
        ("after", {"epoch": "e", "seq": 1.0}, "after.seq"),
        ("after", "e/1", "after"),
        ("limits", {"rows": 0}, "limits.rows"),
        ("push", None, "push"),
        ("push", [3], "push[0]"),
    ],
)
def test_a_request_is_refused_by_the_field(key, value, place):
    """V3-2.8, V3-11.5"""
    said = json.loads(render(MESSAGES[0][0])) | {key: value}
    with pytest.raises(RemoteProtocolError) as refused:
        parse_sync_request(json.dumps(said).encode())
    assert refused.value.argument == place


@pytest.mark.parametrize(
    ("key", "value", "place"),
    [
        ("cursor", 5, "cursor"),
        ("more", "yes", "more"),
        ("takes", 0, "takes"),
        ("takes", "4000", "takes"),
        ("digest", "F" * 64, "digest"),
        ("digest", "f" * 64 + "\n", "digest"),
        ("buckets", ["0" * 64], "buckets"),
        ("buckets", ["0" * 63] * BUCKETS, "buckets.0"),
        ("refused", [{"record": "r"}], "refused.0.version"),
        ("acked", [["a"]], "acked[0]"),
        ("acked", [["a", "b"]] * (MAX_PUSH_ROWS + 1), "acked"),
        ("changes", [{}], "changes[0].dot"),
    ],
)
def test_an_answer_is_refused_by_the_field(key, value, place):
    said = json.loads(render(MESSAGES[2][0])) | {key: value}
    with pytest.raises(RemoteProtocolError) as refused:
        parse_sync_response(json.dumps(said).encode())
    assert refused.value.argument == place


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b"<html>",
        b'{"a":NaN}',
        b'{"a":-Infinity}',
        b'{"a":1}x',
        b"\xff\xfe{\x00}\x00",
        '{"a":1}'.encode("utf-16"),
        b'\xef\xbb\xbf{"a":1}',
        b'{"a":"\xed\xa0\x80"}',
        b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"a":' + b"9" * 5_000 + b"}",
    ],
    ids=range(14),
)
def test_what_is_no_message_is_refused(body):
    """V3-2.8: in every reader alike."""
    for parse in (parse_sync_request, parse_sync_response, parse_compare_request, parse_compare_response, protocol_of):
        with pytest.raises(RemoteProtocolError):
            parse(body)
    assert parse_error(body) == PeerError()


def test_numbers_beyond_a_double_are_refused_where_they_stand():
    """V3-2.8"""
    said = render(SyncRequest(**WHO, push=(ROW,))).replace(b'"watts":5.0', b'"watts":1e999')
    with pytest.raises(RemoteProtocolError, match="inf"):
        parse_sync_request(said)


def test_messages_are_bounded():
    """V3-11.1, V3-11.2, V3-11.3"""
    with pytest.raises(RemoteProtocolError, match="at most"):
        parse_sync_request(b" " * (MAX_PUSH_BYTES + 1))
    with pytest.raises(RemoteProtocolError, match="at most"):
        parse_sync_response(b" " * (MAX_RESPONSE_BYTES + 1))
    with pytest.raises(RemoteProtocolError, match="at most"):
        parse_sync_request(render(SyncRequest(**WHO, push=(ROW,) * (MAX_PUSH_ROWS + 1))))
    have = (Header("r", "v", "0" * 64),) * (MAX_HEADERS + 1)
    with pytest.raises(RemoteProtocolError, match="at most"):
        parse_compare_request(render(CompareRequest(**WHO, epoch="e", have=have)))
    rows = json.dumps({"changes": [{}] * (MAX_PAGE_ROWS + 1)}).encode()
    with pytest.raises(RemoteProtocolError, match="at most"):
        parse_sync_response(rows)


def test_a_v3_request_is_understood_by_a_v2_hub_up_to_the_edition():
    """V3-12.1: no field of ours may trip its validation before it says "Unsupported protocol version"."""
    said = json.loads(render(MESSAGES[1][0]))
    assert said["sync_type"] == "delta"
    assert said["user_id"] == said["device_id"] == "tablet"
    taken = {"changes", "vector_clock", "filters", "cursor"}
    assert not taken & said.keys()


def test_the_edition_of_a_request_is_told_before_it_is_read():
    """V3-12.2"""
    assert protocol_of(render(SyncRequest(**WHO))) == V3
    assert protocol_of(b'{"device_id":"d"}') == V2
    assert protocol_of(b'{"protocol_version":"inbetweenies-v9"}') == "inbetweenies-v9"
    with pytest.raises(RemoteProtocolError):
        protocol_of(b'{"protocol_version":3}')


def test_errors_of_any_kind_are_read_as_far_as_they_can_be():
    """V3-10.1"""
    ours = json.dumps({"error": Unavailable("busy", hint="wait").as_dict(), "detail": "busy"}).encode()
    assert parse_error(ours) == PeerError("unavailable", "busy", "wait", retryable=True)
    assert parse_error(b'{"detail":"%s"}' % UNSUPPORTED.encode()) == PeerError(message=UNSUPPORTED)
    assert parse_error(b'{"detail":[{"loc":["body"]}]}') == PeerError()
    assert parse_error(b'{"error":{"code":5,"message":[],"hint":{},"retryable":"no"}}') == PeerError()
    assert parse_error(b"<html>502 Bad Gateway</html>") == PeerError()
    assert len(parse_error(json.dumps({"detail": "x" * 10_000}).encode()).message) == 500


def test_a_damaged_body_is_told_from_a_bad_one():
    """V3-5.9"""
    body = render(MESSAGES[1][0])
    header = content_digest(body)
    assert header.startswith("sha-256=:")
    check_content_digest(body, header)
    check_content_digest(body, None)
    check_content_digest(body, "md5=:xxxx:")
    check_content_digest(body, f"md5=:xxxx:, {header}")
    for spoiled in (body[:-1], body + b" ", body[:9] + b"!" + body[10:]):
        with pytest.raises(Unavailable, match="damaged"):
            check_content_digest(spoiled, header)
    with pytest.raises(Unavailable):
        check_content_digest(body, "sha-256=:not base64:")


@pytest.mark.parametrize("name", ["MAX_PUSH_ROWS", "UNTOLD_PUSH_ROWS", "MAX_PAGE_ROWS"])
def test_the_limits_are_those_of_the_text(name):
    assert {"MAX_PUSH_ROWS": 4_000, "UNTOLD_PUSH_ROWS": 1_000, "MAX_PAGE_ROWS": 10_000}[name] == getattr(messages, name)


def test_a_big_page_is_read_in_good_time():
    """The budget is generous: reading and hashing 10,000 versions takes a tenth of this on an idle machine."""
    device = Device(1)
    rows = tuple(
        row_of(device.entity(record(n), f"Lamp {n}", content={"watts": n, "tags": ["a", "b"]})) for n in range(10_000)
    )
    body = render(SyncResponse(**HUB, cursor=Cursor(epoch="e", seq=1), changes=rows))
    began = time.process_time()
    assert len(parse_sync_response(body).changes) == 10_000
    assert time.process_time() - began < 2.0
