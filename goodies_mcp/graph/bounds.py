"""What may be written: names, texts and JSON that can be kept, searched, shown and synced. Checked once, here, before
anything is stored."""

import unicodedata
from collections.abc import Mapping, Sequence

from goodies_mcp.core.canonical import check_json
from goodies_mcp.core.models import JsonObject
from goodies_mcp.core.text import visible
from goodies_mcp.errors import InvalidInput, TooLarge

LONGEST_NAME = 1_000
"""Characters of a name after trimming."""

LONGEST_KEY = 200
"""Characters of an idempotency key."""

_CUT = 80
_BREAKS = frozenset({"Cc", "Zl", "Zp"})


def checked_name(name: str, argument: str = "name") -> str:
    """The name without surrounding space.

    Raises InvalidInput when it is no text, shows nothing, or holds control characters or a lone surrogate; TooLarge
    over 1,000 characters.
    """
    if not isinstance(name, str):
        raise InvalidInput(f"{argument} must be text", argument=argument)
    trimmed = name.strip()
    if len(trimmed) > LONGEST_NAME:
        raise TooLarge(
            f"{argument} has {len(trimmed)} characters; at most {LONGEST_NAME} are kept",
            argument=argument,
            hint="a long text belongs in content or in a note",
        )
    if not visible(trimmed).strip():
        raise InvalidInput(f"{argument} is empty", argument=argument)
    # What prints is no control character: letters are not looked at one by one.
    for place, character in enumerate("" if trimmed.isprintable() else trimmed):
        if unicodedata.category(character) in _BREAKS:
            message = f"{argument} holds the control character U+{ord(character):04X} at {place}"
            raise InvalidInput(message, argument=argument, hint="a name is one line of text")
    check_json(trimmed, argument)
    return trimmed


def checked_object(value: JsonObject | None, argument: str) -> JsonObject:
    """The JSON object, ``{}`` for None.

    Raises InvalidInput for anything but a JSON object; TooLarge over 64 levels or 1 MiB.
    """
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise InvalidInput(f"{argument} must be a JSON object", argument=argument)
    check_json(value, argument)
    return value


def checked_text(text: str, argument: str) -> str:
    """The text as it was written.

    Raises InvalidInput when it is no text, shows nothing or holds a lone surrogate; TooLarge over 1 MiB.
    """
    if not isinstance(text, str):
        raise InvalidInput(f"{argument} must be text", argument=argument)
    if not visible(text).strip():
        raise InvalidInput(f"{argument} is empty", argument=argument)
    check_json(text, argument)
    return text


def checked_texts(texts: Sequence[str], argument: str) -> list[str]:
    """The list of texts, none of them empty; the error names the one that is wrong (``steps[2]``)."""
    if isinstance(texts, str) or not isinstance(texts, Sequence):
        raise InvalidInput(f"{argument} must be a list of texts", argument=argument)
    return [checked_text(text, f"{argument}[{index}]") for index, text in enumerate(texts)]


def title_of(text: str) -> str:
    """A name for a text that has none: its first line that shows something, cut between words at 80 characters."""
    line = next(plain for plain in (" ".join(visible(each).split()) for each in text.splitlines()) if plain)
    if len(line) <= _CUT:
        return line
    head, space, _ = line[:_CUT].rpartition(" ")
    return f"{head if space else line[: _CUT - 1]}…"
