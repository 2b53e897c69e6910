"""The excerpt of a match that people see: the words that matched, marked, in the text as somebody wrote it.

An index knows what matched, but asking it again for each hit costs more than the search. Words are therefore looked
for in the text, in the forms that its stemming (Porter, English) makes equal; the index is asked only when none is
there.
"""

import re
from collections.abc import Iterator

from goodies_mcp.core.text import fold, words
from goodies_mcp.storage.interface import TextQuery

_AROUND = 80
"""Characters before and after the first marked word."""

_LONG = 4_000
"""Characters from which folding every word takes longer than everything else."""

_TOKEN = re.compile(r"[^\W_]+")
_ENDINGS = "ational|ations?|ingly|edly|ings?|ness|ments?|ers?|ies|ied|ion|ly|ed|es|e|y|s|i"
_ENDING = re.compile(f"(?:{_ENDINGS})$")
_SHORTEST_STEM = 3


class Marker:
    """Marks the words of one query in texts."""

    def __init__(self, query: TextQuery) -> None:
        forms = {form for group in query.groups for alternative in group for form in _forms(alternative)}
        # A look behind the first letter, not before it: the search then skips to where one of the letters is.
        begun = [f"{form[0]}(?<![^\\W_]{form[0]}){form[1:]}" for form in sorted(forms, key=len, reverse=True)]
        self._pattern = re.compile(rf"(?:{'|'.join(begun)})(?![^\W_])")

    def finds(self, folded: str) -> bool:
        """Whether any of the words is in a text that is folded already."""
        return self._pattern.search(folded) is not None

    def excerpt(self, text: str) -> str:
        """The text around the first word that matched, each of them between U+0002 and U+0003; plain without any."""
        spans = list(self._spans(text))
        first = spans[0][0] if spans else 0
        start, end = max(0, first - _AROUND), first + _AROUND
        pieces, at = ["…" if start else ""], start
        for left, right in spans:
            if left >= start and right <= end:
                pieces += [text[at:left], "\x02", text[left:right], "\x03"]
                at = right
        return "".join([*pieces, text[at:end], "…" if end < len(text) else ""])

    def _spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Places of the words that match, as far as an excerpt around the first of them goes."""
        first = len(text)
        if text.isascii():
            for found in self._pattern.finditer(text.lower()):
                first = min(first, found.start())
                if found.start() > first + _AROUND:
                    return
                yield found.span()
            return
        # Folding moves letters: each word is folded where it stands.
        for token in _TOKEN.finditer(text, self._beginning(text)):
            if token.start() > first + _AROUND:
                return
            if self._pattern.search(fold(token[0])):
                first = min(first, token.start())
                yield token.span()

    def _beginning(self, text: str) -> int:
        """Where to begin folding words: in a long text short before the first match that needs no folding, if any."""
        if len(text) < _LONG:
            return 0
        lowered = text.lower()
        found = self._pattern.search(lowered) if len(lowered) == len(text) else None
        return 0 if found is None else max(0, text.rfind(" ", 0, max(0, found.start() - _AROUND)))


def marked(excerpt: str) -> bool:
    """Whether anything is marked in an excerpt."""
    return "\x02" in excerpt


def marked_words(excerpt: str) -> TextQuery:
    """A query for the words that are marked in an excerpt."""
    return TextQuery(tuple((word,) for word in re.findall("\x02([^\x03]*)\x03", excerpt)))


def _forms(alternative: str) -> Iterator[str]:
    """Patterns of the words of one alternative."""
    found = words(alternative)
    for number, word in enumerate(found, 1):
        if number == len(found) and alternative.rstrip().endswith("*"):
            yield re.escape(word) + r"[^\W_]*"
            continue
        stem = _ENDING.sub("", word)
        if word.isascii() and word.isalpha() and len(stem) >= _SHORTEST_STEM:
            # "running" and "runs": a doubled letter may be single, and the other way round.
            base = stem[:-1] if stem[-1] == stem[-2] and len(stem) > _SHORTEST_STEM else stem
            yield f"{base}{base[-1]}?(?:{_ENDINGS})?"
        yield re.escape(word)
