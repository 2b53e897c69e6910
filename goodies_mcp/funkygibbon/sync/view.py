"""A household's transaction as the protocol's session wants to see it."""

from collections.abc import Collection, Mapping, Sequence

from goodies_mcp.core.models import StoredVersion, VersionId
from goodies_mcp.inbetweenies.rows import Name, Row, row_of
from goodies_mcp.inbetweenies.server_session import FeedPage, FeedRow, RecordDot
from goodies_mcp.storage.replication import ReplicaTransaction, ReplicaView


class ReadingView:
    """A ``HubView`` that only answers."""

    def __init__(self, view: ReplicaView, epoch: str) -> None:
        self._view = view
        self._epoch = epoch

    def epoch(self) -> str:
        """See ``HubView``, as for everything here."""
        return self._epoch

    def last_seq(self) -> int:
        """See ``HubView``."""
        return self._view.feed()

    def held(self, names: Collection[Name]) -> Mapping[Name, Row]:
        """See ``HubView``."""
        found = self._view.held(names)
        return {Name(*name): Row(each.value, each.content_hash) for name, each in found.items()}

    def dots(self, dots: Collection[RecordDot]) -> Mapping[RecordDot, VersionId]:
        """See ``HubView``."""
        return {RecordDot(*dot): version for dot, version in self._view.dots(dots).items()}

    def apply(self, rows: Sequence[Row]) -> None:
        """See ``HubView``; nothing to apply is no write."""
        if rows:
            message = "a reading view was asked to write"
            raise TypeError(message)

    def page(self, after: int, *, without: str | None, limit: int) -> FeedPage:
        """See ``HubView``."""
        found = self._view.feed_page(after, without=without, limit=limit)
        return FeedPage([_row(each) for each in found.versions], found.upto, found.more)

    def buckets(self) -> Sequence[bytes]:
        """See ``HubView``."""
        return self._view.buckets()


class WritingView(ReadingView):
    """A ``HubView`` inside a write transaction."""

    def __init__(self, transaction: ReplicaTransaction, epoch: str) -> None:
        super().__init__(transaction, epoch)
        self._transaction = transaction

    def apply(self, rows: Sequence[Row]) -> None:
        """See ``HubView``."""
        if rows:
            hashes = [row.content_hash for row in rows]
            self._transaction.apply([row.version for row in rows], local=False, hashes=hashes)


def _row(stored: StoredVersion) -> FeedRow:
    return FeedRow(stored.seq, row_of(stored.value, stored.content_hash))
