"""``tools``: what can be called, and with which arguments."""

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from typing import Any

from goodies_mcp.cli.commands import Command
from goodies_mcp.cli.output import Printer, columns
from goodies_mcp.cli.parsing import settings_of
from goodies_mcp.mcpserver.catalogue import catalogue
from goodies_mcp.mcpserver.registry import Tool


def _tools_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("tool", metavar="NAME", nargs="?", help="Show what this tool takes.")
    parser.add_argument("--read-only", action="store_true", default=None, help="Only tools that read.")
    parser.add_argument("--toolsets", help="Only these toolsets (comma-separated; `default` is what a host sees).")


def _tools(arguments: Namespace) -> int:
    settings = settings_of(arguments)
    registry = catalogue().select(settings.toolsets or "all", read_only=settings.read_only)
    printer = Printer(as_json=arguments.json)
    if arguments.tool is None:
        rows = [(tool.name + (" *" if tool.default else ""), tool.toolset, _first_sentence(tool)) for tool in registry]
        printer.result({"tools": [_summary(tool) for tool in registry]}, columns(rows))
        return 0
    tool = registry.named(arguments.tool)
    schema = tool.arguments.schema()
    printer.result({**_summary(tool), "arguments": schema}, _explained(tool, schema))
    return 0


def _summary(tool: "Tool") -> dict[str, object]:
    return {
        "name": tool.name,
        "title": tool.title,
        "toolset": tool.toolset,
        "default": tool.default,
        "read_only": tool.read_only,
        "destructive": tool.destructive,
        "description": tool.description,
    }


def _first_sentence(tool: "Tool") -> str:
    return tool.description.partition(". ")[0].rstrip(".") + "."


def _explained(tool: "Tool", schema: Mapping[str, Any]) -> str:
    rows = [
        (
            f"  {name}",
            kind_of(field),
            "required" if name in schema.get("required", ()) else "",
            field.get("description", ""),
        )
        for name, field in schema.get("properties", {}).items()
    ]
    does = "only reads" if tool.read_only else "deletes or replaces" if tool.destructive else "writes"
    return f"{tool.name} ({tool.toolset}, {does})\n{tool.description}\n\n{columns(rows)}".rstrip()


def kind_of(field: Mapping[str, Any]) -> str:
    """The type of an argument in words, from its JSON schema."""
    if "enum" in field:
        return " | ".join(map(str, field["enum"]))
    if "anyOf" in field:
        return " or ".join(dict.fromkeys(kind_of(one) for one in field["anyOf"] if one.get("type") != "null"))
    if field.get("type") == "array":
        return f"list of {kind_of(field.get('items', {}))}"
    return {"string": "text", "integer": "whole number", "object": "object", "boolean": "true | false"}.get(
        field.get("type", ""), str(field.get("type") or field.get("const") or "any")
    )


COMMANDS = {"tools": Command(_tools_arguments, _tools)}
