"""What a file is, by its bytes. What somebody calls it is believed only where bytes say nothing."""

import re

from goodies_mcp.errors import InvalidInput

PLAIN = "text/plain"
PDF = "application/pdf"
HTML = "text/html"
UNKNOWN = "application/octet-stream"
HEAD = 4096
"""Bytes that are looked at."""

_SIGNS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (0, b"II*\0", "image/tiff"),
    (0, b"MM\0*", "image/tiff"),
    (4, b"ftypheic", "image/heic"),
    (4, b"ftypheix", "image/heic"),
    (4, b"ftypmif1", "image/heif"),
    (4, b"ftypavif", "image/avif"),
    (0, b"BM", "image/bmp"),
    (4, b"ftyp", "video/mp4"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"PK\x05\x06", "application/zip"),
    (0, b"\x1f\x8b", "application/gzip"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (0, b"{\\rtf", "application/rtf"),
    (0, b"MZ", "application/vnd.microsoft.portable-executable"),
    (0, b"\x7fELF", "application/x-elf"),
)
_INSIDE = {
    # Formats that are an archive: the bytes say zip, and a name or a type that agrees with that is believed.
    "application/zip": re.compile(r"application/(?:vnd\.[\w.+-]+|epub\+zip|java-archive|zip)"),
    "application/x-ole-storage": re.compile(r"application/(?:msword|vnd\.ms-[\w.-]+|x-ole-storage)"),
    "application/gzip": re.compile(r"application/(?:gzip|x-gzip|x-tar\+gzip|x-compressed-tar)"),
    "video/mp4": re.compile(r"(?:video|audio)/[\w.+-]+"),
    PLAIN: re.compile(r"(?:text/[\w.+-]+|application/(?:json|xml|yaml|x-yaml|javascript|[\w.-]+\+(?:json|xml)))"),
}
_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,80}/[a-z0-9][a-z0-9.+-]{0,80}")
_HTML = re.compile(
    rb"\s*(?:<!--.{0,512}?-->\s*)?<(?:!doctype\s+html|html|head|body|title)[\s>]", re.IGNORECASE | re.DOTALL
)
_ANYWHERE_NEAR_THE_START = 1024


def type_of(head: bytes) -> str:
    """The type that the first bytes of a file say; ``application/octet-stream`` when they say nothing."""
    for at, sign, said in _SIGNS:
        if head.startswith(sign, at) and (sign != b"WEBP" or head.startswith(b"RIFF")):
            return said
    # Readers of PDF look for the sign in the first kilobyte, because some printers write other things before it.
    if b"%PDF-" in head[:_ANYWHERE_NEAR_THE_START]:
        return PDF
    if _HTML.match(head.removeprefix(b"\xef\xbb\xbf")):
        return HTML
    return PLAIN if _is_text(head) else UNKNOWN


def agreed_type(found: str, said: str | None, argument: str) -> str:
    """The type by which a file is kept: what its bytes say, or what the caller says where that can be true.

    Raises:
        InvalidInput: the caller's type is none, or is not what the bytes say.
    """
    if said is None:
        return found
    wish = said.partition(";")[0].strip().lower()
    if not _TYPE.fullmatch(wish):
        raise InvalidInput(
            f"{said[:80]!r} is no content type", argument=argument, hint="image/jpeg and application/pdf are some"
        )
    if wish in {found, UNKNOWN}:
        return found
    known = {each for _, _, each in _SIGNS} | {PDF}
    if found == UNKNOWN and wish not in known and not wish.startswith("text/"):
        return wish
    inside = _INSIDE.get(found)
    if inside is not None and inside.fullmatch(wish):
        return wish
    raise InvalidInput(
        f"it is said to be {wish}, and its bytes say {found}",
        argument=argument,
        hint="leave content_type out: the type is found from the bytes",
    )


def _is_text(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    if b"\0" in head:
        return False
    try:
        head.decode()
    except UnicodeDecodeError as wrong:
        # The head may end in the middle of a character.
        if wrong.start < len(head) - 3 or len(head) < HEAD:
            return False
    odd = sum(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in head)
    return odd * 50 <= len(head)


def decoded(data: bytes) -> str:
    """Bytes of a text file as text, whatever it was written in; what cannot be read is marked."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    return data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
