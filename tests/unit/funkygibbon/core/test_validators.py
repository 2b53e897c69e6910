"""What a text of a request may hold."""

from typing import Annotated

import pytest
from pydantic import Field, TypeAdapter, ValidationError

from goodies_mcp.funkygibbon.core.validators import ONE_LINE, is_sha256

LINE = TypeAdapter(Annotated[str, Field(pattern=ONE_LINE)])


@pytest.mark.parametrize("text", ["Ann", "Küche ✓", "🏠", "a b", "'; DROP TABLE users; --"])
def test_a_line_of_text_is_one(text):
    assert LINE.validate_python(text) == text


@pytest.mark.parametrize("text", ["a\nb", "a\n", "\x00", "a\x7f", "\ud800", "a\x1bb"])
def test_control_characters_and_half_characters_are_not(text):
    with pytest.raises(ValidationError):
        LINE.validate_python(text)


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
