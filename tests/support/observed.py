"""Everything that a view answers, in a form that does not depend on the order in which versions arrived."""

from collections.abc import Mapping

from goodies_mcp.core.canonical import canonical_json
from goodies_mcp.core.models import Entity, Relationship, StoredVersion
from goodies_mcp.core.vocabulary import RELATIONSHIP_TYPES
from goodies_mcp.storage.interface import ReadView, TextQuery

ALL = 1_000_000


def everything(view: ReadView) -> dict[str, object]:
    """What replicas that hold the same versions answer alike (PROMISES P5)."""
    status = view.status()
    versions = view.edited("", "9", after=None, limit=ALL)
    ids = sorted({each.value.record_id for each in versions})
    entities = view.entities(ids, deleted=True)
    names = sorted({each.name for each in entities.values()})
    return {
        "digest": status.digest,
        "counted": dict(status.counts),
        "open": status.open_conflicts,
        "versions": sorted(map(_held, versions)),
        "entities": {key: plain(each) for key, each in entities.items()},
        "live": sorted(view.entities(ids)),
        "relationships": {key: plain(edge) for key in ids if (edge := view.relationship(key, deleted=True))},
        "listed": [each.id for each in view.listed([], after=None, limit=ALL)],
        "named": {name: [each.id for each in view.named(name)] for name in names},
        "counts": view.counts(),
        "out": [plain(each) for each in view.edges(ids, "out")],
        "in": [plain(each) for each in view.edges(ids, "in")],
        "around": [
            (plain(edge), plain(other), container, settled)
            for direction in ("out", "in")
            for edge, other, container, settled in view.neighbours(ids, direction)
        ],
        "joined": sorted(
            (each.near, each.relationship_type, each.entity.id)
            for direction in ("out", "in")
            for each in view.joined(ids, direction, sorted(RELATIONSHIP_TYPES))
        ),
        "containers": sorted(view.containers(ids)),
        "placed": [sorted(each.items() if isinstance(each, Mapping) else each) for each in view.placed(ids)],
        "inside": sorted((each.entity.id, *each[1:]) for each in view.things_in(ids)),
        "heads": {key: sorted(map(_held, view.heads(key))) for key in ids},
        "conflicts": view.conflicts(after=None, limit=ALL),
        "due": view.due("9999-12-31", after=None, limit=ALL),
        "found": {name: found(view, name) for name in names if name.isalnum()},
        "batches": view.batches(None, ALL),
        "states": [plain_state(each) for each in view.states(None)],
    }


def found(view: ReadView, word: str) -> list[str]:
    """The ids that a search for one word finds, in no order: ranking is each store's own."""
    return sorted(hit.entity.id for hit in view.search(TextQuery(((word,),)), ALL))


def plain(shown: Entity | Relationship) -> tuple[object, ...]:
    """What is shown, with its free JSON as canonical text: equal whatever kind of mapping a store hands out."""
    free = shown.content if isinstance(shown, Entity) else shown.properties
    fixed = {name: getattr(shown, name) for name in shown.__slots__ if name not in {"content", "properties"}}
    return (*sorted(fixed.items()), canonical_json(free))


def plain_state(state: object) -> tuple[object, ...]:
    """A device state with its value as canonical text."""
    values = {name: getattr(state, name) for name in state.__slots__}  # type: ignore[attr-defined]
    return tuple((name, canonical_json(each) if isinstance(each, Mapping) else each) for name, each in values.items())


def _held(stored: StoredVersion) -> tuple[str, str, str]:
    return stored.value.record_id, stored.value.version, stored.content_hash
