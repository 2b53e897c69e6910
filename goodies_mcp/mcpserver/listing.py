"""How a tool is listed on the wire: schemas that are small, portable and say no more than a caller needs.

Hosts put the list into every conversation, so each character is paid for again and again.
"""

import types
from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from goodies_mcp.graph import results
from goodies_mcp.mcpserver.registry import Tool


def result_of(tool: Tool) -> type:
    """The class of a tool's answer, which a call loads only when it gives that answer."""
    found: type = getattr(results, tool.result) if isinstance(tool.result, str) else tool.result
    return found


@cache
def output_schema(result: type) -> dict[str, Any]:
    """JSON Schema of a result, and of an error: nothing is required, because clients check errors against it too.

    Only what has a shape is spelt out, on the top level: lists, objects, numbers, flags and the cursor. The rest is
    text, is seen in the answer, and would double the list of tools.
    """
    # The alias for JSON values is recursive and stands in another module: its names are given here.
    hints = get_type_hints(result, localns={"Sequence": Sequence, "Mapping": Mapping, "JsonValue": object})
    shapes = {field.name: _type(hints[field.name]) for field in fields(result) if not field.metadata.get("block")}
    return {
        "type": "object",
        "properties": {
            name: {"type": shape} for name, shape in shapes.items() if shape != "string" or name == "next_cursor"
        },
    }


def _type(hint: Any) -> str:  # noqa: ANN401  a type hint has no type
    if get_origin(hint) in (Union, types.UnionType):
        hint = next(choice for choice in get_args(hint) if choice is not type(None))
    if get_origin(hint) is tuple:
        return "array"
    return {str: "string", bool: "boolean", int: "integer", float: "number"}.get(hint, "object")


def listed(tool: Tool) -> dict[str, Any]:
    """The tool as ``tools/list`` shows it."""
    return {
        "name": tool.name,
        "description": tool.description,
        "inputSchema": tool.arguments.schema(),
        "outputSchema": output_schema(result_of(tool)),
        "annotations": tool.annotations(),
        **({} if tool.app is None else {"_meta": {"ui": {"resourceUri": tool.app}}}),
    }
