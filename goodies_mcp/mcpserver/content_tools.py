"""Content tools: what people write down about their home."""

from typing import TYPE_CHECKING

from goodies_mcp.mcpserver import schemas
from goodies_mcp.mcpserver.registry import ToolContext, tool

if TYPE_CHECKING:  # start-up: a call loads the answer that it gives and no other
    from goodies_mcp.graph.results import WriteResult


@tool("Write a procedure", toolset="content", read_only=False, idempotent=False)
async def create_procedure(context: ToolContext, args: schemas.CreateProcedure) -> "WriteResult":
    """Write down how something is done, step by step, and for which devices or rooms. For a single remark use
    add_note."""
    return await context.graph.create_procedure(
        context.by("create_procedure", args.idempotency_key),
        args.title,
        args.steps,
        for_entities=args.for_entities,
        description=args.description,
        category=args.category,
        tools_needed=args.tools_needed,
    )


@tool("Add a note", toolset="content", default=True, read_only=False, idempotent=False)
async def add_note(context: ToolContext, args: schemas.AddNote) -> "WriteResult":
    """Keep a remark, about an entity or the whole home; search finds its words."""
    return await context.graph.add_note(
        context.by("add_note", args.idempotency_key), args.text, about=args.about, category=args.category
    )
