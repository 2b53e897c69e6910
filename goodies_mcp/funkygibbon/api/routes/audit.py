"""The audit log of a household, for its owners."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from goodies_mcp.funkygibbon.api.access import GuardedRoute
from goodies_mcp.funkygibbon.api.hub import hub_of, principal_of
from goodies_mcp.funkygibbon.api.routes.answers import BEARER, KNOWN, errors
from goodies_mcp.funkygibbon.core.accounts import AuditEntry
from goodies_mcp.funkygibbon.core.models import AuditPage, AuditSaid

router = APIRouter(route_class=GuardedRoute, tags=["audit"], dependencies=[BEARER])


@router.get("/api/v1/audit", responses=errors(400, *KNOWN))
async def audit(
    request: Request,
    before: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> AuditPage:
    """Logins, refusals and changes of accounts, newest first."""
    household = principal_of(request).household
    found = await hub_of(request).store.look(lambda accounts: accounts.audit(household, before=before, limit=limit))
    return AuditPage(entries=[_said(entry) for entry in found])


def _said(entry: AuditEntry) -> AuditSaid:
    return AuditSaid(
        seq=entry.seq,
        at=entry.at,
        event=entry.event,
        user=entry.user,
        device=entry.device,
        address=entry.address,
        request=entry.request,
        said=entry.said,
    )
