def test_every_plain_sign_that_is_no_letter_or_digit_cuts_words():
    letters = "abcdefghijklmnopqrstuvwxyz"
    assert words("".join(map(chr, range(128)))) == ["0123456789", letters, letters]
