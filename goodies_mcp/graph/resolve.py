"""What people call things, brought to the thing: ids, names, names with their place, and what was probably meant."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from goodies_mcp.core.models import Entity, JsonText, RecordId, Relationship
from goodies_mcp.core.text import fold, visible, words
from goodies_mcp.core.vocabulary import APPLIANCES, ENTITY_TYPES, OPENINGS, SPACES
from goodies_mcp.errors import Ambiguous, InvalidInput, NotFound
from goodies_mcp.graph.cache import MODEST, GraphCache
from goodies_mcp.graph.likeness import likeness
from goodies_mcp.graph.places import refs, whereabouts
from goodies_mcp.storage.interface import ReadView, TextQuery

LONGEST_NAME = 1_000
"""Characters that an id or a name given as an argument may have."""

_MOST_CANDIDATES = 20
_MOST_NEAREST = 5
_MOST_WORDS = 8
_BETWEEN_PLACES = re.compile(r"\s*[›>/]\s*")


@dataclass(frozen=True, slots=True)
class Sort:
    """What an argument may point at: ``kinds``, or, when nothing of these has the name, ``also``."""

    what: str
    kinds: frozenset[str]
    also: frozenset[str] = frozenset()


ANYTHING = Sort("thing", frozenset())
PLACE = Sort("place", SPACES)
HOME = Sort("home", frozenset({"home"}))
DEVICE = Sort("device", APPLIANCES | {"app"}, OPENINGS)
SOMEWHERE = Sort("place or thing in a place", SPACES, ENTITY_TYPES - SPACES)

_FITTING = {
    **dict.fromkeys(SPACES, "get_devices_in_room lists what is in it, get_entity_details shows it"),
    **dict.fromkeys(APPLIANCES, "find_device_controls and get_entity_details take it"),
}


def entity(
    view: ReadView,
    text: str,
    argument: str,
    sort: Sort = ANYTHING,
    *,
    deleted: bool = False,
    cache: GraphCache | None = None,
) -> Entity:
    """The one entity that an id or a name points at; with ``deleted`` also a deleted one, by a name that nothing live
    has. The cache keeps what was asked for by its id.

    Exact ids come first, then names whatever their case, accents and spacing, then names with their place
    ("Lamp in Bedroom", "Bedroom/Lamp", "Bedroom lamp"), then aliases kept in content.

    Raises:
        InvalidInput: the text is no name at all, or names something of a kind that does not fit here.
        Ambiguous: several things fit; ``candidates`` lists up to 20 of them.
        NotFound: nothing fits (``nearest`` lists what is close), or it was deleted or not there yet.
    """
    name = checked_name(text, argument)
    if found := _of_id(view, RecordId(name), cache):
        return _by_id(found, argument, sort, deleted=deleted)
    same = view.named(name)
    fitting = _fitting(same, sort) or _fitting(_qualified(view, name), sort) or _fitting(_aliased(view, name), sort)
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise _ambiguous(view, name, argument, fitting)
    if same:
        raise _wrong_kind(same[0], argument, sort)
    # Looked for last: people mean what is there, and ask for what is gone only now and then.
    gone = [] if view.at is not None else view.deleted_named(name)
    if len(gone) > 1 and deleted:
        raise _ambiguous(view, name, argument, gone)
    if gone:
        return _by_id(gone[0], argument, sort, deleted=deleted)
    raise _not_found(view, name, argument, sort)


def relationship(view: ReadView, text: str, argument: str, *, deleted: bool = False) -> Relationship:
    """The edge with this id.

    Raises:
        InvalidInput: the text can be no id.
        NotFound: there is no such edge, or it was deleted.
    """
    name = checked_name(text, argument)
    found = view.relationship(RecordId(name), deleted=True)
    if found is None:
        hint = "get_entity_relationships lists the edges of a thing with their ids"
        raise NotFound(f"no relationship has the id {_quoted(name)}", argument=argument, hint=hint)
    if found.deleted and not deleted:
        message = f"this {found.relationship_type} relationship was deleted at {found.edited_at}"
        raise NotFound(message, argument=argument, hint="create_relationship makes it again")
    return found


def checked_name(text: str, argument: str) -> str:
    """The text without surrounding space, if it can be an id or a name at all.

    Raises:
        InvalidInput: it is no text, empty, too long, or holds what no name can hold.
    """
    if not isinstance(text, str):
        raise InvalidInput(f"{argument} must be an id or a name", argument=argument)
    if len(text) > LONGEST_NAME:
        raise InvalidInput(f"{argument} is longer than {LONGEST_NAME} characters: no id or name is", argument=argument)
    name = text.strip()
    if not name:
        raise InvalidInput(f"{argument} is empty", argument=argument, hint="give an id or a name")
    if "\0" in name or (not name.isascii() and any("\ud800" <= c <= "\udfff" for c in name)):
        raise InvalidInput(f"{argument} holds a NUL or a lone surrogate, which no name does", argument=argument)
    return name


def nearest(view: ReadView, name: str, sort: Sort = ANYTHING) -> list[Entity]:
    """Up to five things whose names are close to this, those of fitting kinds first."""
    spelled = [tuple(dict.fromkeys((word, *view.near_words(word, 6)))) for word in words(name)[:_MOST_WORDS]]
    found: dict[RecordId, Entity] = {}
    for groups in (tuple(spelled), (tuple(w for group in spelled for w in group),)):
        if groups and groups[0] and len(found) < _MOST_NEAREST:
            hits = view.search(TextQuery(groups=groups, names_only=True), _MOST_CANDIDATES)
            found.update({hit.entity.id: hit.entity for hit in hits})
    wanted = sort.kinds | sort.also
    ordered = sorted(
        found.values(),
        key=lambda e: (bool(wanted) and e.entity_type not in wanted, -likeness(e.name, name), e.name, e.id),
    )
    return ordered[:_MOST_NEAREST]


def _of_id(view: ReadView, record_id: RecordId, cache: GraphCache | None) -> Entity | None:
    def looked_up() -> Entity | None:
        return view.entities([record_id], deleted=True).get(record_id)

    return looked_up() if cache is None else cache.remembered(view, ("entity", record_id), looked_up, is_small)


def is_small(found: Entity | None) -> bool:
    """Whether an entity, with its content, may be remembered."""
    return found is not None and isinstance(found.content, JsonText) and len(found.content.text) <= MODEST


def _by_id(found: Entity, argument: str, sort: Sort, *, deleted: bool) -> Entity:
    if found.deleted and not deleted:
        raise NotFound(
            f"the {found.entity_type} {_quoted(found.name)} was deleted at {found.edited_at}",
            argument=argument,
            hint=f"restore_entity with entity {found.id} brings it back; get_entity_history lists its versions",
            details={"deleted_at": found.edited_at, "version": found.version},
        )
    if not _fitting([found], sort):
        raise _wrong_kind(found, argument, sort)
    return found


def _fitting(found: Sequence[Entity], sort: Sort) -> list[Entity]:
    if not sort.kinds:
        return list(found)
    preferred = [e for e in found if e.entity_type in sort.kinds]
    return preferred or [e for e in found if e.entity_type in sort.also]


def _qualified(view: ReadView, name: str) -> list[Entity]:
    """Things whose own name is the inner part and whose place fits the outer parts."""
    for outer, inner in _readings(name):
        if not (same := view.named(inner)):
            continue
        places = whereabouts(view, (e.id for e in same))
        wanted = [fold(part) for part in outer]
        inside = [e for e in same if _in_order(wanted, [fold(spot.name) for spot in places.chain(e.id)])]
        if inside:
            return inside
    return []


def _readings(name: str) -> Iterator[tuple[list[str], str]]:
    """How a name can be read as places from the outside in and a name, likeliest first."""
    parts = [part for part in _BETWEEN_PLACES.split(name) if part]
    if 1 < len(parts) <= _MOST_WORDS:
        yield parts[:-1], parts[-1]
    said = fold(name).removeprefix("the ").split(" ")
    if len(said) > _MOST_WORDS:
        return
    yield [], " ".join(said)
    for i in range(len(said) - 2, 0, -1):
        if said[i] in {"in", "on"}:
            yield [" ".join(said[i + 1 :]).removeprefix("the ")], " ".join(said[:i])
    for i in range(1, len(said)):
        yield [" ".join(said[:i])], " ".join(said[i:])


def _in_order(wanted: Sequence[str], chain: Sequence[str]) -> bool:
    rest = iter(chain)
    return all(part in rest for part in wanted)


def _aliased(view: ReadView, name: str) -> list[Entity]:
    """Things that carry the name among ``aliases`` in their content; the full text knows where to look."""
    if not (said := words(name)[:_MOST_WORDS]):
        return []
    hits = view.search(TextQuery(groups=tuple((word,) for word in said)), _MOST_CANDIDATES)
    return [hit.entity for hit in hits if fold(name) in _aliases(hit.entity)]


def _aliases(found: Entity) -> set[str]:
    aliases = found.content.get("aliases")
    if not isinstance(aliases, Sequence) or isinstance(aliases, str):
        return set()
    return {fold(alias) for alias in aliases if isinstance(alias, str)}


def _ambiguous(view: ReadView, name: str, argument: str, fitting: Sequence[Entity]) -> Ambiguous:
    listed = fitting[:_MOST_CANDIDATES]
    more = f"; the first {len(listed)} are listed" if len(fitting) > len(listed) else ""
    return Ambiguous(
        f"{len(fitting)} things are called {_quoted(name)}{more}",
        candidates=_described(view, listed),
        argument=argument,
    )


def _wrong_kind(found: Entity, argument: str, sort: Sort) -> InvalidInput:
    return InvalidInput(
        f"{_quoted(found.name)} is a {found.entity_type}; {argument} must be a {sort.what}",
        argument=argument,
        hint=_FITTING.get(found.entity_type, "get_entity_details shows it"),
        details={"id": found.id, "type": found.entity_type},
    )


def _not_found(view: ReadView, name: str, argument: str, sort: Sort) -> NotFound:
    if view.at is not None and view.heads(RecordId(name)):
        return NotFound(
            f"{_quoted(name)} was not there yet at {view.at}", argument=argument, hint="ask for a later time"
        )
    if (edge := view.relationship(RecordId(name), deleted=True)) is not None:
        return NotFound(
            f"{_quoted(name)} is the id of a {edge.relationship_type} relationship; {argument} must be a {sort.what}",
            argument=argument,
            hint="update_relationship and delete_relationship take it; get_entity_relationships shows its ends",
        )
    close = nearest(view, name, sort)
    then = f" at {view.at}" if view.at else ""
    if close:
        hint = "did you mean " + ", ".join(f"{visible(e.name)} ({e.entity_type}, {e.id})" for e in close) + "?"
    elif view.at is not None and not view.counts():
        hint = "nothing was known of the home at that time: its first version is younger"
    else:
        hint = "search_entities finds things by their words, get_home_overview lists the rooms"
    return NotFound(
        f"no {sort.what} is called {_quoted(name)}{then}",
        argument=argument,
        hint=hint,
        details={"nearest": _described(view, close)},
    )


def _described(view: ReadView, found: Sequence[Entity]) -> list[dict[str, object]]:
    shown = refs(view, found)
    return [{"id": r.id, "type": r.type, "name": r.name, "where": r.where} for r in shown.values()]


def _quoted(name: str) -> str:
    plain = visible(name)
    return f'"{plain[:80]}{"…" if len(plain) > 80 else ""}"'
