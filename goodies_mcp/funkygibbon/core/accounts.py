"""Who there is on a hub and what they may do: plain values, as storage keeps them and every room above reads them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import NewType

HouseholdId = NewType("HouseholdId", str)
UserId = NewType("UserId", str)
DeviceId = NewType("DeviceId", str)
"""As the device names itself; unique within its household only."""

SessionId = NewType("SessionId", str)


class Role(StrEnum):
    """What somebody is in a household. ``device`` and ``service`` act for nobody in particular."""

    OWNER = "owner"
    MEMBER = "member"
    GUEST = "guest"
    DEVICE = "device"
    SERVICE = "service"


PEOPLE = (Role.OWNER, Role.MEMBER, Role.GUEST)
MACHINES = (Role.DEVICE, Role.SERVICE)


class Scope(StrEnum):
    """What a token lets one do."""

    READ = "home:read"
    WRITE = "home:write"
    PRIVATE = "home:private"
    ADMIN = "admin"


SCOPES: Mapping[Role, frozenset[Scope]] = MappingProxyType(
    {
        Role.OWNER: frozenset(Scope),
        Role.MEMBER: frozenset({Scope.READ, Scope.WRITE, Scope.PRIVATE}),
        Role.GUEST: frozenset({Scope.READ}),
        Role.DEVICE: frozenset({Scope.READ, Scope.WRITE, Scope.PRIVATE}),
        Role.SERVICE: frozenset({Scope.READ, Scope.WRITE}),
    }
)


@dataclass(frozen=True, slots=True)
class Household:
    """One home on this hub. Nothing crosses it."""

    id: HouseholdId
    name: str
    created_at: str


@dataclass(frozen=True, slots=True)
class User:
    """A person; ``password_hash`` is what argon2id made of the password."""

    id: UserId
    name: str
    password_hash: str
    created_at: str


@dataclass(frozen=True, slots=True)
class Member:
    """A person in a household."""

    user: UserId
    name: str
    role: Role
    since: str


@dataclass(frozen=True, slots=True)
class Device:
    """Something that syncs. ``role`` is set where it acts for no ``user``."""

    id: DeviceId
    household: HouseholdId
    name: str
    user: UserId | None
    role: Role | None
    created_at: str
    seen_at: str | None = None
    revoked_at: str | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """A login: all tokens that come from one password, or from one registered device."""

    id: SessionId
    household: HouseholdId
    user: UserId | None
    device: DeviceId | None
    created_at: str
    expires_at: str


@dataclass(frozen=True, slots=True)
class Principal:
    """Who makes a request, as its token and the accounts say now."""

    household: HouseholdId
    session: SessionId
    role: Role
    user: UserId | None
    name: str
    device: DeviceId | None
    expires_at: str

    @property
    def scopes(self) -> frozenset[Scope]:
        """What it may do."""
        return SCOPES[self.role]

    def may(self, scope: Scope) -> bool:
        """Whether it may do this."""
        return scope in SCOPES[self.role]


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """What is known of a refresh token; the token itself is not kept, only its hash. It was ``given_for`` another, of
    that hash, or for a login; it is ``void`` when it never arrived and another was given in its place."""

    hash: str
    session: SessionId
    expires_at: str
    used_at: str | None
    given_for: str | None = None
    void: bool = False


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Something worth knowing later: a login, a refusal, a change of accounts. Never a secret or content."""

    event: str
    at: str
    household: HouseholdId | None = None
    user: UserId | None = None
    device: DeviceId | None = None
    address: str | None = None
    request: str | None = None
    said: str = ""
    seq: int = 0
