"""Any bytes are parsed or refused as the peer's fault, and nothing else comes out (PROTOCOL V3-2.8)."""

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goodies_mcp.errors import RemoteProtocolError
from goodies_mcp.inbetweenies.messages import (
    parse_compare_request,
    parse_compare_response,
    parse_error,
    parse_sync_request,
    parse_sync_response,
    protocol_of,
    render,
)
from tests.unit.inbetweenies.test_messages import MESSAGES

READERS = (parse_sync_request, parse_sync_response, parse_compare_request, parse_compare_response, protocol_of)
BODIES = [render(message) for message, _ in MESSAGES]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=10,
)


def read(body):
    """Give the bytes to every reader; returns how many took them."""
    taken = 0
    for parse in READERS:
        try:
            parse(body)
        except RemoteProtocolError as error:
            if not error.argument:
                raise AssertionError("a refusal names the field") from error
        else:
            taken += 1
    parse_error(body)
    return taken


@given(st.binary(max_size=200))
def test_noise(body):
    read(body)


@given(json_values)
def test_json_of_any_shape(value):
    read(json.dumps(value).encode("utf-8", "surrogatepass"))


@given(st.sampled_from(BODIES), st.data())
@settings(max_examples=300)
def test_good_messages_with_one_value_changed(body, data):
    said = json.loads(body)
    here, key = said, data.draw(st.sampled_from(sorted(said)))
    while True:
        inner = here[key]
        if isinstance(inner, dict) and inner and data.draw(st.booleans()):
            here, key = inner, data.draw(st.sampled_from(sorted(inner)))
        elif isinstance(inner, list) and inner and data.draw(st.booleans()):
            here, key = inner, data.draw(st.integers(0, len(inner) - 1))
        else:
            break
    here[key] = data.draw(json_values)
    read(json.dumps(said).encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("seed", range(3))
def test_good_messages_with_bytes_changed_cut_or_doubled(seed):
    source = random.Random(seed)
    for _ in range(400):
        body = bytearray(source.choice(BODIES))
        for _ in range(source.randint(1, 4)):
            place = source.randrange(len(body) or 1)
            match source.randrange(4):
                case 0:
                    body[place : place + 1] = bytes([source.randrange(256)])
                case 1:
                    del body[place:]
                case 2:
                    body[place:place] = body[: source.randrange(40)]
                case _:
                    body[place : place + 1] = source.choice((b"[", b"{", b"null", b'"', b"1e999", b"\\ud800", b"NaN"))
        read(bytes(body))


def test_the_readers_do_take_good_messages():
    assert [read(body) >= 2 for body in BODIES] == [True] * len(BODIES)
