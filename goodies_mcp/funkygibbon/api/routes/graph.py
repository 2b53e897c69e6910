"""What v2 clients ask of the graph by REST: edges, which fielded hubs tell nowhere else."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from goodies_mcp.funkygibbon.api.access import GuardedRoute
from goodies_mcp.funkygibbon.api.hub import hub_of, line_of, principal_of
from goodies_mcp.funkygibbon.api.routes.answers import BEARER, KNOWN, errors
from goodies_mcp.inbetweenies.v2_messages import EDGES_PATH

router = APIRouter(route_class=GuardedRoute, tags=["v2"], dependencies=[BEARER])


@router.get(EDGES_PATH, responses=errors(*KNOWN, 400))
async def relationships(
    request: Request,
    from_entity_id: Annotated[str | None, Query(max_length=512)] = None,
    to_entity_id: Annotated[str | None, Query(max_length=512)] = None,
    relationship_type: Annotated[str | None, Query(max_length=512)] = None,
) -> Response:
    """All live edges of the home, or those of these ends and this type."""
    asked = {
        "from_entity_id": from_entity_id,
        "to_entity_id": to_entity_id,
        "relationship_type": relationship_type,
    }
    wanted = {key: value for key, value in asked.items() if value is not None}
    answered = await hub_of(request).sync.edges(principal_of(request), wanted)
    line_of(request).counts.update(answered.counts)
    return Response(answered.body, media_type="application/json")
