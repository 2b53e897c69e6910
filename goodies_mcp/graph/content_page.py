"""Reading a document: a few pages that fit a model, the place where it says something, or its picture."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from goodies_mcp.core.models import Content, Entity, JsonObject, Sha256
from goodies_mcp.core.text import fold, visible
from goodies_mcp.core.vocabulary import DOCUMENTS
from goodies_mcp.errors import Ambiguous, InvalidInput, NotFound
from goodies_mcp.graph import resolve
from goodies_mcp.graph.files_away import check_here
from goodies_mcp.graph.kept_pages import head_of, own_pages, sections_of, whole_text
from goodies_mcp.graph.paging import Page, open_page
from goodies_mcp.graph.passages import Passage, Quest
from goodies_mcp.graph.places import refs
from goodies_mcp.graph.shown import Shown
from goodies_mcp.storage.interface import ReadView

_MOST = 8_000
"""Characters in one answer: twice that, when every one must be escaped, still passes for small."""

_MOST_PASSAGES = 20
_MOST_SECTIONS = 60
_MOST_SHOWN = 3 << 20
_BLOB_PAGE = 4_096
_MOST_BLOB = 16 << 20
_LOOKED_INTO = ("documented_by", "has_blob")
_TEXTS = ("application/json", "application/xml", "application/yaml", "application/x-yaml", "application/javascript")
_PLAIN_IMAGES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


@dataclass(frozen=True, slots=True)
class ContentPage:
    """What a document says. ``text`` is some of its pages, each after a line ``[page n]``; of ``pages`` there are so
    many. ``items`` are the places where it says what was looked for, or, beside its first pages, its sections."""

    id: str
    type: str
    name: str
    where: str | None = None
    content_type: str | None = None
    pages: int | None = None
    text: str | None = None
    items: tuple[Passage, ...] = ()
    next_cursor: str | None = None
    note: str | None = None
    picture: Shown | None = field(default=None, metadata={"block": True})


def read_content(
    view: ReadView,
    *,
    content: str,
    page: int | None = None,
    section: str | None = None,
    find: str | None = None,
    cursor: str | None = None,
) -> ContentPage:
    """The document that ``content`` names, or the one that the thing of that name has.

    Raises:
        NotHere: only its file could answer, and that is on another device or at the hub.
    """
    if sum(each is not None for each in (page, section, find)) > 1:
        raise InvalidInput("only one of page, section and find fits", argument="find")
    document = document_of(view, content)
    asked = open_page("read_content", [document.id, view.at, page, section, find], 1, cursor)
    answer = _Answer(view, document)
    if find is not None:
        return answer.found(find)
    if answer.is_picture and page is None and section is None:
        return answer.shown()
    if section is not None:
        page = answer.page_of(section)
    return answer.read(asked, page)


class _Answer:
    """One document, and the ways to answer from it."""

    def __init__(self, view: ReadView, document: Entity) -> None:
        self._view = view
        self._document = document
        self._blob = blob_of(view, document.content)
        self.texts = texts_of(view, document)
        self.is_picture = _said_type(document.content).startswith("image/")

    def read(self, asked: Page, page: int | None) -> ContentPage:
        """From a page on, as many as fit; the cursor goes on in the middle of a page."""
        if not self.texts:
            return self._page(note=self._unread())
        number, offset = (page or 1), 0
        if asked.position is not None:
            number, offset = int(asked.position[0]), int(asked.position[1])
        if number > len(self.texts):
            raise NotFound(
                f"there is no page {number} to read: the text has {len(self.texts)}",
                argument="page",
                hint=f"pages are 1 to {len(self.texts)}",
            )
        text, following = _assembled(self.texts, number, offset)
        first_look = page is None and asked.position is None
        return self._page(
            text=text,
            next_cursor=asked.cursor(following) if following else None,
            items=self._sections() if first_look else (),
        )

    def found(self, find: str) -> ContentPage:
        """The pages that say it, best first."""
        quest = Quest(find)
        if not quest:
            raise InvalidInput("find holds no word to look for", argument="find")
        pages = quest.pages(self.texts)
        whole = [at for at in pages if quest.has_all(self.texts[at])]
        some = (whole or pages)[:_MOST_PASSAGES]
        items = tuple(Passage(at + 1, quest.excerpt(self.texts[at])) for at in some)
        note = None if whole else "no page has all of the words; these have some"
        if not items:
            note = "nothing like that stands in it" if self.texts else self._unread()
        elif len(whole) > len(some):
            note = f"{len(whole)} pages have it; these have it most"
        return self._page(items=items, note=note)

    def shown(self) -> ContentPage:
        """Its picture, small enough for a model."""
        preview = self._document.content.get("preview")
        small = blob_of(self._view, preview) if isinstance(preview, Mapping) else None
        blob = small or (self._blob if self._blob and self._blob.content_type in _PLAIN_IMAGES else None)
        if blob is None and isinstance(preview, Mapping):
            check_here(preview)
        if blob is None and self._blob is None and _said_type(self._document.content) in _PLAIN_IMAGES:
            check_here(self._document.content)
        if blob is None or blob.size > _MOST_SHOWN:
            return self._page(note=self._unread())
        data = self._view.content_bytes(blob.sha256)
        caption = self._document.content.get("caption")
        return self._page(picture=Shown(blob.content_type, data), text=caption if isinstance(caption, str) else None)

    def page_of(self, section: str) -> int:
        """The page that a section begins on: by the table of contents, else by a line that reads like its title."""
        wanted = fold(section)
        titles = list(sections_of(self._document.content))
        for fits in (str.__eq__, str.startswith, str.__contains__):
            for title, page in titles:
                if fits(fold(title), wanted):
                    return page
        for number, text in enumerate(self.texts, 1):
            if any(fold(line).lstrip("#0123456789. ").startswith(wanted) for line in text.split("\n")):
                return number
        near = [{"title": title, "page": page} for title, page in titles[:_MOST_SECTIONS]]
        raise NotFound(
            f"no section is called {visible(section)[:80]!r}",
            argument="section",
            hint="find looks for its words instead",
            details={"sections": near} if near else None,
        )

    def _sections(self) -> tuple[Passage, ...]:
        found = sections_of(self._document.content)
        return tuple(Passage(page, title) for title, page in found)[:_MOST_SECTIONS]

    def _unread(self) -> str:
        said = self._document.content.get("sha256")
        if isinstance(said, str) and self._blob is None:
            return "the file itself has not arrived on this device yet"
        if self._blob is not None:
            return f"{self._blob.content_type}, {self._blob.size} bytes: it cannot be read as text or shown here"
        return "nothing is written in it"

    def _page(self, **said: object) -> ContentPage:
        found, blob = self._document, self._blob
        about = refs(self._view, [found])[found.id]
        return ContentPage(
            id=about.id,
            type=about.type,
            name=about.name,
            where=about.where,
            content_type=blob.content_type if blob else None,
            pages=len(self.texts) or None,
            **said,  # type: ignore[arg-type]  # the fields above are the rest of them
        )


class _BlobText(Sequence[str]):
    """The text of a file that is too long to stand in an entity, read from its bytes as it is asked for."""

    def __init__(self, view: ReadView, blob: Content) -> None:
        self._view = view
        self._blob = blob
        self._pages = -(-min(blob.size, _MOST_BLOB) // _BLOB_PAGE)

    def __len__(self) -> int:
        return self._pages

    def __getitem__(self, at: object) -> str:  # one at a time is all that is asked for
        if not isinstance(at, int) or not 0 <= at < self._pages:
            raise IndexError(at)
        start = at * _BLOB_PAGE
        data = self._view.content_bytes(self._blob.sha256, start, _BLOB_PAGE + 3)
        # A character that the cut goes through belongs to the page on which it begins.
        first = next((n for n in range(min(4, len(data))) if data[n] & 0xC0 != 0x80), 0) if at else 0
        last = next((n for n in range(_BLOB_PAGE, len(data)) if data[n] & 0xC0 != 0x80), len(data))
        return data[first:last].decode("utf-8", "replace")


def texts_of(view: ReadView, document: Entity) -> Sequence[str]:
    """The pages of its text, read from its file where the entity itself holds none. Raises NotHere without that."""
    texts = whole_text(view, document)
    # A file too long to stand in the entity has a caption there at most, which is not what it says.
    blob = None if own_pages(document.content) else blob_of(view, document.content)
    if blob is None and not own_pages(document.content) and is_text(_said_type(document.content)):
        check_here(document.content)
    return _BlobText(view, blob) if blob is not None and is_text(blob.content_type) else texts


def document_of(view: ReadView, text: str) -> Entity:
    """The document that a text names, or the only one of the thing that it names.

    Raises:
        NotFound: there is none.
        Ambiguous: the thing has several.
    """
    found = resolve.entity(view, text, "content")
    if found.entity_type in DOCUMENTS:
        return head_of(view, found)
    edges = view.edges([found.id], "out", _LOOKED_INTO)
    documents = list(view.entities(edge.to_id for edge in edges).values())
    if len(documents) == 1:
        return documents[0]
    if not documents:
        raise NotFound(
            f"{visible(found.name)[:80]} has no manual, note or file of its own",
            argument="content",
            hint="search_entities finds what others say of it, get_entity_details shows the thing itself",
        )
    shown = refs(view, documents[:_MOST_PASSAGES]).values()
    raise Ambiguous(
        f"{visible(found.name)[:80]} has {len(documents)} documents",
        candidates=[{"id": r.id, "type": r.type, "name": r.name, "where": r.where} for r in shown],
        argument="content",
    )


def blob_of(view: ReadView, content: JsonObject) -> Content | None:
    """What is kept of the file that this content names."""
    said = content.get("sha256")
    return view.content(Sha256(said)) if isinstance(said, str) else None


def _said_type(content: JsonObject) -> str:
    said = content.get("content_type")
    return said if isinstance(said, str) else ""


def is_text(content_type: str) -> bool:
    """Whether bytes of this type can be read as text."""
    return content_type.startswith("text/") or content_type in _TEXTS


def _assembled(texts: Sequence[str], number: int, offset: int) -> tuple[str, tuple[int, int] | None]:
    """Pages from here on, each under its number, and where the next answer goes on."""
    room, said = _MOST, list[str]()
    for at in range(number - 1, len(texts)):
        page = texts[at][offset:]
        if said and len(page) > room:
            return "\n".join(said), (at + 1, offset)
        said.append(f"[page {at + 1}]\n{page[:room]}")
        if len(page) > room:
            return "\n".join(said), (at + 1, offset + room)
        room -= len(page)
        offset = 0
    return "\n".join(said), None
