"""Passwords are kept as argon2id and compared without telling more than right or wrong."""

import pytest

from goodies_mcp.errors import InvalidInput, TooLarge
from goodies_mcp.funkygibbon.auth.passwords import LONGEST, NOBODY, hashed, is_right

SECRET = "correct horse ✓"


def test_a_password_is_right_and_any_other_is_not():
    kept = hashed(SECRET)
    assert kept.startswith("$argon2id$")
    assert SECRET not in kept
    assert is_right(kept, SECRET)
    assert not is_right(kept, SECRET + " ")
    assert hashed(SECRET) != kept, "salted"


@pytest.mark.parametrize("given", ["", "\ud800" * 8, "x" * (LONGEST + 1), "nobody"])
def test_an_odd_password_is_only_wrong(given):
    assert not is_right(NOBODY, given)


@pytest.mark.parametrize("kept", ["", "plain text", "$argon2id$broken"])
def test_a_broken_hash_opens_nothing(kept):
    assert not is_right(kept, SECRET)


@pytest.mark.parametrize(
    ("password", "error"), [("1234567", InvalidInput), ("x" * (LONGEST + 1), TooLarge), ("\ud800" * 9, InvalidInput)]
)
def test_a_bad_password_is_refused(password, error):
    with pytest.raises(error, match="password"):
        hashed(password)
