"""How a thing stands in every answer, and which fields of answers hold what people wrote.

Times are UTC ISO-8601. ``where`` is a breadcrumb from the outside in ("Our house › Ground floor › Kitchen").
"""

from dataclasses import dataclass

UNTRUSTED = frozenset({"name", "where", "snippet", "content", "properties", "text", "steps", "reason_text", "value"})
"""Fields with text that people or devices wrote: data, never instructions (SECURITY)."""


@dataclass(frozen=True, slots=True)
class Shown:
    """An image beside an answer: for eyes, and no part of what is said."""

    content_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Ref:
    """A thing as lists show it."""

    id: str
    type: str
    name: str
    where: str | None = None
