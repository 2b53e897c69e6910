"""The kinds of things in a home, the kinds of edges between them, and which kinds an edge may join.

What people type here is checked against these tables; what arrives by sync is kept even when its kind is unknown.
The kinds and edge types are those of inbetweenies-v2 (INBETWEENIES A) and the ones TOOLS adds.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from goodies_mcp.errors import InvalidInput

PLACES = frozenset({"home", "zone", "room"})
OPENINGS = frozenset({"door", "window", "passage"})
APPLIANCES = frozenset({"device", "accessory", "service"})
DOCUMENTS = frozenset({"manual", "procedure", "note"})
ROUTINES = frozenset({"automation", "schedule", "scene"})
ENTITY_TYPES = PLACES | OPENINGS | APPLIANCES | DOCUMENTS | ROUTINES | {"app", "contact"}

SPACES = PLACES | {"passage"}
PHYSICAL = PLACES | OPENINGS | APPLIANCES

SOURCE_TYPES = frozenset({"homekit", "matter", "manual", "imported", "generated"})

CONTAINMENT = ("located_in", "part_of", "contained_in")
"""Edges that lead from a thing to what it is in; together they must never form a cycle."""

_JOINS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = MappingProxyType(
    {
        "located_in": (ENTITY_TYPES - {"home"}, PLACES | {"passage"}),
        "part_of": (ENTITY_TYPES - {"home"}, ENTITY_TYPES - {"contact"}),
        "contained_in": (ENTITY_TYPES - PLACES, PHYSICAL | DOCUMENTS),
        "connects_to": (SPACES | OPENINGS | APPLIANCES, SPACES | OPENINGS | APPLIANCES),
        "controls": (APPLIANCES | ROUTINES | {"app"}, APPLIANCES | OPENINGS | ROUTINES),
        "controlled_by_app": (PHYSICAL | ROUTINES, frozenset({"app"})),
        "manages": (APPLIANCES | ROUTINES | {"app", "contact"}, PHYSICAL | ROUTINES | {"app"}),
        "monitors": (APPLIANCES | ROUTINES | {"app"}, PHYSICAL | {"app"}),
        "automates": (ROUTINES, PHYSICAL | ROUTINES),
        "triggered_by": (ROUTINES | {"procedure"}, APPLIANCES | OPENINGS | ROUTINES | {"app"}),
        "documented_by": (ENTITY_TYPES, DOCUMENTS),
        "procedure_for": (frozenset({"procedure"}), ENTITY_TYPES - {"procedure"}),
        "depends_on": (ENTITY_TYPES, ENTITY_TYPES),
        "has_blob": (ENTITY_TYPES, DOCUMENTS),
    }
)
RELATIONSHIP_TYPES = frozenset(_JOINS)


def check_entity_type(entity_type: str, argument: str = "entity_type") -> str:
    """The kind in lower case.

    Raises:
        InvalidInput: the kind is unknown; the hint lists those that exist.
    """
    return _check(entity_type, ENTITY_TYPES, argument, "entity type")


def check_relationship_type(relationship_type: str, argument: str = "relationship_type") -> str:
    """The edge type in lower case.

    Raises:
        InvalidInput: the edge type is unknown; the hint lists those that exist.
    """
    return _check(relationship_type, RELATIONSHIP_TYPES, argument, "relationship type")


def check_join(from_type: str, relationship_type: str, to_type: str) -> None:
    """Whether an edge of this type may lead from one kind to the other. Kinds that a peer made up are let through.

    Raises:
        InvalidInput: it may not; the hint says what it joins and which edge types would fit.
    """
    sources, targets = _JOINS[relationship_type]
    if _fits(from_type, sources) and _fits(to_type, targets):
        return
    fitting = sorted(t for t, (a, b) in _JOINS.items() if from_type in a and to_type in b)
    raise InvalidInput(
        f"{relationship_type} cannot lead from a {from_type} to a {to_type}",
        argument="relationship_type",
        hint=(
            f"{relationship_type} leads from {_listed(sources)} to {_listed(targets)}; "
            f"between these two: {_listed(fitting)}"
        ),
    )


def _fits(kind: str, allowed: frozenset[str]) -> bool:
    return kind in allowed or kind not in ENTITY_TYPES


def _check(value: str, known: frozenset[str], argument: str, what: str) -> str:
    folded = value.strip().lower()
    if folded not in known:
        raise InvalidInput(f"unknown {what} {value[:80]!r}", argument=argument, hint=f"one of {_listed(known)}")
    return folded


def _listed(kinds: Iterable[str]) -> str:
    return ", ".join(sorted(kinds)) or "none"
