"""Files that are on another device or at the hub: they are fetched when something is read that only they can answer."""

from collections.abc import Callable
from typing import TypeVar

from goodies_mcp.core.models import JsonObject, Sha256
from goodies_mcp.core.protocols import Fetch
from goodies_mcp.errors import Unavailable
from goodies_mcp.storage.interface import GraphStore, ReadView

T = TypeVar("T")


class NotHere(Unavailable):
    """The bytes that would answer are not on this device."""

    def __init__(self, sha256: Sha256) -> None:
        super().__init__("the file itself is not on this device", hint="call sync_now, and read it again")
        self.sha256 = sha256


def check_here(content: JsonObject) -> None:
    """Raises NotHere for content that names a file; it was looked for and not found."""
    said = content.get("sha256")
    if isinstance(said, str):
        raise NotHere(Sha256(said))


async def read_with_file(
    store: GraphStore, fetch: Fetch | None, work: Callable[[ReadView], T], *, at: str | None = None
) -> T:
    """What ``work`` reads; where a file is missing for that and can be fetched, it is, and then read again.

    Raises:
        NotHere: it is missing, and nobody fetches here.
        GoodiesError: why it could not be fetched; as ``SyncControl.fetch``.
    """
    try:
        return await store.read(work, at=at)
    except NotHere as missing:
        if fetch is None:
            raise
        await fetch(missing.sha256)
    return await store.read(work, at=at)
