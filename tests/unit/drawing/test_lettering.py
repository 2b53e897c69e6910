import unicodedata

import pytest

from goodies_mcp.drawing.lettering import ELLIPSIS, fitted, width, wrapped

PLAIN = "The quick brown fox jumps over the lazy dog"


def test_what_fits_stays_whole_and_what_does_not_ends_with_an_ellipsis_within_the_room():
    assert fitted(PLAIN, 1000, 12) == PLAIN
    for room in range(0, 300, 7):
        said = fitted(PLAIN, room, 12)
        assert said == PLAIN or said.endswith(ELLIPSIS) or room < 12
        assert width(said, 12) <= max(room, 0) + 1


def test_lines_break_between_words_and_within_one_that_is_too_long():
    lines = wrapped(PLAIN, 120, 12, 9)
    assert " ".join(lines) == PLAIN
    assert all(width(line, 12) <= 120 for line in lines)
    broken = wrapped("w" * 40, 120, 12, 9)
    assert "".join(broken) == "w" * 40
    assert len(broken) > 1
    assert wrapped(PLAIN, 120, 12, 2)[-1].endswith(ELLIPSIS)
    assert wrapped("", 120, 12, 2) == []


def test_bold_letters_are_wider():
    assert width(PLAIN, 12, bold=True) > width(PLAIN, 12)


@pytest.mark.parametrize("text", ["e\u0301" * 20, "ک" * 5 + "\u064b" * 5, "❤\ufe0f" * 9])
def test_a_mark_is_never_cut_from_its_letter(text):
    for room in range(10, 120):
        said = fitted(text, room, 12)
        rest = text[len(said.removesuffix(ELLIPSIS)) :] if said.endswith(ELLIPSIS) else ""
        assert not rest or not unicodedata.category(rest[0]).startswith("M")
