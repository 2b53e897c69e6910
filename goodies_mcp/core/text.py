"""How text is compared: names are found whatever their case, accents and spacing; words are what search indexes."""

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+")
_GAPS = {letter: " " for letter in range(128) if not chr(letter).isalnum()}
_WIDTHLESS = (
    "\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"
)
_WITHOUT_WIDTH = re.compile(f"[{_WIDTHLESS}]")
_UNSEEN = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029{_WIDTHLESS}]")
_UNSPACED = re.compile(
    "([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff])"
)
"""Characters of Thai, Lao, Burmese, Khmer, Japanese and Chinese, which put no spaces between words."""


def fold(text: str) -> str:
    """The form in which names are compared: compatibility-normalised, case-folded, without accents and characters of
    no width, single-spaced."""
    if text.isascii():
        return " ".join(text.lower().split())
    # What is handed out lacks them (:func:`visible`), and comes back as a name.
    decomposed = unicodedata.normalize("NFKD", _WITHOUT_WIDTH.sub("", text.casefold()))
    return " ".join("".join(c for c in decomposed if not unicodedata.combining(c)).split())


def words(text: str) -> list[str]:
    """The folded words of a text in order, cut where letters and digits end. In a script without spaces between words
    each character counts as one."""
    # A plain text is cut by a table: most texts are plain, and each that is written is cut.
    return text.lower().translate(_GAPS).split() if text.isascii() else _WORD.findall(apart(fold(text)))


def runs(text: str) -> list[str]:
    """As :func:`words`, but what is written together stays together in every script."""
    return words(text) if text.isascii() else _WORD.findall(fold(text))


def apart(text: str) -> str:
    """The text with spaces around each character of a script that puts none between words."""
    return _UNSPACED.sub(r" \1 ", text)


def pieces(run: str) -> list[str]:
    """A run cut into what :func:`words` makes of it, as it is written."""
    return [run] if run.isascii() else [piece for piece in _UNSPACED.split(run) if piece]


def is_unspaced(run: str) -> bool:
    """Whether a run holds characters of such a script."""
    return _UNSPACED.search(run) is not None


def visible(text: str) -> str:
    """The text without control, bidirectional and zero-width characters (tab and line feed stay): what leaves the
    house for a model to read (SECURITY: local server)."""
    return _UNSEEN.sub("", text)
