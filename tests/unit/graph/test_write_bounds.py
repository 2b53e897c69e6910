"""What may be written."""

import pytest

from goodies_mcp.errors import InvalidInput, TooLarge
from goodies_mcp.graph.bounds import checked_name, checked_object, checked_text, checked_texts, title_of


@pytest.mark.parametrize("name", ["Kitchen", "Küche 🍳", "a\u200bb", "\u202eabc", "厨房", "x" * 1_000])
def test_a_name_is_kept_as_written_without_the_space_around_it(name):
    assert checked_name(f" {name}\t", "name") == name


@pytest.mark.parametrize("name", ["", "\u200b", "a\rb", "a\x7fb", "a\x85b", "a\u2029b", None, 5])
def test_a_name_that_is_none_is_refused_by_its_argument(name):
    with pytest.raises(InvalidInput) as caught:
        checked_name(name, "title")
    assert caught.value.argument == "title"


def test_the_control_character_is_named_with_its_place():
    with pytest.raises(InvalidInput, match=r"U\+0007 at 2"):
        checked_name("ab\x07")


def test_a_text_may_have_lines_and_keeps_all_of_them():
    text = "\n one\r\n\ttwo \x00 \n"
    assert checked_text(text, "text") is text


def test_of_a_list_the_wrong_text_is_named():
    with pytest.raises(InvalidInput) as caught:
        checked_texts(["a", ""], "steps")
    assert caught.value.argument == "steps[1]"
    with pytest.raises(InvalidInput):
        checked_texts("abc", "steps")


def test_an_object_has_levels_and_a_size():
    assert checked_object(None, "content") == {}
    exact = {"x": "y" * (1_048_576 - 8)}
    assert checked_object(exact, "content") is exact
    with pytest.raises(TooLarge):
        checked_object({"x": exact["x"] + "y"}, "content")


@pytest.mark.parametrize("text", ["short", "two\nlines", "   \n\n late", "w " * 100, "x" * 500, "é" * 81])
def test_a_title_is_a_name_of_at_most_80_characters_from_the_text(text):
    title = title_of(text)
    assert checked_name(title) == title
    assert len(title) <= 80
    assert title.removesuffix("…") in " ".join(text.split())
