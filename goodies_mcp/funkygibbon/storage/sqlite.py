"""The hub's database on SQLite: one file of accounts, and one file for each household on the client's engine, whose
feed is numbered in the order of commit (docs/decisions/0010-one-file-per-household.md).
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from goodies_mcp.core.models import Content, Sha256
from goodies_mcp.core.protocols import Clock, IdSource
from goodies_mcp.errors import NotFound, Unavailable
from goodies_mcp.funkygibbon.core.accounts import HouseholdId
from goodies_mcp.funkygibbon.storage.interface import Accounts, AccountsView, Home
from goodies_mcp.funkygibbon.storage.sqlite_accounts import AccountsFile
from goodies_mcp.storage.arrivals import Arrivals
from goodies_mcp.storage.replication import ReplicaTransaction, ReplicaView
from goodies_mcp.storage.sqlite import SqliteStore, open_store

T = TypeVar("T")

ACCOUNTS = "hub.db"
HOUSEHOLDS = "households"
HOME = "home.db"


class SqliteHome:
    """One household's file."""

    def __init__(self, store: SqliteStore, epoch: str) -> None:
        self._store = store
        self.epoch = epoch

    async def read(self, work: Callable[[ReplicaView], T], *, at: str | None = None) -> T:
        """As ``GraphStore.read``."""
        return await self._store.read(work, at=at)

    async def write(self, work: Callable[[ReplicaTransaction], T], *, synced: bool = True) -> T:
        """As ``GraphStore.write``."""

        def counted(transaction: ReplicaTransaction) -> T:
            # The side file remembers the last number taken, so a file put back in place shows that it is an old one,
            # although a hub makes no versions of its own.
            transaction.next_dot()
            return work(transaction)

        return await self._store.write(counted, synced=synced)

    async def moved(self) -> tuple[int, ...]:
        """As ``GraphStore.moved``."""
        return await self._store.moved()

    async def close(self) -> None:
        """As ``GraphStore.close``."""
        await self._store.close()


class SqliteHubStore:
    """A ``HubStore`` in one folder. Made by :func:`open_hub_store`."""

    def __init__(self, folder: Path, accounts: AccountsFile, clock: Clock, ids: IdSource) -> None:
        self._folder = folder
        self._accounts = accounts
        self._clock = clock
        self._ids = ids
        # Its own thread: a request that only asks who somebody is must not stand behind large pages.
        self._thread = ThreadPoolExecutor(1, "accounts")
        self._homes: dict[HouseholdId, SqliteHome] = {}
        self._opening = asyncio.Lock()
        self._closed = False

    async def home(self, household: HouseholdId) -> Home:
        """As ``HubStore.home``."""
        home = self._homes.get(household)
        if home is not None:
            return home
        async with self._opening:
            if self._closed:
                raise Unavailable("the hub is closing")
            if household not in self._homes:
                self._homes[household] = await self._opened(household)
            return self._homes[household]

    async def look(self, work: Callable[[AccountsView], T]) -> T:
        """As ``HubStore.look``."""
        return await self._apart(self._accounts.look, work)

    async def change(self, work: Callable[[Accounts], T]) -> T:
        """As ``HubStore.change``."""
        return await self._apart(self._accounts.change, work)

    async def received(self, household: HouseholdId, sha256: Sha256) -> int:
        """As ``HubStore.received``."""
        return self._uploads(household).received(sha256)

    async def receive(self, household: HouseholdId, sha256: Sha256, offset: int, data: bytes) -> int:
        """As ``HubStore.receive``."""
        return await asyncio.to_thread(self._uploads(household).receive, sha256, offset, data)

    async def complete(self, household: HouseholdId, content: Content) -> bool:
        """As ``HubStore.complete``."""
        home, uploads = await self.home(household), self._uploads(household)
        if await home.read(lambda view: view.content(content.sha256)) is not None:
            uploads.forget(content.sha256)
            return False
        # Wrong bytes are found before anybody waits for this household's write lock.
        await asyncio.to_thread(uploads.check, content)
        await home.write(lambda transaction: transaction.stream_content(content, uploads.pieces(content.sha256)))
        uploads.forget(content.sha256)
        return True

    async def close(self) -> None:
        """As ``HubStore.close``."""
        self._closed = True
        async with self._opening:
            for home in self._homes.values():
                await home.close()
            self._homes.clear()
        self._accounts.close()
        self._thread.shutdown()

    async def _opened(self, household: HouseholdId) -> SqliteHome:
        if await self.look(lambda accounts: accounts.household(household)) is None:
            raise NotFound("there is no such household on this hub")
        store = await open_store(home_path(self._folder, household), clock=self._clock, ids=self._ids)
        return SqliteHome(store, await store.read(lambda view: view.status().incarnation))

    def _uploads(self, household: HouseholdId) -> Arrivals:
        return Arrivals(home_path(self._folder, household).parent / "uploads")

    async def _apart(self, run: Callable[[Callable[..., T]], T], work: Callable[..., T]) -> T:
        if self._closed:
            raise Unavailable("the hub is closing")
        return await asyncio.get_running_loop().run_in_executor(self._thread, run, work)


def home_path(folder: Path, household: HouseholdId) -> Path:
    """Where a household's file lies. Its id was made here and is no text of a caller's."""
    return folder / HOUSEHOLDS / household / HOME


def open_hub_store(folder: Path, *, clock: Clock, ids: IdSource) -> SqliteHubStore:
    """Open a hub's folder, which must be there; its file of accounts is made where there is none."""
    return SqliteHubStore(folder, AccountsFile(folder / ACCOUNTS), clock, ids)
