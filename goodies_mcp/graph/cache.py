"""What was derived from the graph and is still true: keyed by the feed number, so nobody has to announce a change."""

from collections.abc import Callable, Hashable
from typing import TypeVar, cast

from goodies_mcp.core.models import Seq
from goodies_mcp.graph.paging import Page
from goodies_mcp.storage.interface import ReadView

T = TypeVar("T")

_MOST_ENTRIES = 1_024
SHORT = 50
"""Things in an answer that is remembered: with as many of them as there are entries it is still a few megabytes."""

MODEST = 4_000
"""Characters that people wrote with which something is remembered: documents may have millions."""

_Entries = dict[tuple[str | None, Hashable], object]


class GraphCache:
    """Remembers derived values as long as the feed stands still. Empty at the start; nothing is loaded ahead.

    Several reading threads may share it: the entries of one feed number are one dictionary, replaced as a whole when
    the number moves. Never to be used with a view that can be written to: its feed numbers may be rolled back and
    given again.
    """

    def __init__(self) -> None:
        self._held: tuple[Seq | None, _Entries] = (None, {})

    def remembered(
        self, view: ReadView, key: Hashable, derive: Callable[[], T], keep: Callable[[T], bool] | None = None
    ) -> T:
        """The value derived under ``key`` from this snapshot, derived now if it is not known. ``keep`` tells whether
        one may be remembered (None: each)."""
        feed = view.feed()
        held_feed, entries = self._held
        if held_feed != feed or len(entries) >= _MOST_ENTRIES:
            entries = {}
            self._held = (feed, entries)
        full_key = (view.at, key)
        if full_key in entries:
            return cast("T", entries[full_key])
        derived = derive()
        if keep is None or keep(derived):
            entries[full_key] = derived
        return derived

    def page(self, view: ReadView, page: Page, derive: Callable[[], T], keep: Callable[[T], bool] | None = None) -> T:
        """As :meth:`remembered`, for a page of an answer, keyed by its question; long ones are derived each time.

        People and models come back to the same few rooms and things. What a page says must follow from the graph alone:
        device states change without the feed.
        """
        return self.remembered(view, page, derive, keep) if page.limit <= SHORT else derive()
