"""Logging in and out, and who one is."""

from fastapi import APIRouter, Request, Response

from goodies_mcp.funkygibbon.api.access import GuardedRoute
from goodies_mcp.funkygibbon.api.hub import hub_of, line_of, principal_of
from goodies_mcp.funkygibbon.api.routes.answers import BEARER, FORM, KNOWN, errors
from goodies_mcp.funkygibbon.auth.audit import Origin
from goodies_mcp.funkygibbon.auth.sessions import Grant, Wish
from goodies_mcp.funkygibbon.core.accounts import DeviceId, Principal, Role
from goodies_mcp.funkygibbon.core.models import (
    AdminLogin,
    DeviceWish,
    Granted,
    HouseholdSaid,
    Login,
    Me,
    RefreshWish,
)

router = APIRouter(route_class=GuardedRoute, tags=["auth"])

_LOGIN = errors(*FORM, *KNOWN, 404, 429)


@router.post("/api/v1/auth/admin/login", responses=_LOGIN)
async def admin_login(request: Request, wish: AdminLogin) -> Granted:
    """Log in with the password that `funkygibbon init` was given."""
    grant = await _log_in(request, _wish(wish.password, device=wish.device))
    # What v2 calls it; the token itself says what we call it.
    role = "admin" if grant.principal.role is Role.OWNER and wish.device is None else None
    return _granted(grant, role)


@router.post("/api/v1/auth/login", responses=_LOGIN)
async def login(request: Request, wish: Login) -> Granted:
    """Log in as a user, in one household; with a `device` the login can be refreshed and can sync."""
    return _granted(await _log_in(request, _wish(wish.password, wish.user, wish.household, wish.device)))


@router.post("/api/v1/auth/refresh", responses=errors(*FORM, 401))
async def refresh(request: Request, wish: RefreshWish) -> Granted:
    """A new access token and a new refresh token; the old refresh token is worth nothing after a minute."""
    return _granted(await hub_of(request).sessions.refresh(wish.refresh_token, _origin(request)))


@router.post("/api/v1/auth/logout", status_code=204, dependencies=[BEARER], responses=errors(*KNOWN))
async def logout(request: Request) -> Response:
    """End this session: all its tokens are worth nothing from now on."""
    await hub_of(request).sessions.log_out(principal_of(request), _origin(request))
    return Response(status_code=204)


@router.get("/api/v1/auth/me", dependencies=[BEARER], responses=errors(*KNOWN, 404))
async def me(request: Request) -> Me:
    """Who the token is for, and what it lets one do."""
    principal = principal_of(request)
    household = await hub_of(request).store.look(lambda accounts: accounts.household(principal.household))
    return Me(
        user_id=principal.user or principal.device or "",
        name=principal.name,
        role=principal.role.value,
        permissions=sorted(scope.value for scope in principal.scopes),
        household=HouseholdSaid(id=principal.household, name=household.name if household else ""),
        device_id=principal.device,
    )


async def _log_in(request: Request, wish: Wish) -> Grant:
    grant = await hub_of(request).sessions.log_in(wish, _origin(request))
    line_of(request).principal = grant.principal
    return grant


def _granted(grant: Grant, role: str | None = None) -> Granted:
    principal: Principal = grant.principal
    return Granted(
        access_token=grant.access_token,
        expires_in=grant.expires_in,
        role=role or principal.role.value,
        refresh_token=grant.refresh_token,
        household=HouseholdSaid(id=grant.household.id, name=grant.household.name),
        user=principal.name,
        device_id=principal.device,
    )


def _wish(
    password: str, user: str | None = None, household: str | None = None, device: DeviceWish | None = None
) -> Wish:
    if device is None:
        return Wish(password, user, household)
    return Wish(password, user, household, DeviceId(device.id), device.name)


def _origin(request: Request) -> Origin:
    line = line_of(request)
    return Origin(line.address, line.request)
