"""Where in a document something stands: the page that has most of what was asked for, and the words around it."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from goodies_mcp.core.text import fold, is_unspaced, runs
from goodies_mcp.graph.search_words import parse

_MOST_WORDS = 12
_BEFORE, _AFTER = 60, 180
_TOGETHER = 160
"""Characters within which words belong to one passage."""

_SHORTEST_STEM = 4
_ENDING = 3
_RUNS = re.compile(r"[\x00-\x7f]+|[^\x00-\x7f]")
_REST = r"[^\W_]{0,8}"


@dataclass(frozen=True, slots=True)
class Passage:
    """A page with an excerpt, in which what was asked for stands between ** and **."""

    page: int
    snippet: str


class Quest:
    """What is looked for: the words of a text, each whatever its ending."""

    def __init__(self, text: str) -> None:
        said = list(dict.fromkeys(word for sought in parse(text) for word in runs(sought.text)))[:_MOST_WORDS]
        self._phrase = fold(text).strip("\"'.?! ")
        self._stems = [_stem(word) for word in said]
        self._pattern = re.compile("|".join(map(_form, self._stems)))

    def __bool__(self) -> bool:
        return bool(self._stems)

    def pages(self, pages: Sequence[str]) -> list[int]:
        """Places of the pages that have the words, those that have most of them, or all in a row, first."""
        if not self._stems:
            return []
        # Case alone is cheap; what takes accents away is done only where nothing is found without it.
        for form in (_single_spaced, fold):
            scores = [(self._score(form(page)), at) for at, page in enumerate(pages)]
            if found := sorted((-score, at) for score, at in scores if score):
                return [at for _, at in found]
        return []

    def has_all(self, page: str) -> bool:
        """Whether all of the words stand on the page."""
        said = fold(page)
        return all(stem in said for stem in self._stems)

    def excerpt(self, text: str) -> str:
        """The place of the text where most of the words stand together, with them marked."""
        plain, places = _plain(text)
        spans = [found.span() for found in self._pattern.finditer(plain)] if self._stems else []
        spans = [(places[start], places[end - 1] + 1) for start, end in spans]
        start = max(0, self._densest(text, spans) - _BEFORE)
        end = min(len(text), start + _BEFORE + _AFTER)
        pieces, at = ["…" if start else ""], start
        for left, right in spans:
            if left >= at and right <= end:
                pieces += [text[at:left], "**", text[left:right], "**"]
                at = right
        return " ".join("".join([*pieces, text[at:end], "…" if end < len(text) else ""]).split())

    def _score(self, folded: str) -> int:
        found = sum(stem in folded for stem in self._stems)
        together = len(self._stems) > 1 and self._phrase in folded
        return found + together * len(self._stems) if found else 0

    def _densest(self, text: str, spans: Sequence[tuple[int, int]]) -> int:
        best, where = 0, 0
        for number, (start, _) in enumerate(spans):
            near = {
                text[left:right].casefold()[:_SHORTEST_STEM]
                for left, right in spans[number : number + _MOST_WORDS]
                if right <= start + _TOGETHER
            }
            if len(near) > best:
                best, where = len(near), start
        return where


def _single_spaced(page: str) -> str:
    return " ".join(page.casefold().split())


def _stem(word: str) -> str:
    if not word.isalpha() or len(word) <= _SHORTEST_STEM or is_unspaced(word):
        return word
    return word[: max(_SHORTEST_STEM, len(word) - _ENDING)]


def _form(stem: str) -> str:
    """The pattern of a word from its beginning to its end; where a script has no spaces, neither can be told."""
    if is_unspaced(stem):
        return re.escape(stem)
    return rf"(?<![^\W_]){re.escape(stem)}{_REST if len(stem) >= _SHORTEST_STEM else ''}(?![^\W_])"


def _plain(text: str) -> tuple[str, Sequence[int]]:
    """The text folded character by character, and for each character of that its place in the text."""
    if text.isascii():
        return text.lower(), range(len(text))
    folded: list[str] = []
    places: list[int] = []
    for run in _RUNS.finditer(text):
        if run[0].isascii():
            folded.append(run[0].lower())
            places += range(*run.span())
        else:
            apart = unicodedata.normalize("NFKD", run[0].casefold())
            kept = "".join(c for c in apart if not unicodedata.combining(c))
            folded.append(kept)
            places += [run.start()] * len(kept)
    return "".join(folded), places
