"""A document whole, as it was kept: its bytes, or its text where it has none, or one page of its text."""

from dataclasses import dataclass

from goodies_mcp.core.models import Entity
from goodies_mcp.errors import NotFound, TooLarge
from goodies_mcp.graph.content_page import blob_of, document_of, is_text, texts_of
from goodies_mcp.graph.files_away import check_here
from goodies_mcp.storage.interface import ReadView

MOST_BYTES = 8 << 20
"""Of an original that is handed out in one piece."""

MOST_TEXT = 1_000_000
"""Characters of a text that is handed out in one piece."""


@dataclass(frozen=True, slots=True)
class Original:
    """What is kept of a document: ``data`` for what is no text, ``text`` otherwise. ``version`` is that of its entity,
    ``pages`` of text there are."""

    id: str
    name: str
    version: str
    content_type: str
    pages: int = 0
    data: bytes | None = None
    text: str | None = None


def original(view: ReadView, content: str, page: int | None = None, *, text_will_do: bool = False) -> Original:
    """The document that ``content`` names, or the one that the thing of that name has.

    Where its file is not here and ``text_will_do``, its text is given instead, if it has one.

    Raises:
        NotHere: its file is not on this device.
        NotFound: nothing is kept of it, or there is no such page.
        TooLarge: it is more than can be handed out in one piece.
    """
    document = document_of(view, content)
    blob = blob_of(view, document.content)
    texts = texts_of(view, document)

    def handed_out(content_type: str, *, data: bytes | None = None, text: str | None = None) -> Original:
        return Original(document.id, document.name, document.version, content_type, len(texts), data, text)

    if page is None and blob is None and not (text_will_do and texts):
        _check_away(document)
    if page is None and blob is not None:
        most = MOST_TEXT if is_text(blob.content_type) else MOST_BYTES
        if blob.size > most:
            raise _too_large(document, f"{blob.size} bytes", f"{most} bytes")
        data = view.content_bytes(blob.sha256)
        if is_text(blob.content_type):
            return handed_out(blob.content_type, text=data.decode("utf-8", "replace"))
        return handed_out(blob.content_type, data=data)
    if not texts:
        raise NotFound("nothing is kept of it here", argument="content", hint="get_entity_details shows what is known")
    if page is None:
        if sum(map(len, texts)) > MOST_TEXT:
            raise _too_large(document, f"{len(texts)} pages of text", f"{MOST_TEXT} characters")
        return handed_out("text/plain", text="\n\n".join(texts))
    if not 1 <= page <= len(texts):
        raise NotFound(f"there is no page {page}", argument="page", hint=f"pages are 1 to {len(texts)}")
    return handed_out("text/plain", text=texts[page - 1])


def _check_away(document: Entity) -> None:
    """Raises NotHere where the document names a file, or TooLarge: nobody fetches what cannot be handed out."""
    size = document.content.get("size")
    if isinstance(size, int) and size > MOST_BYTES:
        raise _too_large(document, f"{size} bytes", f"{MOST_BYTES} bytes")
    check_here(document.content)


def _too_large(document: Entity, size: str, most: str) -> TooLarge:
    return TooLarge(
        f"it has {size}, and at most {most} are handed out at once",
        argument="content",
        hint=f"read_content with content {document.id} reads it page by page, ?page=1 behind its address too",
    )
