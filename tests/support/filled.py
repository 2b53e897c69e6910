"""Values of any result class with every field filled and every text different: what is dropped on the way shows."""

import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from itertools import count
from typing import Any, Union, get_args, get_origin, get_type_hints


def filled(kind: type, text: str = "", items: int = 2) -> Any:
    """An instance of a result class. Each text is the name of its field, a number, and ``text``."""
    return _filled(kind, "", count(1), text, items)


def texts(value: Any, names: frozenset[str], name: str = "") -> Iterator[str]:
    """All texts in fields of these names, however deep."""
    if isinstance(value, str):
        if name in names:
            yield value
    elif isinstance(value, tuple | list):
        for inner in value:
            yield from texts(inner, names, name)
    elif is_dataclass(value):
        for field in fields(value):
            yield from texts(getattr(value, field.name), names, field.name)


def _filled(hint: Any, name: str, numbers: Iterator[int], text: str, items: int) -> Any:
    if get_origin(hint) in (Union, types.UnionType):
        hint = str if str in get_args(hint) else next(choice for choice in get_args(hint) if choice is not type(None))
    said = "" if name in _TECHNICAL else text
    made: Any
    if get_origin(hint) is tuple:
        made = tuple(_filled(get_args(hint)[0], name, numbers, text, items) for _ in range(items))
    elif is_dataclass(hint):
        hints = get_type_hints(hint, localns={"Sequence": Sequence, "Mapping": Mapping, "JsonValue": object})
        made = hint(
            **{field.name: _filled(hints[field.name], field.name, numbers, text, items) for field in fields(hint)}
        )
    elif hint in (bool, int, float):
        made = hint(next(numbers))
    elif hint is str:
        made = f"{name}{next(numbers)}{said}"
    elif get_args(hint)[-1:] == (int,):
        made = {f"{name}{next(numbers)}": next(numbers)}
    else:
        made = {f"{name}{next(numbers)}": f"{name}{next(numbers)}{said}"}
    return made


_TECHNICAL = frozenset({"id", "version", "next_cursor", "batch", "type", "relationship_type", "kind"})
