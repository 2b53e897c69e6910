"""A document from where it lies to what could be kept, through the child process that people run."""

import base64
import subprocess
import sys
import zipfile
import zlib
from contextlib import suppress
from dataclasses import replace
from io import BytesIO

import pytest

from goodies_mcp.core.intake import Source
from goodies_mcp.errors import InvalidInput, TooLarge, Unavailable
from goodies_mcp.reading import process
from goodies_mcp.reading.endings import Ending
from goodies_mcp.reading.fetching import Fetcher
from goodies_mcp.reading.files import FileGuard
from goodies_mcp.reading.process import Limits
from goodies_mcp.reading.reader import Reader
from tests.support.build import a_file
from tests.support.papers import a_pdf, a_photo, a_png, assembled, one_page, stream
from tests.support.web import sending, web

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="memory is limited on Linux alone")
LOOP = b"BT /F1 9 Tf " + b"(a) Tj 1 0 0 1 0 0 Tm " * 3_000_000 + b"ET"


@pytest.fixture
def inbox(tmp_path):
    (tmp_path / "inbox").mkdir()
    return tmp_path / "inbox"


def taken(inbox, data, wanted="file", name="paper", limits=None, content_type=None, fetcher=None):
    if data is not None:
        (inbox / name).write_bytes(data)
    reader = Reader(FileGuard(inbox, most=1 << 28), fetcher or Fetcher(), limits)
    with reader.take(Source("file", name, content_type), wanted, Ending()) as intake:
        return intake


def test_a_pdf_is_read_page_by_page_with_its_sections(inbox):
    data = a_pdf(["Safety\nKeep away from children", "", "Descal-\ning the pump"], {"Safety": 1, "Care (weekly)": 3})
    intake = taken(inbox, data, "manual")
    assert intake.content == a_file(data, "application/pdf", "paper")
    assert intake.writing.pages == ("Safety\nKeep away from children", "", "Descaling the pump")
    assert intake.writing.sections == (("Safety", 1), ("Care (weekly)", 3))
    assert intake.remarks == ()


def test_the_pieces_are_the_file(inbox):
    data = a_pdf(["x"])
    (inbox / "paper").write_bytes(data)
    with Reader(FileGuard(inbox, most=1 << 28), Fetcher()).take(Source("file", "paper"), "manual", Ending()) as intake:
        assert b"".join(intake.pieces()) == b"".join(intake.pieces()) == data


def test_a_scan_is_kept_and_said_to_be_one(inbox):
    intake = taken(inbox, a_pdf(["", ""]), "manual")
    assert intake.writing.pages == ("", "")
    assert "no text was found" in intake.remarks[0]


def test_a_web_page_and_a_text_are_manuals_too(inbox):
    page = "<html><head><title>T</title><style>p {}</style><body><h1>Care</h1>Wipe&nbsp;it.<script>evil()</script>"
    assert taken(inbox, page.encode(), "manual").writing.pages == ("Care\n\nWipe it.",)
    assert taken(inbox, page.encode(), "manual").writing.sections == (("Care", 1),)
    text = taken(inbox, ("A paragraph of words. " * 30 + "\n\n").encode() * 20, "manual").writing
    assert len(text.pages) == text.total > 3


def test_an_image_comes_with_a_smaller_one_upright_and_without_what_the_camera_wrote(inbox):
    from PIL import Image

    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "the camera's maker"
    photo = a_photo(4_000, 2_000, exif=exif)
    intake = taken(inbox, photo, "image")
    assert (intake.picture.width, intake.picture.height) == (2_000, 4_000)
    small = Image.open(BytesIO(intake.picture.data))
    assert small.size == (640, 1_280)
    assert b"maker" not in intake.picture.data
    assert intake.picture.content_type == "image/jpeg"


@pytest.mark.parametrize("kind", ["PNG", "GIF", "WEBP", "BMP", "TIFF"])
def test_images_of_other_kinds_are_shown_too(inbox, kind):
    assert taken(inbox, a_photo(kind=kind), "image").picture.data.startswith(b"\xff\xd8")


def test_any_file_is_kept_as_it_is(inbox):
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb", bytes(1 << 26))
    intake = taken(inbox, out.getvalue(), content_type="application/epub+zip")
    assert intake.content.content_type == "application/epub+zip"
    assert (intake.writing, intake.picture, intake.remarks) == (None, None, ())
    deep = ("[" * 200_000 + "]" * 200_000).encode()
    assert "".join(taken(inbox, deep, content_type="application/json").writing.pages).count("[") == 200_000


def test_a_broken_paper_is_kept_as_a_file_and_is_no_manual(inbox):
    broken = b"%PDF-1.7\n" + b"\0garbage" * 100
    assert "kept as it is" in taken(inbox, broken).remarks[0]
    with pytest.raises(InvalidInput, match="damaged") as refused:
        taken(inbox, broken, "manual")
    assert refused.value.argument == "file"
    assert "kept as it is" in taken(inbox, a_photo()[:2_000]).remarks[0]
    with pytest.raises(InvalidInput):
        taken(inbox, a_photo()[:2_000], "image")


def test_a_locked_paper_says_so(inbox):
    import pypdf

    writer = pypdf.PdfWriter(BytesIO(a_pdf(["secret"])))
    writer.encrypt("password", algorithm="RC4-128")
    out = BytesIO()
    writer.write(out)
    with pytest.raises(InvalidInput, match="password"):
        taken(inbox, out.getvalue(), "manual")


@pytest.mark.parametrize(
    ("data", "wanted", "said"),
    [
        (a_photo(), "manual", "the bytes say image/jpeg"),
        (a_pdf(["x"]), "image", "no image"),
        (b"plain words", "image", "no image"),
        (b"MZ\x90\0", "manual", "executable"),
        (b"", "file", "empty"),
    ],
)
def test_what_is_not_what_is_wanted_is_refused(inbox, data, wanted, said):
    with pytest.raises(InvalidInput, match=said):
        taken(inbox, data, wanted)


def test_a_type_that_the_bytes_deny_is_refused(inbox):
    with pytest.raises(InvalidInput) as refused:
        taken(inbox, a_photo(), content_type="image/png")
    assert refused.value.argument == "content_type"


@pytest.mark.parametrize("wanted", ["image", "file"])
@pytest.mark.parametrize("edge", [50_000, 12_000])
def test_p15_an_image_of_more_pixels_than_may_be_is_an_error(inbox, wanted, edge):
    with pytest.raises(TooLarge, match="million pixels"):
        taken(inbox, a_png(edge, edge), wanted)


def test_p15_a_paper_that_unpacks_to_a_gigabyte_is_an_error(inbox):
    with pytest.raises(TooLarge, match="unpacks to more"):
        taken(inbox, one_page(stream(b"", packed=zlib.compress(bytes(1 << 30), 9))), "manual")


@LINUX
def test_p15_a_paper_that_eats_memory_is_an_error(inbox):
    limits = replace(Limits(), memory=160 << 20)
    with pytest.raises(TooLarge, match="memory") as refused:
        taken(inbox, one_page(stream(LOOP)), "manual", limits=limits)
    assert refused.value.hint


@pytest.mark.parametrize("limits", [Limits(seconds=1.0), Limits(processor=1)], ids=["elapsed", "processor"])
def test_p15_a_paper_that_hangs_is_an_error(inbox, limits):
    with pytest.raises(TooLarge, match="seconds to read"):
        taken(inbox, one_page(stream(LOOP)), "manual", limits=limits)


def test_p15_a_paper_that_says_too_much_is_an_error(inbox):
    with pytest.raises(TooLarge, match="more than can be taken in"):
        taken(inbox, a_pdf(["word " * 2_000] * 5), "manual", limits=replace(Limits(), answer=20_000))


@pytest.mark.parametrize(
    "objects",
    [
        {1: b"<< /Type /Catalog /Pages 2 0 R >>", 2: b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>"},
        {1: b"<< /Type /Catalog /Pages 2 0 R >>", 2: b"<< /Type /Pages /Kids [3 0 R] /Count 99999999 >>",
         3: b"<< /Type /Pages /Parent 2 0 R /Kids [2 0 R] /Count 1 >>"},
        {1: b"<< /Type /Catalog /Pages 1 0 R >>"},
        {1: b"<< /Type /Catalog /Pages 2 0 R >>",
         2: b"<< /Type /Pages /Kids " + b"[" * 20_000 + b"]" * 20_000 + b" /Count 1 >>"},
        {1: b"<< /Type /Catalog /Pages 2 0 R /Outlines 3 0 R >>", 2: b"<< /Type /Pages /Kids [4 0 R] /Count 1 >>",
         3: b"<< /Type /Outlines /First 5 0 R /Last 5 0 R >>",
         4: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>",
         5: b"<< /Title (x) /Next 5 0 R /First 5 0 R /Dest [4 0 R /Fit] >>"},
    ],
    ids=["its own child", "a lie about its pages", "no pages", "deep", "an endless contents"],
)  # fmt: skip
def test_p15_a_paper_that_goes_in_circles_ends(inbox, objects):
    limits = Limits(seconds=20.0, processor=15)
    with suppress(InvalidInput, TooLarge):
        assert taken(inbox, assembled(objects), "manual", limits=limits).writing is not None


def test_a_long_paper_is_read_as_far_as_time_goes(inbox):
    intake = taken(inbox, a_pdf(["words"] * 20), "manual", limits=replace(Limits(), soft=0.0))
    assert len(intake.writing.pages) < intake.writing.total == 20
    assert "pages 1 to" in intake.remarks[0]
    short = taken(inbox, a_pdf(["words"] * 20), "manual", limits=replace(Limits(), pages=3))
    assert len(short.writing.pages) == 3


def test_three_hundred_pages_are_read(inbox):
    line = "Remove the filter and rinse it under running water before it is put back."
    intake = taken(inbox, a_pdf([f"Page {n}\n" + "\n".join([line] * 30) for n in range(1, 301)]), "manual")
    assert len(intake.writing.pages) == 300
    assert intake.writing.pages[213].startswith("Page 214\n")


def test_base64_and_addresses_are_read_the_same_way(inbox, tmp_path):
    data = a_pdf(["from afar"])
    with web(tmp_path) as server:
        server.pages["/manual.pdf"] = sending(data, Content_Type="text/html")
        fetcher = Fetcher(context=server.context, trusted=[server.endpoint])
        reader = Reader(FileGuard(inbox, most=1), fetcher)
        with reader.take(Source("url", server.url("/manual.pdf")), "manual", Ending()) as intake:
            assert intake.content == a_file(data, "application/pdf", "manual.pdf")
            assert intake.source == server.url("/manual.pdf")
    with reader.take(Source("data_base64", base64.b64encode(data).decode()), "manual", Ending()) as intake:
        assert intake.content == a_file(data, "application/pdf", None)
        assert intake.writing.pages == ("from afar",)


def test_progress_is_told(inbox):
    (inbox / "paper").write_bytes(a_pdf(["a", "b", "c"]))
    told = []
    reader = Reader(FileGuard(inbox, most=1 << 20), Fetcher())
    with reader.take(Source("file", "paper"), "manual", Ending(), lambda *how_far: told.append(how_far)):
        pass
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_who_gives_up_while_it_is_read_ends_the_child(inbox):
    (inbox / "paper").write_bytes(a_pdf(["a"] * 200))
    ending = Ending()
    reader = Reader(FileGuard(inbox, most=1 << 28), Fetcher())
    with (
        pytest.raises(Unavailable, match="cancelled"),
        reader.take(Source("file", "paper"), "manual", ending, lambda *_: ending.give_up()),
    ):
        pytest.fail("it was taken in")


def test_the_child_knows_nothing_of_our_environment_and_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("GOODIES_TOKEN", "hush")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "json.py").write_text("raise RuntimeError('a module of somebody else')")
    monkeypatch.chdir(tmp_path)
    tells = "import json, os, sys; print(json.dumps({'page': [dict(os.environ), sys.flags.isolated, len(sys.argv)]}))"
    monkeypatch.setattr(process, "_START", f"{tells}; print(json.dumps({{'done': 1}}))")
    with (tmp_path / "paper").open("wb+") as paper:
        [(message, _)] = process.asked("pdf", paper, Limits(), Ending(), "it")
    environ, isolated, words = message["page"]
    assert not {"GOODIES_TOKEN", "PYTHONPATH", "HOME", "PATH"} & set(environ)
    assert isolated == 1
    assert words > 2


def test_a_missing_interpreter_is_told(inbox, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(inbox / "nothing"))
    with pytest.raises(Unavailable, match="no process"):
        taken(inbox, a_pdf(["x"]), "manual")


def test_what_reads_documents_is_loaded_in_the_child_alone():
    program = "import sys, goodies_mcp.reading.reader; print(*sys.modules)"
    loaded = set(
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    )
    assert "goodies_mcp.reading.reader" in loaded
    assert not {"pypdf", "PIL", "httpx2", "truststore", "asyncio", "html.parser"} & loaded
