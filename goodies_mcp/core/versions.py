"""Version ids as inbetweenies-v2 writes them, and how a new version grows out of the heads that a device holds."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime

from goodies_mcp.core.causality.derived_dots import V2_NAMESPACE, derived_dot
from goodies_mcp.core.causality.vector_clock import context_of, covers
from goodies_mcp.core.models import Dot, Payload, RecordId, Version, VersionId
from goodies_mcp.errors import InvalidInput, LocalProtocolError

__all__ = ["V2_NAMESPACE", "derived_dot", "format_version", "next_version", "parse_version", "user_part"]

_EDITED_AT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00", re.ASCII)
_VERSION = re.compile(
    r"(?P<at>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?)"
    r"(?P<zone>(?:Z|[+-]\d\d:\d\d|\+\d{4})*)"
    r"(?:-(?P<counter>\d+)(?=-|\Z))?(?:-(?P<user>.*))?",
    re.ASCII | re.DOTALL,
)


def format_version(edited_at: str, counter: int, user_id: str) -> VersionId:
    """``{edited_at}-{counter:06d}-{user_id}``, as v2 compares it, as text.

    ``edited_at`` is UTC ISO-8601 with microseconds and ``+00:00``; anything else, or a negative counter, raises
    InvalidInput.
    """
    if _EDITED_AT.fullmatch(edited_at) is None:
        raise InvalidInput(
            f"edited_at {edited_at!r} is not UTC ISO-8601 with microseconds and +00:00", argument="edited_at"
        )
    if counter < 0:
        raise InvalidInput(f"counter {counter} is negative", argument="counter")
    return VersionId(f"{edited_at}-{counter:06d}-{user_id}")


def user_part(author: str, incarnation: str) -> str:
    """Who made a version, as its id says it: the author, a dot, and the first 8 characters of the incarnation (V3-2.4).

    So two devices of one person never make the same id, even in one microsecond with the same n
    (docs/decisions/0007-version-ids.md).
    """
    return f"{author}.{incarnation[:8]}"


def parse_version(text: str) -> tuple[str, int, str] | None:
    """``(edited_at, counter, user)`` of a version id, or None when it does not start with a moment.

    Tolerant of what v2 clients wrote: a doubled zone (``+00:00Z``, ``ZZ``), no zone, another zone, no microseconds,
    no counter (0) and no user (empty). ``edited_at`` comes back as UTC with microseconds and ``+00:00``.
    """
    found = _VERSION.fullmatch(text)
    if found is None:
        return None
    zone = re.match(r"Z|[+-]\d\d:?\d\d", found["zone"])
    try:
        moment = datetime.fromisoformat(found["at"] + (zone[0] if zone else "Z")).astimezone(UTC)
        counter = int(found["counter"] or 0)
    except (ValueError, OverflowError):
        return None
    return moment.isoformat(timespec="microseconds"), counter, found["user"] or ""


def next_version(  # noqa: PLR0913 - a version has that many parts, and each has its own source
    parents: Iterable[Version],
    *,
    record_id: RecordId,
    payload: Payload,
    edited_at: str,
    dot: Dot,
    author: str,
    device: str,
    source_type: str = "manual",
    deleted: bool = False,
) -> Version:
    """A new version on top of ``parents``, which are all heads of the record that the device holds (INBETWEENIES B.1).

    Its context is the join of the parents' contexts and dots, its parents are sorted, its counter is ``dot.n``.
    Raises LocalProtocolError when a parent belongs to another record, or when the dot was used before.
    """
    held = tuple(parents)
    for parent in held:
        if parent.record_id != record_id:
            raise LocalProtocolError(f"parent {parent.version} belongs to {parent.record_id}, not to {record_id}")
    context = context_of(held)
    if dot.n < 1 or covers(context, dot):
        raise LocalProtocolError(
            f"dot {dot.incarnation}/{dot.n} was used before", hint="the device needs a new incarnation"
        )
    return Version(
        record_id=record_id,
        version=format_version(edited_at, dot.n, user_part(author, dot.incarnation)),
        dot=dot,
        context=context,
        parents=tuple(sorted(parent.version for parent in held)),
        payload=payload,
        edited_at=edited_at,
        author=author,
        device=device,
        source_type=source_type,
        deleted=deleted,
    )
