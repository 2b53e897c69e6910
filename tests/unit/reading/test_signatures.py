import zipfile
from io import BytesIO

import pytest

from goodies_mcp.errors import InvalidInput
from goodies_mcp.reading.signatures import HEAD, agreed_type, decoded, type_of
from tests.support.papers import a_pdf, a_photo


def a_zip():
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (a_pdf(["x"]), "application/pdf"),
        (b"\r\n printer job \r\n%PDF-1.4", "application/pdf"),
        (a_photo(), "image/jpeg"),
        (a_photo(kind="PNG"), "image/png"),
        (a_photo(kind="GIF"), "image/gif"),
        (a_photo(kind="WEBP"), "image/webp"),
        (a_photo(kind="TIFF"), "image/tiff"),
        (a_photo(kind="BMP"), "image/bmp"),
        (b"RIFF\0\0\0\0WAVEfmt ", "application/octet-stream"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "image/heic"),
        (a_zip(), "application/zip"),
        (b"\x1f\x8b\x08", "application/gzip"),
        (b"<!DOCTYPE html><html>", "text/html"),
        (b"\xef\xbb\xbf\n <!-- a page -->\n<HTML lang=en>", "text/html"),
        (b"<script>alert(1)</script>", "text/plain"),
        ("Grüße, 日本".encode(), "text/plain"),
        ("Grüße".encode("utf-16"), "text/plain"),
        (("a" + "é" * HEAD).encode()[:HEAD], "text/plain"),
        ("Grüße".encode("latin-1"), "application/octet-stream"),
        (b"text\0with a NUL", "application/octet-stream"),
        (bytes(range(1, 32)) * 4, "application/octet-stream"),
        (b'{"a": 1}', "text/plain"),
    ],
)
def test_bytes_say_what_they_are(data, said):
    assert type_of(data[:HEAD]) == said


@pytest.mark.parametrize(
    ("found", "said", "kept"),
    [
        ("image/png", None, "image/png"),
        ("image/png", "image/PNG; charset=x", "image/png"),
        ("image/png", "application/octet-stream", "image/png"),
        ("application/zip", "application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.text"),
        ("text/plain", "text/csv", "text/csv"),
        ("text/plain", "application/json", "application/json"),
        ("application/octet-stream", "model/stl", "model/stl"),
        ("video/mp4", "audio/mp4", "audio/mp4"),
    ],
)  # fmt: skip
def test_what_can_be_true_is_believed(found, said, kept):
    assert agreed_type(found, said, "content_type") == kept


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ("application/pdf", "image/png"),
        ("image/jpeg", "image/png"),
        ("text/plain", "image/png"),
        ("text/plain", "application/pdf"),
        ("application/octet-stream", "image/png"),
        ("application/octet-stream", "application/pdf"),
        ("application/octet-stream", "text/html"),
        ("application/zip", "image/png"),
        ("image/png", "no type"),
        ("image/png", "image/png\r\nX: y"),
        ("image/png", ""),
    ],
)
def test_what_cannot_be_true_is_refused(found, said):
    with pytest.raises(InvalidInput) as refused:
        agreed_type(found, said, "content_type")
    assert refused.value.argument == "content_type"


def test_text_is_read_in_what_it_was_written_in():
    for coding in ("utf-8", "utf-8-sig", "utf-16"):
        assert decoded("Grüße".encode(coding)) == "Grüße"
    assert decoded(b"a\xffb") == "a\ufffdb"
