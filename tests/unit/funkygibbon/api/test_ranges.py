"""Ranges in the words of HTTP, as numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodies_mcp.errors import InvalidInput
from goodies_mcp.funkygibbon.api.ranges import Part, Unsatisfiable, asked_range, sent_part


@given(st.integers(0, 50), st.text("bytes=-0123456789, ", max_size=16))
def test_any_text_is_a_part_that_is_there_or_the_whole_or_not_there(total, header):
    try:
        part = asked_range(header, total)
    except Unsatisfiable:
        return
    assert part is None or (0 <= part.start < part.end <= total == part.total)


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40))
def test_a_part_that_is_sent_lies_within_its_whole(first, last, total):
    try:
        part = sent_part(f"bytes {first}-{last}/{total}")
    except InvalidInput:
        assert not first <= last < total
    else:
        assert part == Part(first, last + 1, total)
        assert first <= last < total


@pytest.mark.parametrize("header", ["", "bytes", "bytes 1-2", "bytes ٠-١/٢", "bytes 0-1/99999999999999999999"])
def test_what_is_no_part_is_refused(header):
    with pytest.raises(InvalidInput):
        sent_part(header)
