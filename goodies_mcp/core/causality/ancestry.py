"""The part of a record's history that its heads do not share, walked backwards, and where they last agreed."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeAlias

from goodies_mcp.core.causality.vector_clock import maximal, precedes
from goodies_mcp.core.models import Version, VersionId

Lookup: TypeAlias = Callable[[VersionId], Version | None]
"""A version of the same record by its id, or None when it is not held (any more)."""

SKEW = timedelta(minutes=5)
"""How far behind its parent a version's clock may stand before somebody should be told (INBETWEENIES B.4)."""


class Ancestry:
    """Ancestors of some heads, each looked up once. ``flags`` collects what was odd on the way."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self._held: dict[VersionId, Version | None] = {}
        self.flags: set[str] = set()

    def common(self, a: Version, b: Version) -> tuple[Version, ...]:
        """The latest versions that both of two concurrent versions grew from, ordered by dot.

        More than one when both sides merged the same two branches. Walks only as far back as they differ.
        """
        from_a, seen_by_a = self._walk(a, b)
        from_b, seen_by_b = self._walk(b, a)
        # Where contexts are cut short (v2), a shared ancestor shows only by being met on both walks.
        met = (seen_by_a[version] for version in seen_by_a.keys() & seen_by_b.keys())
        return maximal((*from_a, *from_b, *met))

    def _walk(self, start: Version, other: Version) -> tuple[list[Version], dict[VersionId, Version]]:
        """The first ancestors of ``start`` that ``other`` has seen too, and all that were met before them."""
        shared: list[Version] = []
        seen: dict[VersionId, Version] = {start.version: start}
        ahead = [start]
        while ahead:
            version = ahead.pop()
            for parent in self._parents(version):
                if parent.version in seen:
                    continue
                seen[parent.version] = parent
                if precedes(parent, other):
                    shared.append(parent)
                else:
                    ahead.append(parent)
        return shared, seen

    def _parents(self, version: Version) -> list[Version]:
        found = []
        for name in version.parents:
            if name not in self._held:
                self._held[name] = self._lookup(name)
            parent = self._held[name]
            if parent is None:
                self.flags.add("missing_ancestor")
                continue
            if _behind(version, parent):
                self.flags.add("clock_skew")
            found.append(parent)
        return found


def _behind(version: Version, parent: Version) -> bool:
    """Whether a version claims to be edited well before the one it was made from."""
    if version.edited_at >= parent.edited_at:
        return False
    try:
        return datetime.fromisoformat(parent.edited_at) - datetime.fromisoformat(version.edited_at) > SKEW
    except (ValueError, TypeError):  # kept verbatim from a peer: no moment, or one without a zone
        return False
