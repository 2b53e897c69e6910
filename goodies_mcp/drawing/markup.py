"""Text of strangers in XML and HTML: seen as it was written, never read as markup."""

import re

from goodies_mcp.core.text import visible

# What XML cannot carry in any form: lone surrogates and the two noncharacters. The other controls are gone before.
_IMPOSSIBLE = re.compile("[\ud800-\udfff\ufffe\uffff]")
_MARKS = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"}
_TABLE = str.maketrans(_MARKS)


def plain(text: str) -> str:
    """The text on one line, without anything that cannot be seen."""
    return " ".join(_IMPOSSIBLE.sub("\ufffd", visible(text)).split())


def lines(text: str) -> str:
    """The text with its line ends, without anything else that cannot be seen."""
    return _IMPOSSIBLE.sub("\ufffd", visible(text.replace("\r\n", "\n").replace("\r", "\n"))).strip()


def escaped(text: str) -> str:
    """As it stands between tags or in a quoted attribute, in SVG and in HTML alike."""
    return text.translate(_TABLE)


def said(text: str) -> str:
    """A text of strangers, on one line and escaped."""
    return escaped(plain(text))
