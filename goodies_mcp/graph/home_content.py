"""The part of HomeGraph that keeps and reads what is larger than words: manuals, photos, files.

What is to be kept is read before the transaction begins and written inside it, so that nobody waits for a slow address
and nothing is left of what fails. Each method loads what it does when it is called: start-up.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from goodies_mcp.core.protocols import Clock, IdSource
from goodies_mcp.errors import Forbidden, InvalidInput
from goodies_mcp.graph.moments import moment_or_now
from goodies_mcp.storage.interface import GraphStore, Transaction

if TYPE_CHECKING:
    from goodies_mcp.core.intake import Intake, Source, Wanted
    from goodies_mcp.core.protocols import Fetch, Progress, Reading
    from goodies_mcp.graph.content_page import ContentPage
    from goodies_mcp.graph.resolve import Sort
    from goodies_mcp.graph.writes import Writer, WriteResult


class HomeContent:
    """Keeping and reading documents. Writes are as those of ``HomeManagement``; errors beside its own are those of
    ``core.protocols.Reading``."""

    _store: GraphStore
    _clock: Clock
    _ids: IdSource
    _author: str
    _device: str
    _reading: "Callable[[], Reading] | None"
    _fetch: "Fetch | None"

    async def add_device_manual(
        self,
        by: "Writer",
        device: str,
        title: str,
        *,
        text: str | None = None,
        file: str | None = None,
        url: str | None = None,
        progress: "Progress | None" = None,
    ) -> "WriteResult":
        """A manual of a device, from exactly one of a text, a file and an address."""
        from goodies_mcp.graph.keeping import add_device_manual
        from goodies_mcp.graph.resolve import DEVICE

        given = {"text": text, "file": file, "url": url}
        source = _manual_source(given)
        asked = ["add_device_manual", device, title, given]
        if source is None:
            return await self._kept(
                by, asked, lambda edit, _: add_device_manual(edit, device=device, title=title, text=text)
            )
        use_case = partial(_manual_of, device=device, title=title)
        target = partial(self._exists, device, "device", DEVICE)
        return await self._kept(by, asked, use_case, source, "manual", target, progress)

    async def attach_file(
        self,
        by: "Writer",
        entity: str,
        *,
        file: str | None = None,
        data_base64: str | None = None,
        content_type: str | None = None,
        caption: str | None = None,
        wanted: "Wanted" = "file",
        progress: "Progress | None" = None,
    ) -> "WriteResult":
        """A photo, receipt or other file of a thing, from one of a file and Base64; ``wanted`` may be an image only."""
        from hashlib import sha256

        source = _bytes_source(file, data_base64, content_type)
        # Of bytes the hash is asked for: an answer is remembered for a week, and so is what it was an answer to.
        said = source.value if source.argument == "file" else sha256(source.value.encode()).hexdigest()
        asked = [f"attach {wanted}", entity, source.argument, said, source.content_type, caption]
        use_case = partial(_file_of, entity=entity, caption=caption)
        return await self._kept(
            by, asked, use_case, source, wanted, partial(self._exists, entity, "entity", None), progress
        )

    async def read_content(
        self,
        content: str,
        *,
        page: int | None = None,
        section: str | None = None,
        find: str | None = None,
        at: str | None = None,
        cursor: str | None = None,
    ) -> "ContentPage":
        """What a manual, note or file says: from a page, from a section, or where it says something; or an image. A
        file that is not here is fetched for it; see ``SyncControl.fetch`` for why it may not be."""
        from goodies_mcp.graph.content_page import read_content
        from goodies_mcp.graph.files_away import read_with_file

        work = partial(read_content, content=content, page=page, section=section, find=find, cursor=cursor)
        return await read_with_file(self._store, self._fetch, work, at=moment_or_now(at))

    async def _kept(
        self,
        by: "Writer",
        asked: Any,  # noqa: ANN401  JSON of the use case's own making
        use_case: "Callable[[Any, Intake | None], object]",
        source: "Source | None" = None,
        wanted: "Wanted" = "file",
        target: "Callable[[], Any] | None" = None,
        progress: "Progress | None" = None,
    ) -> "WriteResult":
        from goodies_mcp.graph.answers import once, remembered
        from goodies_mcp.graph.editing import Edit, Origin

        key, began = by.idempotency_key, self._clock.now()
        if key is not None:
            known = await self._store.read(lambda view: remembered(view, key, asked, began))
            if known is not None:
                return known
        if target is not None:
            await target()
        async with self._taken(source, wanted, progress) as intake:

            def work(tx: Transaction) -> "WriteResult":
                now = self._clock.now()
                edit = Edit(tx, by, Origin(self._author, self._device), now=now, ids=self._ids)

                def done() -> "WriteResult":
                    use_case(edit, intake)
                    return edit.result()

                return once(tx, key, asked, now, done)

            return await self._store.write(work)

    @asynccontextmanager
    async def _taken(
        self, source: "Source | None", wanted: "Wanted", progress: "Progress | None"
    ) -> "AsyncIterator[Intake | None]":
        if source is None:
            yield None
            return
        if self._reading is None:
            raise Forbidden("no files or addresses are read here", argument=source.argument)
        async with self._reading().take(source, wanted, progress) as intake:
            yield intake

    async def _exists(self, thing: str, argument: str, sort: "Sort | None") -> None:
        """A wrong name is told before anything is fetched."""
        from goodies_mcp.graph import resolve

        await self._store.read(lambda view: resolve.entity(view, thing, argument, sort or resolve.ANYTHING))


def _manual_source(given: Mapping[str, str | None]) -> "Source | None":
    """The one way that was given; None for plain text."""
    from goodies_mcp.core.intake import Source

    argument, value = _only(given, "give the manual as text, file or url")
    return None if argument == "text" else Source("file" if argument == "file" else "url", value)


def _bytes_source(file: str | None, data_base64: str | None, content_type: str | None) -> "Source":
    from goodies_mcp.core.intake import Source

    given = {"file": file, "data_base64": data_base64}
    argument, value = _only(given, "give the file by its name, or its bytes as data_base64")
    return Source("file" if argument == "file" else "data_base64", value, content_type)


def _only(given: Mapping[str, str | None], hint: str) -> tuple[str, str]:
    ways = [(name, value) for name, value in given.items() if value is not None]
    if len(ways) == 1:
        return ways[0]
    said = f"only one of {', '.join(name for name, _ in ways)} fits" if ways else "nothing was given to keep"
    raise InvalidInput(said, argument=ways[-1][0] if ways else next(iter(given)), hint=hint)


def _manual_of(edit: Any, intake: "Intake | None", *, device: str, title: str) -> object:  # noqa: ANN401  an Edit, loaded late
    from goodies_mcp.graph.keeping import add_device_manual

    return add_device_manual(edit, device=device, title=title, intake=intake)


def _file_of(edit: Any, intake: "Intake", *, entity: str, caption: str | None) -> object:  # noqa: ANN401  as above
    from goodies_mcp.graph.keeping import attach_file

    return attach_file(edit, entity=entity, intake=intake, caption=caption)
