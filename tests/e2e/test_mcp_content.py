"""Documents over MCP, from the inbox to what a model is shown, on a server process as hosts start it."""

import base64
import os
import subprocess
import sys
import zlib

import pytest

from tests.support.mcp_sessions import ERAS, environment, over_stdio, raw_client
from tests.support.papers import a_pdf, a_photo, a_png, one_page, stream

LINE = "Remove the filter and rinse it under running water before it is put back."
BOMBS = {
    "bomb.pdf": one_page(stream(b"", packed=zlib.compress(bytes(1 << 29), 9))),
    "bomb.png": a_png(50_000, 50_000),
    "broken.pdf": b"%PDF-1.7\n" + bytes(range(256)) * 50,
    "circle.pdf": b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 1 0 R /Kids [1 0 R] >>\nendobj\n"
    b"trailer\n<< /Root 1 0 R >>",
    "photo.pdf": a_photo(),
    "empty.pdf": b"",
}


@pytest.fixture
def inbox(tmp_path):
    (tmp_path / "inbox").mkdir()
    return tmp_path / "inbox"


@pytest.mark.parametrize("era", ERAS)
async def test_a_manual_of_three_hundred_pages_from_the_inbox_to_the_sentence(inbox, era):
    pages = [f"Page {n}\n" + "\n".join([LINE] * 30) for n in range(1, 301)]
    pages[213] += "\nError E24 means that the drain hose is kinked."
    (inbox / "manual.pdf").write_bytes(a_pdf(pages, {"Errors": 214}))
    told = []

    async def progress(done, total, message):
        told.append((done, total))

    async with over_stdio(f"database={inbox.parent / 'goodies.db'}", era=era) as client:
        kept = await client.call_tool(
            "add_device_manual",
            {"device": "Ceiling light", "title": "The manual", "file": "manual.pdf"},
            progress_callback=progress,
        )
        assert not kept.is_error, kept.content[0].text
        found = await client.call_tool("search_entities", {"query": "drain hose kinked"})
        [hit] = found.structured_content["items"]
        assert hit["page"] == 214
        assert "page 214" in found.content[0].text
        read = await client.call_tool("read_content", {"content": hit["id"], "page": 214})
        assert "Error E24 means" in read.content[0].text
        assert read.structured_content["pages"] == 300
        assert "text" in read.structured_content["untrusted"]
        section = await client.call_tool("read_content", {"content": "The manual", "section": "errors"})
        assert section.structured_content["text"] == read.structured_content["text"]
    assert told
    assert all(total == 300 for _, total in told)


@pytest.mark.parametrize("era", ERAS)
async def test_an_image_comes_as_an_image(inbox, era):
    photo = a_photo(3_000, 2_000)
    (inbox / "photo.jpg").write_bytes(photo)
    async with over_stdio(f"database={inbox.parent / 'goodies.db'}", era=era) as client:
        await client.list_tools()
        await client.call_tool("add_device_image", {"entity": "Kitchen", "file": "photo.jpg", "caption": "The tap"})
        answer = await client.call_tool("read_content", {"content": "Kitchen"})
        text, image, link = answer.content
        assert (image.type, image.mime_type) == ("image", "image/jpeg")
        assert base64.b64decode(image.data).startswith(b"\xff\xd8")
        assert len(image.data) < 400_000
        assert "The tap" in text.text
        assert "picture" not in answer.structured_content
        assert (await client.read_resource(str(link.uri))).contents[0].mime_type == "image/jpeg"


def test_p15_bombs_are_clear_errors_and_the_server_goes_on(inbox):
    for name, data in BOMBS.items():
        (inbox / name).write_bytes(data)
    (inbox / "link.pdf").symlink_to("/etc/passwd")
    os.mkfifo(inbox / "pipe.pdf")
    names = [*BOMBS, "link.pdf", "pipe.pdf", "../goodies.db", "/etc/passwd", "nothing.pdf"]
    with raw_client(f"database={inbox.parent / 'goodies.db'}") as client:
        client.greet()
        before = client.call("get_home_overview")["structuredContent"]["counts"]
        for name in names:
            said = client.call("add_device_manual", device="Ceiling light", title="x", file=name)
            assert said["isError"], name
            assert said["structuredContent"]["code"] in {"invalid_input", "too_large", "forbidden", "not_found"}, name
            assert said["structuredContent"]["argument"] == "file", name
            assert str(inbox.parent / "goodies.db") not in said["content"][0]["text"]
        said = client.call("add_device_image", entity="Kitchen", file="bomb.png")
        assert said["structuredContent"]["code"] == "too_large"
        for url in (
            "https://127.0.0.1/",
            "https://169.254.169.254/latest/",
            "https://[::ffff:127.0.0.1]/",
            "https://0/",
        ):
            said = client.call("add_device_manual", device="Ceiling light", title="x", url=url)
            assert said["structuredContent"]["code"] == "forbidden", url
        assert client.call("get_home_overview")["structuredContent"]["counts"] == before
        code, errors = client.close()
    assert code == 0
    assert "Traceback" not in errors
    assert (inbox / "photo.pdf").exists()


def test_a_call_that_is_cancelled_leaves_nothing_and_the_server_goes_on(inbox):
    endless = one_page(stream(b"BT /F1 9 Tf " + b"(a) Tj 1 0 0 1 0 0 Tm " * 3_000_000 + b"ET"))
    (inbox / "slow.pdf").write_bytes(endless)
    with raw_client(f"database={inbox.parent / 'goodies.db'}") as client:
        client.greet()
        client.say(
            b'{"jsonrpc":"2.0","id":900,"method":"tools/call","params":{"name":"add_device_manual",'
            b'"arguments":{"device":"Ceiling light","title":"x","file":"slow.pdf"}}}'
        )
        # The next answer comes when the first call is on its way: requests are begun in their order.
        assert client.call("search_entities", query="kitchen")["isError"] is False
        client.say(b'{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":900}}')
        assert client.call("read_content", content="Ceiling light")["structuredContent"]["code"] == "not_found"
        code, errors = client.close()
    assert code == 0
    assert "Traceback" not in errors


def test_a_hundred_megabytes_are_kept_in_the_memory_of_a_few(inbox):
    data = os.urandom(1 << 20) * 100
    (inbox / "film.mp4").write_bytes(data)
    del data
    program = f"""
import asyncio, resource, sys
from tests.support.served_home import furnished_home
from goodies_mcp.graph.results import Writer

async def main():
    async with furnished_home({str(inbox.parent / "goodies.db")!r}) as home:
        by = Writer("test", "attach_file")
        await home.attach_file(by, "Hall", data_base64="Ynl0ZXM=")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        done = await home.attach_file(by, "Kitchen", file="film.mp4")
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(after - before, done.items[0].action)
asyncio.run(main())
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment(), timeout=90
    )
    grown, action = done.stdout.split()
    assert action == "created"
    kib = int(grown) // (1024 if sys.platform == "darwin" else 1)
    assert kib < 40 * 1024, f"{kib} KiB more for 100 MiB"
