"""What falls due, read out of an entity's free content: services, filters, warranties, batteries.

Content is written by people, importers and models, so nothing here raises: what cannot be read as a date or an
interval says nothing. The stores index what :func:`due_dates` finds.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from goodies_mcp.core.models import EntityPayload, JsonValue

_DATES = (("due_on", "due"), ("due", "due"), ("warranty_until", "warranty ends"), ("expires_on", "expires"))
_MOST_TASKS = 200
_LONGEST_WHAT = 200

_ISO_INTERVAL = re.compile(
    r"P(?=\d)(?:(\d{1,4})Y)?(?:(\d{1,5})M)?(?:(\d{1,5})W)?(?:(\d{1,6})D)?(?:T[\dHMS.]+)?", re.ASCII | re.IGNORECASE
)
_SPOKEN_INTERVAL = re.compile(
    r"(?:every |each )?(\d{1,6}|an?|one|other|two|three|four|five|six|seven|eight|nine|ten|twelve)? ?"
    r"(day|week|month|quarter|year)s?",
    re.ASCII,
)
_ADVERBS = {
    "daily": (0, 1),
    "weekly": (0, 7),
    "biweekly": (0, 14),
    "fortnightly": (0, 14),
    "monthly": (1, 0),
    "quarterly": (3, 0),
    "half-yearly": (6, 0),
    "yearly": (12, 0),
    "annually": (12, 0),
}
_NUMBERS = {
    "": 1,
    "a": 1,
    "an": 1,
    "one": 1,
    "other": 2,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "twelve": 12,
}
_UNITS = {"day": (0, 1), "week": (0, 7), "month": (1, 0), "quarter": (3, 0), "year": (12, 0)}

Interval = tuple[int, int]
"""Months and days, of which at least one is positive."""


def due_dates(payload: EntityPayload) -> tuple[tuple[str, str], ...]:
    """All ``(ISO date, what)`` that the content names, ordered; empty when it names none. Never raises.

    Read are ``due_on`` or ``due``, ``warranty_until``, ``expires_on``, ``battery`` with ``changed_on`` and ``lasts``,
    and ``maintenance``, tasks with ``what`` and either ``due_on`` or ``last`` and ``every``.
    """
    content = payload.content
    return tuple(sorted({(day.isoformat(), what) for day, what in _found(content)}))


def unread(content: Mapping[str, JsonValue]) -> list[str]:
    """Keys that are there to say when something falls due and say nothing that can be read."""
    found = [key for key, _ in _DATES if content.get(key) is not None and parse_day(content[key]) is None]
    upkeep = content.get("maintenance")
    if upkeep and (not (tasks := list(_tasks(upkeep))) or any(_task_day(task) is None for task in tasks)):
        found.append("maintenance")
    return found


def parse_day(value: object) -> date | None:
    """The UTC day of an ISO date or time; None for anything else."""
    if not isinstance(value, str) or not 8 <= len(value) <= 40 or not value.isascii():
        return None
    try:
        moment = datetime.fromisoformat(value.strip().upper())
        return (moment if moment.tzinfo is None else moment.astimezone(UTC)).date()
    except (ValueError, OverflowError):
        return None


def parse_interval(value: object) -> Interval | None:
    """``"6 months"``, ``"P6M"``, ``"yearly"``, ``{"weeks": 2}`` or a number of days as months and days."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return _positive(0, value)
    if isinstance(value, Mapping):
        return _summed((value.get(f"{unit}s", value.get(unit, 0)), unit) for unit in _UNITS)
    if isinstance(value, str) and len(value) <= 40:
        return _spoken(" ".join(value.lower().split()))
    return None


def later(day: date, interval: Interval) -> date | None:
    """The day that lies an interval later, a month's end staying inside its month; None beyond the calendar."""
    months, days = interval
    index = day.year * 12 + day.month - 1 + months
    try:
        first = date(index // 12, index % 12 + 1, 1)
        return first + timedelta(days=min(day.day, _length(first)) - 1 + days)
    except (ValueError, OverflowError):
        return None


def _found(content: Mapping[str, JsonValue]) -> Iterator[tuple[date, str]]:
    for key, what in _DATES:
        if day := parse_day(content.get(key)):
            yield day, what
    battery = content.get("battery")
    if isinstance(battery, Mapping) and (day := _after(battery.get("changed_on"), battery.get("lasts"))):
        yield day, "replace the battery"
    for task in _tasks(content.get("maintenance")):
        if day := _task_day(task):
            yield day, _what(task.get("what"))


def _tasks(value: JsonValue) -> Iterator[Mapping[str, JsonValue]]:
    listed = [value] if isinstance(value, Mapping) else value
    if isinstance(listed, Sequence) and not isinstance(listed, str):
        yield from (task for task in listed[:_MOST_TASKS] if isinstance(task, Mapping))


def _task_day(task: Mapping[str, JsonValue]) -> date | None:
    return parse_day(task.get("due_on")) or _after(task.get("last"), task.get("every"))


def _what(value: JsonValue) -> str:
    return (value.strip()[:_LONGEST_WHAT] if isinstance(value, str) else "") or "maintenance"


def _after(last: JsonValue, every: JsonValue) -> date | None:
    day, interval = parse_day(last), parse_interval(every)
    return later(day, interval) if day and interval else None


def _spoken(text: str) -> Interval | None:
    if text in _ADVERBS:
        return _ADVERBS[text]
    if iso := _ISO_INTERVAL.fullmatch(text):
        return _summed(zip((part or 0 for part in iso.groups()), ("year", "month", "week", "day"), strict=True))
    if said := _SPOKEN_INTERVAL.fullmatch(text):
        number = said[1] or ""
        return _summed([(_NUMBERS.get(number, number), said[2])])
    return None


def _summed(parts: Iterable[tuple[object, str]]) -> Interval | None:
    months = days = 0
    for amount, unit in parts:
        number = _whole(amount)
        if number is None:
            return None
        months, days = months + number * _UNITS[unit][0], days + number * _UNITS[unit][1]
    return _positive(months, days)


def _whole(amount: object) -> int | None:
    """A whole number of at most six digits, also as text."""
    if isinstance(amount, str):
        amount = int(amount) if len(amount) <= 6 and amount.isascii() and amount.isdecimal() else None
    if isinstance(amount, bool) or not isinstance(amount, int):
        return None
    return amount if abs(amount) < 1_000_000 else None


def _positive(months: int, days: int) -> Interval | None:
    return (months, days) if months >= 0 and days >= 0 and (months or days) else None


def _length(first: date) -> int:
    return 31 if first.month == 12 else (first.replace(month=first.month + 1) - first).days
