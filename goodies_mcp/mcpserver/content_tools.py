"""Content tools: what people write down about their home."""

from typing import TYPE_CHECKING

from goodies_mcp.mcpserver import schemas
from goodies_mcp.mcpserver.registry import ToolContext, tool

if TYPE_CHECKING:  # start-up: a call loads the answer that it gives and no other
    from goodies_mcp.graph.results import ContentPage, WriteResult


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
    """Keep a remark, about an entity or the whole home."""
    return await context.graph.add_note(
        context.by("add_note", args.idempotency_key), args.text, about=args.about, category=args.category
    )


@tool("Add a manual", toolset="content", read_only=False, idempotent=False, open_world=True)
async def add_device_manual(context: ToolContext, args: schemas.AddDeviceManual) -> "WriteResult":
    """Keep a device's manual, from text, a file (PDF, web page, text) or an https address. Search then finds its
    sentences with their page, read_content reads it; the original is kept."""
    return await context.graph.add_device_manual(
        context.by("add_device_manual", args.idempotency_key),
        args.device,
        args.title,
        text=args.text,
        file=args.file,
        url=args.url,
        progress=context.progress,
    )


@tool("Attach a file", toolset="content", read_only=False, idempotent=False)
async def attach_file(context: ToolContext, args: schemas.AttachFile) -> "WriteResult":
    """Keep a photo, receipt or any other file with an entity: file names one in the inbox folder, data_base64 holds a
    small one. Its type is found from its bytes. For a manual use add_device_manual."""
    return await context.graph.attach_file(
        context.by("attach_file", args.idempotency_key),
        args.entity,
        file=args.file,
        data_base64=args.data_base64,
        content_type=args.content_type,
        caption=args.caption,
        progress=context.progress,
    )


@tool("Add an image", toolset="content", read_only=False, idempotent=False)
async def add_device_image(context: ToolContext, args: schemas.AddDeviceImage) -> "WriteResult":
    """Keep a photo or other image of a device, room or thing; as attach_file, and refuses what is no image."""
    return await context.graph.attach_file(
        context.by("add_device_image", args.idempotency_key),
        args.entity,
        file=args.file,
        data_base64=args.data_base64,
        content_type=args.content_type,
        caption=args.caption,
        wanted="image",
        progress=context.progress,
    )


@tool("Read", toolset="content", default=True)
async def read_content(context: ToolContext, args: schemas.ReadContent) -> "ContentPage":
    """Read a manual, note or file from a page or section, or find words in it; see an image."""
    return await context.graph.read_content(
        args.content, page=args.page, section=args.section, find=args.find, at=args.at, cursor=args.cursor
    )
