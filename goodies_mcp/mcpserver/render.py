"""Domain values to tool content: a structured answer and a text that alone is enough, both safe for a model to read."""

import json
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from functools import cache
from typing import Any

from goodies_mcp.core.text import visible
from goodies_mcp.errors import GoodiesError


@dataclass(frozen=True, slots=True)
class ToolOutcome:
    """What a tool call comes to: structured content, the same as text, and whether it is an error."""

    structured: dict[str, Any]
    text: str
    is_error: bool = False

    @property
    def code(self) -> str:
        """``ok``, or the error's code."""
        return str(self.structured["code"]) if self.is_error else "ok"


def shown(text: str) -> str:
    """The text as a model may see it: nothing unseen, and nothing that UTF-8 cannot carry."""
    if text.isprintable():
        return text
    return visible(text).encode("utf-8", "replace").decode("utf-8")


@cache
def _fields(kind: Any) -> tuple[tuple[str, object], ...]:
    return tuple((f.name, f.default if f.default is not MISSING else MISSING) for f in fields(kind))


def plain(value: object) -> Any:  # noqa: ANN401  JSON of any shape
    """A result as JSON values. A field that only says what its default says, or nothing, is left out."""
    if isinstance(value, str):
        return shown(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {shown(str(key)): plain(inner) for key, inner in value.items()}
    if isinstance(value, tuple | list):
        return [plain(inner) for inner in value]
    said = {}
    for name, default in _fields(type(value)):
        inner = getattr(value, name)
        if inner is not None and inner != default:
            said[name] = plain(inner)
    return said


def answer(result: object) -> ToolOutcome:
    """The outcome of a call that went well."""
    structured = plain(result)
    return ToolOutcome(structured, json.dumps(structured, ensure_ascii=False))


def failure(error: GoodiesError) -> ToolOutcome:
    """The outcome of a call that did not: what was wrong, which argument, and the next sensible call."""
    said = plain(error.as_dict())
    text = f"{error.code}: {shown(error.message)}"
    if error.argument:
        text += f" argument: {shown(error.argument)}."
    if error.hint:
        text += f" hint: {shown(error.hint)}."
    return ToolOutcome(said, text, is_error=True)
