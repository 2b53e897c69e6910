"""Sync beside a home that is open: the room, its protocol and its HTTP client are loaded when they are first needed,
which in most processes is never.
"""

import asyncio
import logging
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from goodies_mcp.config import Settings
from goodies_mcp.errors import GoodiesError, InvalidInput, Unavailable

if TYPE_CHECKING:
    from goodies_mcp.core.models import Sha256
    from goodies_mcp.core.protocols import Clock, IdSource, Metrics, Progress, SyncNews
    from goodies_mcp.core.sync_status import SyncStatus
    from goodies_mcp.storage.replication import ReplicaStore
    from goodies_mcp.sync.credentials import Credentials, CredentialsFile
    from goodies_mcp.sync.schedule import Schedule
    from goodies_mcp.sync.service import SyncService
    from goodies_mcp.sync.transport import Transport
    from goodies_mcp.sync.world import World

logger = logging.getLogger(__name__)

LOGIN_FILE = "hub.json"
"""As in ``sync.credentials``, which is not loaded to see whether there is one."""

_FIRST = 8.0
"""Seconds after the start before anything of sync is loaded: until then a host asks its first questions."""


class AttendedSync:
    """A ``SyncControl`` over whichever home is attached."""

    def __init__(self, settings: Settings, metrics: "Metrics | None" = None) -> None:
        self._settings = settings
        self._metrics = metrics
        self._home: tuple[ReplicaStore, Clock, IdSource] | None = None
        self._built: SyncService | None = None
        self._schedule: Schedule | None = None
        self._news: list[SyncNews] = []
        self._loaded = False

    def attach(self, store: "ReplicaStore", clock: "Clock", ids: "IdSource") -> None:
        """Sync this home from here on."""
        self._home = store, clock, ids

    def changed(self) -> None:
        """Something was written here that a hub may have to know."""
        if self._schedule is not None:
            self._schedule.changed()

    async def status(self) -> "SyncStatus":
        """As ``SyncControl.status``."""
        return await self._service().status()

    async def sync_now(self, progress: "Progress | None" = None) -> "SyncStatus":
        """As ``SyncControl.sync_now``."""
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            raise InvalidInput("a single call does not sync", hint="`goodies-mcp sync` does") from None
        self._check_hub()
        await self._ready()
        return await self._service().sync_now(progress)

    async def fetch(self, sha256: "Sha256") -> None:
        """As ``SyncControl.fetch``."""
        if self._settings.read_only:
            raise Unavailable("the file itself is not on this device yet, and this home is opened read-only")
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            raise Unavailable(
                "the file itself is not on this device yet, and a single call does not fetch it",
                hint="`goodies-mcp sync --fetch-content always` brings all files here",
            ) from None
        self._check_hub()
        await self._ready()
        await self._service().fetch(sha256)

    async def retry_parked(self) -> int:
        """As ``SyncControl.retry_parked``."""
        return await self._service().retry_parked()

    def subscribe(self, news: "SyncNews") -> Callable[[], None]:
        """As ``SyncControl.subscribe``."""
        self._news.append(news)

        def end() -> None:
            with suppress(ValueError):
                self._news.remove(news)

        return end

    @asynccontextmanager
    async def by_itself(self) -> AsyncIterator[None]:
        """Sync from time to time and after changes, for as long as the context lasts."""
        wanted = self._settings.sync and not self._settings.read_only
        task = asyncio.create_task(self._keep_going(), name="sync") if wanted else None
        try:
            yield
        finally:
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
            await self.close()

    async def close(self) -> None:
        """Let the home and all connections go."""
        if self._built is not None:
            await self._built.close()
        self._home = self._built = self._schedule = None

    async def _keep_going(self) -> None:
        interval = float(self._settings.sync_interval)
        login = os.path.join(self._settings.data_dir, LOGIN_FILE)  # noqa: PTH118 - start-up
        await asyncio.sleep(min(_FIRST, interval))
        try:
            while not os.path.exists(login):  # noqa: ASYNC110, ASYNC240, PTH110 - nothing tells of it; one look at a name
                await asyncio.sleep(interval)
            self._check_hub()
            await self._ready()
            from goodies_mcp.sync.schedule import Rhythm, Schedule  # noqa: PLC0415 - as the module says

            service = self._service()
            rhythm = Rhythm(interval=interval, first=0.0, retry=min(Rhythm().retry, interval))
            self._schedule = Schedule(service, self._world(), rhythm=rhythm)
            await self._schedule.run()
        except GoodiesError as error:
            logger.warning("sync by itself has ended: %s", error.message)
        except Exception:  # a supervisor: sync ends, and the home is served all the same
            logger.exception("sync by itself has ended")

    async def _ready(self) -> None:
        """Load what a session needs, beside the event loop."""
        if not self._loaded:
            await asyncio.to_thread(_load)
            self._loaded = True

    def _service(self) -> "SyncService":
        if self._built is None:
            from pathlib import Path  # noqa: PLC0415 - as the module says

            from goodies_mcp.sync.credentials import CredentialsFile  # noqa: PLC0415
            from goodies_mcp.sync.service import SyncService  # noqa: PLC0415

            store, clock, _ = self._attached()
            file = CredentialsFile(Path(self._settings.data_dir))
            fetch_all = self._settings.fetch_content == "always"
            self._built = SyncService(
                store, file, _connector(clock), self._world(), fetch_all=fetch_all, metrics=self._metrics
            )
            self._built.subscribe(self._tell)
        return self._built

    def _attached(self) -> "tuple[ReplicaStore, Clock, IdSource]":
        if self._home is None:
            raise Unavailable("the home is not open")
        return self._home

    def _world(self) -> "World":
        import random  # noqa: PLC0415 - as the module says
        import socket  # noqa: PLC0415

        from goodies_mcp.sync.world import World  # noqa: PLC0415

        _, clock, ids = self._attached()
        return World(clock, ids, random.random, asyncio.sleep, socket.gethostname(), os.getpid(), process_lives)

    def _check_hub(self) -> None:
        """Refuse a login at another hub than the settings name: tokens go where they came from, changes too."""
        wanted = self._settings.hub_url
        if wanted is None:
            return
        from pathlib import Path  # noqa: PLC0415

        from goodies_mcp.sync.addresses import hub_url  # noqa: PLC0415
        from goodies_mcp.sync.credentials import CredentialsFile  # noqa: PLC0415

        login = CredentialsFile(Path(self._settings.data_dir)).load()
        address = hub_url(wanted, allow_http=login is not None and login.allow_http)
        if login is not None and login.url != address:
            raise InvalidInput(
                f"the settings name the hub {address}, and the login is at {login.url}",
                argument="hub_url",
                hint=f"goodies-mcp hub login {address}",
            )

    def _tell(self, brought: "frozenset[str]") -> None:
        for each in tuple(self._news):
            each(brought)  # type: ignore[arg-type] # ids of records


def process_lives(pid: int) -> bool:
    """Whether a process with this number runs here."""
    if sys.platform == "win32":
        return True  # asking there would end it; the lease runs out by itself
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # somebody else's
    return True


def _connector(clock: "Clock") -> "Callable[[CredentialsFile, Credentials], Transport]":
    def connect(file: "CredentialsFile", credentials: "Credentials") -> "Transport":
        from goodies_mcp.sync.http_transport import HttpTransport  # noqa: PLC0415 - as the module says

        return HttpTransport(file, credentials, clock=clock)

    return connect


def _load() -> None:
    """Everything that a session needs, beside the event loop."""
    import goodies_mcp.sync.http_transport  # noqa: PLC0415
    import goodies_mcp.sync.service  # noqa: F401, PLC0415
