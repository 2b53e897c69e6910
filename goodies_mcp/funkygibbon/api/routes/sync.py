"""Inbetweenies over HTTP: bytes in, bytes out. What they mean is the protocol's business."""

from typing import Any, TypeAlias

from fastapi import APIRouter, Request, Response

from goodies_mcp.funkygibbon.api.access import GuardedRoute
from goodies_mcp.funkygibbon.api.hub import hub_of, line_of, principal_of
from goodies_mcp.funkygibbon.api.routes.answers import BEARER, FORM, KNOWN, errors
from goodies_mcp.funkygibbon.api.wire_schema import schema_of
from goodies_mcp.funkygibbon.sync.answered import Answered
from goodies_mcp.inbetweenies.messages import (
    COMPARE_PATH,
    SYNC_PATH,
    CompareRequest,
    CompareResponse,
    SyncRequest,
    SyncResponse,
    content_digest,
)

router = APIRouter(route_class=GuardedRoute, tags=["sync"], dependencies=[BEARER])

_Request: TypeAlias = SyncRequest | CompareRequest
_Answer: TypeAlias = SyncResponse | CompareResponse

_ERRORS = errors(*FORM, *KNOWN, 507)


def _documented(request: type[_Request], answer: type[_Answer]) -> dict[str, Any]:
    """How the messages look in the document: they are parsed by the protocol's own code, not by the framework."""
    return {
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema_of(request)}}},
        "responses": {"200": {"content": {"application/json": {"schema": schema_of(answer)}}}},
    }


@router.post(SYNC_PATH, responses=_ERRORS, openapi_extra=_documented(SyncRequest, SyncResponse))
async def sync(request: Request) -> Response:
    """Push what the device made, and get a page of what others did (V3-5.2)."""
    answered = await hub_of(request).sync.sync(principal_of(request), await request.body())
    return _answer(request, answered)


@router.post(COMPARE_PATH, responses=_ERRORS, openapi_extra=_documented(CompareRequest, CompareResponse))
async def compare(request: Request) -> Response:
    """Ask which versions the hub lacks (V3-6.4)."""
    answered = await hub_of(request).sync.compare(principal_of(request), await request.body())
    return _answer(request, answered)


def _answer(request: Request, answered: Answered) -> Response:
    line_of(request).counts.update(answered.counts)
    headers = {"Content-Digest": content_digest(answered.body)}
    return Response(answered.body, media_type="application/json", headers=headers)
