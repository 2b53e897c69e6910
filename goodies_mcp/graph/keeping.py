"""Manuals, photos and other files: what was read becomes an entity that tells of it, and bytes kept once by their hash.

All of it is one unit of work with the bytes in it, so that no document is without its file, nor a file without one.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from goodies_mcp.core.intake import Writing, cut_pages
from goodies_mcp.core.models import Content, Entity, EntityPayload, JsonValue, RecordId, RelationshipPayload, Sha256
from goodies_mcp.core.text import fold, visible, words
from goodies_mcp.errors import InvalidInput
from goodies_mcp.graph import resolve
from goodies_mcp.graph.bounds import checked_name, checked_object, checked_text, title_of
from goodies_mcp.graph.editing import Draft, Edit
from goodies_mcp.graph.kept_pages import PAGES, Part, continued, parts_of, said_of
from goodies_mcp.graph.things import check_fits
from goodies_mcp.storage.interface import TextQuery

if TYPE_CHECKING:
    from goodies_mcp.core.intake import Intake, Picture

_LONGEST_STEM = 900
_MOST_ALIKE = 20
_PAGES_NAMED = 5


def add_device_manual(
    edit: Edit, *, device: str, title: str, text: str | None = None, intake: "Intake | None" = None
) -> RecordId:
    """A manual, and an edge ``documented_by`` from the device to it.

    A file that some device has a manual of already is not kept again: that manual is tied to this device too.
    """
    found = edit.entity(device, "device", resolve.DEVICE)
    called = checked_name(title, "title")
    check_fits(found.entity_type, "documented_by", "manual", argument="device")
    if intake is None:
        said, writing = checked_text(text or "", "text"), None
        content: dict[str, JsonValue] = {"text": said}
        pages: Iterable[str] = cut_pages(said)
        same = [each for each in _documents(edit, found, "documented_by") if each.content.get("text") == said]
    else:
        writing = intake.writing or Writing((), 0)
        content, pages = _told_of(intake), writing.pages
        same = _kept_already(edit, intake.content.sha256, "manual")
    if same:
        return _tie(edit, found, same[0], called)
    parts = parts_of(writing.pages if writing else ())
    if intake is not None:
        content |= {PAGES: list(parts[0].pages)}
        _keep(edit, intake)
    made = _made(edit, found, EntityPayload("manual", called, checked_object(content, "text")), "documented_by")
    _continue(edit, made, called, parts[1:])
    for remark in (*(intake.remarks if intake else ()), *_about_model(found, pages)):
        edit.note(remark)
    return made


def attach_file(edit: Edit, *, entity: str, intake: "Intake", caption: str | None = None) -> RecordId:
    """A note that tells of a file, and an edge ``has_blob`` from the thing to it; ``exists`` when it has that file."""
    found = edit.entity(entity, "entity")
    check_fits(found.entity_type, "has_blob", "note", argument="entity")
    said = None if caption is None else checked_text(caption, "caption")
    for each in _documents(edit, found, "has_blob"):
        if each.content.get("sha256") == intake.content.sha256:
            edit.did("exists", each)
            return each.id
    content = _told_of(intake)
    if said is not None:
        content["caption"] = said
    parts = parts_of(intake.writing.pages if intake.writing else ())
    if parts[0].pages:
        content[PAGES] = list(parts[0].pages)
    called = title_of(said) if said is not None else _file_title(found, intake.content)
    _keep(edit, intake)
    made = _made(edit, found, EntityPayload("note", called, checked_object(content, "caption")), "has_blob")
    _continue(edit, made, called, parts[1:])
    for remark in intake.remarks:
        edit.note(remark)
    return made


def _made(edit: Edit, subject: Entity, payload: EntityPayload, relationship_type: str) -> RecordId:
    made = edit.new_id()
    edge = RelationshipPayload(subject.id, made, relationship_type)
    shown, _ = edit.put(Draft(made, payload, new=True), Draft(edit.new_id(), edge, new=True))
    edit.did("created", shown)
    return made


def _continue(edit: Edit, head: RecordId, called: str, parts: Iterable[Part]) -> None:
    for part in parts:
        name = f"{called[:_LONGEST_STEM]} (pages {part.first}–{part.last})"
        made = edit.new_id()
        edge = RelationshipPayload(made, head, "part_of")
        payload = EntityPayload("manual", name, checked_object(continued(head, part), "text"))
        shown, _ = edit.put(Draft(made, payload, new=True), Draft(edit.new_id(), edge, new=True))
        edit.did("created", shown)


def _tie(edit: Edit, device: Entity, manual: Entity, called: str) -> RecordId:
    """Let a manual that is there already be this device's too."""
    if any(each.id == manual.id for each in _documents(edit, device, "documented_by")):
        edit.did("exists", manual)
    else:
        edge = RelationshipPayload(device.id, manual.id, "documented_by")
        [shown] = edit.put(Draft(edit.new_id(), edge, new=True))
        edit.did("exists", manual)
        edit.did("created", shown)
        edit.note(f"this file is kept already, as {visible(manual.name)}, which is now a manual of this device too")
    if fold(manual.name) != fold(called):
        edit.note(f"it keeps its title {visible(manual.name)}; update_entity changes that")
    return manual.id


def _documents(edit: Edit, thing: Entity, relationship_type: str) -> list[Entity]:
    edges = edit.tx.edges([thing.id], "out", (relationship_type,))
    found = edit.tx.entities(edge.to_id for edge in edges)
    return [found[edge.to_id] for edge in edges if edge.to_id in found]


def _kept_already(edit: Edit, sha256: Sha256, kind: str) -> list[Entity]:
    """Documents of this kind that tell of the same bytes: their hash is a word of theirs."""
    hits = edit.tx.search(TextQuery(((sha256,),), (kind,)), _MOST_ALIKE)
    return [hit.entity for hit in hits if hit.entity.content.get("sha256") == sha256]


def _told_of(intake: "Intake") -> dict[str, JsonValue]:
    about = intake.content
    told: dict[str, JsonValue] = {"sha256": about.sha256, "content_type": about.content_type, "size": about.size}
    if about.file_name is not None:
        told["file_name"] = _shown_name(about.file_name)
    if intake.source is not None:
        told["source"] = intake.source
    if intake.writing is not None:
        told |= said_of(intake.writing)
    if intake.picture is not None:
        told |= {"width": intake.picture.width, "height": intake.picture.height}
        told["preview"] = {
            "sha256": _preview(intake.picture).sha256,
            "content_type": intake.picture.content_type,
        }
    return told


def _keep(edit: Edit, intake: "Intake") -> None:
    edit.tx.stream_content(intake.content, intake.pieces())
    if intake.picture is not None:
        edit.tx.put_content(_preview(intake.picture), intake.picture.data)


def _preview(picture: "Picture") -> Content:
    from hashlib import sha256  # noqa: PLC0415  start-up: few calls keep a file

    return Content(Sha256(sha256(picture.data).hexdigest()), len(picture.data), picture.content_type)


def _shown_name(name: str) -> str:
    """A name of a file as people may read it; it is never used to find or to make one."""
    plain = name.encode("utf-8", "replace").decode()
    return " ".join(visible(plain).split())[:200]


def _file_title(thing: Entity, content: Content) -> str:
    name = _shown_name(content.file_name or "")
    try:
        return checked_name(name)
    except InvalidInput:
        what = "Photo" if content.content_type.startswith("image/") else "File"
        return checked_name(f"{what} of {visible(thing.name)}"[:_LONGEST_STEM])


def _about_model(device: Entity, pages: Iterable[str]) -> Iterable[str]:
    """Whether the manual names the device's model, which is how one notices that it is of another."""
    model = device.content.get("model")
    said = " ".join(words(model)) if isinstance(model, str) else ""
    read = list(pages)
    if not said or not any(page.strip() for page in read):
        return
    squeezed = said.replace(" ", "")
    named = [n for n, page in enumerate(read, 1) if squeezed in "".join(words(page))]
    if named:
        more = " and more" if len(named) > _PAGES_NAMED else ""
        yield f"it names the model {visible(str(model))} on page {', '.join(map(str, named[:_PAGES_NAMED]))}{more}"
    else:
        yield f"it does not name the model {visible(str(model))[:100]}: look whether it is the right manual"
