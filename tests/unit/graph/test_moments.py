import pytest

from goodies_mcp.errors import InvalidInput
from goodies_mcp.graph.moments import moment_or_now, parse_moment, seconds_between


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-03-01", "2026-03-01T00:00:00.000000+00:00"),
        ("2026-03-01T07:30", "2026-03-01T07:30:00.000000+00:00"),
        ("2026-03-01 07:30:00.5", "2026-03-01T07:30:00.500000+00:00"),
        ("2026-03-01t07:30:00z", "2026-03-01T07:30:00.000000+00:00"),
        (" 2026-03-01T07:30:00+01:00 ", "2026-03-01T06:30:00.000000+00:00"),
        ("2026-01-01T00:30:00+02:00", "2025-12-31T22:30:00.000000+00:00"),
    ],
)
def test_any_iso_time_becomes_one_form(written, meant):
    assert parse_moment(written, "at") == meant


@pytest.mark.parametrize(
    "written",
    ["", "  ", "yesterday", "2026-13-01", "2026-02-30", "٢٠٢٦-01-01", "0001-01-01T00:00:00+14:00", "9" * 100, "\ud800"],
)
def test_anything_else_is_refused_by_the_name_of_the_argument(written):
    with pytest.raises(InvalidInput) as refused:
        parse_moment(written, "since")
    assert refused.value.argument == "since"
    assert "ISO-8601" in refused.value.hint
    assert refused.value.__cause__ is None, "the command line would tell what Python said"


def test_no_moment_is_now():
    assert moment_or_now(None) is None
    assert moment_or_now("2026-03-01") == "2026-03-01T00:00:00.000000+00:00"


def test_a_clock_that_was_set_back_makes_nothing_younger_than_now():
    earlier, later = parse_moment("2026-03-01", ""), parse_moment("2026-03-01T00:01", "")
    assert seconds_between(earlier, later) == 60
    assert seconds_between(later, earlier) == 0
