"""What texts of a request may hold."""

import re
from typing import Final

ONE_LINE: Final = r"^[^\x00-\x1f\x7f]*$"
"""Text without control characters, for pydantic and for the OpenAPI document alike. Half characters are no text."""

_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


def is_sha256(text: str) -> bool:
    """Whether it is a SHA-256 in lower-case hexadecimal."""
    return _SHA256.fullmatch(text) is not None
