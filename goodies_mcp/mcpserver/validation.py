"""What a caller sent becomes arguments, or an error that names the argument and the fix, never in pydantic's words."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from goodies_mcp.errors import GoodiesError, InvalidInput, TooLarge

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from goodies_mcp.mcpserver.schemas import Arguments

    A = TypeVar("A", bound=Arguments)

_KINDS = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "list_type": 'a list, such as ["Kitchen", "Hall"]',
    "dict_type": "a JSON object",
    "model_type": "a JSON object",
}
_BOUNDS = {
    "less_than_equal": ("le", "must be at most {}"),
    "greater_than_equal": ("ge", "must be at least {}"),
    "too_long": ("max_length", "must have at most {} items"),
    "too_short": ("min_length", "must have at least {} items"),
}
_SENTENCES = {
    "string_too_short": "must not be empty",
    "string_unicode": "holds a lone surrogate, which is no Unicode text",
    "recursion_loop": "is nested too deeply",
}


def parsed(model: "type[A]", arguments: Mapping[str, object]) -> "A":
    """The arguments as the model has them. An explicit null is an argument that was left out.

    Raises:
        InvalidInput, TooLarge: what is wrong, with the argument's name and a hint.
    """
    try:
        return model.model_validate({key: value for key, value in arguments.items() if value is not None})
    except ValidationError as wrong:
        raise _translated(wrong, model) from None
    except RecursionError:
        raise TooLarge("the arguments are nested too deeply") from None


def argument_names(model: "type[Arguments]") -> list[str]:
    """The names that a caller uses."""
    return [field.alias or name for name, field in model.model_fields.items()]


def nearest(name: str, known: Iterable[str], what: str) -> str:
    """A hint for a name that does not exist: the nearest one, and all there are."""
    from difflib import get_close_matches  # noqa: PLC0415  only on the way to an error

    names = list(known)
    close = get_close_matches(name[:80].lower(), names, n=1, cutoff=0.6)
    meant = f"did you mean {close[0]}? " if close else ""
    return f"{meant}{what}: {', '.join(names)}"


def _translated(wrong: ValidationError, model: "type[Arguments]") -> GoodiesError:
    errors = wrong.errors(include_url=False, include_context=True)
    # An argument that is unknown is most often the cause of another that is missing.
    first = next((e for e in errors if e["type"] == "extra_forbidden"), errors[0])
    place = _place(first["loc"])
    argument = str(first["loc"][0]) if first["loc"] else None
    if first["type"] == "extra_forbidden":
        return InvalidInput(
            f"unknown argument `{place}`",
            argument=place[:80],
            hint=nearest(str(first["loc"][-1]), argument_names(model), "arguments"),
        )
    if first["type"] == "missing":
        return InvalidInput(f"`{place}` is missing", argument=argument)
    if first["type"] == "string_too_long":
        longest = first["ctx"]["max_length"]
        return TooLarge(f"`{place}` must have at most {longest} characters", argument=argument)
    return InvalidInput(f"`{place}` {_said(first)}", argument=argument)


def _said(error: "ErrorDetails") -> str:
    kind: str = error["type"]
    given: Any = error["input"]
    context = error.get("ctx", {})
    if kind in _KINDS:
        return f"must be {_KINDS[kind]}, not {_shown(given)}"
    if kind in _BOUNDS:
        bound, sentence = _BOUNDS[kind]
        return sentence.format(context[bound])
    if kind in {"literal_error", "enum"}:
        return f"must be {context['expected']}, not {_shown(given)}"
    return _SENTENCES.get(kind) or f"is not valid: {error['msg']}"


def _shown(given: object) -> str:
    if given is None or isinstance(given, bool):
        return "null" if given is None else str(given).lower()
    if isinstance(given, int | float):
        return str(given) if abs(given) < 1e18 else "a huge number"
    if isinstance(given, str):
        return ascii(given[:40])
    return "a JSON object" if isinstance(given, dict) else "a list" if isinstance(given, list) else type(given).__name__


def _place(loc: tuple[int | str, ...]) -> str:
    said = ""
    for part in loc:
        said += f"[{part}]" if isinstance(part, int) else f".{part}" if said else part
    return said[:120]
