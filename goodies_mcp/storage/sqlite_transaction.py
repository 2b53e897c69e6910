# ruff: noqa: D102 - the interface says what each verb promises
"""A unit of work that writes to the SQLite store. Rules about versions are core's; here they become rows."""

import sqlite3
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from goodies_mcp.core.canonical import canonical_json
from goodies_mcp.core.models import (
    Batch,
    Content,
    DeviceState,
    Dot,
    JsonText,
    RecordId,
    Seq,
    Sha256,
    StoredVersion,
    Version,
)
from goodies_mcp.core.protocols import Clock
from goodies_mcp.errors import InvalidInput
from goodies_mcp.storage.interface import Answer, Applied, StoreStatus, TextHit, TextQuery
from goodies_mcp.storage.sql import SQL
from goodies_mcp.storage.sqlite_apply import Applier
from goodies_mcp.storage.sqlite_replica import SyncWriting
from goodies_mcp.storage.sqlite_rows import Terms, json_column
from goodies_mcp.storage.sqlite_sums import OwnDots, Sums
from goodies_mcp.storage.sqlite_words import Vocabulary

_ANSWERS_KEPT = timedelta(days=7)


class WriteTransaction(SyncWriting):
    """A view of now that can be written to. What it adds up waits in ``sums`` until somebody asks, or the commit."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        terms: Terms,
        vocabulary: Vocabulary,
        dots: OwnDots,
        sums: Sums,
        clock: Clock,
    ) -> None:
        super().__init__(connection, terms)
        self._dots = dots
        self._sums = sums
        self._clock = clock
        self._applier = Applier(self, connection, terms, vocabulary, sums, clock)

    def feed(self) -> Seq:
        """See ``Transaction``, as for everything here."""
        asked = self._sums.asked
        if asked.seq < 0:
            asked.seq = self._one("feed")
        return Seq(asked.seq)  # it moves with what the transaction adds

    def next_dot(self) -> Dot:
        return self._dots.take()

    def begin_batch(self, batch: Batch) -> None:
        values = (batch.id, batch.client, batch.tool, batch.at, batch.author, batch.undoes)
        added = self._execute("add_batch", *values)
        # An answer by RETURNING would cost a third of the statement, and hardly any batch is there before it begins.
        self._applier.batch = added.lastrowid if added.rowcount else self._one("restate_batch", *values)

    def apply(
        self, versions: Sequence[Version], *, local: bool, hashes: Sequence[Sha256] = (), new: Collection[RecordId] = ()
    ) -> list[Applied]:
        return self._applier.apply(versions, local=local, hashes=hashes, new=new)

    def search(self, query: TextQuery, limit: int) -> list[TextHit]:
        self._sums.search.write(self._connection)
        return super().search(query, limit)

    def near_words(self, word: str, limit: int = 12) -> list[str]:
        self._sums.search.write(self._connection)
        return super().near_words(word, limit)

    def counts(self) -> dict[str, int]:
        self._sums.write(self._connection, self._clock)
        return super().counts()

    def status(self) -> StoreStatus:
        self._sums.write(self._connection, self._clock)
        return super().status()

    def buckets(self) -> tuple[bytes, ...]:
        self._sums.write(self._connection, self._clock)
        return super().buckets()

    def edited(self, since: str, until: str, *, after: Seq | None, limit: int) -> list[StoredVersion]:
        self._sums.write(self._connection, self._clock)
        return super().edited(since, until, after=after, limit=limit)

    def put_states(self, states: Sequence[DeviceState]) -> None:
        for state in states:
            known = self._row("state", state.entity_id, state.capability)
            since = state.since
            if known is not None and canonical_json(JsonText(known[0])) == canonical_json(state.value):
                since = known[1]
            self._run("put_state", state.entity_id, state.capability, json_column(state.value), since, state.seen_at)

    def put_content(self, content: Content, data: bytes) -> None:
        if sha256(data).hexdigest() != content.sha256 or len(data) != content.size:
            raise InvalidInput("the hash or the size is not that of the data", argument="content")
        self._run(
            "put_content",
            content.sha256,
            content.size,
            content.content_type,
            content.file_name,
            self._clock.now(),
            data,
        )

    def stream_content(self, content: Content, pieces: Iterable[bytes]) -> None:
        if self.content(content.sha256) is not None:
            return
        about = (content.sha256, content.size, content.content_type, content.file_name, self._clock.now())
        number = self._connection.execute(SQL["make_room_for_content"], (*about, content.size)).lastrowid or 0
        try:
            self._fill(number, content, pieces)
        except BaseException:
            # Room that was made and not filled must not pass for content, whatever becomes of the transaction.
            self._run("drop_content", number)
            raise

    def _fill(self, number: int, content: Content, pieces: Iterable[bytes]) -> None:
        """Write the pieces in place: SQLite puts them on the disk as it goes, and none stays in memory."""
        hashed, size = sha256(), 0
        with self._connection.blobopen("binary_content", "data", number) as room:
            for piece in pieces:
                size += len(piece)
                if size > content.size:
                    break
                hashed.update(piece)
                room.write(piece)
        if size != content.size or hashed.hexdigest() != content.sha256:
            raise InvalidInput("the hash or the size is not that of the data", argument="content")

    def put_value(self, key: str, value: str | None) -> None:
        if value is None:
            self._run("drop_value", key)
        else:
            self._run("put_value", key, value)

    def remember(self, key: str, answer: Answer) -> None:
        horizon = datetime.fromisoformat(answer.at) - _ANSWERS_KEPT
        self._run("drop_answers", horizon.isoformat(timespec="microseconds"))
        self._run("put_answer", key, answer.arguments, answer.answer, answer.at)

    def _run(self, statement: str, *values: object) -> None:
        self._connection.execute(SQL[statement], values)
