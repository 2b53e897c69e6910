"""What is read of a document, as text; see :mod:`lines`."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from goodies_mcp.mcpserver.wording import block, quoted, word

if TYPE_CHECKING:
    from goodies_mcp.graph.content_page import ContentPage


def content_page(result: "ContentPage") -> Iterator[str]:
    """The document, then its text, or the places where it says what was looked for, or that there is a picture."""
    where = f" in {quoted(result.where)}" if result.where else ""
    kind = f", {word(result.content_type)}" if result.content_type else ""
    pages = "" if result.pages is None else ", 1 page" if result.pages == 1 else f", {result.pages} pages"
    yield f"{word(result.type)} {quoted(result.name)} id={word(result.id)}{where}{kind}{pages}"
    if result.items and result.text:
        yield "Sections:"
    for item in result.items:
        yield f"- page {item.page}: {quoted(item.snippet)}"
    if result.text:
        yield from block("text", result.text)
    if result.picture is not None:
        yield f"The image comes with this answer ({word(result.picture.content_type)})."
