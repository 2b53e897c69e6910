"""What is made from content and kept beside it, so that a home can be searched: the same text wherever it is made.

A store indexes these texts and, to take an entry out of its index, makes them again. Whoever changes what a function
here returns raises ``DERIVED``: stores then rebuild their indexes once.
"""

import unicodedata
from collections.abc import Iterable, Mapping

from goodies_mcp.core.models import EntityPayload, JsonObject, JsonValue
from goodies_mcp.core.text import apart, fold

DERIVED = 2
"""Edition of the functions in this file, and of ``core.text.fold``, by which names are found."""

_LONGEST_UNBROKEN = 256
"""Longer ASCII text without a space is encoded data, not something that anybody looks for."""


def search_text(payload: EntityPayload) -> str:
    """What full text search reads of an entity beside its name: all texts and numbers in its content, in order, a
    line each. Keys, truth values and encoded data are left out."""
    return flattened(payload.content)


def flattened(content: JsonObject) -> str:
    """The texts and numbers of a JSON object, depth first, a line each."""
    found: list[str] = []
    _gather(content.values(), found)
    return "\n".join(found)


def _gather(values: Iterable[JsonValue], found: list[str]) -> None:
    """Add the texts and numbers inside of values; what is stored is at most 64 levels deep."""
    for value in values:
        if isinstance(value, str):
            if len(value) <= _LONGEST_UNBROKEN or not value.isascii() or len(value.split(None, 1)) > 1:
                found.append(value)
        elif value is None or isinstance(value, bool):
            continue
        elif isinstance(value, int | float):
            found.append(repr(value))
        # Nearly every object is a dict, and to ask an abstract class takes long.
        elif value.__class__ is dict or isinstance(value, Mapping):
            _gather(value.values(), found)
        else:
            _gather(value, found)


def indexed(text: str) -> str:
    """The text as an index takes it in: what is plain stays as it is, all else is folded, composed again and taken
    apart where there are no spaces, so that words found by ``core.text`` are words of the index."""
    return text if text.isascii() else apart(unicodedata.normalize("NFC", fold(text)))
