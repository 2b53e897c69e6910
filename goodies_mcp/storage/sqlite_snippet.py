"""The excerpt of a match that people see: the words that matched, marked, in the text as somebody wrote it.

An index knows what matched, but asking it again for each hit costs more than the search. Words are therefore looked
for in the text, in the forms that its stemming (Porter, English) makes equal; the index is asked only when none is
there. They are looked for by their beginnings: to compile a pattern for each question takes longer than to mark all
that it shows.
"""

import re
from collections.abc import Iterator

from goodies_mcp.core.text import pieces, words
from goodies_mcp.storage.interface import TextQuery

_AROUND = 80
"""Characters before and after the first marked word."""

_LONG = 4_000
"""Characters from which folding every word takes longer than everything else."""

_TOKEN = re.compile(r"[^\W_]+")
_SUFFIXES = "ational ation ations ingly edly ing ings ness ment ments er ers ies ied ion ly ed es e y s i"
_ENDING = re.compile(f"(?:{_SUFFIXES.replace(' ', '|')})$")
_ENDINGS = frozenset(("", *_SUFFIXES.split()))
_SHORTEST_STEM = 3


class Marker:
    """Marks the words of one query in texts."""

    def __init__(self, query: TextQuery) -> None:
        exact: list[str] = []
        prefixes: list[str] = []
        for alternative in (each for group in query.groups for each in group):
            found = words(alternative)
            if found and _is_prefix(alternative):
                prefixes.append(found.pop())
            exact += found
        self._taken = dict.fromkeys(exact, True)
        self._prefixes = tuple(prefixes)
        self._stems = {stem for stem in map(_stem, exact) if stem}
        self._beginnings = {*self._stems, *prefixes, *(word for word in exact if not _stem(word))}

    def excerpt(self, text: str) -> str:
        """The text around the first word that matched, each of them between U+0002 and U+0003; plain without any."""
        spans = self._plain_spans(text.lower()) if text.isascii() else list(self._folded_spans(text))
        first = spans[0][0] if spans else 0
        start, end = max(0, first - _AROUND), first + _AROUND
        pieces, at = ["…" if start else ""], start
        for left, right in spans:
            if left >= start and right <= end:
                pieces += [text[at:left], "\x02", text[left:right], "\x03"]
                at = right
        return "".join([*pieces, text[at:end], "…" if end < len(text) else ""])

    def _plain_spans(self, lowered: str) -> list[tuple[int, int]]:
        """Places of the words that match as they are written, as far as an excerpt around the first of them goes."""
        found = set()
        last = len(lowered)
        for beginning in self._beginnings:
            at = lowered.find(beginning, 0, last)
            while at >= 0:
                end = _TOKEN.match(lowered, at).end()  # type: ignore[union-attr] # it begins with a letter or digit
                if not (at and lowered[at - 1].isalnum()) and self._takes(lowered[at:end]):
                    found.add((at, end))
                    last = min(last, at + _AROUND)
                at = lowered.find(beginning, end, last)
        return sorted(found)

    def _folded_spans(self, text: str) -> Iterator[tuple[int, int]]:
        """The same where folding moves letters: each word is folded where it stands."""
        first = len(text)
        for token in _TOKEN.finditer(text, self._first_plain(text)):
            if token.start() > first + _AROUND:
                return
            for start, end in self._places(token[0]):
                first = min(first, token.start() + start)
                yield token.start() + start, token.start() + end

    def _places(self, run: str) -> Iterator[tuple[int, int]]:
        """Where in a run of letters words match, those side by side as one."""
        at, begun = 0, -1
        for piece in pieces(run):
            if not self._takes(piece):
                if begun >= 0:
                    yield begun, at
                begun = -1
            elif begun < 0:
                begun = at
            at += len(piece)
        if begun >= 0:
            yield begun, at

    def _first_plain(self, text: str) -> int:
        """Where to begin folding words: in a long text short before the first match that needs no folding, if any."""
        if len(text) < _LONG:
            return 0
        lowered = text.lower()
        found = self._plain_spans(lowered) if len(lowered) == len(text) else []
        return max(0, text.rfind(" ", 0, max(0, found[0][0] - _AROUND))) if found else 0

    def _takes(self, word: str) -> bool:
        """Whether a word matches, as it is written. A home says the same words over and over."""
        taken = self._taken.get(word)
        if taken is None:
            taken = self._taken[word] = any(self._takes_folded(each) for each in words(word))
        return taken

    def _takes_folded(self, word: str) -> bool:
        if self._taken.get(word) or word.startswith(self._prefixes):
            return True
        return any(_is_form(word, stem) for stem in self._stems if word.startswith(stem))


def marked(excerpt: str) -> bool:
    """Whether anything is marked in an excerpt."""
    return "\x02" in excerpt


def marked_words(excerpt: str) -> TextQuery:
    """A query for the words that are marked in an excerpt."""
    return TextQuery(tuple((word,) for word in re.findall("\x02([^\x03]*)\x03", excerpt)))


def spaced(alternative: str) -> str:
    """What a folded name between two spaces holds in which an alternative stands, as far as can be told without its
    index: signs about its words hide them. Nothing for an alternative without words."""
    found = words(alternative)
    if not found:
        return ""
    if _is_prefix(alternative):
        return " " + " ".join(found)
    stem = _stem(found[-1])
    return " " + " ".join([*found[:-1], stem or f"{found[-1]} "])


def _is_prefix(alternative: str) -> bool:
    return alternative.rstrip().endswith("*")


def _stem(word: str) -> str:
    """How all forms of a folded word begin; empty where it is not known to have others."""
    stem = _ENDING.sub("", word)
    if not (word.isascii() and word.isalpha() and len(stem) >= _SHORTEST_STEM):
        return ""
    # "running" and "runs": a doubled letter may be single, and the other way round.
    return stem[:-1] if stem[-1] == stem[-2] and len(stem) > _SHORTEST_STEM else stem


def _is_form(word: str, stem: str) -> bool:
    """Whether a folded word that begins with a stem is one of its forms."""
    rest = word[len(stem) :]
    return rest in _ENDINGS or (rest[0] == stem[-1] and rest[1:] in _ENDINGS)
