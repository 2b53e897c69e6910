"""Whatever bytes come from a v2 peer: a message, or the peer's fault by name, and nothing else."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodies_mcp.errors import RemoteProtocolError
from goodies_mcp.inbetweenies.messages import Cursor
from goodies_mcp.inbetweenies.v2_arrivals import arrived
from goodies_mcp.inbetweenies.v2_messages import (
    parse_edges,
    parse_request,
    parse_response,
    parse_versions,
    render_request,
    render_response,
)
from goodies_mcp.inbetweenies.v2_place import Place
from tests.interop.recorded import NAMES, body_bytes, steps

PARSERS = (parse_request, parse_response, parse_edges, parse_versions)

WORDS = st.sampled_from(
    ["id", "version", "entity", "changes", "relationships", "entity_type", "content", "filters", "since", "cursor",
     "change_type", "sync_type", "server_time", "applied", "device_id", "user_id", "name", "delete", "full", "versions",
     "parent_versions", "from_entity_id", "to_entity_id", "relationship_type", "properties", "vector_clock", "clocks"]
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=8),
    max_leaves=20,
)


@pytest.mark.parametrize("parse", PARSERS)
@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_read_or_are_the_peers_fault(parse, body):
    with suppress(RemoteProtocolError):
        parse(body)


@pytest.mark.parametrize("parse", PARSERS)
def test_a_body_nested_without_end_is_the_peers_fault(parse):
    with pytest.raises(RemoteProtocolError):
        parse(b'{"changes":' * 100_000)


@given(JSON)
def test_what_is_read_of_a_request_is_what_is_written(value):
    said = {"device_id": "d", "user_id": "u", "sync_type": "delta", "changes": []}
    body = json.dumps({**said, **(value if isinstance(value, dict) else {})}).encode()
    try:
        request = parse_request(body)
    except RemoteProtocolError:
        return
    again = parse_request(render_request(request))
    assert (again.changes, again.since, again.cursor) == (request.changes, request.since, request.cursor)


@pytest.mark.parametrize("name", NAMES)
def test_everything_that_was_recorded_can_be_read(name):
    for step in steps(name):
        if not step.request["path"].startswith("/api/v1/sync/") or step.request["method"] != "POST":
            continue
        recorded = step.response["body"]
        if step.response["status"] == 200 and not step.unrecorded:
            whole = [change for change in recorded["changes"] if isinstance(change, dict)]
            applied = [each for each in recorded["applied"] if not each.startswith("<")]
            answer = parse_response(json.dumps({**recorded, "changes": whole, "applied": applied}).encode())
            assert len(answer.changes) == len(arrived(answer.changes).current)
            assert parse_response(render_response(answer, {})) == answer
        if step.response["status"] == 200:
            parse_request(body_bytes(step.request))


@given(st.text(max_size=50), st.integers(0, 10))
def test_any_cursor_is_a_place(epoch, seq):
    place = Place.of(Cursor(epoch=epoch or "x", seq=seq))
    assert Place.of(place.cursor()) == place or place.seq == 0
