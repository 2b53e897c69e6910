"""A home's file, opened in this thread without an event loop, as the tools look into it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from goodies_mcp.app import finished
from goodies_mcp.clock import RandomIds, SystemClock
from goodies_mcp.storage.interface import ReadView
from goodies_mcp.storage.replication import ReplicaStore
from goodies_mcp.storage.sqlite import open_inline

T = TypeVar("T")


@contextmanager
def opened(database: Path, *, read_only: bool = False) -> Iterator[ReplicaStore]:
    """The store of a file, for as long as the context lasts."""
    store = open_inline(database, clock=SystemClock(), ids=RandomIds(), read_only=read_only)
    try:
        yield store
    finally:
        finished(store.close())


def seen(database: Path, look: Callable[[ReadView], T]) -> T:
    """What a function finds in the file."""
    with opened(database) as store:
        return finished(store.read(look))
