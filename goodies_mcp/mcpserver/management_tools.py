"""Management tools: every change of the home. Each answers what it did, item by item, with the new versions."""

from typing import TYPE_CHECKING

from goodies_mcp.mcpserver import schemas
from goodies_mcp.mcpserver.registry import ToolContext, tool

if TYPE_CHECKING:  # start-up: a call loads the answer that it gives and no other
    from goodies_mcp.graph.results import WriteResult


@tool("Create", toolset="management", default=True, read_only=False, idempotent=False)
async def create_entity(context: ToolContext, args: schemas.CreateEntity) -> "WriteResult":
    """Add a room, device, contact or other thing, with its place, in one write. One of that name in that place is
    reported, not doubled. For notes use add_note."""
    return await context.graph.create_entity(
        context.by("create_entity", args.idempotency_key),
        args.entity_type,
        args.name,
        content=args.content,
        located_in=args.located_in,
        part_of=args.part_of,
    )


@tool("Change", toolset="management", default=True, read_only=False)
async def update_entity(context: ToolContext, args: schemas.UpdateEntity) -> "WriteResult":
    """Change an entity's content or name as a new version; the old one stays in history. To move it use
    create_relationship with located_in."""
    return await context.graph.update_entity(
        context.by("update_entity", args.idempotency_key),
        args.entity,
        args.changes,
        name=args.name,
        expected_version=args.expected_version,
    )


@tool("Delete", toolset="management", default=True, read_only=False, destructive=True)
async def delete_entity(context: ToolContext, args: schemas.DeleteEntity) -> "WriteResult":
    """Delete an entity and its relationships; history keeps it. dry_run lists what would go: do that first."""
    return await context.graph.delete_entity(
        context.by("delete_entity", args.idempotency_key),
        args.entity,
        cascade=args.cascade,
        dry_run=args.dry_run,
        expected_version=args.expected_version,
    )


@tool("Connect", toolset="management", default=True, read_only=False)
async def create_relationship(context: ToolContext, args: schemas.CreateRelationship) -> "WriteResult":
    """Join two entities: located_in (moves what was elsewhere), controls, connects_to, depends_on, documented_by."""
    return await context.graph.create_relationship(
        context.by("create_relationship", args.idempotency_key),
        args.from_entity,
        args.to_entity,
        args.relationship_type,
        properties=args.properties,
    )


@tool("Change a relationship", toolset="management", read_only=False)
async def update_relationship(context: ToolContext, args: schemas.UpdateRelationship) -> "WriteResult":
    """Change a relationship's properties (a merge patch: null removes) or lead it to another entity."""
    return await context.graph.update_relationship(
        context.by("update_relationship", args.idempotency_key),
        args.relationship,
        args.properties,
        to_entity=args.to_entity,
        expected_version=args.expected_version,
    )


@tool("Disconnect", toolset="management", read_only=False, destructive=True)
async def delete_relationship(context: ToolContext, args: schemas.DeleteRelationship) -> "WriteResult":
    """Remove one relationship, by its id or by from_entity, to_entity and relationship_type. The entities stay."""
    return await context.graph.delete_relationship(
        context.by("delete_relationship", args.idempotency_key),
        relationship=args.relationship,
        from_entity=args.from_entity,
        to_entity=args.to_entity,
        relationship_type=args.relationship_type,
        expected_version=args.expected_version,
    )


@tool("Undo", toolset="management", read_only=False, destructive=True, idempotent=False)
async def undo(context: ToolContext, args: schemas.Undo) -> "WriteResult":
    """Take back this client's last write, or the batch with the given id, by new versions; says what stands in the
    way. For one entity's older state use restore_entity."""
    return await context.graph.undo(context.by("undo", args.idempotency_key), args.what)


@tool("Restore", toolset="management", read_only=False)
async def restore_entity(context: ToolContext, args: schemas.RestoreEntity) -> "WriteResult":
    """Give an entity, deleted or not, the content of one of its old versions (get_entity_history lists them)."""
    return await context.graph.restore_entity(
        context.by("restore_entity", args.idempotency_key), args.entity, args.version
    )


@tool("Apply changes", toolset="management", default=True, read_only=False, destructive=True, idempotent=False)
async def apply_changes(context: ToolContext, args: schemas.ApplyChanges) -> "WriteResult":
    """Up to 500 changes, all or nothing: each an object with action (the name of a writing tool) and that tool's
    arguments; "$1" names what item 1 made."""
    return await context.graph.apply_changes(context.by("apply_changes", args.idempotency_key), args.changes)
