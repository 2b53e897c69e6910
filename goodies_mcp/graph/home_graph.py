"""HomeGraph: what one can ask of a home and how one changes it, one method a use case.

Each method is one unit of work on the store. What it does stands in functions of the neighbouring modules that
take a view; here is only which function, on which snapshot, with whose clock and name.
"""

from collections.abc import Callable
from typing import TypeVar

from goodies_mcp.core.protocols import Clock, IdSource
from goodies_mcp.graph.cache import GraphCache
from goodies_mcp.graph.management import HomeManagement
from goodies_mcp.graph.moments import moment_or_now
from goodies_mcp.storage.interface import GraphStore, ReadView

T = TypeVar("T")


class HomeGraph(HomeManagement):
    """The domain service over one store.

    Arguments that point at things take ids or names; ``at`` takes any ISO time (None: now); lists take ``limit``
    (1 to 200) and the ``cursor`` of the page before. Errors are those of ``goodies_mcp.errors`` and name the
    argument they concern; every method can raise InvalidInput, NotFound and Ambiguous for its arguments, and
    Unavailable, StorageFull and StorageCorrupt from the store.

    ``author`` and ``device`` stand on the versions that are written here.
    """

    def __init__(
        self, store: GraphStore, clock: Clock, ids: IdSource, *, author: str = "owner", device: str = "this-device"
    ) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._author = author
        self._device = device
        self._cache = GraphCache()

    async def _read(self, work: Callable[[ReadView], T], at: str | None = None) -> T:
        return await self._store.read(work, at=moment_or_now(at))
