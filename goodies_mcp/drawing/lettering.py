"""How wide a text will be and where to break it, without a font at hand: measured for a wide one, so that it fits in
any other."""

import unicodedata

# Thousandths of the letter size for the characters from space to tilde, of a bold face wider than most.
_ASCII = (
    348, 456, 521, 837, 695, 1001, 872, 306, 457, 457, 522, 837, 379, 415, 379, 365, 695, 695, 695, 695, 695, 695, 695,
    695, 695, 695, 399, 399, 837, 837, 837, 580, 1000, 773, 762, 733, 830, 683, 683, 820, 836, 372, 372, 774, 637, 995,
    836, 850, 732, 850, 770, 720, 682, 812, 773, 1103, 771, 724, 725, 457, 365, 457, 837, 500, 500, 674, 715, 592, 715,
    678, 435, 715, 711, 342, 342, 665, 342, 1042, 711, 687, 715, 715, 493, 595, 478, 711, 651, 923, 645, 651, 582, 711,
    365, 711, 837,
)  # fmt: skip
_OTHER, _WIDE = 860, 1400
_REGULAR = 0.93
"""How much narrower letters of ordinary weight are."""

ELLIPSIS = "…"
_ELLIPSIS_WIDTH = 1.0
_JOINED = frozenset({"Mn", "Me", "Mc", "Sk"})


def width(text: str, size: float, *, bold: bool = False) -> float:
    """No text of this size is wider, whatever font shows it."""
    return sum(map(_advance, text)) * size / 1000 * (1 if bold else _REGULAR)


def fitted(text: str, room: float, size: float, *, bold: bool = False) -> str:
    """As much of the text as fits, with an ellipsis where something is missing; empty where not even that fits."""
    if width(text, size, bold=bold) <= room:
        return text
    left = room - size * _ELLIPSIS_WIDTH
    if left < 0:
        return ""
    return text[: _fitting(text, left, size, bold=bold)].rstrip() + ELLIPSIS


def wrapped(text: str, room: float, size: float, most: int, *, bold: bool = False) -> list[str]:
    """The text in up to ``most`` lines, broken between words, or within one that is too long for a line."""
    lines: list[str] = []
    rest = text
    while rest and len(lines) + 1 < most and width(rest, size, bold=bold) > room:
        end = _fitting(rest, room, size, bold=bold)
        if end == 0:
            break
        space = rest.rfind(" ", 1, end + 1)
        end = space if space > 0 else end
        lines.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    last = fitted(rest, room, size, bold=bold)
    return [*lines, last] if last else lines


def _fitting(text: str, room: float, size: float, *, bold: bool) -> int:
    """How many characters fit: never one without the marks that belong to it."""
    left = room * 1000 / size / (1 if bold else _REGULAR)
    end = 0
    for place, character in enumerate(text):
        left -= _advance(character)
        if left < 0:
            break
        end = place + 1
    while 0 < end < len(text) and unicodedata.category(text[end]) in _JOINED:
        end -= 1
    return end


def _advance(character: str) -> int:
    code = ord(character)
    if 32 <= code < 127:
        return _ASCII[code - 32]
    if unicodedata.combining(character):
        return 0
    # Some ligatures and signs outside of the basic plane are wider than any letter.
    if unicodedata.east_asian_width(character) in "WF" or code > 0xFFFF or 0xFB50 <= code <= 0xFDFF:
        return _WIDE
    return _OTHER if code < 0x2000 else 1100
