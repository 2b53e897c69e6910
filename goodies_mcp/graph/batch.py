"""Several changes as one: all of them or none, the later ones able to name what the earlier ones made."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from goodies_mcp.core.models import RecordId
from goodies_mcp.errors import GoodiesError, InvalidInput, TooLarge
from goodies_mcp.graph.documents import add_note, create_procedure
from goodies_mcp.graph.editing import Edit
from goodies_mcp.graph.joins import create_relationship, delete_relationship, update_relationship
from goodies_mcp.graph.restoring import restore_entity
from goodies_mcp.graph.things import create_entity, delete_entity, update_entity

MOST_CHANGES = 500


@dataclass(frozen=True, slots=True)
class _Kind:
    """What an argument must be, in Python and in words."""

    fits: Callable[[object], bool]
    said: str


_TEXT = _Kind(lambda value: isinstance(value, str), "text")
_FLAG = _Kind(lambda value: isinstance(value, bool), "true or false")
_OBJECT = _Kind(lambda value: isinstance(value, Mapping), "a JSON object")
_TEXTS = _Kind(
    lambda value: (
        isinstance(value, Sequence) and not isinstance(value, str) and all(isinstance(each, str) for each in value)
    ),
    "a list of texts",
)


@dataclass(frozen=True, slots=True)
class _Action:
    """A use case as an item of a list: its arguments by name, those in ``required`` first of all."""

    run: Callable[..., RecordId]
    required: Mapping[str, _Kind]
    optional: Mapping[str, _Kind]


_ACTIONS: Mapping[str, _Action] = {
    "create_entity": _Action(
        create_entity,
        {"entity_type": _TEXT, "name": _TEXT},
        {"content": _OBJECT, "located_in": _TEXT, "part_of": _TEXT},
    ),
    "update_entity": _Action(
        update_entity, {"entity": _TEXT}, {"changes": _OBJECT, "name": _TEXT, "expected_version": _TEXT}
    ),
    "delete_entity": _Action(delete_entity, {"entity": _TEXT}, {"cascade": _FLAG, "expected_version": _TEXT}),
    "create_relationship": _Action(
        create_relationship,
        {"from_entity": _TEXT, "to_entity": _TEXT, "relationship_type": _TEXT},
        {"properties": _OBJECT},
    ),
    "update_relationship": _Action(
        update_relationship,
        {"relationship": _TEXT},
        {"properties": _OBJECT, "to_entity": _TEXT, "expected_version": _TEXT},
    ),
    "delete_relationship": _Action(
        delete_relationship,
        {},
        {
            "relationship": _TEXT,
            "from_entity": _TEXT,
            "to_entity": _TEXT,
            "relationship_type": _TEXT,
            "expected_version": _TEXT,
        },
    ),
    "restore_entity": _Action(restore_entity, {"entity": _TEXT, "version": _TEXT}, {}),
    "add_note": _Action(add_note, {"text": _TEXT}, {"about": _TEXT, "category": _TEXT}),
    "create_procedure": _Action(
        create_procedure,
        {"title": _TEXT, "steps": _TEXTS},
        {"for_entities": _TEXTS, "description": _TEXT, "category": _TEXT, "tools_needed": _TEXTS},
    ),
}
ACTIONS = tuple(_ACTIONS)
"""What an item of ``apply_changes`` may do."""


def apply_changes(edit: Edit, *, changes: Sequence[Mapping[str, Any]]) -> None:
    """Do each item (``{"action": ..., ...its arguments}``) in order; ``$n`` in one names what the n-th item made.

    Raises what the item raises, with ``argument`` naming the item and its argument (``changes[3].name``); then nothing
    of the whole list is kept. InvalidInput for an empty list, TooLarge over 500 items.
    """
    if not changes:
        raise InvalidInput("changes must be a list of at least one change", argument="changes")
    if len(changes) > MOST_CHANGES:
        raise TooLarge(
            f"changes has {len(changes)} items; at most {MOST_CHANGES} are done at once",
            argument="changes",
            hint="send several lists",
        )
    edit.references = []
    for index, change in enumerate(changes):
        try:
            made = _apply(edit, change)
        except GoodiesError as wrong:
            raise _placed(wrong, index) from wrong.__cause__
        edit.references.append(made)


def _apply(edit: Edit, change: Mapping[str, Any]) -> RecordId:
    if not isinstance(change, Mapping):
        raise InvalidInput("a change must be a JSON object")
    name = change.get("action")
    action = _ACTIONS.get(name) if isinstance(name, str) else None
    if action is None:
        raise InvalidInput(
            f"action must name a change, not {str(name)[:80]!r}", argument="action", hint=f"one of {', '.join(ACTIONS)}"
        )
    given = {key: value for key, value in change.items() if value is not None and key != "action"}
    known = {**action.required, **action.optional}
    for key, value in given.items():
        if key not in known:
            raise InvalidInput(
                f"{name} takes no {str(key)[:80]!r}", argument=str(key)[:80], hint=f"it takes {', '.join(known)}"
            )
        if not known[key].fits(value):
            raise InvalidInput(f"{key} must be {known[key].said}", argument=key)
    for key in action.required:
        if key not in given:
            raise InvalidInput(f"{name} needs {key}", argument=key)
    return action.run(edit, **given)


def _placed(wrong: GoodiesError, index: int) -> GoodiesError:
    """The same error, saying which item it is about."""
    place = f"changes[{index}]"
    wrong.argument = f"{place}.{wrong.argument}" if wrong.argument else place
    wrong.message = f"{wrong.argument}: {wrong.message}; none of the changes was kept"
    wrong.args = (wrong.message,)
    return wrong
