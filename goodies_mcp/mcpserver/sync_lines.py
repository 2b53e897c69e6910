"""The answers of the sync tools as text; see :mod:`lines`."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from goodies_mcp.mcpserver.wording import quoted, value, word

if TYPE_CHECKING:
    from goodies_mcp.core.sync_status import ContentStatus, ParkedItem, SyncStatus
    from goodies_mcp.graph.conflicts import ConflictItem, ConflictPage, ConflictSide, FieldConflict

Lines = Iterator[str]
_MIB = 1 << 20


def _status(result: "SyncStatus") -> Lines:
    hub = f"hub {word(result.hub)}" if result.hub else "no hub"
    yield f"Sync: {word(result.state)}, {hub}; {result.pending} waiting, {result.parked_count} parked"
    yield f"Last success: {word(result.last_success) if result.last_success else 'never'}"
    if result.last_attempt:
        yield (
            f"Last session at {word(result.last_attempt)}: {result.pushed} sent, {result.pulled} received, "
            f"{result.conflicts} new conflicts"
        )
    if result.failure is not None:
        hint = f" ({quoted(result.failure.hint)})" if result.failure.hint else ""
        yield f"It failed: {word(result.failure.code)}: {quoted(result.failure.message)}{hint}"
    if result.next_attempt:
        yield f"Next attempt: {word(result.next_attempt)}"
    if result.epoch:
        yield (
            f"household={word(result.household or '')} epoch={word(result.epoch)} position={result.position} "
            f"protocol={word(result.protocol or '')}"
        )
    yield f"Open conflicts: {result.open_conflicts}"
    for parked in result.parked:
        yield _parked(parked)
    yield from _files(result.content)
    for refused in result.refused:
        yield f"- not believed: id={word(refused.id)} version={word(refused.version)} {word(refused.code)}"


def _files(content: "ContentStatus") -> Lines:
    """Nothing where every file is everywhere."""
    told = [
        f"{count} {what} ({size / _MIB:.1f} MiB)"
        for count, size, what in (
            (content.waiting, content.waiting_bytes, "on this device only"),
            (content.held_back_count, content.held_back_bytes, "not wanted by the hub"),
            (content.away, content.away_bytes, "not here yet"),
        )
        if count
    ]
    if told:
        yield f"Files: {', '.join(told)}"
    for each in content.held_back:
        name = quoted(each.file_name) if each.file_name else word(each.sha256)
        yield f"- stays here: {name} ({each.size / _MIB:.1f} MiB) {word(each.code)}: {quoted(each.message)}"


def _parked(item: "ParkedItem") -> str:
    name = f"{quoted(item.name)} " if item.name else ""
    hint = f"; {quoted(item.hint)}" if item.hint else ""
    return (
        f"- parked: {name}id={word(item.id)} version={word(item.version)} {word(item.code)}: "
        f"{quoted(item.message)}{hint}"
    )


def _conflicts(result: "ConflictPage") -> Lines:
    yield f"{result.total} open conflict{'' if result.total == 1 else 's'}"
    for item in result.items:
        yield from _conflict(item)


def _conflict(item: "ConflictItem") -> Lines:
    where = f" in {quoted(item.where)}" if item.where else ""
    yield f"- {word(item.type)} {quoted(item.name)} id={word(item.id)}{where}: {quoted(item.reason)}"
    if item.base_version:
        yield f"  grew from version={word(item.base_version)}"
    for side in item.sides:
        yield _side(side)
    for field in item.fields:
        yield from _field(field)


def _side(side: "ConflictSide") -> str:
    told = [" deleted it"] * side.deleted + [" (shown)"] * side.shown
    who = f"by {quoted(side.author)} on {quoted(side.device)} at {word(side.edited_at)}"
    return f"  {word(side.side)}{''.join(told)}: {who} version={word(side.version)}"


def _field(field: "FieldConflict") -> Lines:
    mark = "" if field.open else " (changed on one side only)"
    yield f"  {word(field.field)}{mark}: was {value(field.base)}, shown {value(field.shown)}"
    for each in field.sides:
        said = "says nothing" if each.absent and each.value is None else value(each.value)
        yield f"    {word(each.side)} (version={word(each.version)}): {said}"


WRITERS: dict[str, Callable[[Any], Lines]] = {"SyncStatus": _status, "ConflictPage": _conflicts}
