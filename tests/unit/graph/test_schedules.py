from datetime import date

import pytest

from goodies_mcp.graph.schedules import next_run

THURSDAY_NOON = "2026-01-01T12:00:00.000000+00:00"


@pytest.mark.parametrize(
    ("content", "run"),
    [
        ({"time": "13:00"}, (date(2026, 1, 1), "runs at 13:00")),
        ({"time": "12:00"}, (date(2026, 1, 2), "runs at 12:00")),
        ({"time": "07:00", "days": ["mon", "Fri"]}, (date(2026, 1, 2), "runs at 07:00")),
        ({"time": "07:00", "days": ["thursday"]}, (date(2026, 1, 8), "runs at 07:00")),
        ({"days": ["thu"]}, (date(2026, 1, 1), "runs")),
        ({"days": "weekends", "time": "09:30"}, (date(2026, 1, 3), "runs at 09:30")),
        ({"time": "07:00", "enabled": False}, None),
        ({"days": ["month", "sunset", "m"]}, None),
        ({"time": "late", "days": []}, None),
        ({}, None),
    ],
)
def test_the_next_run_after_now(content, run):
    assert next_run(content, THURSDAY_NOON) == run


def test_the_calendar_has_an_end():
    assert next_run({"time": "07:00"}, "9999-12-31T12:00:00.000000+00:00") is None
