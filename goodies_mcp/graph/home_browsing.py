"""The part of HomeGraph for hosts and their people, who pick, type and wait: what there is to pick, what typed letters
may mean, a document whole, and whether anything has moved. Each method loads what it does when it is called: start-up.
"""
# ruff: noqa: PLC0415  as the module says

from typing import TYPE_CHECKING

from goodies_mcp.core.protocols import Fetch
from goodies_mcp.errors import GoodiesError
from goodies_mcp.graph.cache import GraphCache
from goodies_mcp.storage.interface import GraphStore

if TYPE_CHECKING:
    from goodies_mcp.graph.conflicts import ConflictItem
    from goodies_mcp.graph.originals import Original
    from goodies_mcp.graph.resolve import Sort
    from goodies_mcp.graph.shelf import ShelfPage
    from goodies_mcp.graph.suggestions import Suggestions


class HomeBrowsing:
    """Looking around in a home. Errors are as those of ``HomeGraph``."""

    _store: GraphStore
    _cache: GraphCache
    _device: str
    _fetch: Fetch | None

    async def get_shelf(self, *, limit: int = 50, cursor: str | None = None) -> "ShelfPage":
        """Homes, rooms, manuals and other papers, to be picked."""
        from goodies_mcp.graph.shelf import shelf

        return await self._store.read(lambda view: shelf(view, self._cache, limit=limit, cursor=cursor))

    async def suggest(self, typed: str, sort: "Sort") -> "Suggestions":
        """Names of things of this sort that somebody who has typed this may mean."""
        from goodies_mcp.graph.suggestions import suggested

        return await self._store.read(lambda view: suggested(view, typed, sort))

    async def suggest_kinds(self, typed: str) -> "Suggestions":
        """Kinds of device in this home that begin with what was typed."""
        from goodies_mcp.graph.suggestions import suggested_kinds

        return await self._store.read(lambda view: suggested_kinds(view, typed))

    async def get_original(self, content: str, *, page: int | None = None) -> "Original":
        """A document in one piece, or one page of its text; its text where its file cannot be had. TooLarge when it is
        more than that."""
        from goodies_mcp.graph.files_away import NotHere, read_with_file
        from goodies_mcp.graph.originals import original

        try:
            return await read_with_file(self._store, self._fetch, lambda view: original(view, content, page))
        except GoodiesError as error:
            try:
                return await self._store.read(lambda view: original(view, content, page, text_will_do=True))
            except NotHere:
                raise error from None

    async def get_conflict(self, conflict: str) -> "ConflictItem | None":
        """The open conflict about what an id or a name points at, if there is one."""
        from goodies_mcp.graph.conflicts import conflict_about

        return await self._store.read(lambda view: conflict_about(view, self._device, conflict))

    async def moved(self) -> tuple[int, ...]:
        """As ``GraphStore.moved``."""
        return await self._store.moved()
