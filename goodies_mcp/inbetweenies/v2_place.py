"""Where a device stands with a v2 hub, which has no feed: the hub's clock, and while pages are read, a row number.

It is kept where a v3 cursor is kept, in the transaction of the page it stands behind: the epoch is this, as JSON.
"""

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from goodies_mcp.core.versions import parse_version
from goodies_mcp.inbetweenies.messages import Cursor

OVERLAP: Final = timedelta(minutes=10)
"""How far behind the hub's clock a delta begins. Rows carry the time before their commit, so whoever asks in between
would never get them: 43 of 75 in one check."""


@dataclass(frozen=True, slots=True)
class Place:
    """``since`` is the hub's time when all of it had been read (empty: never); ``then`` the time that it becomes at the
    end of the pages being read, ``seq`` the row number behind which they go on. ``offered``: the hub has been offered
    what it lacked when it was met. ``digest`` is what it said of its state at the end of the last session.
    """

    since: str = ""
    then: str = ""
    seq: int = 0
    offered: bool = False
    digest: str = ""

    @classmethod
    def of(cls, cursor: Cursor | None) -> "Place":
        """The place that was kept; the beginning for none, or for one in another edition's feed."""
        if cursor is None or not cursor.epoch.startswith('{"v2":'):
            return cls()
        try:
            said = json.loads(cursor.epoch)["v2"]
            return cls(**{**said, "seq": cursor.seq})
        except (ValueError, TypeError, KeyError):
            return cls()

    def cursor(self) -> Cursor:
        """The place as it is kept."""
        said = asdict(self)
        del said["seq"]
        return Cursor(epoch=json.dumps({"v2": said}, separators=(",", ":")), seq=self.seq)

    def asked_since(self) -> str | None:
        """The moment to ask from, with the overlap; None for everything."""
        found = parse_version(self.since)
        if found is None:
            return None
        return (datetime.fromisoformat(found[0]) - OVERLAP).isoformat(timespec="microseconds")

    def turned(self, seq: int | None, server_time: str) -> "Place":
        """Behind one more page: at row ``seq`` of those being read, or (None) at their end."""
        then = self.then or server_time
        if seq is None:
            return replace(self, since=then, then="", seq=0)
        return replace(self, then=then, seq=seq)
