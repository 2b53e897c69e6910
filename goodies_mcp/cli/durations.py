"""How long something is to be kept, as people type it: ``1y``, ``6mo``, ``2w``, ``90d``, ``18 months``, ``P1Y6M``."""

import re
from datetime import datetime, time

from goodies_mcp.core.due import later, parse_interval
from goodies_mcp.errors import InvalidInput

_SHORT = re.compile(r"(\d{1,5}) ?(d|w|mo|m|y)", re.ASCII | re.IGNORECASE)
_UNITS = {"d": "days", "w": "weeks", "mo": "months", "m": "months", "y": "years"}


def moment_before(now: str, duration: str) -> str:
    """The moment that lies so long before ``now`` (both UTC ISO-8601).

    Raises:
        InvalidInput: no duration can be read in it, or none that long ago has a date.
    """
    short = _SHORT.fullmatch(duration.strip())
    interval = parse_interval(f"{short[1]} {_UNITS[short[2].lower()]}" if short else duration)
    if interval is None:
        raise InvalidInput(
            f"{duration!r} is no length of time", argument="keep", hint="such as 1y, 6mo, 2w, 90d or P1Y6M"
        )
    here = datetime.fromisoformat(now)
    day = later(here.date(), (-interval[0], -interval[1]))
    if day is None:
        raise InvalidInput(f"{duration!r} is longer than the calendar", argument="keep")
    return datetime.combine(day, time.fromisoformat(now[11:])).isoformat(timespec="microseconds")
