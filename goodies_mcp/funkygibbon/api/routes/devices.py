"""The devices of a household."""

from fastapi import APIRouter, Request, Response

from goodies_mcp.errors import NotFound
from goodies_mcp.funkygibbon.api.access import GuardedRoute
from goodies_mcp.funkygibbon.api.hub import hub_of, line_of, principal_of
from goodies_mcp.funkygibbon.api.routes.answers import BEARER, KNOWN, errors
from goodies_mcp.funkygibbon.auth.audit import Origin
from goodies_mcp.funkygibbon.core.accounts import Device, DeviceId
from goodies_mcp.funkygibbon.core.models import Devices, DeviceSaid

router = APIRouter(route_class=GuardedRoute, tags=["devices"], dependencies=[BEARER])


@router.get("/api/v1/devices", responses=errors(*KNOWN))
async def devices(request: Request) -> Devices:
    """Every device that ever logged in to the household."""
    household = principal_of(request).household
    found = await hub_of(request).store.look(lambda accounts: accounts.devices(household))
    return Devices(devices=[_said(device) for device in found])


@router.delete("/api/v1/devices/{device_id}", status_code=204, responses=errors(400, *KNOWN, 404))
async def revoke(request: Request, device_id: str) -> Response:
    """Shut a device out. What it made before stays."""
    hub, principal, line = hub_of(request), principal_of(request), line_of(request)
    now = hub.clock.now()
    revoked = await hub.store.change(
        lambda accounts: accounts.revoke_device(principal.household, DeviceId(device_id), now)
    )
    if not revoked:
        raise NotFound("no device of that id is let in to this household", argument="device_id")
    await hub.audit.note("device_revoked", Origin(line.address, line.request), principal, device_id)
    return Response(status_code=204)


def _said(device: Device) -> DeviceSaid:
    return DeviceSaid(
        id=device.id,
        name=device.name,
        user_id=device.user,
        role=device.role.value if device.role else None,
        created_at=device.created_at,
        seen_at=device.seen_at,
        revoked_at=device.revoked_at,
    )
