"""Logging in, staying logged in, logging out: the rules over the accounts, each one transaction."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from goodies_mcp.core.protocols import Clock, IdSource
from goodies_mcp.errors import Ambiguous, Forbidden, NotFound, Unauthorized
from goodies_mcp.funkygibbon.auth import passwords
from goodies_mcp.funkygibbon.auth.audit import Audit, Origin
from goodies_mcp.funkygibbon.auth.rate_limit import LoginLimit
from goodies_mcp.funkygibbon.auth.tokens import (
    ACCESS_SECONDS,
    LONG_ACCESS_SECONDS,
    Tokens,
    hash_of,
    new_refresh_token,
)
from goodies_mcp.funkygibbon.core.accounts import (
    Device,
    DeviceId,
    Household,
    HouseholdId,
    Principal,
    RefreshToken,
    Role,
    Scope,
    Session,
    SessionId,
    User,
)
from goodies_mcp.funkygibbon.storage.interface import Accounts, AccountsView, HubStore

REFRESH_DAYS = 90
"""A device that was not here for so long logs in again."""

GRACE_SECONDS = 60
"""How long a refresh token that was used is still taken whatever came of it: several processes of a device may refresh
at once. Later it is taken only while nobody has come with what was given for it."""

_AT_ONCE = 2
"""Passwords that are tried at the same time: each takes a processor and 64 MiB."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to log in as; without a user it is whom ``init`` made."""

    password: str
    user: str | None = None
    household: str | None = None
    device: DeviceId | None = None
    device_name: str | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """What a login or a refresh gives."""

    principal: Principal
    household: Household
    access_token: str
    expires_in: int
    refresh_token: str | None = None


class Sessions:
    """The sessions of a hub."""

    def __init__(
        self, store: HubStore, tokens: Tokens, limit: LoginLimit, audit: Audit, clock: Clock, ids: IdSource
    ) -> None:
        self._store = store
        self._tokens = tokens
        self._limit = limit
        self._audit = audit
        self._clock = clock
        self._ids = ids
        self._hashing = asyncio.Semaphore(_AT_ONCE)

    async def log_in(self, wish: Wish, origin: Origin) -> Grant:
        """Begin a session.

        Raises:
            Unauthorized: no such user, or another password.
            RateLimited: too many failures from this address.
            Forbidden: the user belongs to no such household, or the device is another's or was revoked.
            Ambiguous: the user belongs to several households and named none.
        """
        async with self._limit.turn(origin.address):
            self._limit.check(origin.address)
            user = await self._store.look(lambda accounts: _user(accounts, wish.user))
            async with self._hashing:
                right = await asyncio.to_thread(
                    passwords.is_right, user.password_hash if user else passwords.NOBODY, wish.password
                )
            if user is None or not right:
                self._limit.failed(origin.address)
                await self._audit.note("login_refused", origin, said=wish.user or "", user=user)
                raise Unauthorized("Invalid password" if wish.user is None else "wrong user or password")
        try:
            grant = await self._store.change(lambda accounts: self._begin(accounts, user, wish))
        except Forbidden as error:
            await self._audit.note("login_refused", origin, said=error.message, user=user)
            raise
        await self._audit.note("login", origin, grant.principal)
        return grant

    async def refresh(self, refresh_token: str, origin: Origin) -> Grant:
        """Go on with a session, by a token that is worth nothing once the one given for it is used.

        Until then it is taken again: the answer may have been lost, or the device died before it could keep it. What
        was given before is void from then on, so that of two who hold the token only one goes on unseen, and not for
        longer than an access token lasts.

        Raises:
            Unauthorized: the token is unknown, expired, void or was followed; in the last two cases the session
                is over.
        """
        token_hash = hash_of(refresh_token)
        grant = await self._store.change(lambda accounts: self._refreshed(accounts, token_hash))
        if isinstance(grant, Grant):
            return grant
        if grant is not None:
            await self._audit.note("refresh_token_reused", origin, grant)
        raise Unauthorized("the refresh token is not valid", hint="log in again")

    async def renew(self, access_token: str) -> Grant:
        """Go on with a session that has no refresh token, by its access token, as v2 does.

        Raises:
            Unauthorized: it is not valid any more.
            Forbidden: it is a guest's, or one that is refreshed otherwise.
        """
        principal = await self.principal(access_token)
        if principal.device is not None or not principal.may(Scope.WRITE):
            raise Forbidden("Only admin tokens can be refreshed", hint="send the refresh token of the login")
        return await self._store.change(lambda accounts: self._renewed(accounts, principal))

    async def log_out(self, principal: Principal, origin: Origin) -> None:
        """End the session."""
        now = self._clock.now()
        await self._store.change(lambda accounts: accounts.end_session(principal.household, principal.session, now))
        await self._audit.note("logout", origin, principal)

    async def principal(self, access_token: str) -> Principal:
        """Who holds the token.

        Raises:
            Unauthorized: the token or its session is not valid any more.
        """
        claims = self._tokens.proved(access_token)
        now = self._clock.now()
        found = await self._store.look(lambda accounts: accounts.principal(claims.household, claims.session, now))
        if found is None:
            raise Unauthorized("the session is over", hint="log in again")
        return found

    async def register(self, device: Device) -> str:
        """Let a device in that acts for nobody in particular; its refresh token, told this once.

        Raises:
            Conflict: there is a device of this id.
        """
        return await self._store.change(lambda accounts: self._registered(accounts, device))

    def _begin(self, accounts: Accounts, user: User, wish: Wish) -> Grant:
        household = _household(accounts, user, wish.household)
        now = self._clock.now()
        if wish.device is not None:
            _take_device(accounts, household.id, user, wish.device, wish.device_name, now)
        days = REFRESH_DAYS if wish.device is not None else LONG_ACCESS_SECONDS // 86_400
        session = Session(
            SessionId(self._ids.new_id()), household.id, user.id, wish.device, now, _later(now, days=days)
        )
        accounts.add_session(session)
        principal = accounts.principal(household.id, session.id, now)
        if principal is None:
            raise Forbidden("this user belongs to no household on this hub")
        if wish.device is None:
            token = self._tokens.access(principal, LONG_ACCESS_SECONDS)
            return Grant(principal, household, token, LONG_ACCESS_SECONDS)
        return self._grant(accounts, principal, household, session.expires_at, now)

    def _grant(
        self,
        accounts: Accounts,
        principal: Principal,
        household: Household,
        expires_at: str,
        now: str,
        *,
        given_for: str | None = None,
    ) -> Grant:
        refresh_token = new_refresh_token()
        kept = RefreshToken(hash_of(refresh_token), principal.session, expires_at, None, given_for)
        accounts.add_refresh_token(kept, now)
        token = self._tokens.access(principal, ACCESS_SECONDS)
        return Grant(principal, household, token, ACCESS_SECONDS, refresh_token)

    def _renewed(self, accounts: Accounts, principal: Principal) -> Grant:
        household = accounts.household(principal.household)
        if household is None:
            raise Unauthorized("the session is over", hint="log in again")
        expires_at = _later(self._clock.now(), seconds=LONG_ACCESS_SECONDS)
        accounts.extend_session(principal.household, principal.session, expires_at)
        return Grant(principal, household, self._tokens.access(principal, LONG_ACCESS_SECONDS), LONG_ACCESS_SECONDS)

    def _refreshed(self, accounts: Accounts, token_hash: str) -> Grant | Principal | None:
        """A grant; whose token was used twice; or None for one that is unknown or expired."""
        now = self._clock.now()
        found = accounts.refresh_token(token_hash)
        if found is None:
            return None
        token, session = found
        principal = accounts.principal(session.household, session.id, now)
        household = accounts.household(session.household)
        if principal is None or household is None or token.expires_at <= now:
            return None
        late = token.used_at is not None and _later(token.used_at, seconds=GRACE_SECONDS) < now
        if token.void or (late and accounts.was_followed(token_hash)):
            accounts.end_session(session.household, session.id, now)
            return principal
        if late:
            accounts.void_followers(token_hash, now)
        accounts.use_refresh_token(token_hash, now)
        expires_at = _later(now, days=REFRESH_DAYS)
        accounts.extend_session(session.household, session.id, expires_at)
        if session.device is not None:
            accounts.seen(session.household, session.device, now)
        return self._grant(accounts, principal, household, expires_at, now, given_for=token_hash)

    def _registered(self, accounts: Accounts, device: Device) -> str:
        now = self._clock.now()
        accounts.put_device(device)
        session = Session(
            SessionId(self._ids.new_id()), device.household, None, device.id, now, _later(now, days=REFRESH_DAYS)
        )
        accounts.add_session(session)
        refresh_token = new_refresh_token()
        accounts.add_refresh_token(RefreshToken(hash_of(refresh_token), session.id, session.expires_at, None), now)
        return refresh_token


def _take_device(
    accounts: Accounts, household: HouseholdId, user: User, device: DeviceId, name: str | None, now: str
) -> None:
    """Make the device the user's. Raises Forbidden when it is another's, or shut out."""
    known = accounts.device(household, device)
    member = accounts.member(household, user.id)
    if known is not None and (member is None or member.role is not Role.OWNER):
        if known.user != user.id:
            raise Forbidden("this device is somebody else's", hint="an owner of the household can log in on it")
        if known.revoked_at is not None:
            raise Forbidden("this device was revoked", hint="an owner of the household can log in on it again")
    if known is not None:
        accounts.end_sessions_of_device(household, device, now)
    created_at = known.created_at if known else now
    named = name or (known.name if known else device)
    accounts.put_device(Device(device, household, named, user.id, None, created_at, now))


def _user(accounts: AccountsView, name: str | None) -> User | None:
    return accounts.first_user() if name is None else accounts.user_named(name)


def _household(accounts: AccountsView, user: User, wanted: str | None) -> Household:
    """The household that a login is for, by id or name."""
    mine = accounts.households_of(user.id)
    found = [each for each in mine if wanted is None or wanted in (each.id, each.name)]
    if not mine:
        raise Forbidden("this user belongs to no household on this hub")
    if not found:
        # Told alike whether there is such a household or not.
        raise NotFound("you belong to no household of this name", argument="household")
    if len(found) > 1:
        # Named in the message too: a device hands on what the hub said in words, and no more.
        named = ", ".join(f"{each.name} ({each.id})" for each in found)
        raise Ambiguous(
            f"you belong to several households: {named}",
            candidates=[{"id": each.id, "type": "household", "name": each.name} for each in found],
            argument="household",
        )
    return found[0]


def _later(moment: str, **how_far: float) -> str:
    return (datetime.fromisoformat(moment) + timedelta(**how_far)).isoformat(timespec="microseconds")
