"""Documents for tests, written by hand: PDFs that say what they should, and files that mean harm."""

import struct
import zlib
from collections.abc import Mapping, Sequence
from io import BytesIO

from PIL import Image


def a_pdf(pages: Sequence[str], sections: Mapping[str, int] | None = None) -> bytes:
    """A PDF whose pages say these texts, line by line, with a table of contents; pages count from 1."""
    first = 5
    kids = [first + 2 * number for number in range(len(pages))]
    outline = first + 2 * len(pages)
    objects: dict[int, bytes] = {
        1: b"<< /Type /Catalog /Pages 2 0 R /Outlines %d 0 R >>" % outline,
        2: b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b" ".join(b"%d 0 R" % kid for kid in kids), len(kids)),
        3: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    }
    for number, text in zip(kids, pages, strict=True):
        objects[number] = (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % (number + 1)
        )
        objects[number + 1] = stream(_drawn(text))
    titles = list((sections or {}).items())
    objects[outline] = b"<< /Type /Outlines"
    if titles:
        objects[outline] += b" /First %d 0 R /Last %d 0 R" % (outline + 1, outline + len(titles))
    objects[outline] += b" /Count %d >>" % len(titles)
    for at, (title, page) in enumerate(titles, outline + 1):
        following = b"/Next %d 0 R " % (at + 1) if at < outline + len(titles) else b""
        objects[at] = b"<< /Title (%s) /Parent %d 0 R %s/Dest [%d 0 R /Fit] >>" % (
            _escaped(title), outline, following, kids[page - 1]
        )  # fmt: skip
    return assembled(objects)


def stream(data: bytes, entries: bytes = b"/Filter /FlateDecode", *, packed: bytes | None = None) -> bytes:
    """A stream object, packed unless it is packed already."""
    body = zlib.compress(data) if packed is None else packed
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(body), entries, body)


def assembled(objects: Mapping[int, bytes], trailer: bytes = b"") -> bytes:
    """A PDF of these objects, the first of which is its catalogue."""
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    places = {}
    for number, body in sorted(objects.items()):
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start, size = len(out), max(objects) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n" % size
    for number in range(1, size):
        out += b"%010d 00000 n \n" % places[number] if number in places else b"0000000000 65535 f \n"
    out += b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (size, trailer, start)
    return bytes(out)


def one_page(contents: bytes) -> bytes:
    """A PDF with one page whose content is this object."""
    return assembled(
        {
            1: b"<< /Type /Catalog /Pages 2 0 R >>",
            2: b"<< /Type /Pages /Kids [4 0 R] /Count 1 >>",
            3: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
            4: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 5 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>",
            5: contents,
        }
    )


def a_png(width: int, height: int, data: bytes = b"\0" * 1_000) -> bytes:
    """A PNG that says that it is so large, with as much of it as ``data``."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


def a_photo(width: int = 400, height: int = 300, kind: str = "JPEG", **options) -> bytes:
    """A picture with something in it."""
    out = BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(out, kind, **options)
    return out.getvalue()


def _drawn(text: str) -> bytes:
    lines = b" T* ".join(b"(%s) Tj" % _escaped(line) for line in text.split("\n"))
    return b"BT /F1 11 Tf 14 TL 50 790 Td %s ET" % lines


def _escaped(text: str) -> bytes:
    return text.encode("cp1252", "replace").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
