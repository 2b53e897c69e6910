"""What of an entity's content is for its people alone: what is marked so, and what is a secret by its name.

Content marks it with ``private``: ``true`` for all of the entity's content, or an object with the members that are.
Members called like a password, code or PIN are private wherever they stand: leaving out too much harms nobody.
"""

from collections.abc import Mapping, Sequence

from goodies_mcp.core.models import JsonObject, JsonValue
from goodies_mcp.core.text import words

PRIVATE = "private"

_SECRET = frozenset(
    {
        *("code", "codes", "combination", "credentials", "passcode", "passphrase", "password", "passwords", "passwort"),
        *("pin", "pincode", "pins", "psk", "secret", "secrets", "token"),
    }
)


def is_private(content: JsonObject) -> bool:
    """Whether all of this content is private."""
    return content.get(PRIVATE) is True


def without_private(content: JsonObject) -> dict[str, JsonValue]:
    """The content that may be shown to everybody; empty where all of it is private."""
    if is_private(content):
        return {}
    return {key: _shown(value) for key, value in content.items() if not _is_secret(key)}


def _is_secret(key: str) -> bool:
    return key == PRIVATE or not _SECRET.isdisjoint(words(key))


def _shown(value: JsonValue) -> JsonValue:
    if isinstance(value, Mapping):
        return without_private(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_shown(each) for each in value]
    return value
