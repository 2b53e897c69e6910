"""How the text of a document stands in the content of entities, and how it is found there again.

``pages`` is a list of texts; a document that is too long for one entity goes on in others, which are ``part_of`` the
first and say which page they begin with (docs/decisions/0009-manuals.md). Peers and people can write anything into
content: what is no page is passed over.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from goodies_mcp.core.intake import Writing, cut_pages, model_numbers
from goodies_mcp.core.models import Entity, JsonObject, JsonValue, RecordId
from goodies_mcp.storage.interface import ReadView

PAGES = "pages"
FIRST_PAGE = "first_page"
CONTINUES = "continues"

_MOST_BYTES = 600_000
"""Of the pages of one entity: the rest of the limit of 1 MiB is for what else it says, now and later."""

_MODELS_FROM = 400
"""Pages in which numbers of models are looked for: they stand in front."""


@dataclass(frozen=True, slots=True)
class Part:
    """Pages that fit into one entity, and the number of the first of them."""

    first: int
    pages: tuple[str, ...]

    @property
    def last(self) -> int:
        """The number of the last one."""
        return self.first + len(self.pages) - 1


def parts_of(pages: Sequence[str]) -> list[Part]:
    """The pages in as few parts as hold them; one part, and it may be empty, at least."""
    found: list[Part] = []
    first, room, held = 1, _MOST_BYTES, list[str]()
    for page in pages:
        size = len(json.dumps(page, ensure_ascii=False).encode()) + 1
        if held and size > room:
            found.append(Part(first, tuple(held)))
            first, room, held = first + len(held), _MOST_BYTES, []
        held.append(page)
        room -= size
    return [*found, Part(first, tuple(held))]


def said_of(writing: Writing) -> dict[str, JsonValue]:
    """What an entity says of a document beside its pages."""
    said: dict[str, JsonValue] = {"page_count": writing.total}
    if writing.sections:
        said["sections"] = [{"title": title, "page": page} for title, page in writing.sections]
    if models := model_numbers(writing.pages[:_MODELS_FROM]):
        said["models"] = list(models)
    return said


def continued(head: RecordId, part: Part) -> JsonObject:
    """The content of an entity that goes on where another ends."""
    return {CONTINUES: head, FIRST_PAGE: part.first, PAGES: list(part.pages)}


def own_pages(content: JsonObject) -> Sequence[str]:
    """The pages that this content itself holds; none when it holds none."""
    pages = content.get(PAGES)
    if not isinstance(pages, Sequence) or isinstance(pages, str):
        return ()
    return [page if isinstance(page, str) else "" for page in pages]


def first_page(content: JsonObject) -> int:
    """The number of the first page that this content holds."""
    first = content.get(FIRST_PAGE)
    return first if isinstance(first, int) and first > 0 else 1


def whole_text(view: ReadView, document: Entity) -> Sequence[str]:
    """All pages of a document, continuations included; a note or procedure is cut into pages here."""
    content = document.content
    if pages := own_pages(content):
        return [*pages, *(page for part in _continuations(view, document.id) for page in own_pages(part.content))]
    return cut_pages("\n\n".join(_texts(content)))


def head_of(view: ReadView, document: Entity) -> Entity:
    """The document that an entity continues, or itself."""
    head = document.content.get(CONTINUES)
    if not isinstance(head, str):
        return document
    return view.entities([RecordId(head)]).get(RecordId(head), document)


def sections_of(content: JsonObject) -> Iterator[tuple[str, int]]:
    """Titles of sections with the page that each begins on."""
    sections = content.get("sections")
    if isinstance(sections, Sequence) and not isinstance(sections, str):
        for each in sections:
            title, page = (each.get("title"), each.get("page")) if isinstance(each, Mapping) else (None, None)
            if isinstance(title, str) and isinstance(page, int):
                yield title, page


def _continuations(view: ReadView, head: RecordId) -> list[Entity]:
    edges = view.edges([head], "in", ("part_of",))
    found = view.entities(edge.from_id for edge in edges).values()
    return sorted((each for each in found if each.content.get(CONTINUES) == head), key=lambda e: first_page(e.content))


def _texts(content: JsonObject) -> Iterator[str]:
    for key in ("caption", "description", "summary", "text"):
        said = content.get(key)
        if isinstance(said, str) and said.strip():
            yield said
    steps = content.get("steps")
    if isinstance(steps, Sequence) and not isinstance(steps, str):
        yield "\n".join(f"{number}. {_step(step)}" for number, step in enumerate(steps, 1))


def _step(step: JsonValue) -> str:
    if isinstance(step, Mapping):
        step = next((step[key] for key in ("text", "instruction", "description", "name") if key in step), "")
    return step if isinstance(step, str) else ""
