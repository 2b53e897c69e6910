"""What a tool takes, declared once: the check of what a caller sent and the JSON Schema that it is told come from the
same words. By hand and not of pydantic, which alone would be most of a command's start.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, Generic, NoReturn, Self, TypeVar, overload

from goodies_mcp.errors import InvalidInput, TooLarge

T = TypeVar("T")
Schema = dict[str, Any]


class Kind(Generic[T]):
    """What a value must be: ``taken(given, place)`` is the value or raises, ``schema()`` is what a caller is told.

    Strict: nothing is bent into shape. Lengths of texts and lists guard us and are not told; models do not count them.
    """

    def __init__(self, taken: Callable[[object, str], T], schema: Callable[[], Schema]) -> None:
        self.taken = taken
        self.schema = schema


def text(most: int, told: Callable[[], Schema] = dict) -> Kind[str]:
    """A text, not empty. ``told`` gives more words of its schema, which the graph checks itself because it forgives."""

    def taken(given: object, place: str) -> str:
        if not isinstance(given, str):
            _refuse(place, "text", given)
        if not given:
            raise _wrong(place, "must not be empty")
        if len(given) > most:
            raise TooLarge(f"`{place}` must have at most {most} characters", argument=_argument(place))
        try:
            given.encode()
        except UnicodeEncodeError:
            raise _wrong(place, "holds a lone surrogate, which is no Unicode text") from None
        return given

    return Kind(taken, lambda: {"type": "string", **told()})


def choice(*options: str) -> Kind[str]:
    """One of a few words."""

    def taken(given: object, place: str) -> str:
        if not isinstance(given, str) or given not in options:
            *others, last = map(repr, options)
            _refuse(place, f"{', '.join(others)} or {last}", given)
        return given

    return Kind(taken, lambda: {"type": "string", "enum": list(options)})


def whole(least: int, most: int) -> Kind[int]:
    """A whole number within bounds. Some models write "3", which can mean nothing else. That counting begins at one is
    not told: the list of tools would say it a dozen times."""

    def taken(given: object, place: str) -> int:
        if isinstance(given, str) and given.isascii() and given.isdecimal() and len(given) < 10:
            given = int(given)
        if not isinstance(given, int) or isinstance(given, bool):
            _refuse(place, "a whole number", given)
        if given < least:
            raise _wrong(place, f"must be at least {least}")
        if given > most:
            raise _wrong(place, f"must be at most {most}")
        return given

    low = {"minimum": least} if least != 1 else {}
    return Kind(taken, lambda: {"type": "integer", **low, "maximum": most})


def many(item: Kind[T], most: int, least: int = 0) -> Kind[Sequence[T]]:
    """A list of values of one kind."""

    def taken(given: object, place: str) -> Sequence[T]:
        if not isinstance(given, list):
            _refuse(place, 'a list, such as ["Kitchen", "Hall"]', given)
        if len(given) < least:
            raise _wrong(place, f"must have at least {least} {'item' if least == 1 else 'items'}")
        if len(given) > most:
            raise _wrong(place, f"must have at most {most} items")
        return [item.taken(each, f"{place}[{n}]") for n, each in enumerate(given)]

    return Kind(taken, lambda: {"type": "array", "items": item.schema()})


def _flag(given: object, place: str) -> bool:
    return given if isinstance(given, bool) else _refuse(place, "true or false", given)


def _object(given: object, place: str) -> dict[str, Any]:
    return given if isinstance(given, dict) else _refuse(place, "a JSON object", given)


_FLAG = Kind(_flag, lambda: {"type": "boolean"})
OBJECT = Kind(_object, lambda: {"type": "object"})
"""A JSON object of the caller's own making: the graph looks inside."""


class Argument(Generic[T]):
    """One argument of a tool, an attribute of its :class:`Arguments`. Made by the functions below."""

    def __init__(self, kind: Kind[Any], default: object, about: str, *, name: str = "", required: bool = False) -> None:
        self.kind = kind
        self.default: Any = default
        self.about = about
        self.name = name
        self.required = required

    def __set_name__(self, owner: type, attribute: str) -> None:
        self.attribute = attribute
        self.name = self.name or attribute

    @overload
    def __get__(self, call: None, owner: type) -> Self: ...
    @overload
    def __get__(self, call: "Arguments", owner: type) -> T: ...
    def __get__(self, call: "Arguments | None", owner: type) -> Any:
        # What was given stands in the call itself and is found before this.
        return self if call is None else self.default

    def schema(self) -> Schema:
        """What a caller is told. That it may be left out says as much as an empty default."""
        default = {"default": self.default} if self.default else {}
        return {**self.kind.schema(), **default, **({"description": self.about} if self.about else {})}


def needed(kind: Kind[T], about: str = "", *, name: str = "") -> Argument[T]:
    """An argument that must be given; ``name`` where the caller's word is none of Python's (``from``)."""
    return Argument(kind, None, about, name=name, required=True)


def optional(kind: Kind[T], about: str = "") -> Argument[T | None]:
    """An argument that may be left out."""
    return Argument(kind, None, about)


def usually(default: T, kind: Kind[T], about: str = "") -> Argument[T]:
    """An argument with a value of its own when it is left out. Nobody may change that value."""
    return Argument(kind, default, about)


def switch(about: str = "", *, on: bool = False) -> Argument[bool]:
    """True or false, and which of them when it is left out."""
    return Argument(_FLAG, on, about)


class Arguments:
    """The arguments of one call. A tool's own class declares what it takes; what its bases take stands behind that."""

    declared: ClassVar[dict[str, Argument[Any]]] = {}
    """All of them, by the caller's names."""

    def __init_subclass__(cls) -> None:
        cls.declared = {each.name: each for each in vars(cls).values() if isinstance(each, Argument)}
        for base in cls.__bases__:
            for name, each in getattr(base, "declared", {}).items():
                cls.declared.setdefault(name, each)

    def __init__(self, given: Mapping[str, object]) -> None:
        """Take what a caller sent. An explicit null is an argument that was left out.

        Raises:
            InvalidInput, TooLarge: what is wrong, with the argument's name and a hint.
        """
        said = {name: value for name, value in given.items() if value is not None}
        # First, because an unknown argument is most often why another is missing.
        for name in said:
            if name not in self.declared:
                hint = nearest(name, self.declared, "arguments")
                raise InvalidInput(f"unknown argument `{name[:120]}`", argument=name[:80], hint=hint)
        for name, argument in self.declared.items():
            if name in said:
                self.__dict__[argument.attribute] = argument.kind.taken(said[name], name)
            elif argument.required:
                raise _wrong(name, "is missing")

    def but(self, **values: object) -> Self:
        """The same call with some values changed, unchecked."""
        made = object.__new__(type(self))
        made.__dict__.update(self.__dict__, **values)
        return made

    @classmethod
    def schema(cls) -> Schema:
        """JSON Schema 2020-12: inline, and only plain words that every host knows."""
        properties = {name: each.schema() for name, each in cls.declared.items()}
        required = [name for name, each in cls.declared.items() if each.required]
        told: Schema = {"type": "object", "properties": properties}
        return {**told, **({"required": required} if required else {}), "additionalProperties": False}


def nearest(name: str, known: Iterable[str], what: str) -> str:
    """A hint for a name that does not exist: the nearest one, and all there are."""
    from difflib import get_close_matches  # noqa: PLC0415  only on the way to an error

    names = list(known)
    close = get_close_matches(name[:80].lower(), names, n=1, cutoff=0.6)
    meant = f"did you mean {close[0]}? " if close else ""
    return f"{meant}{what}: {', '.join(names)}"


def _refuse(place: str, wanted: str, given: object) -> NoReturn:
    raise _wrong(place, f"must be {wanted}, not {_shown(given)}")


def _wrong(place: str, said: str) -> InvalidInput:
    return InvalidInput(f"`{place}` {said}", argument=_argument(place))


def _argument(place: str) -> str:
    return place.partition("[")[0]


def _shown(given: object) -> str:
    if given is None or isinstance(given, bool):
        return "null" if given is None else str(given).lower()
    if isinstance(given, int | float):
        return str(given) if abs(given) < 1e18 else "a huge number"
    if isinstance(given, str):
        return ascii(given[:40])
    return "a JSON object" if isinstance(given, dict) else "a list" if isinstance(given, list) else type(given).__name__
