"""A hub in this process: its real store and its whole application, asked without a socket, on a clock of the test's."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import httpx2
from argon2 import PasswordHasher

from goodies_mcp.core.models import Version
from goodies_mcp.funkygibbon.api.app import build_api
from goodies_mcp.funkygibbon.api.hub import Hub
from goodies_mcp.funkygibbon.api.middleware import Packing, Surroundings
from goodies_mcp.funkygibbon.auth.audit import Audit
from goodies_mcp.funkygibbon.auth.keys import make_keys
from goodies_mcp.funkygibbon.auth.people import add_member
from goodies_mcp.funkygibbon.auth.rate_limit import LoginLimit
from goodies_mcp.funkygibbon.auth.sessions import Sessions
from goodies_mcp.funkygibbon.auth.tokens import Tokens
from goodies_mcp.funkygibbon.core.accounts import (
    AuditEntry,
    Device,
    DeviceId,
    Household,
    HouseholdId,
    Role,
    UserId,
)
from goodies_mcp.funkygibbon.core.counts import Counts
from goodies_mcp.funkygibbon.storage.sqlite import SqliteHubStore, open_hub_store
from goodies_mcp.funkygibbon.sync.server import InbetweeniesServer
from goodies_mcp.inbetweenies.messages import (
    COMPARE_PATH,
    SYNC_PATH,
    CompareRequest,
    Cursor,
    Limits,
    SyncRequest,
    parse_sync_response,
    render,
)
from goodies_mcp.inbetweenies.rows import Header, row_of
from tests.support.clock import FakeClock
from tests.support.ids import CountingIds

PASSWORD = "correct horse battery"
MOST = 1 << 20
"""Largest content of a hub under test."""

# The real parameters, which only make guessing dear, would make every test dear too.
_CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


class HubInside:
    """A hub with its parts in reach."""

    def __init__(self, folder: Path, store: SqliteHubStore, clock: FakeClock, *, proxies: Sequence[str] = ()) -> None:
        self.folder = folder
        self.store = store
        self.clock = clock
        self.ids = CountingIds(0xB)
        self.audit = Audit(store, clock)
        self.tokens = Tokens(make_keys(folder, clock, self.ids), clock, self.ids)
        self.limit = LoginLimit()
        self.sessions = Sessions(store, self.tokens, self.limit, self.audit, clock, self.ids)
        self.sync = InbetweeniesServer(store, clock)
        self.hub = Hub(
            store=store,
            sessions=self.sessions,
            audit=self.audit,
            sync=self.sync,
            clock=clock,
            ids=self.ids,
            counts=Counts(),
            version="0",
            max_content=MOST,
            trusted_proxies=tuple(map(ip_network, proxies)),
        )
        self.api = build_api(self.hub)
        transport = httpx2.ASGITransport(app=Surroundings(Packing(self.api), self.hub), client=("192.0.2.7", 1))
        self.http = httpx2.AsyncClient(
            transport=transport, base_url="http://hub", headers={"Accept-Encoding": "identity"}
        )

    async def household(self, name: str = "Home") -> Household:
        """A new household, with nobody in it."""
        made = Household(HouseholdId(self.ids.new_id()), name, self.clock.now())
        await self.store.change(lambda accounts: accounts.add_household(made))
        return made

    async def user(self, name: str, role: Role, household: Household) -> UserId:
        """A new user, whose password is ``PASSWORD``."""
        user, now = UserId(self.ids.new_id()), self.clock.now()
        await self.store.change(lambda accounts: add_member(accounts, household.id, user, name, role, _CHEAP, now))
        return user

    async def login(self, user: str, device: str | None = None, **more: str) -> dict[str, Any]:
        """Log in over HTTP; the answer."""
        said = {"password": PASSWORD, "user": user, **more, **({"device_id": device} if device else {})}
        answer = await self.http.post("/api/v1/auth/login", json=said)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def token(self, role: Role, household: Household, name: str) -> str:
        """An access token of this role, for a device of this name."""
        if role in (Role.DEVICE, Role.SERVICE):
            device = Device(DeviceId(name), household.id, name, None, role, self.clock.now())
            refresh = await self.sessions.register(device)
            answer = await self.http.post("/api/v1/auth/refresh", json={"refresh_token": refresh})
            return answer.json()["access_token"]
        await self.user(name, role, household)
        return (await self.login(name, device=name))["access_token"]

    async def ask(self, method: str, path: str, token: str | None = None, **how: Any) -> httpx2.Response:
        """Any request."""
        headers = {**how.pop("headers", {}), **(bearer(token) if token else {})}
        return await self.http.request(method, path, headers=headers, **how)

    async def audited(self) -> list[AuditEntry]:
        """The audit log, oldest first."""
        return (await self.store.look(lambda accounts: accounts.audit(None, before=None, limit=1000)))[::-1]


@asynccontextmanager
async def hub_in(folder: Path, *, proxies: Sequence[str] = (), family: int = 0xC) -> AsyncIterator[HubInside]:
    """A new hub in an empty folder, without households; ``family`` is that of the ids which its store makes."""
    clock = FakeClock()
    store = open_hub_store(folder, clock=clock, ids=CountingIds(family))
    inside = HubInside(folder, store, clock, proxies=proxies)
    try:
        yield inside
    finally:
        await inside.http.aclose()
        await store.close()


def bearer(token: str) -> dict[str, str]:
    """The header that carries a token."""
    return {"Authorization": f"Bearer {token}"}


def sync_body(
    device: str,
    *push: Version,
    after: tuple[str, int] | None = None,
    incarnation: str = "incarnation-x",
    household: str | None = None,
    own: bool = False,
    limits: Limits | None = None,
) -> bytes:
    """A v3 request's bytes."""
    return render(
        SyncRequest(
            household=household,
            device_id=device,
            incarnation=incarnation,
            session="session",
            request=1,
            after=None if after is None else Cursor(epoch=after[0], seq=after[1]),
            own=own,
            limits=limits or Limits(),
            push=tuple(map(row_of, push)),
        )
    )


def compare_body(device: str, epoch: str, *have: Header, household: str | None = None) -> bytes:
    """A v3 comparison's bytes."""
    return render(
        CompareRequest(
            household=household,
            device_id=device,
            incarnation="incarnation-x",
            session="session",
            request=1,
            epoch=epoch,
            have=have,
        )
    )


__all__ = [
    "COMPARE_PATH",
    "MOST",
    "PASSWORD",
    "SYNC_PATH",
    "HubInside",
    "bearer",
    "compare_body",
    "hub_in",
    "parse_sync_response",
    "sync_body",
]
