"""Extracted text as somebody would have typed it, so that its words are found."""

import re

_LIGATURES = str.maketrans(
    {"\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl", "\ufb05": "st", "\ufb06": "st"}
)
_HYPHENED = re.compile(r"(?<=[a-zß-ÿ])[-\u00ad\u2010]\n(?=[a-zß-ÿ])")
_TRAILING = re.compile(r"[ \t\xa0]+(?=\n|$)")
_EMPTY = re.compile(r"\n{3,}")
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def tidied(text: str) -> str:
    """Ligatures taken apart, words put together that a line end cut, and nothing that no text can hold."""
    plain = text.encode("utf-8", "replace").decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    plain = _UNSEEN.sub("", plain.translate(_LIGATURES))
    return _EMPTY.sub("\n\n", _TRAILING.sub("", _HYPHENED.sub("", plain))).strip()
