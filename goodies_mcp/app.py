"""Composition root: the only place where a store, a clock and a home are put together. Each builder loads what it
builds, because a command pays for every import at each start.
"""
# ruff: noqa: PTH103, PTH110, PTH112, PTH116, PTH118  pathlib alone would cost each start 9 ms

import os
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar

from goodies_mcp.config import HubSettings, Settings
from goodies_mcp.errors import Forbidden, GoodiesError, InvalidInput, LocalProtocolError, NotFound

if TYPE_CHECKING:
    from goodies_mcp.attended_sync import AttendedSync
    from goodies_mcp.core.models import Sha256
    from goodies_mcp.core.protocols import Clock, Fetch, IdSource, Metrics, Reading
    from goodies_mcp.funkygibbon.api.hub import Hub
    from goodies_mcp.funkygibbon.storage.sqlite import SqliteHubStore
    from goodies_mcp.graph.home_graph import HomeGraph
    from goodies_mcp.metrics import PrometheusMetrics
    from goodies_mcp.storage.interface import GraphStore
    from goodies_mcp.storage.replication import ReplicaStore

T = TypeVar("T")

# Folder names under which a service copies files to and fro behind the database's back.
_SYNCED = {
    "dropbox": "Dropbox",
    "mobile documents": "iCloud Drive",
    "icloud drive": "iCloud Drive",
    "iclouddrive": "iCloud Drive",
    "onedrive": "OneDrive",
    "google drive": "Google Drive",
    "googledrive": "Google Drive",
    "my drive": "Google Drive",
    "google drive file stream": "Google Drive",
    "cloudstorage": "a cloud provider",
}


def synced_by(folder: str) -> str | None:
    """The cloud service that synchronises this folder, as far as its path tells."""
    for part in os.path.realpath(folder).replace("\\", "/").split("/"):
        name = part.lower()
        # As in: OneDrive - Company; Dropbox (Personal); GoogleDrive-me@example.org.
        stem = name.split(" - ")[0].split(" (")[0].partition("-")[0].strip()
        service = _SYNCED.get(name) or _SYNCED.get(stem)
        if service:
            return service
    return None


def prepare_folder(settings: Settings, *, create: bool) -> None:
    """Make sure that the home's folder can hold a database, and with ``create`` that it is there, for its owner alone.

    Raises:
        Forbidden: a cloud service synchronises the folder.
        InvalidInput: something else has the folder's name, or the database's.
        NotFound: there is no database and none is to be made.
    """
    folder = settings.data_dir
    _refuse_synced(settings)
    if os.path.lexists(folder) and not os.path.isdir(folder):
        raise InvalidInput(f"{folder} is no folder", argument="data_dir")
    if os.path.isdir(settings.database):
        raise InvalidInput(f"{settings.database} is a folder, not a database", argument="data_dir")
    if create:
        os.makedirs(folder, mode=0o700, exist_ok=True)
    elif not os.path.exists(settings.database):
        raise NotFound(f"there is no home in {folder} yet", hint="`goodies-mcp init` makes one")


def _refuse_synced(settings: Settings | HubSettings) -> None:
    service = synced_by(settings.data_dir)
    if service:
        raise Forbidden(
            f"{settings.data_dir} is synchronised by {service}, which copies a database in the middle of being written "
            "and so damages it",
            argument="data_dir",
            hint=f"choose a folder on this machine alone with --data-dir or {settings.prefix}DATA_DIR",
        )


def finished(work: Coroutine[Any, Any, T]) -> T:
    """What a coroutine over an inline store comes to: it never waits, so no event loop is needed."""
    try:
        work.send(None)
    except StopIteration as done:
        value: T = done.value
        return value
    work.close()
    raise LocalProtocolError("an inline store waited for something")


def each(pieces: AsyncIterator[T]) -> Iterator[T]:
    """What an asynchronous iteration over an inline store yields, one after another."""
    while True:
        try:
            yield finished(anext(pieces))  # type: ignore[arg-type]
        except StopAsyncIteration:
            return


class InlineHome:
    """A home opened without an event loop, for one command; ``database`` when it is another than the settings' own."""

    def __init__(self, settings: Settings, *, read_only: bool, database: str | None = None) -> None:
        from pathlib import Path

        from goodies_mcp.clock import RandomIds, SystemClock
        from goodies_mcp.storage.inline import open_inline

        clock, ids = SystemClock(), RandomIds()
        self.store: ReplicaStore = open_inline(
            Path(database or settings.database), clock=clock, ids=ids, read_only=read_only
        )
        self.graph = _graph(self.store, clock, ids, settings, inline=True, fetch=self._fetch)
        self._parts = self.store, clock, ids, settings

    def sync(self) -> "AttendedSync":
        """Sync of this home, which a single call can ask where it stands."""
        from goodies_mcp.attended_sync import AttendedSync

        store, clock, ids, settings = self._parts
        sync = AttendedSync(settings)
        sync.attach(store, clock, ids)
        return sync

    async def _fetch(self, sha256: "Sha256") -> None:
        await self.sync().fetch(sha256)

    def close(self) -> None:
        """Release the database."""
        finished(self.store.close())


@contextmanager
def inline_home(settings: Settings, *, create: bool = False, read_only: bool | None = None) -> Iterator[InlineHome]:
    """The home for one command; ``create`` makes the database where there is none."""
    prepare_folder(settings, create=create)
    try:
        home = InlineHome(settings, read_only=settings.read_only if read_only is None else read_only)
    except GoodiesError as error:
        raise about(settings.database, error) from error
    try:
        yield home
    finally:
        home.close()


@asynccontextmanager
async def served_home(
    settings: Settings, sync: "AttendedSync | None" = None, metrics: "Metrics | None" = None
) -> AsyncIterator["HomeGraph"]:
    """The home for a server, for as long as the context lasts; a new database is made where there is none. ``sync``
    goes on beside it, and ``metrics`` count what is written."""
    from pathlib import Path

    from goodies_mcp.clock import RandomIds, SystemClock
    from goodies_mcp.storage.noticed import NoticedStore
    from goodies_mcp.storage.sqlite import open_store
    from goodies_mcp.storage.sqlite_at_once import AtOnceStore

    prepare_folder(settings, create=not settings.read_only)
    clock, ids = SystemClock(), RandomIds()
    store = await open_store(Path(settings.database), clock=clock, ids=ids, read_only=settings.read_only)
    at_once = AtOnceStore(store)
    try:
        if sync is None:
            yield _graph(at_once, clock, ids, settings)
            return
        # Sync reads by the thousand, and goes beside what people ask.
        sync.attach(store, clock, ids)

        def written() -> None:
            sync.changed()
            if metrics is not None:
                metrics.add("goodies.store.writes", 1, {})

        async with sync.by_itself():
            yield _graph(NoticedStore(at_once, written), clock, ids, settings, fetch=sync.fetch)
    finally:
        await at_once.close()


def collecting(settings: Settings) -> "PrometheusMetrics":
    """What collects the numbers of a server over this home.

    Raises:
        InvalidInput: the extra is not installed.
    """
    from goodies_mcp.metrics import PrometheusMetrics

    def size() -> float:
        total = 0
        for file in (settings.database, f"{settings.database}-wal"):
            with suppress(FileNotFoundError):
                total += os.stat(file).st_size
        return total

    return PrometheusMetrics({"goodies.database.size": size})


@asynccontextmanager
async def synced_home(settings: Settings) -> AsyncIterator["AttendedSync"]:
    """Sync of the home for one command, which asks for it and for nothing else."""
    from pathlib import Path

    from goodies_mcp.attended_sync import AttendedSync
    from goodies_mcp.clock import RandomIds, SystemClock
    from goodies_mcp.storage.sqlite import open_store

    prepare_folder(settings, create=False)
    clock, ids = SystemClock(), RandomIds()
    store = await open_store(Path(settings.database), clock=clock, ids=ids)
    sync = AttendedSync(settings)
    try:
        sync.attach(store, clock, ids)
        yield sync
    finally:
        await sync.close()
        await store.close()


def about(path: str, error: GoodiesError) -> GoodiesError:
    """The same error with the file it is about: a person may have several."""
    if path in error.message:
        return error
    return type(error)(f"{path}: {error.message}", hint=error.hint, argument=error.argument, details=error.details)


def _graph(
    store: "GraphStore",
    clock: "Clock",
    ids: "IdSource",
    settings: Settings,
    *,
    inline: bool = False,
    fetch: "Fetch | None" = None,
) -> "HomeGraph":
    from goodies_mcp.graph.home_graph import HomeGraph

    def reading() -> "Reading":
        return _reading(settings, inline=inline)

    return HomeGraph(store, clock, ids, author=settings.author, device=settings.device, reading=reading, fetch=fetch)


def _reading(settings: Settings, *, inline: bool) -> "Reading":
    """What reads files and addresses for a home, in this thread or beside an event loop."""
    from pathlib import Path

    from goodies_mcp.reading.fetching import Fetcher
    from goodies_mcp.reading.files import MOST_BYTES, FileGuard
    from goodies_mcp.reading.reader import Reader

    files = FileGuard(Path(settings.inbox), [Path(each) for each in settings.allow_files], most=MOST_BYTES)
    reader = Reader(files, Fetcher())
    if inline:
        from goodies_mcp.reading.inline import InlineReading

        return InlineReading(reader)
    from goodies_mcp.reading.threaded import ThreadedReading

    return ThreadedReading(reader)


def prepare_hub_folder(settings: HubSettings, *, create: bool) -> None:
    """Make sure that a hub can live in its folder, and with ``create`` that it is there, for its owner alone.

    Raises:
        Forbidden: a cloud service synchronises the folder.
        InvalidInput: something else has the folder's name.
        NotFound: there is no hub and none is to be made.
    """
    folder = settings.data_dir
    _refuse_synced(settings)
    if os.path.lexists(folder) and not os.path.isdir(folder):
        raise InvalidInput(f"{folder} is no folder", argument="data_dir")
    if create:
        os.makedirs(folder, mode=0o700, exist_ok=True)
    elif not os.path.exists(os.path.join(folder, "keys.json")):
        raise NotFound(f"there is no hub in {folder} yet", hint="`funkygibbon init` makes one")


class OpenHub:
    """A hub's parts over its folder; what serves it is built from them."""

    def __init__(self, settings: HubSettings) -> None:
        from pathlib import Path

        from goodies_mcp.clock import RandomIds, SystemClock
        from goodies_mcp.funkygibbon.auth.audit import Audit
        from goodies_mcp.funkygibbon.auth.keys import read_keys
        from goodies_mcp.funkygibbon.auth.rate_limit import LoginLimit
        from goodies_mcp.funkygibbon.auth.sessions import Sessions
        from goodies_mcp.funkygibbon.auth.tokens import Tokens
        from goodies_mcp.funkygibbon.storage.sqlite import open_hub_store

        self.folder = Path(settings.data_dir)
        self.clock, self.ids = SystemClock(), RandomIds()
        ring = read_keys(self.folder)
        self.store: SqliteHubStore = open_hub_store(self.folder, clock=self.clock, ids=self.ids)
        self.audit = Audit(self.store, self.clock)
        tokens = Tokens(ring, self.clock, self.ids)
        self.sessions = Sessions(self.store, tokens, LoginLimit(), self.audit, self.clock, self.ids)

    def served(self, settings: HubSettings) -> "Hub":
        """The hub as its routes work with it."""
        from ipaddress import ip_network

        from goodies_mcp import __version__
        from goodies_mcp.funkygibbon.api.hub import Hub
        from goodies_mcp.funkygibbon.core.counts import Counts
        from goodies_mcp.funkygibbon.sync.server import InbetweeniesServer

        try:
            proxies = tuple(ip_network(each, strict=False) for each in settings.trusted_proxies)
        except ValueError as error:
            raise InvalidInput(f"trusted_proxies: {error}", argument="trusted_proxies") from error
        return Hub(
            store=self.store,
            sessions=self.sessions,
            audit=self.audit,
            sync=InbetweeniesServer(self.store, self.clock),
            clock=self.clock,
            ids=self.ids,
            counts=Counts(),
            version=__version__,
            max_content=settings.max_content_mib * 1_048_576,
            trusted_proxies=proxies,
        )


@asynccontextmanager
async def open_hub(settings: HubSettings) -> AsyncIterator[OpenHub]:
    """A hub that was made by ``init``, for as long as the context lasts.

    Raises:
        NotFound: there is none, or it has no keys.
    """
    prepare_hub_folder(settings, create=False)
    hub = OpenHub(settings)
    try:
        yield hub
    finally:
        await hub.store.close()
