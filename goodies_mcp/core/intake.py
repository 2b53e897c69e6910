"""What comes into a home from a file, an address or a host: looked at, and not kept yet.

The graph decides what becomes of it; how it was read, and what was kept from doing harm meanwhile, is the business of
whoever implements ``core.protocols.Reading``.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from goodies_mcp.core.models import Content

Wanted = Literal["manual", "file", "image"]
"""What the caller means to keep: a manual must have text, an image must be one, a file may be anything."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where it comes from. ``argument`` is the caller's word for it, which errors name.

    ``value`` is a path, an address or Base64; ``content_type`` is what the caller believes that it is.
    """

    argument: Literal["file", "url", "data_base64"]
    value: str
    content_type: str | None = None


@dataclass(frozen=True, slots=True)
class Writing:
    """The text of a document, page by page; ``total`` counts the pages that there are, read or not.

    ``sections`` are titles with the number of the page that they begin on; pages count from 1.
    """

    pages: tuple[str, ...]
    total: int
    sections: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """An image as a model can take it; ``width`` and ``height`` are those of the original."""

    content_type: str
    data: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Intake:
    """Something that could be kept. ``pieces`` gives its bytes from the beginning, each time it is called.

    ``source`` is an address worth remembering, ``remarks`` are what the caller should know.
    """

    content: Content
    pieces: Callable[[], Iterable[bytes]]
    writing: Writing | None = None
    picture: Picture | None = None
    source: str | None = None
    remarks: tuple[str, ...] = ()


PAGE = 3_000
"""Characters of a page of text that has no pages of its own."""


def cut_pages(text: str, size: int = PAGE) -> tuple[str, ...]:
    """The text in pages: cut at form feeds, else at the last paragraph, line or space that fits. Nothing is lost but
    the space at a cut."""
    pages: list[str] = []
    for sheet in text.split("\f"):
        rest = sheet.strip("\n")
        while len(rest) > size:
            at = next((at for mark in ("\n\n", "\n", " ") if (at := rest.rfind(mark, size // 2, size)) > 0), size)
            if page := rest[:at].rstrip():
                pages.append(page)
            rest = rest[at:].lstrip("\n ")
        if rest.strip():
            pages.append(rest)
    return tuple(pages)


_CUE = re.compile(
    r"\b(?:model(?:l|s)?|type|typ|e-?nr|item|article|product|part|art)\b\.?"
    r"(?:\s{0,4}(?:no|nr|number|name|code|nummer|numbers)\b\.?)?\s{0,4}[:=]?\s{0,4}",
    re.IGNORECASE,
)
# Every part is bounded: a page is somebody else's text, and looking through it must take no longer than its length.
_NUMBER = re.compile(r"(?<![A-Za-z0-9])(?:[A-Z]{1,6} (?=\d))?[A-Z0-9]{2,20}(?:[/-][A-Z0-9]{1,12}){0,3}(?![A-Za-z0-9])")
_BETWEEN = re.compile(r"(?: [A-Z][a-z]{1,15})?\s{0,4}(?:,|;|/|\band\b|\bund\b|&)\s{0,4}")
_NO_MODEL = re.compile(
    r"(?:EN|IEC|ISO|DIN|UL|IP|RAL|USB|CR|LR|AA|AAA|PN|BS|VDE|AC|DC|NO|NR)[ -]?\d"
    r"|\d+(?:[VWALCFK]|KW|KWH|M?HZ|KG|MM|CM|DB|MIN)$"
)
_SHORTEST, _LONGEST = 3, 30
_OFTEN = 3
_MOST_MODELS = 20


def model_numbers(pages: Sequence[str]) -> tuple[str, ...]:
    """What reads like the number of a model, most often named first: what stands behind "Model" or "Type", and what is
    written like one three times or more. Standards, batteries and plugs are written like one too and are left out."""
    said: Counter[str] = Counter()
    cued: set[str] = set()
    for page in pages:
        said.update(number for found in _NUMBER.finditer(page) if (number := _model(found[0])))
        for cue in _CUE.finditer(page):
            at = cue.end()
            while found := _NUMBER.match(page, at):
                cued.update({number} if (number := _model(found[0])) else ())
                between = _BETWEEN.match(page, found.end())
                if between is None:
                    break
                at = between.end()
    ranked = sorted(said, key=lambda number: (number not in cued, -said[number], number))
    return tuple(number for number in ranked if number in cued or said[number] >= _OFTEN)[:_MOST_MODELS]


def _model(text: str) -> str:
    number = text.strip()
    digits = sum(each.isdigit() for each in number)
    fits = _SHORTEST <= len(number) <= _LONGEST and digits >= 2 and any(each.isalpha() for each in number)
    return number if fits and not _NO_MODEL.match(number) else ""
