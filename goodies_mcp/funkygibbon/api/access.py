"""Which route needs what: the one table of scopes and body sizes, and the guard that holds every route to it."""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from types import MappingProxyType
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from goodies_mcp.errors import Forbidden, GoodiesError, LocalProtocolError, Unauthorized
from goodies_mcp.funkygibbon.api.bodies import read_json_body
from goodies_mcp.funkygibbon.api.hub import hub_of, line_of
from goodies_mcp.funkygibbon.auth.audit import Origin
from goodies_mcp.funkygibbon.core.accounts import Scope
from goodies_mcp.funkygibbon.core.exceptions import NotAuthenticated
from goodies_mcp.inbetweenies.limits import MAX_RESPONSE_BYTES


class Anybody(Enum):
    """Needs that are no scope."""

    OPEN = auto()
    """No token is looked at."""

    KNOWN = auto()
    """Any valid token."""


class Body(Enum):
    """What a route reads of a request."""

    NONE = auto()
    JSON = auto()
    STREAM = auto()


@dataclass(frozen=True, slots=True)
class Access:
    """What a route needs, what it reads, and how many bytes at most."""

    needs: Scope | Anybody
    body: Body = Body.NONE
    most: int = 0


_FORM = 65_536

ACCESS: Mapping[tuple[str, str], Access] = MappingProxyType(
    {
        ("GET", "/"): Access(Anybody.OPEN),
        ("GET", "/health"): Access(Anybody.OPEN),
        ("POST", "/api/v1/auth/admin/login"): Access(Anybody.OPEN, Body.JSON, _FORM),
        ("POST", "/api/v1/auth/login"): Access(Anybody.OPEN, Body.JSON, _FORM),
        ("POST", "/api/v1/auth/refresh"): Access(Anybody.OPEN, Body.JSON, _FORM),
        ("POST", "/api/v1/auth/logout"): Access(Anybody.KNOWN),
        ("GET", "/api/v1/auth/me"): Access(Anybody.KNOWN),
        # Whoever may only read pulls here too; what they push is refused change by change (V3-5.5).
        ("POST", "/api/v1/sync/"): Access(Scope.READ, Body.JSON, MAX_RESPONSE_BYTES),
        ("POST", "/api/v1/sync/compare"): Access(Scope.READ, Body.JSON, MAX_RESPONSE_BYTES),
        ("GET", "/api/v1/graph/relationships"): Access(Scope.READ),
        ("HEAD", "/api/v1/content/{sha256}"): Access(Scope.READ),
        ("GET", "/api/v1/content/{sha256}"): Access(Scope.READ),
        ("PUT", "/api/v1/content/{sha256}"): Access(Scope.WRITE, Body.STREAM),
        ("GET", "/api/v1/members"): Access(Scope.READ),
        ("POST", "/api/v1/members"): Access(Scope.ADMIN, Body.JSON, _FORM),
        ("DELETE", "/api/v1/members/{user_id}"): Access(Scope.ADMIN),
        ("GET", "/api/v1/devices"): Access(Scope.READ),
        ("DELETE", "/api/v1/devices/{device_id}"): Access(Scope.ADMIN),
        ("GET", "/api/v1/audit"): Access(Scope.ADMIN),
    }
)


class GuardedRoute(APIRoute):
    """A route that looks at the token before anything else, and at the body before anything parses it."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """What answers a request: the guard, then the route."""
        answer = super().get_route_handler()
        path = self.path

        async def guarded(request: Request) -> Response:
            access = ACCESS.get((request.method, path))
            if access is None:
                raise LocalProtocolError(f"{request.method} {path} stands in no row of the table of access")
            if access.needs is not Anybody.OPEN:
                await _admit(request, access.needs)
            if access.body is Body.JSON:
                request = await read_json_body(request, access.most)
            return await answer(request)

        return guarded


async def _admit(request: Request, needs: Scope | Anybody) -> None:
    """Let the request in, as somebody. Raises Unauthorized, Forbidden; both are audited."""
    hub, line = hub_of(request), line_of(request)
    origin = Origin(line.address, line.request)
    try:
        token = bearer_of(request)
        line.principal = request.state.principal = await hub.sessions.principal(token)
        if isinstance(needs, Scope) and not line.principal.may(needs):
            raise Forbidden(f"this needs the scope {needs.value}", hint=f"a {line.principal.role.value} has it not")
    except (Unauthorized, Forbidden) as error:
        await _note_refusal(request, origin, error)
        raise


async def _note_refusal(request: Request, origin: Origin, error: GoodiesError) -> None:
    # Without a token there is nothing to learn from a refusal, and anybody could fill the log.
    if isinstance(error, NotAuthenticated):
        return
    said = f"{request.method} {request.scope['route'].path}: {error.message}"
    await hub_of(request).audit.note("refused", origin, line_of(request).principal, said)


def bearer_of(request: Request) -> str:
    """The token of a request. Raises NotAuthenticated when there is none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise NotAuthenticated("Not authenticated", hint="log in, and send the token as Authorization: Bearer")
    return token.strip()
