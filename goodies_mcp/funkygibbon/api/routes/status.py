"""Whether the hub is there, for anybody."""

from fastapi import APIRouter, Request

from goodies_mcp.funkygibbon.api.access import GuardedRoute
from goodies_mcp.funkygibbon.api.hub import hub_of
from goodies_mcp.funkygibbon.api.routes.answers import errors
from goodies_mcp.funkygibbon.core.models import Greeting, Health

router = APIRouter(route_class=GuardedRoute, tags=["status"])


@router.get("/", responses=errors())
async def greet(request: Request) -> Greeting:
    """What this is, and which editions of the protocol it speaks."""
    hub = hub_of(request)
    return Greeting(version=hub.version, protocols=sorted(hub.sync.editions))


@router.get("/health", responses=errors())
async def health(request: Request) -> Health:
    """Healthy when the accounts can be read."""
    await hub_of(request).store.look(lambda accounts: accounts.first_user() is not None)
    return Health()
