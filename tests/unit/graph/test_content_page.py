"""read_content: pages that fit, sections, passages, pictures, and what cannot be read."""

import pytest

from goodies_mcp.errors import Ambiguous, InvalidInput, NotFound, TooLarge, Unavailable
from tests.support.build import a_file
from tests.support.desk import ANN, only
from tests.support.papers import a_pdf, a_photo
from tests.support.reading import can_read

PAGES = [f"Page {n} " + f"word{n} " * 200 for n in range(1, 31)]
PNG = a_photo(kind="PNG")


@pytest.fixture
async def home(desk, tmp_path):
    can_read(desk, tmp_path)
    desk.inbox = tmp_path
    await desk.make("device", "Boiler")
    return desk


async def keep(home, data, title="Manual", name="paper"):
    (home.inbox / name).write_bytes(data)
    return only(await home.graph.add_device_manual(ANN, "Boiler", title, file=name)).id


async def attach(home, data, name="paper", **more):
    (home.inbox / name).write_bytes(data)
    return only(await home.graph.attach_file(ANN, "Boiler", file=name, **more)).id


async def test_reading_on_and_on_reads_all_of_it_once(home):
    manual = await keep(home, a_pdf(PAGES, {"Start": 1, "End": 30}))
    said, cursor, calls = "", None, 0
    while cursor is not None or not calls:
        page = await home.graph.read_content(manual, cursor=cursor)
        assert len(page.text) < 9_000
        assert page.pages == 30
        assert [item.snippet for item in page.items] == (["Start", "End"] if not calls else [])
        said, cursor, calls = f"{said}\n{page.text}", page.next_cursor, calls + 1
    assert calls > 3
    assert [f"[page {n}]" in said for n in range(1, 31)] == [True] * 30
    assert said.count("word17") == 200


async def test_a_page_that_is_too_long_is_read_in_pieces(home):
    note = only(await home.graph.add_note(ANN, "x " * 20)).id
    await home.graph.update_entity(ANN, note, {"pages": ["a" * 12_000 + "b" * 12_000, "end"]})
    letters, cursor = "", None
    for _ in range(4):
        page = await home.graph.read_content(note, cursor=cursor)
        letters += "".join(line for line in page.text.split("\n") if not line.startswith("[page"))
        cursor = page.next_cursor
        if cursor is None:
            break
    assert letters == "a" * 12_000 + "b" * 12_000 + "end"


async def test_a_page_a_section_and_a_passage_can_be_asked_for(home):
    manual = await keep(home, a_pdf(PAGES, {"Safety": 2, "Winter storage": 17}))
    graph = home.graph
    assert (await graph.read_content(manual, page=30)).text.startswith("[page 30]")
    for title in ("winter storage", "Winter", "storage"):
        assert (await graph.read_content(manual, section=title)).text.startswith("[page 17]")
    found = await graph.read_content(manual, find="word9 word9")
    assert [item.page for item in found.items] == [9]
    assert "**word9**" in found.items[0].snippet
    assert found.text is None
    assert "nothing like that" in (await graph.read_content(manual, find="zebra")).note
    assert "some" in (await graph.read_content(manual, find="word9 zebra")).note
    assert len((await graph.read_content(manual, find="page")).items) == 20


@pytest.mark.parametrize(
    ("arguments", "error", "argument"),
    [
        ({"page": 31}, NotFound, "page"),
        ({"section": "Summer"}, NotFound, "section"),
        ({"find": "?!"}, InvalidInput, "find"),
        ({"page": 1, "find": "x"}, InvalidInput, "find"),
        ({"cursor": "made up"}, InvalidInput, "cursor"),
    ],
)
async def test_what_cannot_be_answered_says_why(home, arguments, error, argument):
    manual = await keep(home, a_pdf(PAGES, {"Winter": 17}))
    with pytest.raises(error) as refused:
        await home.graph.read_content(manual, **arguments)
    assert refused.value.argument == argument
    if argument == "section":
        assert refused.value.details["sections"] == [{"title": "Winter", "page": 17}]


async def test_a_section_without_a_table_of_contents_is_a_line_that_says_so(home):
    manual = await keep(home, a_pdf(["Cover", "7.2 Descaling\nUse vinegar."]))
    assert "vinegar" in (await home.graph.read_content(manual, section="descaling")).text


async def test_a_thing_stands_for_its_only_document(home):
    with pytest.raises(NotFound, match="no manual"):
        await home.graph.read_content("Boiler")
    await keep(home, a_pdf(["Turn it on."]))
    assert "Turn it on." in (await home.graph.read_content("Boiler")).text
    await keep(home, a_pdf(["Turn it off."]), "Second")
    with pytest.raises(Ambiguous) as unsure:
        await home.graph.read_content("Boiler")
    assert {each["name"] for each in unsure.value.details["candidates"]} == {"Manual", "Second"}


async def test_notes_and_procedures_are_read_too(home):
    note = only(await home.graph.add_note(ANN, "Bleed it\nin autumn")).id
    assert (await home.graph.read_content(note)).text == "[page 1]\nBleed it\nin autumn"
    how = only(await home.graph.create_procedure(ANN, "Reset", ["Off", "On"], description="When E24 shows")).id
    assert (await home.graph.read_content(how)).text == "[page 1]\nWhen E24 shows\n\n1. Off\n2. On"
    empty = await home.make("note", "Empty")
    assert "nothing is written" in (await home.graph.read_content(empty)).note


async def test_an_image_is_shown_small_with_its_caption(home):
    photo = await attach(home, a_photo(3_000, 2_000), "p.jpg", caption="The valve")
    page = await home.graph.read_content(photo)
    assert page.picture.content_type == "image/jpeg"
    assert page.picture.data.startswith(b"\xff\xd8")
    assert len(page.picture.data) < 300_000
    assert page.text == "The valve"
    assert (await home.graph.read_content(photo, find="valve")).items[0].page == 1


async def test_a_small_image_of_a_peer_without_a_preview_is_shown_as_it_is(home):
    data = a_photo(kind="PNG")
    await home.store.write(lambda tx: tx.put_content(a_file(data, "image/png"), data))
    note = await home.make("note", "Map", content={"sha256": a_file(data).sha256, "content_type": "image/png"})
    assert (await home.graph.read_content(note)).picture.data == data


async def test_what_has_not_arrived_and_what_is_no_text_is_said(home):
    note = await home.make("note", "Far", content={"sha256": "0" * 64, "content_type": "application/zip"})
    assert "not arrived" in (await home.graph.read_content(note)).note
    blob = await attach(home, bytes(range(256)), "x.bin")
    said = await home.graph.read_content(blob)
    assert "application/octet-stream, 256 bytes" in said.note
    assert (said.text, said.picture) == (None, None)
    assert "cannot be read" in (await home.graph.read_content(blob, find="words")).note


@pytest.mark.parametrize("content_type", ["image/png", "text/plain"])
async def test_a_file_that_is_away_is_fetched_when_only_it_can_answer(home, content_type):
    data = PNG if content_type == "image/png" else b"words"
    sha256 = a_file(data).sha256
    said = {"sha256": sha256, "content_type": content_type, "caption": "what it shows"}
    note = await home.make("note", "Far", content=said)
    with pytest.raises(Unavailable, match="not on this device") as refused:
        await home.graph.read_content(note)
    assert "sync_now" in refused.value.hint
    asked = []

    async def fetch(wanted):
        asked.append(wanted)
        await home.store.write(lambda tx: tx.put_content(a_file(data, content_type), data))

    home.graph._fetch = fetch
    read = await home.graph.read_content(note)
    assert asked == [sha256]
    assert (read.picture.data == data) if read.picture else (read.text == "[page 1]\nwords")
    await home.graph.read_content(note)
    assert len(asked) == 1


async def test_a_preview_is_enough_to_fetch_for_a_look(home):
    preview = a_file(PNG, "image/png")
    said = {"sha256": "0" * 64, "content_type": "image/heic", "preview": {"sha256": preview.sha256}}
    note = await home.make("note", "Photo", content=said)

    async def fetch(wanted):
        assert wanted == preview.sha256
        await home.store.write(lambda tx: tx.put_content(preview, PNG))

    home.graph._fetch = fetch
    assert (await home.graph.read_content(note)).picture.data == PNG


async def test_an_original_is_fetched_and_its_text_will_do_without(home):
    manual = await home.make(
        "manual", "Oven", content={"sha256": "0" * 64, "content_type": "application/pdf", "pages": ["Clean it."]}
    )
    assert (await home.graph.get_original(manual)).text == "Clean it."
    film = {"sha256": "2" * 64, "content_type": "video/mp4", "size": 100 << 20}
    with pytest.raises(TooLarge):
        await home.graph.get_original(await home.make("note", "Film", content=film))
    photo = await home.make("note", "Photo", content={"sha256": "1" * 64, "content_type": "image/png"})
    with pytest.raises(Unavailable, match="not on this device"):
        await home.graph.get_original(photo)
    data = b"%PDF-1.7"
    about = a_file(data, "application/pdf")
    other = await home.make("manual", "Hob", content={"sha256": about.sha256, "content_type": "application/pdf"})

    async def fetch(_):
        await home.store.write(lambda tx: tx.put_content(about, data))

    home.graph._fetch = fetch
    assert (await home.graph.get_original(other)).data == data


async def test_a_long_text_file_is_read_from_its_bytes(home):
    lines = "".join(f"line {n} grüßt\n" for n in range(400_000))
    log = await attach(home, lines.encode(), "log.txt")
    first = await home.graph.read_content(log)
    assert first.text.startswith("[page 1]\nline 0 grüßt\n")
    assert "\ufffd" not in first.text
    assert first.pages > 1_000
    there = await home.graph.read_content(log, page=1_000)
    assert "\ufffd" not in there.text
    assert "pages" not in (await home.entity(log)).content
    found = await home.graph.read_content(log, find="line 123456")
    assert "**123456**" in found.items[0].snippet
