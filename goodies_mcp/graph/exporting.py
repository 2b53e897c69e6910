"""A store as lines that rebuild it, read page by page: the memory it takes does not grow with the home.

The history is append-only, so pages up to one feed number are a snapshot however long the reading takes. What belongs
to this machine stays here: sync state, settings, remembered answers, and versions whose content was compacted away.
"""

from collections.abc import AsyncIterator, Iterable, Iterator
from functools import partial
from hashlib import sha256

from goodies_mcp.core.models import Content, DeviceState, RecordId, RecordKind, Seq, Sha256, StoredVersion
from goodies_mcp.core.protocols import Progress
from goodies_mcp.graph.transfer_lines import (
    Header,
    batch_line,
    check_line,
    chunk_line,
    content_line,
    end_line,
    header_line,
    mentioned_hashes,
    state_line,
    version_line,
)
from goodies_mcp.storage.interface import GraphStore, ReadView

_PAGE = 1_000
_FIRST_PAGE = 100
_PAGE_BYTES = 4_000_000
_CHUNK = 262_144
_READ_AT_ONCE = 4 << 20
"""Bytes of content: each reading walks to its place from the beginning."""

_FIRST, _LAST = "", "~"


async def export_lines(store: GraphStore, *, progress: Progress | None = None) -> AsyncIterator[bytes]:
    """The whole store as of now, in pieces of whole lines (``transfer_lines``), ready to be written one after another.

    Raises what the store raises.
    """
    writing = _Writing()
    header, until = await store.read(_opening)
    yield writing.piece([header_line(header)])
    seen = _Seen()
    after, limit, done = Seq(0), _FIRST_PAGE, 0
    while after < until:
        page = await store.read(partial(_page, after=after, until=until, limit=limit, seen=seen))
        if not page.versions:
            # Compacted ones are left out of a page; those looked at were at least the next ``limit`` numbers.
            after = Seq(after + limit)
            continue
        for content in page.contents:
            async for piece in _content(store, content, writing):
                yield piece
        piece = writing.piece([*page.lines, *map(state_line, page.states)])
        yield piece
        after = page.versions[-1].seq
        done += len(page.versions)
        limit = max(1, min(_PAGE, _PAGE_BYTES * len(page.versions) // len(piece)))
        if progress is not None:
            await progress(done, header.versions, "versions")
    yield writing.last()


class _Writing:
    """Lines on their way out: counted, and hashed for the checks."""

    def __init__(self) -> None:
        self._lines = 0
        self._hash = sha256()

    def piece(self, lines: Iterable[str]) -> bytes:
        """The lines with the check over them."""
        listed = list(lines)
        text = "".join(f"{line}\n" for line in listed).encode()
        self._hash.update(text)
        check = f"{check_line(self._hash.hexdigest())}\n".encode()
        self._hash = sha256()
        self._lines += len(listed) + 1
        return text + check

    def last(self) -> bytes:
        """The line that says that nothing is missing."""
        return f"{end_line(self._lines)}\n".encode()


class _Seen:
    """What is written once although many versions speak of it."""

    def __init__(self) -> None:
        self.batch: str | None = None
        self.contents: set[Sha256] = set()
        self.reporting: set[RecordId] = set()


class _Page:
    """One reading: versions with the batches they came in, what they mention, and what the devices last reported."""

    def __init__(self, versions: list[StoredVersion]) -> None:
        self.versions = versions
        self.lines: list[str] = []
        self.contents: list[Content] = []
        self.states: list[DeviceState] = []


def _opening(view: ReadView) -> tuple[Header, Seq]:
    status = view.status()
    return Header(status.schema, status.counts.get("versions", status.feed), status.digest), status.feed


def _page(view: ReadView, *, after: Seq, until: Seq, limit: int, seen: _Seen) -> _Page:
    found = view.edited(_FIRST, _LAST, after=after, limit=limit)
    page = _Page([each for each in found if each.seq <= until])
    mentioned: set[Sha256] = set()
    before = seen.batch
    for stored in page.versions:
        if stored.batch is not None and stored.batch != before and (batch := view.batch(stored.batch)):
            page.lines.append(batch_line(batch))
        before = stored.batch
        line = version_line(stored)
        mentioned |= mentioned_hashes(line)
        page.lines.append(line)
    page.contents = list(_held(view, mentioned - seen.contents))
    ids = {each.value.record_id for each in page.versions if each.value.kind is RecordKind.ENTITY}
    page.states = view.states(ids - seen.reporting)
    # Noted at the end alone: what is broken off before that is read again.
    seen.batch = before
    seen.contents |= {content.sha256 for content in page.contents}
    seen.reporting |= {state.entity_id for state in page.states}
    return page


def _held(view: ReadView, mentioned: Iterable[Sha256]) -> Iterator[Content]:
    for each in sorted(mentioned):
        content = view.content(each)
        if content is not None:
            yield content


async def _content(store: GraphStore, content: Content, writing: _Writing) -> AsyncIterator[bytes]:
    yield writing.piece([content_line(content)])
    for offset in range(0, content.size, _READ_AT_ONCE):
        data = await store.read(partial(_bytes, sha256=content.sha256, offset=offset))
        for start in range(0, len(data), _CHUNK):
            yield writing.piece([chunk_line(content.sha256, data[start : start + _CHUNK])])


def _bytes(view: ReadView, *, sha256: Sha256, offset: int) -> bytes:
    return view.content_bytes(sha256, offset, _READ_AT_ONCE)
