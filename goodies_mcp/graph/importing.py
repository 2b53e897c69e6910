"""Lines of an export into a store: an empty one becomes its equal, any other takes in what it lacks.

Lines are read a thousand at a time and written in one transaction each, so the write lock is free in between and the
memory stays small. Lines are written once the check after them has passed; what was written stays when a later line is
bad, and the same file can be read again after it was repaired: known versions change nothing.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Protocol

from goodies_mcp.core.canonical import content_hash
from goodies_mcp.core.models import Batch, Content, DeviceState, Version
from goodies_mcp.core.protocols import Progress
from goodies_mcp.errors import GoodiesError, InvalidInput, RemoteProtocolError, TooLarge
from goodies_mcp.graph.spooled import Spooled
from goodies_mcp.graph.transfer_lines import Check, Chunk, End, Header, Line, VersionLine
from goodies_mcp.graph.transfer_parsing import Malformed, parse_line
from goodies_mcp.storage.interface import GraphStore, ReadView, Transaction

LONGEST_LINE = 8 * 1024 * 1024
"""Bytes of one line."""

_PAGE = 1_000
_PAGE_BYTES = 8_000_000
_MOST_UNCHECKED = 32
"""Pages that wait for their check before they are written without."""

_FOREIGN = "this is no export of goodies-mcp"


class Source(Protocol):
    """Where lines come from: any binary file."""

    def readline(self, limit: int, /) -> bytes:
        """The next line with its line feed, or its first ``limit`` bytes; empty at the end."""
        ...


@dataclass(slots=True)
class ImportReport:
    """What was read and what of it was new here; with ``dry_run`` what would be.

    ``lines`` is how far the reading came; the rest counts what was written.
    """

    lines: int = 0
    versions: int = 0
    new_versions: int = 0
    states: int = 0
    contents: int = 0
    new_contents: int = 0
    dry_run: bool = False


async def import_lines(
    store: GraphStore, source: Source, *, dry_run: bool = False, progress: Progress | None = None
) -> ImportReport:
    """Read an export into the store; with ``dry_run`` read and check everything and write nothing.

    Versions new to this store wait to be pushed as if they had been written here. Raises InvalidInput for a line that
    cannot be read, was altered or contradicts what is known, or a file that is none or ends early: ``details`` has the
    ``line`` (from 1), the ``field`` if there is one, and what was ``imported`` before it. Raises what the store raises.
    """
    reading = _Reading(store, ImportReport(dry_run=dry_run), progress)
    await reading.run(source)
    return reading.report


@dataclass(frozen=True, slots=True)
class _Pending:
    """A version that waits to be written, and where it came from."""

    number: int
    version: Version
    batch: Batch | None


class _Reading:
    """One import on its way."""

    def __init__(self, store: GraphStore, report: ImportReport, progress: Progress | None) -> None:
        self.report = report
        self._store = store
        self._progress = progress
        self._expected: int | None = None
        self._number = 0
        self._hash = sha256()
        self._checked = False
        self._sure = (0, 0)
        self._batch: Batch | None = None
        self._pending: list[_Pending] = []
        self._states: list[DeviceState] = []
        self._bytes = 0
        self._content: Spooled | None = None
        self._ended = False

    async def run(self, source: Source) -> None:
        """Read to the end."""
        try:
            for number, raw in _lines(source):
                self._number = number
                self.report.lines += 1
                await self._take(raw)
            await self._finish()
        except _Bad as bad:
            number = bad.number or self._number
            await self._keep_what_was_good()
            raise _refusal(bad, number, self.report) from bad.__cause__
        finally:
            self._let_content_go()

    async def _take(self, raw: bytes) -> None:
        line = self._parsed(raw)
        if isinstance(line, Check):
            self._verify(line)
            if self._is_full(pages=1):
                await self._write()
            return
        self._hash.update(raw)
        self._hash.update(b"\n")
        self._bytes += len(raw)
        if isinstance(line, VersionLine):
            self._pending.append(_Pending(self._number, line.version, self._batch_of(line)))
        elif isinstance(line, Batch):
            self._batch = line
        elif isinstance(line, DeviceState):
            self._states.append(line)
        else:
            await self._rare(line)
        if self._is_full(pages=_MOST_UNCHECKED if self._checked else 1):
            await self._write()

    def _is_full(self, *, pages: int) -> bool:
        return len(self._pending) + len(self._states) >= pages * _PAGE or self._bytes >= pages * _PAGE_BYTES

    def _parsed(self, raw: bytes) -> Line:
        if self._ended:
            raise _Bad("something follows the last line")
        try:
            if len(raw) > LONGEST_LINE:
                raise Malformed(f"is longer than {LONGEST_LINE} bytes")
            line = parse_line(raw)
        except Malformed as wrong:
            if self._expected is None:
                raise _NoExport(f"{wrong.what}; {_FOREIGN}", wrong.field) from wrong
            raise _Bad(wrong.what, wrong.field) from wrong
        if self._expected is None and not isinstance(line, Header):
            raise _NoExport(_FOREIGN)
        if self._expected is not None and isinstance(line, Header):
            raise _Bad("a second file begins here")
        return line

    def _batch_of(self, line: VersionLine) -> Batch | None:
        if line.batch is None:
            return None
        if self._batch is None or self._batch.id != line.batch:
            raise _Bad(f"names batch {line.batch[:80]}, which does not begin before it", "batch")
        return self._batch

    async def _rare(self, line: Line) -> None:
        if isinstance(line, Header):
            self._expected = line.versions
        elif isinstance(line, End):
            self._ended = True
            if line.lines != self.report.lines - 1:
                raise _Bad(f"{line.lines} lines were written before it and {self.report.lines - 1} came", "lines")
        elif isinstance(line, Content):
            self._let_content_go()
            self._content = Spooled(line)
            await self._content_so_far()
        elif isinstance(line, Chunk):
            if self._content is None or self._content.content.sha256 != line.sha256:
                raise _Bad("belongs to no content that began before it", "sha256")
            self._content.add(line.data)
            await self._content_so_far()

    async def _content_so_far(self) -> None:
        came = self._content
        if came is None or not came.has_all:
            return
        if not came.is_true:
            raise _Bad("the content is not what its hash says", "data")
        content = came.content
        self.report.contents += 1
        known = await self._store.read(lambda view: view.content(content.sha256) is not None)
        self.report.new_contents += not known
        if not (known or self.report.dry_run):
            await self._store.write(lambda tx: tx.stream_content(content, came.pieces()))
        self._let_content_go()

    def _let_content_go(self) -> None:
        if self._content is not None:
            self._content.close()
        self._content = None

    def _verify(self, line: Check) -> None:
        self._checked = True
        if line.sha256 != self._hash.hexdigest():
            raise _Bad("the lines since the check before are not those that were written")
        self._hash = sha256()
        self._sure = len(self._pending), len(self._states)

    async def _finish(self) -> None:
        if self._expected is None:
            raise _NoExport("the file is empty")
        if not self._ended:
            raise _Bad("the file ends here, and its last line is missing")
        if self._content is not None:
            raise _Bad("content is incomplete", "data")
        await self._write()

    async def _keep_what_was_good(self) -> None:
        """What passed its check; in a file without checks, all that came before the bad line."""
        if self._checked:
            versions, states = self._sure
            del self._pending[versions:], self._states[states:]
        with suppress(_Bad):
            await self._write()

    async def _write(self) -> None:
        """What is pending; when it is refused, one by one up to the line that is at fault."""
        pending, states = self._pending, self._states
        self._pending, self._states, self._bytes, self._sure = [], [], 0, (0, 0)
        for together in _transactions(pending):
            try:
                await self._done(together, [])
            except (RemoteProtocolError, InvalidInput, TooLarge) as refused:
                await self._one_by_one(together)
                raise _Bad(refused.message) from refused
        if states:
            await self._done([], states)
        if self._progress is not None and (pending or states):
            await self._progress(self.report.versions, self._expected, "versions")

    async def _done(self, pending: list[_Pending], states: list[DeviceState]) -> None:
        if self.report.dry_run:
            new = await self._store.read(lambda view: _rehearsed(view, pending))
        else:
            new = await self._store.write(lambda tx: _applied(tx, pending, states))
        self.report.new_versions += new
        self.report.versions += len(pending)
        self.report.states += len(states)

    async def _one_by_one(self, pending: list[_Pending]) -> None:
        for each in pending:
            try:
                await self._done([each], [])
            except GoodiesError as refused:
                raise _Bad(refused.message, number=each.number) from refused


class _Bad(Exception):
    """Why the reading stops, and at which line if not at the last one read."""

    hint = "what was imported before it is kept; repair the file and import it again, nothing is doubled"

    def __init__(self, what: str, field: str | None = None, number: int | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.field = field
        self.number = number


class _NoExport(_Bad):
    """It has not even begun."""

    hint = "`goodies-mcp export FILE` makes such files; a table's name ends with .csv"


def _lines(source: Source) -> Iterator[tuple[int, bytes]]:
    """Lines that are not empty with their numbers, without their ends, whatever system wrote them.

    One that is too long comes cut, still too long, so that it is refused and never held whole.
    """
    number = 0
    while raw := source.readline(LONGEST_LINE + 2):
        number += 1
        stripped = raw.rstrip(b"\r\n")
        if stripped:
            yield number, stripped


def _refusal(bad: _Bad, number: int, report: ImportReport) -> InvalidInput:
    place = f"line {number}: " if bad.field is None else f"line {number}, {bad.field}: "
    details: dict[str, object] = {"line": number, "imported": asdict(report)}
    if bad.field is not None:
        details["field"] = bad.field
    return InvalidInput(f"{place if number else ''}{bad.what}", argument="file", hint=bad.hint, details=details)


def _applied(tx: Transaction, pending: list[_Pending], states: list[DeviceState]) -> int:
    new = 0
    for batch, versions in _runs(pending):
        if batch is not None:
            tx.begin_batch(batch)
        new += sum(applied.new for applied in tx.apply(versions, local=True))
    if states:
        held = {(each.entity_id, each.capability): each for each in tx.states({state.entity_id for state in states})}
        keys = ((state, held.get((state.entity_id, state.capability))) for state in states)
        tx.put_states([state for state, known in keys if known is None or known.seen_at < state.seen_at])
    return new


def _transactions(pending: list[_Pending]) -> Iterator[list[_Pending]]:
    """Cut where a version without a batch follows one with: within one transaction there is no way out of a batch."""
    start = 0
    for index in range(1, len(pending)):
        if pending[index].batch is None and pending[index - 1].batch is not None:
            yield pending[start:index]
            start = index
    if pending:
        yield pending[start:]


def _runs(pending: list[_Pending]) -> Iterator[tuple[Batch | None, list[Version]]]:
    """Versions that follow each other in one batch."""
    start = 0
    for index in range(1, len(pending) + 1):
        if index == len(pending) or pending[index].batch is not pending[start].batch:
            yield pending[start].batch, [each.version for each in pending[start:index]]
            start = index


def _rehearsed(view: ReadView, pending: list[_Pending]) -> int:
    new = 0
    for each in pending:
        known = view.version(each.version.record_id, each.version.version)
        digest = content_hash(each.version)
        if known is not None and known.content_hash != digest:
            raise RemoteProtocolError(f"version {each.version.version} is known with other content")
        new += known is None
    return new
