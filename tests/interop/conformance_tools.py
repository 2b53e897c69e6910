"""The tools and prompts that the official suite calls by name, as far as one of ours can be such: entries of the same
registries, checked, called, rendered and logged as any other.
"""

import logging
from base64 import b64decode
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any

from goodies_mcp.errors import Unavailable
from goodies_mcp.graph.shown import Shown
from goodies_mcp.mcpserver import lines
from goodies_mcp.mcpserver.arguments import Arguments, Kind, needed, optional, text
from goodies_mcp.mcpserver.prompts import Prompt, Setting, Told
from goodies_mcp.mcpserver.registry import Tool, ToolContext, tool

logger = logging.getLogger("goodies_mcp.conformance")

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="  # one pixel


@dataclass(frozen=True, slots=True)
class Said:
    """An answer of one sentence, and perhaps something to see."""

    said: str
    picture: Shown | None = field(default=None, metadata={"block": True})


def _said(result: Said) -> Any:
    yield result.said


lines._WRITERS["Said"] = _said


class Nothing(Arguments):
    """No argument."""


class Two(Arguments):
    """Two arguments that must be given."""

    arg1 = needed(text(200), "The first")
    arg2 = needed(text(200), "The second")


class Region(Arguments):
    """An argument that travels in a header too."""

    region = optional(Kind(text(200).taken, lambda: {"type": "string", "x-mcp-header": "Region"}))


class Person(Arguments):
    """Arguments whose schema uses the wider vocabulary of JSON Schema 2020-12."""

    @classmethod
    def schema(cls) -> dict[str, Any]:
        place = {"$anchor": "place", "type": "object", "properties": {"town": {"type": "string"}}}
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "$defs": {"address": place},
            "properties": {
                "name": {"type": "string"},
                "home": {"$ref": "#/$defs/address"},
                "age": {"type": "integer"},
                "said": {"type": "array", "items": True},  # lawful, and what the Inspector's lint warns hosts of
            },
            "allOf": [{"anyOf": [{"required": ["name"]}, {"required": ["home"]}]}],
            "if": {"required": ["home"]},
            "then": {"required": ["name"]},
            "else": {"required": ["age"]},
            "additionalProperties": False,
        }


@tool("Text", toolset="query", default=True)
async def test_simple_text(context: ToolContext, args: Nothing) -> Said:
    """Answers with text."""
    return Said("This is a simple text response for testing.")


@tool("Image", toolset="query", default=True)
async def test_image_content(context: ToolContext, args: Nothing) -> Said:
    """Answers with an image."""
    return Said("An image:", Shown("image/png", b64decode(PNG)))


@tool("Error", toolset="query", default=True)
async def test_error_handling(context: ToolContext, args: Nothing) -> Said:
    """Fails always."""
    raise Unavailable("This tool intentionally returns an error for testing")


@tool("Progress", toolset="query", default=True)
async def test_tool_with_progress(context: ToolContext, args: Nothing) -> Said:
    """Tells three times how far it is."""
    assert context.progress is not None
    for done in (0, 50, 100):
        await context.progress(done, 100, f"Completed step {done} of 100")
    return Said("Done.")


@tool("Logging", toolset="query", default=True)
async def test_tool_with_logging(context: ToolContext, args: Nothing) -> Said:
    """Logs three lines."""
    for line in ("Tool execution started", "Tool processing data", "Tool execution completed"):
        logger.info(line)
    return Said("Three lines were logged.")


@tool("Schema", toolset="query", default=True)
async def json_schema_2020_12_tool(context: ToolContext, args: Person) -> Said:
    """Tool with JSON Schema 2020-12 features."""
    return Said("Called.")


@tool("Header", toolset="query", default=True)
async def test_x_mcp_header(context: ToolContext, args: Region) -> Said:
    """Takes an argument that hosts repeat in a header."""
    return Said(args.region or "nowhere")


async def simple(setting: Setting, args: Nothing) -> Told:
    return Told("This is a simple prompt for testing.", ())


async def with_arguments(setting: Setting, args: Two) -> Told:
    return Told(f"arg1={args.arg1!r} arg2={args.arg2!r}", ())


PROMPTS = (
    Prompt("test_simple_prompt", "Simple", "Takes nothing.", Nothing, simple, writes=False),
    Prompt("test_prompt_with_arguments", "Two", "Takes two arguments.", Two, with_arguments, writes=False),
)


test_logging_tool = replace(test_tool_with_logging, name="test_logging_tool")


def tools_of(module: ModuleType) -> dict[str, Tool]:
    """The tools that a module defines."""
    return {each.name: each for each in vars(module).values() if isinstance(each, Tool)}
