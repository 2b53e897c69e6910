"""What the hub asks of its database, engine by engine alike. ``tests/contract`` holds every implementation to it.

Accounts and homes are read and written by units of work, as in ``goodies_mcp.storage.interface``: ordinary functions
that run on one snapshot or in one durable transaction, await nothing, and may be run again after being undone. Every
verb about what belongs to a household takes the household; there is none that reads across.
"""

from collections.abc import Callable
from typing import Protocol, TypeVar

from goodies_mcp.core.models import Content, Sha256
from goodies_mcp.funkygibbon.core.accounts import (
    AuditEntry,
    Device,
    DeviceId,
    Household,
    HouseholdId,
    Member,
    Principal,
    RefreshToken,
    Role,
    Session,
    SessionId,
    User,
    UserId,
)
from goodies_mcp.storage.replication import ReplicaStore

T = TypeVar("T")


class Home(ReplicaStore, Protocol):
    """One household's versions: the graph, and its feed."""

    @property
    def epoch(self) -> str:
        """The random id of this history of the feed: new after a restore, a copy or a failover (PROMISES P9)."""
        ...


class AccountsView(Protocol):
    """A snapshot of the accounts."""

    def households(self) -> list[Household]:
        """All of them, oldest first: for whoever runs the hub, and no request."""
        ...

    def household(self, household: HouseholdId) -> Household | None:
        """One of them."""
        ...

    def households_of(self, user: UserId) -> list[Household]:
        """Those that the user belongs to, oldest membership first."""
        ...

    def user_named(self, name: str) -> User | None:
        """The user of this name, upper or lower case alike."""
        ...

    def first_user(self) -> User | None:
        """Whom ``init`` made: the one that a login without a name means."""
        ...

    def member(self, household: HouseholdId, user: UserId) -> Member | None:
        """What the user is in the household."""
        ...

    def members(self, household: HouseholdId) -> list[Member]:
        """All people of the household, in the order in which they joined."""
        ...

    def device(self, household: HouseholdId, device: DeviceId) -> Device | None:
        """One device, revoked or not."""
        ...

    def devices(self, household: HouseholdId) -> list[Device]:
        """All devices of the household, oldest first."""
        ...

    def principal(self, household: HouseholdId, session: SessionId, now: str) -> Principal | None:
        """Who the session of this household is now; None when it ended or expired, or its person or device went."""
        ...

    def refresh_token(self, token_hash: str) -> tuple[RefreshToken, Session] | None:
        """A refresh token with its session, while that lasts."""
        ...

    def was_followed(self, token_hash: str) -> bool:
        """Whether a refresh token that was given for this one has been used."""
        ...

    def audit(self, household: HouseholdId | None, *, before: int | None, limit: int) -> list[AuditEntry]:
        """Entries of one household (None: of all, for whoever runs the hub), newest first."""
        ...


class Accounts(AccountsView, Protocol):
    """A transaction over the accounts."""

    def add_household(self, household: Household) -> None:
        """A new household."""
        ...

    def add_user(self, user: User) -> None:
        """A new user.

        Raises:
            Conflict: somebody has that name.
        """
        ...

    def set_password(self, user: UserId, password_hash: str) -> None:
        """Another password."""
        ...

    def put_member(self, household: HouseholdId, user: UserId, role: Role, now: str) -> None:
        """Let somebody join, or be something else."""
        ...

    def drop_member(self, household: HouseholdId, user: UserId, now: str) -> bool:
        """Let somebody go; their sessions of this household end. False when nobody was there."""
        ...

    def put_device(self, device: Device) -> None:
        """Add a device, or change what is known of it."""
        ...

    def revoke_device(self, household: HouseholdId, device: DeviceId, now: str) -> bool:
        """Shut a device out; its sessions end. False when there is none that is not revoked."""
        ...

    def seen(self, household: HouseholdId, device: DeviceId, now: str) -> None:
        """Note that a device was here."""
        ...

    def add_session(self, session: Session) -> None:
        """A new session."""
        ...

    def extend_session(self, household: HouseholdId, session: SessionId, expires_at: str) -> None:
        """Let a session last longer."""
        ...

    def end_session(self, household: HouseholdId, session: SessionId, now: str) -> None:
        """End a session; none of its tokens is worth anything from now on."""
        ...

    def end_sessions_of_device(self, household: HouseholdId, device: DeviceId, now: str) -> None:
        """End all sessions of a device."""
        ...

    def end_sessions_of_user(self, user: UserId, now: str) -> None:
        """End all sessions of a user, in every household."""
        ...

    def add_refresh_token(self, token: RefreshToken, now: str) -> None:
        """A new refresh token; tokens that expired before ``now`` are forgotten."""
        ...

    def use_refresh_token(self, token_hash: str, now: str) -> None:
        """Note that a token was used; the first time counts."""
        ...

    def void_followers(self, token_hash: str, now: str) -> None:
        """What was given for a used token never arrived: it is void, and the token was first used now."""
        ...

    def append_audit(self, entry: AuditEntry) -> None:
        """Add to the log, which is never changed."""
        ...


class HubStore(Protocol):
    """The hub's database."""

    async def home(self, household: HouseholdId) -> Home:
        """A household's versions.

        Raises:
            NotFound: there is no such household.
        """
        ...

    async def look(self, work: Callable[[AccountsView], T]) -> T:
        """Run ``work`` on one snapshot of the accounts."""
        ...

    async def change(self, work: Callable[[Accounts], T]) -> T:
        """Run ``work`` in one transaction over the accounts; when this returns, it is durable."""
        ...

    async def received(self, household: HouseholdId, sha256: Sha256) -> int:
        """Bytes that have arrived of content that is not complete; 0 when nothing has."""
        ...

    async def receive(self, household: HouseholdId, sha256: Sha256, offset: int, data: bytes) -> int:
        """Add bytes of content from ``offset`` on, as far as they are new; how many have arrived now.

        Raises:
            Conflict: bytes before ``offset`` are missing; ``details["received"]`` says how many are there.
        """
        ...

    async def complete(self, household: HouseholdId, content: Content) -> bool:
        """Move content whose bytes have all arrived into the household's home. False when it was there before.

        Raises:
            InvalidInput: they have another hash or size; they were thrown away.
        """
        ...

    async def close(self) -> None:
        """Release files and threads. Safe to call twice."""
        ...
