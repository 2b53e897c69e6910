"""How long something is kept is read as people type it."""

import pytest

from goodies_mcp.cli.durations import moment_before
from goodies_mcp.errors import InvalidInput

NOW = "2026-03-31T12:34:56.000001+00:00"


@pytest.mark.parametrize(
    ("duration", "moment"),
    [
        ("1y", "2025-03-31"),
        (" 1 Y ", "2025-03-31"),
        ("1mo", "2026-02-28"),
        ("1m", "2026-02-28"),
        ("2w", "2026-03-17"),
        ("90d", "2025-12-31"),
        ("18 months", "2024-09-30"),
        ("P1Y6M", "2024-09-30"),
    ],
)
def test_a_duration_leads_to_the_moment_before(duration, moment):
    assert moment_before(NOW, duration) == moment + NOW[10:]


@pytest.mark.parametrize("duration", ["", "0d", "-1y", "1", "y", "1 fortnight", "1y1y", "99999y", "9999y", "١y"])
def test_anything_else_is_refused(duration):
    with pytest.raises(InvalidInput):
        moment_before(NOW, duration)
