"""What the pure rooms ask of the world, as parameters: time and fresh ids."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from goodies_mcp.core.intake import Intake, Source, Wanted
    from goodies_mcp.core.models import RecordId, Sha256
    from goodies_mcp.core.sync_status import SyncStatus


class Clock(Protocol):
    """Where time comes from."""

    def now(self) -> str:
        """UTC now as ISO-8601 with microseconds and ``+00:00``."""
        ...


class IdSource(Protocol):
    """Where new identities come from."""

    def new_id(self) -> str:
        """A fresh UUID in lower-case text form."""
        ...


class Metrics(Protocol):
    """Where numbers about the running program go. Whoever has none to give them to passes None, and counts nothing.

    Names and their labels are those of the one table in ``goodies_mcp.metrics``; a label that is left out says nothing.
    Values of labels are words of ours and never what people, devices or hosts made up: each makes a series.
    """

    def add(self, name: str, by: float, labels: Mapping[str, str]) -> None:
        """Let a counter grow.

        Raises:
            LookupError: there is no such counter, or it has no such label.
        """
        ...

    def observe(self, name: str, value: float, labels: Mapping[str, str]) -> None:
        """Put a value, in the unit of the table, into a distribution.

        Raises:
            LookupError: there is no such distribution, or it has no such label.
        """
        ...


class ShownMetrics(Metrics, Protocol):
    """Numbers that somebody can ask for."""

    def page(self) -> tuple[bytes, str]:
        """All numbers as they are now, and the content type of that."""
        ...


Progress = Callable[[float, float | None, str], Awaitable[None]]
"""``await progress(done, total, message)``: long work tells how far it is."""


SyncNews = Callable[[frozenset["RecordId"]], None]
"""Is told which records sync has brought; none: a session has ended, or the status is another."""


class SyncControl(Protocol):
    """What the edges may ask of sync."""

    async def status(self) -> "SyncStatus":
        """Where sync stands. Never asks the hub."""
        ...

    async def sync_now(self, progress: Progress | None = None) -> "SyncStatus":
        """One session from its beginning to its end, and where sync stands then.

        Raises:
            Unauthorized: there is no login, or the hub wants a new one.
            GoodiesError: why the session did not come to its end; what it did until then is kept.
        """
        ...

    async def fetch(self, sha256: "Sha256") -> None:
        """Have this content here: fetched from the hub, unless it is here already.

        Raises:
            NotFound: the hub does not have it either.
            Unavailable: there is no hub that could have it, or it cannot be reached.
            GoodiesError: why else it could not be fetched; what came of it counts.
        """
        ...

    async def retry_parked(self) -> int:
        """Let all parked changes, and files that the hub declined, wait for it again; how many there were."""
        ...

    def subscribe(self, news: SyncNews) -> Callable[[], None]:
        """Have news told; what comes back ends that."""
        ...


Fetch = Callable[["Sha256"], Awaitable[None]]
"""As ``SyncControl.fetch``, for whoever reads and knows nothing of sync."""


class Reading(Protocol):
    """What a home may ask to read for it: files and addresses, looked at where they can do no harm."""

    def take(
        self, source: "Source", wanted: "Wanted", progress: Progress | None = None
    ) -> "AbstractAsyncContextManager[Intake]":
        """What is there, for as long as the context lasts; nothing of it stays behind.

        Raises:
            Forbidden: the file lies where none may be read, or the address is not one of the open internet.
            InvalidInput: it is not what is wanted, not what it is said to be, or cannot be read.
            NotFound: there is nothing.
            TooLarge: it is too large, or reading it takes more time or memory than it may.
            Unavailable: the address does not answer.
        """
        ...
