"""Passwords, kept as argon2id hashes."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from goodies_mcp.errors import InvalidInput, TooLarge

SHORTEST = 8
LONGEST = 1024

_HASHER = PasswordHasher()  # argon2id with the library's defaults (RFC 9106, low memory)


def hashed(password: str) -> str:
    """What is kept of a password.

    Raises:
        InvalidInput: it is too short, or no text.
        TooLarge: it is longer than anybody types.
    """
    if len(password) < SHORTEST:
        raise InvalidInput(f"a password has at least {SHORTEST} characters", argument="password")
    if len(password) > LONGEST:
        raise TooLarge(f"a password has at most {LONGEST} characters", argument="password")
    try:
        return _HASHER.hash(password)
    except UnicodeEncodeError as error:
        raise InvalidInput("the password is no Unicode text", argument="password") from error


# Of no password: a login for somebody unknown must take as long as one with a wrong password.
NOBODY = _HASHER.hash("nobody has this password")


def is_right(password_hash: str, password: str) -> bool:
    """Whether this is the password that was hashed. Takes some 50 ms of a processor, on purpose."""
    if len(password) > LONGEST:
        return False
    try:
        return _HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError, UnicodeEncodeError):
        return False
