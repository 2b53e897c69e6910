"""Words of plain texts and of others are cut alike."""

import pytest

from goodies_mcp.core.text import fold, runs, visible, words


def test_every_sign_that_is_no_letter_or_digit_cuts_words():
    letters = "abcdefghijklmnopqrstuvwxyz"
    plain = "".join(map(chr, range(128)))
    assert words(plain) == ["0123456789", letters, letters]
    assert words(f"{plain} Küche") == ["0123456789", letters, letters, "kuche"]


def test_where_a_script_has_no_spaces_each_character_is_a_word():
    assert words("智能灯 LED灯 2") == ["智", "能", "灯", "led", "灯", "2"]
    assert runs("智能灯 LED灯 2") == ["智能灯", "led灯", "2"]
    assert words("거실 조명") == runs("거실 조명")


@pytest.mark.parametrize("name", ["می\u200cخواهم", "👩\u200d💻 Büro", "Küche\u202e", "Ca\u00adfé"])
def test_a_name_as_it_is_handed_out_is_the_name(name):
    assert visible(name) != name
    assert fold(visible(name)) == fold(name)
