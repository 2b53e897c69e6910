"""Domain values to tool content: a structured answer and a text that alone is enough, both safe for a model to read."""

import json
import marshal
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from operator import attrgetter
from typing import Any

from goodies_mcp.core.models import JsonText
from goodies_mcp.errors import GoodiesError
from goodies_mcp.graph.shown import UNTRUSTED, Shown
from goodies_mcp.mcpserver.lines import text
from goodies_mcp.mcpserver.wording import quoted, seen, shown, value, word

PEOPLES = UNTRUSTED | {
    *("after", "author", "base", "because", "before", "capability", "changed", "code", "device", "epoch", "field"),
    *("flags", "hint", "household", "message", "options", "reason"),
    *("reasons", "searched_for", "shown", "state", "summary", "title", "unit", "what"),
}
"""Fields with text that people or devices wrote, or that quotes some."""

_EACH_BY_ITSELF = 2
"""The form of marshal in which a text that comes again is written again, as in JSON."""

_LONGER = 3
"""JSON takes at most so many characters for a byte of that form, and twice as many for one that is a value of its own.
Most answers are far from being too long, and packing them takes a quarter of writing them."""

_SHORT = (b"N", b"T", b"F")
"""What null, true and false are in that form: one byte each."""

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class ToolOutcome:
    """What a tool call comes to: structured content, the same as text, and whether it is an error."""

    structured: dict[str, Any]
    text: str
    is_error: bool = False
    pictures: tuple[Shown, ...] = ()

    @property
    def code(self) -> str:
        """``ok``, or the error's code."""
        return str(self.structured["code"]) if self.is_error else "ok"

    @property
    def size(self) -> int:
        """Characters of the larger of the two forms."""
        return max(len(self.text), len(_encode(self.structured)))

    def fits(self, most: int) -> bool:
        """Whether neither form has more characters than this."""
        try:
            packed = marshal.dumps(self.structured, _EACH_BY_ITSELF)
        except ValueError:  # something that only JSON can write
            return self.size <= most
        if len(self.text) > most or 2 * _LONGER * len(packed) <= most:
            return len(self.text) <= most
        short = sum(map(packed.count, _SHORT))
        return _LONGER * (len(packed) + short) <= most or self.size <= most


def answer(result: object, cut: str | None = None) -> ToolOutcome:
    """The outcome of a call that went well; ``cut`` tells what was left out to keep it small."""
    peoples: set[str] = set()
    structured = _plain(result, peoples)
    picture = getattr(result, "picture", None)
    said = text(result)
    if cut:
        structured["cut"] = cut
        said = f"{said}\n{cut}"
    if peoples:
        structured["untrusted"] = sorted(peoples)
    return ToolOutcome(structured, said, pictures=() if picture is None else (picture,))


def failure(error: GoodiesError) -> ToolOutcome:
    """The outcome of a call that did not: what was wrong, which argument, and the next sensible call."""
    structured: Any = seen(error.as_dict())
    if error.details:
        structured["untrusted"] = sorted({"message", *error.details})
    parts = [f"{error.code}: {_sentence(error.message)}"]
    if error.argument:
        parts.append(f"argument: {word(error.argument)}.")
    if error.hint:
        parts.append(f"hint: {_sentence(error.hint)}")
    lines = [" ".join(parts)]
    for name, detail in error.details.items():
        if isinstance(detail, list | tuple):
            lines += [f"{name}:", *(f"- {_detail(each)}" for each in detail)]
        else:
            lines.append(f"{name}: {_detail(detail)}")
    return ToolOutcome(structured, "\n".join(lines), is_error=True)


def _sentence(said: str) -> str:
    line = " ".join(shown(said).split())
    return line if line.endswith((".", "?", "!")) else f"{line}."


def _detail(detail: object) -> str:
    if isinstance(detail, Mapping) and {"id", "name"} <= detail.keys():
        said = {name: str(part) for name, part in detail.items()}
        where = f" in {quoted(said['where'])}" if detail.get("where") else ""
        return f"{word(said.get('type', 'thing'))} {quoted(said['name'])} id={word(said['id'])}{where}"
    return word(detail) if isinstance(detail, str) else value(detail)


_Field = tuple[str, Callable[[Any], Any], object, bool]
_KNOWN: dict[type, list[_Field]] = {}


def _fields(kind: type) -> list[_Field]:
    """Name, reader, default and whether people write it, of the fields of a kind of result."""
    return [
        (
            each.name,
            attrgetter(each.name),
            each.default if each.default_factory is MISSING else each.default_factory(),
            each.name in PEOPLES,
        )
        for each in fields(kind)
        if not each.metadata.get("block")
    ]


def _plain(value: Any, peoples: set[str]) -> Any:  # noqa: ANN401  results of any kind, JSON of any shape
    """A result as JSON values. A field that says nothing, or only what its default says, is left out."""
    kind = value.__class__
    if kind is str:
        return value if value.isprintable() else shown(value)
    if kind is tuple or kind is list:
        return [_plain(inner, peoples) for inner in value]
    known = _KNOWN.get(kind)
    if known is None:
        if not is_dataclass(value):
            return seen(value)
        known = _KNOWN[kind] = _fields(kind)
    return _members(value, known, peoples)


def _members(result: object, known: list[_Field], peoples: set[str]) -> dict[str, Any]:
    said = {}
    for name, read, default, written_by_people in known:
        inner = read(result)
        if inner is None or inner is default:
            continue
        kind = inner.__class__
        if kind is JsonText:
            inner = seen(inner)  # before it is compared: a mapping that is no dict takes long to
        if default is not MISSING and inner == default:
            continue
        if kind is str:
            said[name] = inner if inner.isprintable() else shown(inner)
        else:
            said[name] = inner if kind is JsonText else _plain(inner, peoples)
        if written_by_people:
            peoples.add(name)
    return said
