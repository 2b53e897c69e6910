"""When a schedule runs next, from the time and the days in its content."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from goodies_mcp.core.models import JsonObject, JsonValue
from goodies_mcp.core.text import fold

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SETS = {
    "daily": frozenset(range(7)),
    "everyday": frozenset(range(7)),
    "every day": frozenset(range(7)),
    "weekdays": frozenset(range(5)),
    "workdays": frozenset(range(5)),
    "weekend": frozenset({5, 6}),
    "weekends": frozenset({5, 6}),
}


def next_run(content: JsonObject, now: str) -> tuple[date, str] | None:
    """The day of the next run after ``now`` and what it says ("runs at 07:00"); None when content names neither a
    time nor days, or the schedule is switched off. Times are taken as they stand, without a zone: as UTC. Never
    raises."""
    at, days = _time(content.get("time")), _weekdays(content.get("days"))
    if content.get("enabled") is False or (at is None and days is None):
        return None
    moment = datetime.fromisoformat(now).astimezone(UTC)
    wanted = days if days is not None else frozenset(range(7))
    for ahead in range(8):
        day = _later(moment.date(), ahead)
        passed = ahead == 0 and at is not None and moment.time() >= at
        if day is not None and day.weekday() in wanted and not passed:
            return day, f"runs at {at:%H:%M}" if at else "runs"
    return None


def _time(value: JsonValue) -> time | None:
    if not isinstance(value, str) or len(value) > 20:
        return None
    try:
        return time.fromisoformat(value.strip()).replace(tzinfo=None)
    except ValueError:
        return None


def _weekdays(value: JsonValue) -> frozenset[int] | None:
    """Days of the week, Monday 0; None when none are named."""
    said = [value] if isinstance(value, str) else value if isinstance(value, Sequence) else []
    found: set[int] = set()
    for each in said[:20]:
        word = fold(each[:40]) if isinstance(each, str) else ""
        found |= _SETS.get(word, frozenset())
        found |= {place for place, day in enumerate(_DAYS) if len(word) >= 2 and day.startswith(word)}
    return frozenset(found) or None


def _later(day: date, days: int) -> date | None:
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return None
