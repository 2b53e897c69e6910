"""Heads in; shown value, decision and reason out. The ladder of INBETWEENIES B.4, a pure function of the heads."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from goodies_mcp.core.models import JsonValue, Payload, Version, VersionId

Decision: TypeAlias = Literal["single", "merged", "edit_over_delete", "later_edit", "dot"]
"""The rung of the ladder that decided, the lowest one that was needed."""

Lookup: TypeAlias = Callable[[VersionId], Version | None]
"""A version of the same record by its id, or None when it is not held (any more)."""


@dataclass(frozen=True, slots=True)
class Disputed:
    """One field that several heads changed differently.

    ``path`` leads into the payload's fields (``("content", "limits", "max")``; empty for the whole payload).
    ``base`` and the values of ``sides`` are JSON; a field that is absent there has no entry in ``sides``, and
    ``had_base`` is False.
    """

    path: tuple[str, ...]
    base: JsonValue
    had_base: bool
    sides: Mapping[VersionId, JsonValue]
    chosen: VersionId


@dataclass(frozen=True, slots=True)
class Shown:
    """What readers see of a record, and why.

    ``version`` is the head that won; ``open`` says that a person should look. ``flags`` may hold ``clock_skew``
    (a version edited over 5 minutes before its parent), ``missing_ancestor`` and ``kind_mismatch``.
    """

    payload: Payload
    deleted: bool
    version: VersionId
    decision: Decision
    open: bool = False
    disputed: tuple[Disputed, ...] = ()
    flags: tuple[str, ...] = ()


def show(heads: Sequence[Version], lookup: Lookup) -> Shown:
    """What is shown of a record with these heads, whatever order they came in (INBETWEENIES B.3, B.4)."""
    best = max(heads, key=lambda head: (not head.deleted, head.edited_at, head.dot.incarnation, head.dot.n))
    decision: Decision = "single" if len(heads) == 1 else "later_edit"
    return Shown(best.payload, best.deleted, best.version, decision, open=len(heads) > 1)
