"""What a page of the feed will meet in this store (PROTOCOL.md, V3-8.4): a pure look ahead, before it is applied."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from goodies_mcp.core.causality.conflicts import show
from goodies_mcp.core.causality.vector_clock import maximal
from goodies_mcp.core.models import RecordId, Version, VersionId
from goodies_mcp.inbetweenies.actions import ConflictsChecked
from goodies_mcp.inbetweenies.rows import Row

HeadsOf: TypeAlias = Callable[[RecordId], Sequence[Version]]
VersionOf: TypeAlias = Callable[[RecordId, VersionId], Version | None]


def check_conflicts(rows: Iterable[Row], heads_of: HeadsOf, version_of: VersionOf) -> ConflictsChecked:
    """How many records the ladder will merge by itself once the page is applied, and which it leaves to a person.

    Only records that have heads here can meet anything, so a first sync asks for heads and for nothing else.
    """
    arriving: dict[RecordId, dict[VersionId, Version]] = {}
    for row in rows:
        arriving.setdefault(row.version.record_id, {})[row.version.version] = row.version
    merged, waiting = 0, []
    for record_id, versions in arriving.items():
        held = heads_of(record_id)
        heads = maximal((*held, *versions.values()))
        if len(heads) == 1 or {head.dot for head in heads} == {head.dot for head in held}:
            continue
        if show(heads, _lookup(record_id, versions, version_of)).open:
            waiting.append(record_id)
        else:
            merged += 1
    return ConflictsChecked(merged, tuple(sorted(waiting)))


def _lookup(
    record_id: RecordId, arriving: dict[VersionId, Version], version_of: VersionOf
) -> Callable[[VersionId], Version | None]:
    return lambda version: arriving.get(version) or version_of(record_id, version)
