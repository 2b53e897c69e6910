"""How a tool is listed on the wire: schemas that are small, portable and say no more than a caller needs.

Hosts put the list into every conversation, so each character is paid for again and again.
"""

import types
from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from goodies_mcp.mcpserver.registry import Tool
from goodies_mcp.mcpserver.schemas import Arguments

_LAST = ("detail", "at", "limit", "cursor", "expected_version", "idempotency_key")
"""Arguments that many tools share stand behind the tool's own."""

_UNSAID = frozenset({"title", "minLength", "maxLength", "maxItems", "minItems"})
"""Schema words for people or for sizes that no caller counts; the checks themselves stay."""


@cache
def input_schema(model: type[Arguments]) -> dict[str, Any]:
    """JSON Schema 2020-12 of the arguments: inline, without titles, nulls or anything beyond the plain words."""
    properties = model.model_json_schema(by_alias=True)["properties"]
    order = sorted(properties, key=lambda name: _LAST.index(name) if name in _LAST else -1)
    required = [field.alias or name for name, field in model.model_fields.items() if field.is_required()]
    schema: dict[str, Any] = {"type": "object", "properties": {name: _plainer(properties[name]) for name in order}}
    if required:
        schema["required"] = required
    return {**schema, "additionalProperties": False}


def _plainer(schema: dict[str, Any]) -> dict[str, Any]:
    choices = [choice for choice in schema.get("anyOf", ()) if choice.get("type") != "null"]
    if len(choices) == 1:
        schema = {**choices[0], **{word: said for word, said in schema.items() if word != "anyOf"}}
    said = {word: value for word, value in schema.items() if word not in _UNSAID}
    if said.get("default") in (None, False, []):
        said.pop("default", None)  # that an argument may be left out says as much
    if said.get("type") == "object" and said.get("additionalProperties") is True:
        del said["additionalProperties"]
    if "items" in said:
        said["items"] = _plainer(said["items"])
    return said


@cache
def output_schema(result: type) -> dict[str, Any]:
    """JSON Schema of a result, and of an error: nothing is required, because clients check errors against it too.

    Only what has a shape is spelt out, on the top level: lists, objects, numbers, flags and the cursor. The rest is
    text, is seen in the answer, and would double the list of tools.
    """
    # The alias for JSON values is recursive and stands in another module: its names are given here.
    hints = get_type_hints(result, localns={"Sequence": Sequence, "Mapping": Mapping, "JsonValue": object})
    shapes = {field.name: _type(hints[field.name]) for field in fields(result)}
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
        "inputSchema": input_schema(tool.arguments),
        "outputSchema": output_schema(tool.result),
        "annotations": tool.annotations(),
    }
