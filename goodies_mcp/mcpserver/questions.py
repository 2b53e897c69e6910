"""What a person can be asked in the middle of a call: one question with a few answers, and never anything secret."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from goodies_mcp.errors import GoodiesError
from goodies_mcp.mcpserver.render import ToolOutcome, failure
from goodies_mcp.mcpserver.wording import quoted, shown, value

if TYPE_CHECKING:
    from goodies_mcp.graph.conflicts import ConflictItem, ConflictSide
    from goodies_mcp.mcpserver.registry import ToolContext
    from goodies_mcp.mcpserver.schemas import ResolveConflict

MOST_QUESTIONS = 5
"""In one call: whoever has answered so many wants to be left alone."""

_MOST_FIELDS = 10


@dataclass(frozen=True, slots=True)
class Question:
    """``options`` by what the answer is to the program: what it is to a person. ``key`` is unique within a call."""

    key: str
    message: str
    options: Mapping[str, str]
    default: str | None = None


Ask = Callable[[Question], Awaitable[str | None]]
"""What the person has chosen; None when nobody could be asked.

Raises:
    Forbidden: the person would not say.
"""

Call = Callable[[Mapping[str, object] | None], Awaitable[ToolOutcome]]


async def chosen_by_person(call: Call, given: Mapping[str, object] | None, ask: Ask) -> ToolOutcome:
    """The outcome of a call, in which the person says which of several things a name means."""
    arguments: object = dict(given or {})
    outcome = await call(given)
    try:
        for number in range(MOST_QUESTIONS):
            way = _ambiguous(outcome, arguments)
            if way is None:
                break
            chosen = await ask(_which(outcome, number))
            if chosen is None:
                break
            arguments = _with(arguments, way, chosen)
            outcome = await call(arguments)  # type: ignore[arg-type] # what has names at its top still has
    except GoodiesError as error:
        return failure(error)
    return outcome


_STEP = r"\[(\d{1,4})\]|\.?(\w+)"


def _ambiguous(outcome: ToolOutcome, arguments: object) -> list[str | int] | None:
    """The way to the text that names several things, through lists and objects: ``changes[0].entity``."""
    if not outcome.is_error or outcome.code != "ambiguous":
        return None
    steps = re.findall(_STEP, outcome.structured.get("argument", ""))
    way: list[str | int] = [name or int(index) for index, name in steps]
    said = arguments
    try:
        for step in way:
            said = said[step]  # type: ignore[index] # what is none is caught
    except (LookupError, TypeError):
        return None
    return way if way and isinstance(said, str) else None


def _with(said: Any, way: Sequence[str | int], chosen: str) -> Any:  # noqa: ANN401  JSON of any shape
    """The same with another text at the end of the way."""
    if not way:
        return chosen
    step, *rest = way
    if isinstance(said, list):
        return [_with(each, rest, chosen) if n == step else each for n, each in enumerate(said)]
    return {**said, step: _with(said[step], rest, chosen)}


def _which(outcome: ToolOutcome, number: int) -> Question:
    found: Sequence[Mapping[str, Any]] = outcome.structured["candidates"]
    options = {
        each["id"]: f"{each['name']} ({each['type']}{', in ' + each['where'] if each.get('where') else ''})"
        for each in found
    }
    key = f"{outcome.structured['argument']}-{number}"
    return Question(key, f"{outcome.structured['message']}. Which is meant?", options)


async def settled_by_person(context: "ToolContext", args: "ResolveConflict") -> "ResolveConflict":
    """The same call as the person wants it who was shown both sides; as it is where nobody can be asked."""
    item = None if context.ask is None else await context.graph.get_conflict(args.conflict)
    if context.ask is None or item is None:
        return args
    chosen = await context.ask(_settling(item, args))
    if chosen is None or chosen == args.resolution:
        return args
    return args.but(resolution=chosen, version=None, changes=None, name=None)


def _settling(item: "ConflictItem", args: "ResolveConflict") -> Question:
    options = {"keep_local": "What this device says", "keep_remote": "What the other side says"}
    options["merge"] = "What is shown now"
    if args.resolution == "custom":
        options["custom"] = f"As proposed: {_proposed(args)}"[:500]
    lines = [f"{item.type} {quoted(item.name)} was changed on two sides: {item.reason}.", *map(_side, item.sides)]
    for field in item.fields[:_MOST_FIELDS]:
        says = "; ".join(f"{each.side} {'nothing' if each.absent else value(each.value)}" for each in field.sides)
        lines.append(f"{shown(field.field)}: was {value(field.base)}, is shown as {value(field.shown)}; {says}"[:500])
    if len(item.fields) > _MOST_FIELDS:
        lines.append(f"and {len(item.fields) - _MOST_FIELDS} more fields")
    lines.append("What is to hold? All sides stay in the history.")
    return Question("resolution", "\n".join(lines), options, args.resolution)


def _proposed(args: "ResolveConflict") -> str:
    said: dict[str, object] = {} if args.name is None else {"name": args.name}
    return value({**said, **(args.changes or {})})


def _side(side: "ConflictSide") -> str:
    did = "deleted it" if side.deleted else "wrote"
    return f"{side.side}: {shown(side.author)} on {shown(side.device)} {did} at {side.edited_at}"
