"""What texts of a request may hold."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, StrictStr

_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


def plain_text(text: str) -> str:
    """Text of one line, without half characters. Raises ValueError."""
    if _CONTROL.search(text):
        message = "holds a control character or half a character"
        raise ValueError(message)
    return text


def is_sha256(text: str) -> bool:
    """Whether it is a SHA-256 in lower-case hexadecimal."""
    return _SHA256.fullmatch(text) is not None


PlainText = AfterValidator(plain_text)
Sha256Text = Annotated[StrictStr, Field(pattern=r"^[0-9a-f]{64}$", min_length=64, max_length=64)]
