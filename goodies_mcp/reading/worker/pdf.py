"""The text of a PDF, page by page, and its table of contents."""

import logging
from collections.abc import Iterator
from time import monotonic
from typing import Any, BinaryIO

from pypdf import PasswordType, PdfReader
from pypdf.errors import LimitReachedError, PyPdfError
from pypdf.generic import Destination

from goodies_mcp.reading.tidying import tidied
from goodies_mcp.reading.worker.main import Said, Unreadable

_LONGEST_PAGE = 50_000
_MOST_SECTIONS = 500
_DEEPEST = 8
_LONGEST_TITLE = 200


def read_pdf(stream: BinaryIO, task: dict[str, Any]) -> Iterator[Said]:
    """Say how many pages there are, then each of them, then the sections."""
    logging.disable()
    began = monotonic()
    reader = PdfReader(stream)
    if reader.is_encrypted and reader.decrypt("") == PasswordType.NOT_DECRYPTED:
        raise Unreadable("locked")
    total = len(reader.pages)
    if not total:
        raise Unreadable("damaged")
    yield {"total": total}, b""
    room = task["characters"]
    broken: list[Exception] = []
    for number in range(min(total, task["pages"])):
        if number and (monotonic() - began > task["soft"] or room <= 0):
            break
        text = _page(reader, number, broken)[: min(_LONGEST_PAGE, room)]
        room -= len(text)
        yield {"page": text}, b""
    if len(broken) == total:
        raise Unreadable("unpacked" if any(isinstance(each, LimitReachedError) for each in broken) else "damaged")
    yield {"sections": list(_sections(reader))}, b""


def _page(reader: PdfReader, number: int, broken: list[Exception]) -> str:
    """The text of a page. One that is broken costs itself and not the others."""
    try:
        return tidied(reader.pages[number].extract_text())
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001  pypdf raises whatever a broken page makes it raise
        broken.append(error)
        return ""


def _sections(reader: PdfReader) -> Iterator[tuple[str, int]]:
    try:
        found = list(_outline(reader, reader.outline, 0))
    except (PyPdfError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError):
        return  # a table of contents is a convenience, and many are broken
    yield from found[:_MOST_SECTIONS]


def _outline(reader: PdfReader, entries: Any, level: int) -> Iterator[tuple[str, int]]:  # noqa: ANN401  lists in lists
    for entry in entries:
        if isinstance(entry, Destination):
            page = reader.get_destination_page_number(entry)
            title = " ".join(tidied(str(entry.title or "")).split())[:_LONGEST_TITLE]
            if page is not None and page >= 0 and title:
                yield title, page + 1
        elif isinstance(entry, list) and level < _DEEPEST:
            yield from _outline(reader, entry, level + 1)
