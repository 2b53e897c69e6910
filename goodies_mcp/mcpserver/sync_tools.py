"""Sync tools: what stands between this home and its hub, and what people have to decide about it."""

from typing import TYPE_CHECKING

from goodies_mcp.mcpserver import schemas
from goodies_mcp.mcpserver.registry import ToolContext, tool

if TYPE_CHECKING:  # start-up: a call loads the answer that it gives and no other
    from goodies_mcp.graph.results import ConflictPage, SyncStatus, WriteResult


@tool("Sync status", toolset="sync")
async def get_sync_status(context: ToolContext, _: schemas.GetSyncStatus) -> "SyncStatus":
    """Where sync with the hub stands: last success, changes that wait, changes that are held back and why."""
    return await context.sync.status()


@tool("Sync now", toolset="sync", read_only=False, open_world=True)
async def sync_now(context: ToolContext, _: schemas.SyncNow) -> "SyncStatus":
    """Send local changes to the hub and take in what others changed."""
    return await context.sync.sync_now(context.progress)


@tool("Open conflicts", toolset="sync")
async def list_conflicts(context: ToolContext, args: schemas.ListConflicts) -> "ConflictPage":
    """What two devices said differently: both sides with who and when, what they grew from, field by field."""
    return await context.graph.list_conflicts(limit=args.limit, cursor=args.cursor)


@tool("Resolve a conflict", toolset="sync", read_only=False, idempotent=False)
async def resolve_conflict(context: ToolContext, args: schemas.ResolveConflict) -> "WriteResult":
    """Settle a conflict of list_conflicts: keep_local or keep_remote takes a side, merge what is shown now, custom that
    with changes and name. Ask the person which; all sides stay in the history."""
    from goodies_mcp.mcpserver.questions import settled_by_person  # noqa: PLC0415  start-up: few calls settle any

    args = await settled_by_person(context, args)
    return await context.graph.resolve_conflict(
        context.by("resolve_conflict", args.idempotency_key),
        args.conflict,
        args.resolution,
        version=args.version,
        changes=args.changes,
        name=args.name,
    )
