"""Packing and unpacking: exact, bounded, and of damaged bytes nothing but a refusal."""

import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodies_mcp.errors import RemoteProtocolError, TooLarge
from goodies_mcp.inbetweenies.content_coding import decoded, encoded

CODINGS = ("zstd", "gzip")


@pytest.mark.parametrize("coding", CODINGS)
@given(body=st.binary(max_size=5_000))
def test_what_was_packed_comes_back(coding, body):
    assert decoded(encoded(body, coding), coding, 5_000) == body


@pytest.mark.parametrize("coding", ["", "identity", " Identity "])
def test_no_coding_leaves_it_as_it_is(coding):
    assert decoded(b"body", coding, 4) == b"body"
    with pytest.raises(TooLarge):
        decoded(b"body!", coding, 4)


@pytest.mark.parametrize("coding", CODINGS)
def test_the_limit_is_exact(coding):
    packed = encoded(bytes(1000), coding)
    assert decoded(packed, coding, 1000) == bytes(1000)
    with pytest.raises(TooLarge, match="999"):
        decoded(packed, coding, 999)


@pytest.mark.parametrize("coding", CODINGS)
def test_a_bomb_is_not_unpacked(coding, monkeypatch):
    import tracemalloc

    bomb = encoded(bytes(64 << 20), coding)
    tracemalloc.start()
    with pytest.raises(TooLarge):
        decoded(bomb, coding, 1 << 20)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 8 << 20


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("cut", [0, 1, 5, -1])
def test_half_a_body_is_none(coding, cut):
    packed = encoded(b"a body of some length" * 50, coding)
    with pytest.raises(RemoteProtocolError):
        decoded(packed[:cut], coding, 10_000)


@pytest.mark.parametrize("coding", CODINGS)
def test_nothing_may_follow(coding):
    with pytest.raises(RemoteProtocolError, match="goes on"):
        decoded(encoded(b"body", coding) + b"more", coding, 100)


@pytest.mark.parametrize("coding", CODINGS)
@given(body=st.binary(max_size=200))
def test_any_bytes_are_unpacked_or_refused(coding, body):
    with suppress(RemoteProtocolError, TooLarge):
        decoded(body, coding, 1_000)


def test_other_codings_are_refused():
    with pytest.raises(RemoteProtocolError, match="nobody asked for"):
        decoded(b"body", "br", 100)
    with pytest.raises(RemoteProtocolError, match="nobody asked for"):
        decoded(zlib.compress(b"body"), "gzip, gzip", 100)
    with pytest.raises(ValueError, match="br"):
        encoded(b"body", "br")
