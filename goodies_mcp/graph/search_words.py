"""What a search text asks for: words, phrases and prefixes, with the words that mean the same kind of thing."""

import re
from dataclasses import dataclass

from goodies_mcp.core.text import is_unspaced, runs, words
from goodies_mcp.graph.kinds import singular, synonyms

_MOST_WORDS = 12
_TWO = 2
_QUOTED = re.compile(r"[\"“”„]([^\"“”„]*)[\"“”„]")
_PLAIN = re.compile(r"\S+")
_ASKING = (
    "a an the my our your in on at of for to is are was were do does did can i we you it its there here with and or "
    "which what where when who how that this these those any all me show find list get tell about have has "
    "der die das den dem ein eine im am und ist sind wo was welche mein unser"
)
_UNSAID = frozenset(_ASKING.split())
"""Words that ask rather than name; they count only when nothing else is said."""


@dataclass(frozen=True, slots=True)
class Sought:
    """One thing that must be there: a word, a phrase (several words) or, with ``prefix``, the beginning of a word."""

    text: str
    prefix: bool = False

    @property
    def is_phrase(self) -> bool:
        """Whether it is several words that must stand together."""
        return " " in self.text

    @property
    def written(self) -> str:
        """The text itself, as one alternative of a ``storage.interface.TextQuery``."""
        return f"{self.text}*" if self.prefix else self.text

    def alternatives(self) -> tuple[str, ...]:
        """As ``storage.interface.TextQuery`` wants a group: the text itself first, then what means the same."""
        if self.prefix or self.is_phrase:
            return (self.written,)
        return tuple(dict.fromkeys((self.text, singular(self.text), *synonyms(self.text))))


def parts(text: str) -> list[str]:
    """What of a text may mean something by itself: each two characters where there are no spaces, else all of it."""
    if len(text) < _TWO + 1 or not is_unspaced(text):
        return [text]
    return [text[at : at + _TWO] for at in range(len(text) - 1)]


def parse(query: str) -> tuple[Sought, ...]:
    """What the text asks for, at most twelve things; empty when it holds no word. Never raises.

    Quotes make a phrase, ``*`` at the end of a word asks for a prefix, all else has no meaning. Words that only ask
    ("where is the") are left out as long as others remain.
    """
    found: list[Sought] = []
    for quoted in _QUOTED.findall(query):
        found += [Sought(phrase)] if (phrase := " ".join(words(quoted))) else []
    for token in _PLAIN.findall(_QUOTED.sub(" ", query)):
        said = runs(token)
        found += [Sought(word) for word in said[:-1]]
        found += [Sought(said[-1], prefix=token.endswith("*") and len(said[-1]) > 1)] if said else []
    found = list(dict.fromkeys(found))
    telling = [each for each in found if each.prefix or each.text not in _UNSAID]
    return tuple((telling or found)[:_MOST_WORDS])
