"""Content is written by anybody: whatever it holds, reading due dates out of it ends with dates or with nothing."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from goodies_mcp.core.due import due_dates
from goodies_mcp.core.models import EntityPayload
from goodies_mcp.graph.schedules import next_run

DAYS = st.dates().map(date.isoformat) | st.datetimes().map(lambda at: at.isoformat()) | st.text(max_size=12)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | DAYS
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)
EVERY = (
    JSON
    | st.from_regex(r"(every )?\d{0,7} ?(day|week|month|year)s?", fullmatch=True)
    | st.from_regex(r"P\d{1,6}[YMWD]", fullmatch=True)
    | st.dictionaries(st.sampled_from(["days", "weeks", "months", "years", "day"]), JSON, max_size=3)
)
TASKS = st.fixed_dictionaries({}, optional={"what": JSON, "last": DAYS | JSON, "every": EVERY, "due_on": DAYS | JSON})
CONTENT = st.fixed_dictionaries(
    {},
    optional={
        "due_on": DAYS | JSON,
        "due": DAYS | JSON,
        "warranty_until": DAYS | JSON,
        "maintenance": TASKS | st.lists(TASKS | JSON, max_size=4) | JSON,
        "battery": st.fixed_dictionaries({}, optional={"changed_on": DAYS | JSON, "lasts": EVERY}) | JSON,
        "time": st.times().map(lambda at: at.isoformat()) | JSON,
        "days": st.lists(st.sampled_from(["mon", "Tuesday", "weekdays", "x"]) | JSON, max_size=4) | JSON,
        "enabled": JSON,
    },
)


@given(CONTENT)
def test_whatever_content_holds_only_dates_come_out(content):
    found = due_dates(EntityPayload("device", "Boiler", content))
    assert list(found) == sorted(set(found))
    assert all(date.fromisoformat(on).isoformat() == on and what for on, what in found)


@given(CONTENT, st.datetimes())
def test_schedules_run_today_or_within_a_week_or_never(content, now):
    run = next_run(content, f"{now.isoformat(timespec='microseconds')}+00:00")
    assert run is None or 0 <= (run[0] - now.date()).days <= 7
