"""How text is compared: names are found whatever their case, accents and spacing; words are what search indexes."""

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+")
_GAPS = {letter: " " for letter in range(128) if not chr(letter).isalnum()}
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)


def fold(text: str) -> str:
    """The form in which names are compared: compatibility-normalised, case-folded, without accents, single-spaced."""
    if text.isascii():
        return " ".join(text.lower().split())
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in decomposed if not unicodedata.combining(c)).split())


def words(text: str) -> list[str]:
    """The folded words of a text in order, cut where letters and digits end."""
    # A plain text is cut by a table: most texts are plain, and each that is written is cut.
    return text.lower().translate(_GAPS).split() if text.isascii() else _WORD.findall(fold(text))


def visible(text: str) -> str:
    """The text without control, bidirectional and zero-width characters (tab and line feed stay): what leaves the
    house for a model to read (SECURITY: local server)."""
    return _UNSEEN.sub("", text)
