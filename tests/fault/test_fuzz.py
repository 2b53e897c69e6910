"""Fuzzed messages at CI size; ``python -m tools.fault.fuzz`` is the full run."""

import pytest

from tools.fault import fuzz


@pytest.mark.timeout(300)
def test_the_server_neither_dies_nor_answers_with_a_trace(tmp_path):
    tally = fuzz.over_stdio(tmp_path, messages=2_000, seed=20260728)
    assert tally.faults == []
    assert tally.answers > 1_000


@pytest.mark.timeout(300)
def test_the_same_over_http(tmp_path):
    tally = fuzz.over_http(tmp_path, messages=500, seed=20260728)
    assert tally.faults == []
    assert tally.answers > 400
