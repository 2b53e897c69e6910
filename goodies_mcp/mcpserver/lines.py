"""Each kind of answer as text: compact lines with every name, id, version and cursor that the next call needs.

Many hosts show a model nothing but this. What people wrote goes through :mod:`wording`, always.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from goodies_mcp.mcpserver.wording import block, members, quoted, value, word

if TYPE_CHECKING:
    from goodies_mcp.graph import results
    from goodies_mcp.graph.results import (
        CapabilityItem,
        Done,
        Edge,
        EntityDetails,
        FieldChange,
        HistoryItem,
        HomeOverview,
        PlaceSummary,
        Ref,
    )

T = TypeVar("T")
Lines = Iterator[str]

_again = lru_cache(256)
"""Remembers what stands on most lines of a list: kinds, and the places that things are in."""


class Thing(Protocol):
    """What every item of a list has."""

    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def type(self) -> str: ...  # noqa: D102
    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def where(self) -> str | None: ...  # noqa: D102


def text(result: object) -> str:
    """The answer as lines."""
    name = type(result).__name__
    lines = list((_WRITERS.get(name) or _rare_writer(name))(result))
    note: str | None = getattr(result, "note", None)
    if note:
        lines.append(f"Note: {quoted(note)}")
    cursor: str | None = getattr(result, "next_cursor", None)
    if cursor is not None:
        lines.append(f"There is more: repeat the call with cursor={word(cursor)}")
    return "\n".join(lines)


def _rare_writer(name: str) -> Callable[[Any], Lines]:
    # Start-up: few calls read documents, show maps or are about sync.
    if name == "MapIndex":
        from goodies_mcp.mcpserver.map_lines import map_index  # noqa: PLC0415

        return map_index
    if name == "ContentPage":
        from goodies_mcp.mcpserver.content_lines import content_page  # noqa: PLC0415

        return content_page
    from goodies_mcp.mcpserver.sync_lines import WRITERS  # noqa: PLC0415

    return WRITERS[name]


_kind = _again(word)


def _thing(item: Thing) -> str:
    return f"{_kind(item.type)} {quoted(item.name)} id={word(item.id)}{_where(item.where)}"


def _guided(item: Any) -> str:  # noqa: ANN401  items without a place
    return f"{_kind(item.type)} {quoted(item.name)} id={word(item.id)}"


@_again
def _where(where: str | None) -> str:
    return f" in {quoted(where)}" if where else ""


def _joined(*parts: str | None) -> str:
    return "; ".join(part for part in parts if part)


def _section(title: str, items: Sequence[T], line: Callable[[T], str]) -> Lines:
    if items:
        yield f"{title}:"
        for item in items:
            yield f"- {line(item)}"


def _age(seconds: float | None) -> str:
    if seconds is None:
        return ""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit} ago"
    return f"{max(seconds, 0):.0f} s ago"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _none(items: Sequence[object], said: str) -> Lines:
    if not items:
        yield said


def _place(item: "PlaceSummary") -> str:
    kind = f" ({word(item.zone_type)})" if item.zone_type else ""
    rooms = f"{_count(item.rooms, 'room')}, " if item.rooms else ""
    devices = "too many devices to count" if item.devices is None else _count(item.devices, "device")
    return f"{_thing(item)}{kind}: {rooms}{devices}"


def _overview(result: "HomeOverview") -> Lines:
    if result.at:
        yield f"As of {word(result.at)}"
    yield from _section("Homes", result.homes, _place)
    yield from _section("Zones", result.zones, _place)
    yield from _section("Rooms", result.rooms, _place)
    yield from _none(
        [*result.homes, *result.zones, *result.rooms],
        "There was no home yet" if result.at else "There is no home yet: create_entity with entity_type home makes one",
    )
    if result.counts:
        yield "In all: " + ", ".join(f"{count} {word(kind)}" for kind, count in result.counts.items())
    yield from _section(
        f"Without a room ({_count(result.devices_without_room, 'device')})", result.without_room, _thing
    )
    yield (
        f"Open conflicts: {result.open_conflicts}. Changes not synced yet: {result.unpushed_changes}. "
        f"Last sync: {word(result.last_sync) if result.last_sync else 'never'}"
    )


def _search(result: "results.SearchPage") -> Lines:
    yield from _none(result.items, "Nothing was found")
    if result.searched_for:
        yield "Searched for: " + ", ".join(quoted(word) for word in result.searched_for)
    for item in result.items:
        yield f"- {_thing(item)}{'' if item.page is None else f' page {item.page}'}"
        if item.snippet:
            yield f"  {quoted(' '.join(item.snippet.split()))}"


def _edge(item: "Edge") -> Lines:
    arrow = "->" if item.direction == "out" else "<-"
    yield (
        f"- {arrow} {_kind(item.relationship_type)} {_thing(item.other)}; "
        f"relationship id={word(item.id)} version={word(item.version)}"
    )
    yield from members("properties", item.properties, "  ")


def _edges(result: "results.EdgePage") -> Lines:
    yield f"Relationships of {_thing(result.entity)}:"
    yield from _none(result.items, "none")
    for item in result.items:
        yield from _edge(item)


def _changes(changes: "Iterable[FieldChange]", indent: str) -> Lines:
    for change in changes:
        told = "" if change.before is None and change.after is None else f": {_from_to(change)}"
        yield f"{indent}{word(change.field)}{told}"


def _from_to(change: "FieldChange") -> str:
    return f"{value(change.before)} -> {value(change.after)}"


def _version(item: "HistoryItem") -> Lines:
    current = ", current" if item.current else ""
    yield (
        f"- {word(item.edited_at)} {word(item.action)} by {quoted(item.author)} on {quoted(item.device)}{current}; "
        f"version={word(item.version)}"
    )
    yield from _changes(item.changes, "  ")


def _history(result: "results.HistoryPage") -> Lines:
    yield f"History of {_thing(result.entity)}, newest first:"
    for item in result.items:
        yield from _version(item)


def _details(result: "EntityDetails") -> Lines:
    yield _thing(result)
    yield f"version={word(result.version)}"
    yield (
        f"created {word(result.created_at)}, edited {word(result.edited_at)} by {quoted(result.author)}, "
        f"source {word(result.source_type)}"
    )
    if result.conflicted:
        yield "This entity has conflicting versions: what is shown is merged"
    yield from members("content", result.content)
    if result.relationships:
        yield "relationships:"
    for edge in result.relationships:
        yield from _edge(edge)
    if result.history:
        yield "history, newest first:"
    for version in result.history:
        yield from _version(version)


def _devices(result: "results.DevicePage") -> Lines:
    yield f"{_count(result.total, 'device')} in {_thing(result.place)}:"
    for item in result.items:
        kind = f" ({quoted(item.kind)})" if item.kind else ""
        state = f": {quoted(item.state)}" if item.state else ""
        yield f"- {_thing(item)}{kind}{state}"


def _capability(item: "CapabilityItem") -> Lines:
    known = _joined(item.state and quoted(item.state), _age(item.age_seconds))
    yield f"- {word(item.capability)}{': ' + known if known else ''}"
    for field in item.fields:
        span = ""
        if field.minimum is not None or field.maximum is not None:
            span = f"{_bound(field.minimum)} to {_bound(field.maximum)}"
        options = "one of " + ", ".join(quoted(option) for option in field.options) if field.options else ""
        now = "" if field.value is None else f"now {value(field.value)}"
        unit = f"in {quoted(field.unit)}" if field.unit else ""
        settable = "settable" if field.settable else "read only"
        yield f"  {word(field.field)} ({_joined(word(field.type), span, unit, options, settable, now)})"


def _bound(bound: float | None) -> str:
    return "any" if bound is None else f"{bound:g}"


def _controls(result: "results.DeviceControls") -> Lines:
    yield f"Controls of {_thing(result.device)}:"
    yield from _none(result.capabilities, "no capabilities are known")
    for capability in result.capabilities:
        yield from _capability(capability)
    yield from _section(
        "Controlled by", result.controlled_by, lambda item: f"{_thing(item)} ({word(item.relationship_type)})"
    )


def _connections(result: "results.ConnectionPage") -> Lines:
    yield f"Ways out of {_thing(result.room)}:"
    yield from _none(result.items, "none is known")
    for item in result.items:
        through = _thing(item.through) if item.through else "open connection"
        access = {None: None, True: "accessible", False: "not accessible"}[item.accessible]
        said = _joined(access, item.state and quoted(item.state))
        yield f"- {through} to {_thing(item.to) if item.to else 'what is not known'}{f' ({said})' if said else ''}"


def _path(result: "results.PathResult") -> Lines:
    ends = f"from {_thing(result.start)} to {_thing(result.goal)}"
    if not result.found:
        yield f"No way {ends}: {quoted(result.reason or 'none is known')}"
        return
    yield f"Way {ends}, {_count(len(result.steps), 'step')}:"
    for number, step in enumerate(result.steps, 1):
        through = f"through {_thing(step.through)} " if step.through else ""
        yield f"{number}. {through}into {_thing(step.into)}"
    if result.reason:
        yield f"Note: {quoted(result.reason)}"


def _similar(result: "results.SimilarPage") -> Lines:
    yield f"Like {_thing(result.entity)}:"
    yield from _none(result.items, "nothing")
    for item in result.items:
        reasons = ", ".join(quoted(reason) for reason in item.reasons)
        yield f"- {_thing(item)} ({item.score:.2f}: {reasons})"


def _guides(result: "results.GuidePage") -> Lines:
    yield f"What there is to do and to read for {_thing(result.device)}:"
    yield from _none(result.items, "nothing")
    for item in result.items:
        yield f"- {_guided(item)} ({quoted(item.because)})"
        for number, step in enumerate(item.steps, 1):
            yield from block(f"step {number}", step, "  ")
        if item.text:
            yield from block("text", item.text, "  ")


def _routines(result: "results.RoutinePage") -> Lines:
    yield f"Automations, schedules and scenes that touch {_thing(result.room)}:"
    yield from _none(result.items, "none")
    for item in result.items:
        summary = f": {quoted(item.summary)}" if item.summary else ""
        yield f"- {_guided(item)}{summary}"
        for touched in item.touches:
            yield f"  touches {_ref(touched)}"


def _ref(item: "Ref") -> str:
    return _thing(item)


def _states(result: "results.StatePage") -> Lines:
    unknown = f", {_count(result.unknown, 'device')} with no known value" if result.unknown else ""
    yield f"{_count(result.total, 'value')}{unknown}:"
    for item in result.items:
        raw = f" {value(item.value)}" if item.value else ""
        yield (
            f"- {quoted(item.name)} id={word(item.id)}{_where(item.where)}: {word(item.capability)} "
            f"{quoted(item.state)}{raw} ({_age(item.age_seconds)})"
        )


def _due(result: "results.DuePage") -> Lines:
    yield f"Due until {word(result.until)}, soonest first:"
    yield from _none(result.items, "nothing")
    for item in result.items:
        yield f"- {word(item.due)} ({_late(item.overdue_days)}) {quoted(item.what)}: {_thing(item)}"


def _late(overdue_days: int) -> str:
    days = _count(abs(overdue_days), "day")
    return "today" if overdue_days == 0 else f"overdue by {days}" if overdue_days > 0 else f"in {days}"


def _differences(result: "results.DifferencePage") -> Lines:
    yield f"Changes from {word(result.since)} to {word(result.until)}:"
    yield from _none(result.items, "none")
    for item in result.items:
        yield f"- {word(item.action)} {_thing(item)}; {word(item.edited_at)} by {quoted(item.author)}"
        yield from _changes(item.changes, "  ")


def _done(item: "Done") -> str:
    version = f" version={word(item.version)}" if item.version else ""
    changed = f" changed: {', '.join(word(name) for name in item.changed)}" if item.changed else ""
    kind = "relationship " if item.kind == "relationship" else ""
    return f"{word(item.action)} {kind}{_thing(item)}{version}{changed}"


def _written(result: "results.WriteResult") -> Lines:
    yield from _none(result.items, "Nothing was changed")
    for item in result.items:
        yield f"- {_done(item)}"
    if result.batch:
        yield f"batch={word(result.batch)}"


# By name: start-up, because a call loads the one answer that it gives.
_WRITERS: dict[str, Callable[[Any], Lines]] = {
    "HomeOverview": _overview,
    "SearchPage": _search,
    "EntityDetails": _details,
    "EdgePage": _edges,
    "HistoryPage": _history,
    "DevicePage": _devices,
    "DeviceControls": _controls,
    "ConnectionPage": _connections,
    "PathResult": _path,
    "SimilarPage": _similar,
    "GuidePage": _guides,
    "RoutinePage": _routines,
    "StatePage": _states,
    "DuePage": _due,
    "DifferencePage": _differences,
    "WriteResult": _written,
}
