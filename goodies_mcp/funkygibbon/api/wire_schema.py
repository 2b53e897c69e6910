"""The messages of Inbetweenies as JSON Schema, for the OpenAPI document. They are parsed by the protocol's own code;
what is said here of rows is PROTOCOL.md, V3-2, in short. Data, no code.
"""

from typing import Any, Final

from goodies_mcp.inbetweenies.limits import MAX_CONTEXT, MAX_ID, MAX_NAME, MAX_NUMBER
from goodies_mcp.inbetweenies.messages import CompareRequest, CompareResponse, SyncRequest, SyncResponse

Schema = dict[str, Any]

_ID: Schema = {"type": "string", "minLength": 1, "maxLength": MAX_ID}
_TEXT: Schema = {"type": "string", "maxLength": MAX_ID}
_COUNT: Schema = {"type": "integer", "minimum": 1, "maximum": MAX_NUMBER}
_HASH: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}


def _tuple(*items: Schema) -> Schema:
    return {"type": "array", "prefixItems": list(items), "items": False, "minItems": len(items), "maxItems": len(items)}


_SHARED: dict[str, Schema] = {
    "id": _ID,
    "version": _ID,
    "dot": _tuple(_ID, _COUNT),
    "context": {"type": "object", "additionalProperties": _COUNT, "maxProperties": MAX_CONTEXT},
    "parents": {"type": "array", "items": _ID, "maxItems": MAX_CONTEXT},
    "edited_at": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$"},
    "author": _TEXT,
    "device": _TEXT,
    "source_type": _TEXT,
    "deleted": {"type": "boolean"},
    "hash": {**_HASH, "description": "SHA-256 over the canonical form of all the rest (V3-2.5)."},
}


def _row(kind: str, **more: Schema) -> Schema:
    fields = {**_SHARED, "kind": {"const": kind}, **more}
    return {"type": "object", "properties": fields, "required": sorted(fields)}


ROW: Final[Schema] = {
    "oneOf": [
        _row("entity", type=_ID, name={"type": "string", "maxLength": MAX_NAME}, content={"type": "object"}),
        _row("relationship", type=_ID, **{"from": _ID, "to": _ID}, properties={"type": "object"}),
    ]
}
NAME: Final = _tuple(_ID, _ID)
HEADER: Final = _tuple(_ID, _ID, _HASH)

_BULK: dict[str, Schema] = {"push": ROW, "changes": ROW, "acked": NAME, "lacks": NAME, "have": HEADER}


def schema_of(model: type[SyncRequest | SyncResponse | CompareRequest | CompareResponse]) -> Schema:
    """A message, with its parts written out where they stand."""
    schema = model.model_json_schema()
    parts = schema.pop("$defs", {})
    whole: Schema = _inlined(schema, parts)
    for name, item in _BULK.items():
        if name in whole["properties"]:
            whole["properties"][name] = {"type": "array", "items": item}
    return whole


def _inlined(value: Any, parts: Schema) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        if "$ref" in value:
            return _inlined(parts[value["$ref"].rpartition("/")[2]], parts)
        return {key: _inlined(each, parts) for key, each in value.items()}
    return [_inlined(each, parts) for each in value] if isinstance(value, list) else value
