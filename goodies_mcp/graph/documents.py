"""Notes and procedures: what people write about the things of a home."""

from collections.abc import Sequence

from goodies_mcp.core.models import EntityPayload, JsonObject, JsonValue, RecordId
from goodies_mcp.errors import InvalidInput, TooLarge
from goodies_mcp.graph.bounds import checked_name, checked_object, checked_text, checked_texts, title_of
from goodies_mcp.graph.editing import Edit
from goodies_mcp.graph.things import check_fits, create_with_edges, namesakes_of, report_twin, twin_among

_MOST_STEPS = 500
_MOST_TARGETS = 200


def add_note(edit: Edit, *, text: str, about: str | None = None, category: str | None = None) -> RecordId:
    """A note, called by its first line, and an edge ``documented_by`` from what it is ``about``.

    The same text twice makes two notes: "descaled" is written down every half year.
    """
    content: dict[str, JsonValue] = {"text": checked_text(text, "text")}
    if category is not None:
        content["category"] = checked_name(category, "category")
    checked_object(content, "text")
    subject = None if about is None else edit.entity(about, "about")
    if subject is not None:
        check_fits(subject.entity_type, "documented_by", "note", argument="about")
    payload = EntityPayload("note", title_of(text), content)
    return create_with_edges(edit, payload, (), documents=None if subject is None else subject.id)


def create_procedure(
    edit: Edit,
    *,
    title: str,
    steps: Sequence[str],
    for_entities: Sequence[str] = (),
    description: str | None = None,
    category: str | None = None,
    tools_needed: Sequence[str] = (),
) -> RecordId:
    """A procedure, and an edge ``procedure_for`` to each of the things it is for.

    One of the same title for the same things is reported as ``exists`` and left as it is.
    """
    called = checked_name(title, "title")
    content = _procedure_content(steps, description, category, tools_needed)
    targets = [edit.entity(text, f"for_entities[{n}]") for n, text in enumerate(_bounded(for_entities))]
    for target in targets:
        check_fits("procedure", "procedure_for", target.entity_type, argument="for_entities")
    ends = [("procedure_for", target) for target in dict.fromkeys(each.id for each in targets)]
    if twin := twin_among(edit.tx, namesakes_of(edit.tx, "procedure", called), ends, ("procedure_for",)):
        return report_twin(edit, twin, content)
    return create_with_edges(edit, EntityPayload("procedure", called, content), ends)


def _procedure_content(
    steps: Sequence[str], description: str | None, category: str | None, tools_needed: Sequence[str]
) -> JsonObject:
    written = checked_texts(steps, "steps")
    if not written:
        raise InvalidInput("steps is empty", argument="steps", hint="one text for each step")
    if len(written) > _MOST_STEPS:
        raise TooLarge(f"steps has {len(written)} items; at most {_MOST_STEPS} are kept", argument="steps")
    content: dict[str, JsonValue] = {"steps": written}
    if description is not None:
        content["description"] = checked_text(description, "description")
    if category is not None:
        content["category"] = checked_name(category, "category")
    if tools := checked_texts(tools_needed, "tools_needed"):
        content["tools_needed"] = tools
    return checked_object(content, "steps")


def _bounded(for_entities: Sequence[str]) -> list[str]:
    texts = checked_texts(for_entities, "for_entities")
    if len(texts) > _MOST_TARGETS:
        raise TooLarge(f"for_entities has {len(texts)} items; at most {_MOST_TARGETS}", argument="for_entities")
    return texts
