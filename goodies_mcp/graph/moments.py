"""Moments as people and models write them, brought into the one form in which versions are compared."""

from datetime import UTC, datetime

from goodies_mcp.errors import InvalidInput

_LONGEST = 40


def parse_moment(text: str, argument: str) -> str:
    """The moment as UTC ISO-8601 with microseconds and ``+00:00``.

    Any ISO-8601 time is taken: with an offset or ``Z``, without one (UTC), or a bare date (its first moment, UTC).
    Raises InvalidInput naming ``argument`` for anything else, and for moments outside the years 1 to 9999.
    """
    plain = text.strip() if len(text) <= _LONGEST else ""
    if not plain.isascii() or not plain:
        raise _unreadable(argument)
    try:
        moment = datetime.fromisoformat(plain.upper())
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC).isoformat(timespec="microseconds")
    except (ValueError, OverflowError):
        # What Python says of it tells a person nothing more.
        raise _unreadable(argument) from None


def moment_or_now(text: str | None, argument: str = "at") -> str | None:
    """As :func:`parse_moment`; None, which means now, stays None."""
    return None if text is None else parse_moment(text, argument)


def seconds_between(earlier: str, later: str) -> float:
    """Seconds from one ISO moment to another, never negative: a clock that was set back makes nothing younger."""
    passed = datetime.fromisoformat(later) - datetime.fromisoformat(earlier)
    return max(0.0, passed.total_seconds())


def _unreadable(argument: str) -> InvalidInput:
    return InvalidInput(
        f"{argument} is no moment that can be read",
        argument=argument,
        hint="write an ISO-8601 time such as 2026-03-01T07:30:00+01:00, or a date such as 2026-03-01",
    )
