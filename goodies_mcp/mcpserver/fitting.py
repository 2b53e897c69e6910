"""Answers that would flood a model are made smaller, and say so: fewer items first, else shorter texts."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import fields, is_dataclass, replace
from typing import Any
from weakref import ref

from goodies_mcp.mcpserver.render import ToolOutcome, answer

MOST = 20_000
"""Characters of an answer, in either form."""

Ask = Callable[[int], Awaitable[object]]
"""The same question again with a smaller limit: so the cursor continues exactly after the last item shown."""

Concise = Callable[[Any], object]
"""Makes an item of a list say less."""

_LENGTHS = (4_000, 1_000, 250, 60, 20)
"""How long texts may stay, tried in turn."""

_WHOLE = frozenset({"id", "version", "base_version", "batch", "next_cursor", "since", "until"})
"""Fields that the next call needs as they are."""

_TRIES = 16

_SHOWN: dict[tuple[int, bool], tuple[ref[object], ToolOutcome]] = {}
"""How results were shown that the graph remembers, concisely or in full, by their identity and for as long as it does:
when it gives one again it need not be put into words again. Those that can be meant have a slot for weak references."""


async def fitted(result: object, limit: int | None, ask: Ask, concise: Concise | None = None) -> ToolOutcome:
    """The outcome of a result, made smaller until it fits. ``limit`` is that of the question, None when it has none;
    ``concise`` thins each of its items.
    """
    key = id(result), concise is not None
    known = _SHOWN.get(key)
    if known is not None:
        return known[1]
    said = _thinned(result, concise)
    outcome = answer(said)
    if not outcome.fits(MOST):
        return await _smaller(said, outcome, limit, ask, concise)
    with suppress(TypeError):  # no slot for them: to ask for it misleads in some releases of Python 3.11
        _SHOWN[key] = ref(result, lambda _: _SHOWN.pop(key)), outcome
    return outcome


def _thinned(result: Any, concise: Concise | None) -> Any:  # noqa: ANN401  any page of items
    return replace(result, items=tuple(map(concise, result.items))) if concise else result


async def _smaller(
    result: object, outcome: ToolOutcome, limit: int | None, ask: Ask, concise: Concise | None
) -> ToolOutcome:
    lengths = iter(_LENGTHS)
    for _ in range(_TRIES):
        longest = _longest_list(outcome.structured)
        if longest is not None and limit is not None and limit > 1:
            limit = _fewer(min(limit, len(outcome.structured[longest])), outcome.size)
            result = _thinned(await ask(limit), concise)
            cut = f"Cut after {limit} to stay small; the cursor continues there."
        elif longest is not None and len(outcome.structured[longest]) > 1 and limit is None:
            kept = _fewer(len(outcome.structured[longest]), outcome.size)
            result = replace(result, **{longest: getattr(result, longest)[:kept]})  # type: ignore[type-var]
            cut = f"Cut to stay small: only the first {kept} of {longest} are shown."
        else:
            result = _shortened(result, next(lengths, 0))
            cut = "Long texts are shortened here; they end with …"
        outcome = answer(result, cut)
        if outcome.fits(MOST):
            break
    return outcome


def _fewer(count: int, size: int) -> int:
    return max(1, min(count - 1, count * MOST * 9 // (size * 10)))


def _longest_list(structured: dict[str, Any]) -> str | None:
    """The list that makes up most of the answer, if one does."""
    sizes = {name: len(str(inner)) for name, inner in structured.items() if isinstance(inner, list)}
    largest = max(sizes, key=sizes.__getitem__, default=None)
    return largest if largest is not None and sizes[largest] * 2 > len(str(structured)) else None


def _shortened(value: Any, longest: int) -> Any:  # noqa: ANN401  results of any kind, JSON of any shape
    if isinstance(value, str):
        return value if len(value) <= longest else f"{value[:longest]}…"
    if isinstance(value, Mapping):
        members = list(value.items())[: max(longest, 1)]
        return {key[:200]: _shortened(inner, longest) for key, inner in members} if longest else {}
    if isinstance(value, tuple | list):
        return type(value)(_shortened(inner, longest) for inner in value[: max(longest, 1)])
    if is_dataclass(value) and not isinstance(value, type):
        parts = {field.name: getattr(value, field.name) for field in fields(value) if field.name not in _WHOLE}
        return replace(value, **{name: _shortened(part, longest) for name, part in parts.items()})
    return value
