"""The people of a household."""

import asyncio

from fastapi import APIRouter, Request, Response

from goodies_mcp.errors import InvalidInput, NotFound
from goodies_mcp.funkygibbon.api.access import GuardedRoute
from goodies_mcp.funkygibbon.api.hub import hub_of, line_of, principal_of
from goodies_mcp.funkygibbon.api.routes.answers import BEARER, FORM, KNOWN, errors
from goodies_mcp.funkygibbon.auth import passwords
from goodies_mcp.funkygibbon.auth.audit import Origin
from goodies_mcp.funkygibbon.auth.people import add_member
from goodies_mcp.funkygibbon.core.accounts import Member, Role, UserId
from goodies_mcp.funkygibbon.core.models import Members, MemberSaid, NewMember

router = APIRouter(route_class=GuardedRoute, tags=["people"], dependencies=[BEARER])


@router.get("/api/v1/members", responses=errors(*KNOWN))
async def members(request: Request) -> Members:
    """Everybody in the household."""
    household = principal_of(request).household
    found = await hub_of(request).store.look(lambda accounts: accounts.members(household))
    return Members(members=[_said(member) for member in found])


@router.post("/api/v1/members", status_code=201, responses=errors(*FORM, *KNOWN, 409))
async def join(request: Request, new: NewMember) -> MemberSaid:
    """Let somebody join the household, who must be new to this hub."""
    hub, principal = hub_of(request), principal_of(request)
    password_hash = await asyncio.to_thread(passwords.hashed, new.password)
    user_id, now = UserId(hub.ids.new_id()), hub.clock.now()
    member = await hub.store.change(
        lambda accounts: add_member(
            accounts, principal.household, user_id, new.name, Role(new.role), password_hash, now
        )
    )
    await hub.audit.note("member_added", _origin(request), principal, f"{member.user} {member.role}")
    return _said(member)


@router.delete("/api/v1/members/{user_id}", status_code=204, responses=errors(400, *KNOWN, 404, 409))
async def leave(request: Request, user_id: str) -> Response:
    """Let somebody go; their tokens for this household are worth nothing from now on."""
    hub, principal = hub_of(request), principal_of(request)
    if user_id == principal.user:
        raise InvalidInput("nobody can let themselves go", argument="user_id", hint="another owner can")
    now = hub.clock.now()
    gone = await hub.store.change(lambda accounts: accounts.drop_member(principal.household, UserId(user_id), now))
    if not gone:
        raise NotFound("nobody of that id is in this household", argument="user_id")
    await hub.audit.note("member_dropped", _origin(request), principal, user_id)
    return Response(status_code=204)


def _said(member: Member) -> MemberSaid:
    return MemberSaid(user_id=member.user, name=member.name, role=member.role.value, since=member.since)


def _origin(request: Request) -> Origin:
    line = line_of(request)
    return Origin(line.address, line.request)
