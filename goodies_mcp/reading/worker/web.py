"""The text of a web page: what a reader sees of it, with its headings as sections."""

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any, BinaryIO

from goodies_mcp.core.intake import cut_pages
from goodies_mcp.reading.signatures import decoded
from goodies_mcp.reading.tidying import tidied
from goodies_mcp.reading.worker.main import Said

# Only what must be closed: a page may leave out the end of its head, and would be empty then.
_UNSEEN = frozenset({"script", "style", "noscript", "template", "svg", "title", "iframe"})
_HEADINGS = frozenset({"h1", "h2", "h3"})
_BREAKS = frozenset(
    {"p", "div", "br", "li", "ul", "ol", "tr", "table", "section", "article", "h4", "h5", "h6", "pre", "dt", "dd"}
)
_MOST_SECTIONS = 500
_LONGEST_TITLE = 200


class _Reader(HTMLParser):
    """Gathers what is seen."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.titles: list[str] = []
        self._unseen = 0
        self._heading: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002  the parser's own form
        self._unseen += tag in _UNSEEN
        if tag in _HEADINGS:
            self.parts.append("\n\n")
            self._heading = []
        elif tag in _BREAKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._unseen -= tag in _UNSEEN and self._unseen > 0
        if tag in _HEADINGS and self._heading is not None:
            if title := " ".join(" ".join(self._heading).split())[:_LONGEST_TITLE]:
                self.titles.append(title)
            self._heading = None
            self.parts.append("\n\n")
        elif tag in _BREAKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.parts.append(" ".join(data.split("\n")) if data.strip() else " ")
            if self._heading is not None:
                self._heading.append(data)


def read_html(stream: BinaryIO, task: dict[str, Any]) -> Iterator[Said]:
    """Say its text, cut into pages, and its headings with the pages that they stand on."""
    reader = _Reader()
    reader.feed(decoded(stream.read(4 * task["characters"])))
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.parts).split("\n"))
    pages = cut_pages(tidied("\n".join(lines))[: task["characters"]])[: task["pages"]]
    yield {"total": len(pages)}, b""
    for page in pages:
        yield {"page": page}, b""
    yield {"sections": list(_placed(reader.titles[:_MOST_SECTIONS], pages))}, b""


def _placed(titles: list[str], pages: tuple[str, ...]) -> Iterator[tuple[str, int]]:
    """Each title with its page: the next one, from where the last title was, on which it stands."""
    at = 0
    for title in titles:
        found = next((number for number in range(at, len(pages)) if title in pages[number]), None)
        if found is not None:
            at = found
            yield title, found + 1
