"""Words of plain texts and of others are cut alike."""

from goodies_mcp.core.text import words


def test_every_sign_that_is_no_letter_or_digit_cuts_words():
    letters = "abcdefghijklmnopqrstuvwxyz"
    plain = "".join(map(chr, range(128)))
    assert words(plain) == ["0123456789", letters, letters]
    assert words(f"{plain} Küche") == ["0123456789", letters, letters, "kuche"]
