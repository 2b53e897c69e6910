"""Logging in and out, and who one is."""

from collections.abc import Mapping

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from goodies_mcp.funkygibbon.api.access import GuardedRoute, bearer_of
from goodies_mcp.funkygibbon.api.hub import hub_of, line_of, principal_of
from goodies_mcp.funkygibbon.api.routes.answers import BEARER, FORM, KNOWN, errors
from goodies_mcp.funkygibbon.auth.audit import Origin
from goodies_mcp.funkygibbon.auth.sessions import Grant, Wish
from goodies_mcp.funkygibbon.core.accounts import DeviceId, Principal, Role
from goodies_mcp.funkygibbon.core.models import (
    AdminLogin,
    Granted,
    Login,
    Me,
    RefreshWish,
)
from goodies_mcp.inbetweenies.messages import content_digest


class Digested(JSONResponse):
    """JSON with its digest: a device that kept a token damaged on its way would be shut out."""

    def init_headers(self, headers: Mapping[str, str] | None = None) -> None:
        """As every answer, and the digest."""
        super().init_headers({**(headers or {}), "Content-Digest": content_digest(bytes(self.body))})


router = APIRouter(route_class=GuardedRoute, tags=["auth"], default_response_class=Digested)

_V2_ROLES = {Role.OWNER: "admin"}
"""What v2 calls a role, for who speaks nothing else; the token itself says what we call it."""

_LOGIN = errors(*FORM, *KNOWN, 404, 429)


@router.post("/api/v1/auth/admin/login", responses=_LOGIN)
async def admin_login(request: Request, wish: AdminLogin) -> Granted:
    """Log in with the password that `funkygibbon init` was given."""
    grant = await _log_in(request, _wish(wish))
    return _granted(grant, _V2_ROLES.get(grant.principal.role) if wish.device_id is None else None)


@router.post("/api/v1/auth/login", responses=_LOGIN)
async def login(request: Request, wish: Login) -> Granted:
    """Log in as a user, in one household; with a `device_id` the login can be refreshed and can sync."""
    return _granted(await _log_in(request, _wish(wish, wish.user, wish.household)))


@router.post("/api/v1/auth/refresh", responses=errors(*FORM, *KNOWN))
async def refresh(request: Request, wish: RefreshWish) -> Granted:
    """A new access token and a new refresh token; the old refresh token is worth nothing once the new one is used."""
    sessions = hub_of(request).sessions
    if wish.refresh_token is None:
        grant = await sessions.renew(bearer_of(request))
        return _granted(grant, _V2_ROLES.get(grant.principal.role))
    return _granted(await sessions.refresh(wish.refresh_token, _origin(request)))


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
        expires_at=principal.expires_at,
        household=principal.household,
        household_name=household.name if household else "",
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
        household=grant.household.id,
        household_name=grant.household.name,
        user=principal.name,
        device_id=principal.device,
    )


def _wish(wish: AdminLogin, user: str | None = None, household: str | None = None) -> Wish:
    device = None if wish.device_id is None else DeviceId(wish.device_id)
    return Wish(wish.password, user, household, device, wish.device_name)


def _origin(request: Request) -> Origin:
    line = line_of(request)
    return Origin(line.address, line.request)
