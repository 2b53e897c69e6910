"""RFC 7396 merge patches over JSON, and whether they changed anything."""

from collections.abc import Mapping

from goodies_mcp.core.canonical import canonical_json
from goodies_mcp.core.models import JsonObject, JsonValue


def merged_object(target: JsonObject, patch: JsonObject) -> JsonObject:
    """``target`` with ``patch`` merged into it: null removes, objects merge, everything else replaces."""
    merged = dict(target)
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, Mapping):
            inner = merged.get(key)
            merged[key] = merged_object(inner if isinstance(inner, Mapping) else {}, value)
        else:
            merged[key] = value
    return merged


def same(one: JsonValue, other: JsonValue) -> bool:
    """Whether both are the same JSON: ``1``, ``1.0`` and ``true`` are three things, the order of keys is none."""
    return canonical_json(one) == canonical_json(other)
