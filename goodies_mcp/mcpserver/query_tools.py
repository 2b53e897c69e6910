"""Query tools: each one question to the home, parsed, asked of HomeGraph, rendered by the funnel."""

from goodies_mcp.graph.results import HomeOverview, SearchPage
from goodies_mcp.mcpserver import schemas
from goodies_mcp.mcpserver.registry import ToolContext, tool


@tool("Home overview", toolset="query", default=True, arguments=schemas.GetHomeOverview, result=HomeOverview)
async def get_home_overview(context: ToolContext, args: schemas.GetHomeOverview) -> HomeOverview:
    """Homes, floors, zones and rooms with counts, devices without a room, open conflicts, last sync. Call this first
    to learn what exists and how things are named."""
    return await context.graph.get_home_overview(args.home, at=args.at, limit=args.limit, cursor=args.cursor)


@tool("Search", toolset="query", default=True, arguments=schemas.SearchEntities, result=SearchPage)
async def search_entities(context: ToolContext, args: schemas.SearchEntities) -> SearchPage:
    """Find anything by words: names, notes, manuals, procedures; forgives typos and knows synonyms. Ranked hits with
    id, place and snippet. To list what is in a room use get_devices_in_room."""
    return await context.graph.search_entities(
        args.query,
        entity_types=args.entity_types,
        within=args.within,
        at=args.at,
        limit=args.limit,
        cursor=args.cursor,
    )
