"""What a text of a request may hold."""

import pytest

from goodies_mcp.funkygibbon.core.validators import is_sha256, plain_text


@pytest.mark.parametrize("text", ["Ann", "Küche ✓", "🏠", "a b", "'; DROP TABLE users; --"])
def test_a_line_of_text_is_plain(text):
    assert plain_text(text) == text


@pytest.mark.parametrize("text", ["a\nb", "\x00", "a\x7f", "\ud800", "a\x1bb"])
def test_control_characters_and_half_characters_are_not(text):
    with pytest.raises(ValueError, match="control character"):
        plain_text(text)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("ab" * 32, True),
        ("AB" * 32, False),
        ("ab" * 31, False),
        ("ab" * 32 + "\n", False),
        ("٠" * 64, False),
        ("", False),
    ],
)
def test_a_hash_is_64_lower_case_digits(text, right):
    assert is_sha256(text) is right
