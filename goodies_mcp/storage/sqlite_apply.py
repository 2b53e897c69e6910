"""Versions become rows: history, heads, what is shown, search, due dates, change log, outbox, digest, conflicts.

The order of arrival leaves no trace in what is shown (PROMISES P6): causality decides about heads, and what they show
is computed from them alone.
"""

import json
import sqlite3
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, TypeAlias

from goodies_mcp.core.canonical import content_hash
from goodies_mcp.core.causality.conflicts import Shown, show
from goodies_mcp.core.causality.digest import element
from goodies_mcp.core.causality.vector_clock import advance_heads, check_causality, precedes
from goodies_mcp.core.models import (
    Entity,
    EntityPayload,
    RecordId,
    Relationship,
    Seq,
    Sha256,
    StoredVersion,
    Version,
    VersionId,
)
from goodies_mcp.core.protocols import Clock
from goodies_mcp.errors import RemoteProtocolError
from goodies_mcp.storage.interface import Applied
from goodies_mcp.storage.sql import SQL
from goodies_mcp.storage.sqlite_gathered import GatheredRows
from goodies_mcp.storage.sqlite_projection import Projection
from goodies_mcp.storage.sqlite_rows import (
    Terms,
    WrittenRow,
    context_column,
    json_column,
    version_column,
)
from goodies_mcp.storage.sqlite_sums import Sums
from goodies_mcp.storage.sqlite_words import Vocabulary

if TYPE_CHECKING:
    from goodies_mcp.storage.sqlite_transaction import WriteTransaction


_Line: TypeAlias = tuple[list[Version], list[WrittenRow]]
"""A record of which nothing was held before this call: its versions so far, each made from the one before, with the
rows that were written of them. Only the last is shown; that is written when no more can come."""


class Applier:
    """Takes versions in, one unit of work long."""

    def __init__(
        self,
        view: "WriteTransaction",
        connection: sqlite3.Connection,
        terms: Terms,
        vocabulary: Vocabulary,
        sums: Sums,
        clock: Clock,
    ) -> None:
        self.batch: int | None = None
        self._view = view
        self._execute = connection.execute
        self._terms = terms
        self._now = clock.now
        self._sums = sums
        self._rows = GatheredRows(connection)
        # Every version has one of these.
        self._versions, self._changes, self._heads = map(self._rows.of, ("add_version", "add_change", "add_head"))
        self._projection = Projection(connection, terms, vocabulary, sums, self._rows)
        # Of the records that are being written; the rows of some do not tell it yet.
        self._numbers: dict[RecordId, int] = {}
        self._newcomers: dict[int, _Line] = {}
        # What is shown now of the records that were changed, as far as nobody need read it.
        self._said: dict[RecordId, Entity | Relationship] = {}

    def apply(
        self, versions: Sequence[Version], *, local: bool, hashes: Sequence[Sha256] = (), new: Collection[RecordId] = ()
    ) -> list[Applied]:
        """See ``Transaction.apply``."""
        known = [version.record_id for version in versions if version.record_id not in new]
        self._numbers = self._view.numbers(known) if known else {}
        self._view.forget_numbers()
        digests = hashes or [content_hash(version) for version in versions]
        added = [self._add(version, digest, local=local) for version, digest in zip(versions, digests, strict=True)]
        self._settle()
        self._projection.write()
        said, self._said = self._said, {}
        for record_id in dict.fromkeys(version.record_id for version in versions):
            if record_id not in said:
                said[record_id] = self._shown(record_id)
        return [Applied(seq, new, said[version.record_id]) for version, (seq, new) in zip(versions, added, strict=True)]

    def _add(self, version: Version, digest: Sha256, *, local: bool) -> tuple[Seq, bool]:
        """Take one version in: its feed number, and whether it is new."""
        number = self._sums.places.get(version.record_id) or self._numbers.get(version.record_id)
        if number is None:
            check_causality(version, ())
            return self._add_first(version, digest, self._next_number(), local=local)
        newcomer = self._newcomers.get(number)
        if newcomer is not None and _follows(version, newcomer[0]):
            return self._add_following(version, digest, number, newcomer, local=local)
        self._settle()
        known = self._known(number, version)
        if known is not None:
            if known[1].hex() != digest:
                raise RemoteProtocolError(
                    f"version {version.version} of {version.record_id} is known with other content"
                )
            return Seq(known[0]), False
        heads = self._view.heads(version.record_id)
        check_causality(version, self._known_parents(version, number, heads))
        if not heads:
            return self._add_first(version, digest, number, local=local, placed=True)
        return self._add_next(version, digest, number, heads, local=local)

    def _add_first(
        self, version: Version, digest: Sha256, number: int, *, local: bool, placed: bool = False
    ) -> tuple[Seq, bool]:
        self._numbers[version.record_id] = number
        row = self._insert(version, digest, number)
        self._log(row.seq, "delete" if version.deleted else "create", local=local)
        if row.src is None:
            self._sums.places[version.record_id] = number
        if not version.parents and not placed:
            self._newcomers[number] = [version], [row]
            return Seq(row.seq), True
        self._heads.append((number, row.seq))
        for parent in version.parents:
            self._execute(SQL["await_parent"], (number, parent))
        self._said[version.record_id] = self._projection.show_first(
            number, row, version, version.edited_at, placed=placed
        )
        return Seq(row.seq), True

    def _add_following(
        self, version: Version, digest: Sha256, number: int, newcomer: _Line, *, local: bool
    ) -> tuple[Seq, bool]:
        """Take in what was made from a newcomer's last version: nothing has to be read for that."""
        versions, rows = newcomer
        check_causality(version, versions[-1:])
        row = self._insert(version, digest, number)
        self._log(row.seq, "delete" if version.deleted else "update", local=local)
        versions.append(version)
        rows.append(row)
        return Seq(row.seq), True

    def _settle(self) -> None:
        """Write what waits, newcomers as they are shown now; after this it can be read."""
        for number, (versions, rows) in self._newcomers.items():
            last, row = versions.pop(), rows.pop()
            for version, past in zip(versions, rows, strict=True):
                self._projection.keep_past(number, past, version)
            self._heads.append((number, row.seq))
            first = min([last.edited_at, *(each.edited_at for each in versions)]) if versions else last.edited_at
            self._said[last.record_id] = self._projection.show_first(number, row, last, first)
        self._newcomers.clear()
        self._rows.write()

    def _add_next(
        self, version: Version, digest: Sha256, number: int, held: Sequence[StoredVersion], *, local: bool
    ) -> tuple[Seq, bool]:
        for parent in version.parents:
            if self._view.seq_of(number, parent) is None:
                self._execute(SQL["await_parent"], (number, parent))
        has_child = self._execute(SQL["parent_arrived"], (number, version.version)).rowcount > 0
        row = self._insert(version, digest, number)
        seq = row.seq
        self._log(seq, "delete" if version.deleted else "update", local=local)
        self._rows.write()
        before = [each.value for each in held]
        heads = advance_heads(before, version, has_child=has_child)
        seqs = {each.value.version: int(each.seq) for each in held} | {version.version: seq}
        kept = {head.version for head in heads}
        for each in before:
            if each.version not in kept:
                self._execute(SQL["drop_head"], (number, seqs[each.version]))
        if version.version in kept:
            self._execute(SQL["add_head"], (number, seq))
        self._ensure_place(version, number, row)
        merged = len(heads) > 1
        if merged or version.version not in kept:
            self._projection.add_past(number, row, version)
        if not merged and kept == {head.version for head in before}:
            # Somebody has seen it and moved on: it only adds to the past. Several heads it may tell what they share.
            self._said.pop(version.record_id, None)
            return Seq(seq), True
        shown = show(heads, lambda name: self._lookup(version.record_id, name, heads))
        best = next(head for head in heads if head.version == shown.version)
        if not merged and best is not version:
            self._projection.come_back(seqs[best.version])
        self._said[version.record_id] = self._projection.change(
            number, seqs[shown.version], best, shown, self._place, merged=merged, first=version.edited_at
        )
        self._file_conflict(number, version.record_id, shown, heads)
        return Seq(seq), True

    def _insert(self, version: Version, digest: Sha256, number: int) -> WrittenRow:
        payload = version.payload
        numbered = self._terms.numbered
        clock = self._clock(version.dot.incarnation, version)
        context = version.context and context_column(
            [(self._clock(name, None), n) for name, n in version.context.items()]
        )
        src = kind = dst = entity_type = name = None
        if isinstance(payload, EntityPayload):
            entity_type, name, content = payload.entity_type, payload.name, json_column(payload.content)
        else:
            src, dst = self._place(payload.from_id), self._place(payload.to_id)
            kind = numbered(payload.relationship_type)
            content = json_column(payload.properties)
        row = WrittenRow(self._next_seq(), content, src, kind, dst)
        self._rows.records.add(number)
        self._versions.append(
            (
                row.seq,
                number,
                version.edited_at,
                version_column(version, clock),
                clock,
                version.dot.n,
                numbered(version.author),
                numbered(version.device),
                numbered(version.source_type),
                version.deleted,
                bytes.fromhex(digest),
                context or None,
                json.dumps(version.parents) if version.parents else None,
                entity_type,
                name,
                src,
                kind,
                dst,
                content,
            )
        )
        self._sums.advance(clock, version.dot.n)
        share = element(version.record_id, version.version, digest)
        self._sums.shares[share.bucket] += share.value
        return row

    def _known(self, number: int, version: Version) -> tuple[int, bytes] | None:
        """The feed number and hash of a version held already, by its dot or by its id."""
        row: tuple[int, bytes] | None = None
        clock = self._execute(SQL["clock_number"], (version.dot.incarnation,)).fetchone()
        if clock is not None:
            row = self._execute(SQL["version_by_dot"], (clock[0], version.dot.n, number)).fetchone()
        if row is not None:
            return row
        seq = self._view.seq_of(number, version.version)
        return None if seq is None else (seq, self._execute(SQL["hash_of"], (seq,)).fetchone()[0])

    def _known_parents(self, version: Version, number: int, heads: Sequence[StoredVersion]) -> list[Version]:
        at_hand = {each.value.version: each.value for each in heads}
        found = []
        for name in version.parents:
            parent = at_hand.get(name)
            if parent is None:
                seq = self._view.seq_of(number, name)
                parent = self._view.header(seq) if seq is not None else None
            if parent is not None:
                found.append(parent)
        return found

    def _lookup(self, record_id: RecordId, name: VersionId, heads: Sequence[Version]) -> Version | None:
        for head in heads:
            if head.version == name:
                return head
        found = self._view.version(record_id, name)
        return None if found is None else found.value

    def _shown(self, record_id: RecordId) -> Entity | Relationship:
        found: Entity | Relationship | None = self._view.entities([record_id], deleted=True).get(record_id)
        found = found or self._view.relationship(record_id, deleted=True)
        if found is None:
            raise RemoteProtocolError(f"record {record_id} shows nothing")
        return found

    def _place(self, record_id: RecordId) -> int:
        """The number of an edge's end, given to it now when nothing of it has arrived."""
        number = self._sums.places.get(record_id)
        if number is not None:
            return number
        row = self._execute(SQL["place"], (record_id,)).fetchone()
        if row is not None:
            number = int(row[0])
        else:
            number = self._numbers.get(record_id) or self._view.number(record_id)
            if number is None:
                number = self._next_number()
            self._execute(SQL["add_place"], (number, record_id))
        self._sums.places[record_id] = number
        return number

    def _ensure_place(self, version: Version, number: int, row: WrittenRow) -> None:
        """A record that is now the other kind needs its number in that kind's table too."""
        if row.src is None:
            self._execute(SQL["add_place"], (number, version.record_id))
        else:
            self._execute(SQL["add_edge_place"], (number, version.record_id, row.src, row.kind, row.dst))

    def _clock(self, incarnation: str, version: Version | None) -> int:
        found = self._sums.asked.incarnations.get(incarnation)
        if found is None:
            row = self._execute(SQL["clock_number"], (incarnation,)).fetchone()
            if row is None:
                author, device = (version.author, version.device) if version else (None, None)
                values = (incarnation, author, device, 0, self._now())
                row = (self._execute(SQL["add_clock"], values).lastrowid,)
            found = self._sums.asked.incarnations[incarnation] = int(row[0])
        return found

    def _file_conflict(self, number: int, record_id: RecordId, shown: Shown, heads: Sequence[Version]) -> None:
        if not shown.open:
            self._execute(SQL["close_conflict"], (number, self._now()))
            return
        data = {
            "heads": [head.version for head in heads],
            "fields": [list(each.path) for each in shown.disputed],
            "flags": list(shown.flags),
        }
        other = next(head.version for head in heads if head.version != shown.version)
        values = (number, record_id, shown.version, other, shown.decision, json.dumps(data), self._now())
        self._execute(SQL["open_conflict"], values)

    def _log(self, seq: int, change: str, *, local: bool) -> None:
        self._changes.append((seq, change, self.batch, local))
        if local:
            self._rows.add("add_unpushed", seq)

    def _next_seq(self) -> int:
        seq = self._view.feed() + 1
        self._sums.give(seq)
        return seq

    def _next_number(self) -> int:
        asked = self._sums.asked
        if asked.number < 0:
            asked.number = self._execute(SQL["next_number"]).fetchone()[0] - 1
        asked.number += 1
        return asked.number


def _follows(version: Version, line: Sequence[Version]) -> bool:
    """Whether it was made from the last of these and nothing else, and is none of them under another content."""
    last = line[-1]
    return (
        version.parents == (last.version,)
        and precedes(last, version)
        and version.payload.__class__ is last.payload.__class__
        and not any(each.version == version.version or each.dot == version.dot for each in line)
    )
