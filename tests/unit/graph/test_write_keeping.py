"""Manuals, photos and files, kept by HomeGraph from an inbox."""

import base64

import pytest

from goodies_mcp.errors import Conflict, Forbidden, InvalidInput, NotFound, TooLarge
from goodies_mcp.graph.results import Writer
from goodies_mcp.reading.fetching import Fetcher
from tests.support.build import a_file
from tests.support.desk import ANN, only, retry
from tests.support.papers import a_pdf, a_photo, a_png
from tests.support.reading import can_read
from tests.support.web import sending, web

MANUAL = a_pdf(["Model: AQ 600 Eco", "Descale it with vinegar."], {"Care": 2})
PHOTO = a_photo(2_000, 1_000)


@pytest.fixture
async def home(desk, tmp_path):
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "manual.pdf").write_bytes(MANUAL)
    (inbox / "photo.jpg").write_bytes(PHOTO)
    can_read(desk, inbox)
    await desk.make("device", "Dishwasher", content={"model": "AQ 600 Eco"})
    desk.inbox = inbox
    return desk


def about(desk, sha256):
    return desk.store.read(lambda view: (view.content(sha256), view.content_bytes(sha256)))


async def test_a_manual_is_kept_with_its_text_and_its_original(home):
    done = await home.graph.add_device_manual(ANN, "dishwasher", "The manual", file="manual.pdf")
    manual = await home.entity(only(done).id)
    assert (manual.entity_type, manual.name) == ("manual", "The manual")
    said = dict(manual.content)
    assert said["pages"] == ["Model: AQ 600 Eco", "Descale it with vinegar."]
    assert (said["page_count"], said["models"], said["file_name"]) == (2, ["AQ 600"], "manual.pdf")
    assert said["sections"] == [{"title": "Care", "page": 2}]
    kept, data = await about(home, a_file(MANUAL).sha256)
    assert (kept.content_type, kept.size, data) == ("application/pdf", len(MANUAL), MANUAL)
    [dishwasher] = await home.store.read(lambda view: view.named("Dishwasher"))
    assert await home.edges_from(dishwasher.id) == [("documented_by", manual.id)]
    assert "names the model AQ 600 Eco on page 1" in done.note
    assert str(home.inbox) not in str(said)


async def test_a_manual_for_another_model_is_noticed(home):
    await home.make("device", "Oven", content={"model": "HB 774"})
    done = await home.graph.add_device_manual(ANN, "Oven", "Oven", file="manual.pdf")
    assert "does not name the model HB 774" in done.note


async def test_the_same_file_for_two_devices_is_one_manual(home):
    await home.make("device", "Second dishwasher")
    first = only(await home.graph.add_device_manual(ANN, "Dishwasher", "Manual", file="manual.pdf"))
    second = await home.graph.add_device_manual(ANN, "Second dishwasher", "Other title", file="manual.pdf")
    assert [(item.action, item.kind) for item in second.items] == [("exists", "entity"), ("created", "relationship")]
    assert second.items[0].id == first.id
    assert "Manual" in second.note
    again = await home.graph.add_device_manual(ANN, "Second dishwasher", "Manual", file="manual.pdf")
    assert (only(again).action, again.batch) == ("exists", None)
    assert (await home.store.read(lambda view: view.counts()))["manual"] == 1


async def test_a_manual_of_words_is_kept_and_found_again(home):
    first = only(await home.graph.add_device_manual(ANN, "Dishwasher", "How to", text="Press both buttons."))
    assert dict((await home.entity(first.id)).content) == {"text": "Press both buttons."}
    again = await home.graph.add_device_manual(ANN, "Dishwasher", "How to", text="Press both buttons.")
    assert only(again).action == "exists"


async def test_a_manual_that_is_too_long_for_one_entity_goes_on_in_others(home):
    pages = [f"Page {n}\n" + "\n".join(["All work and no play makes a dull manual."] * 60) for n in range(1, 401)]
    pages[332] += "\nThe kumquat valve is behind the drum."
    (home.inbox / "long.pdf").write_bytes(a_pdf(pages))
    done = await home.graph.add_device_manual(ANN, "Dishwasher", "Long", file="long.pdf")
    assert [item.name for item in done.items] == ["Long", "Long (pages 232–400)"]
    for engine_says in (await home.graph.search_entities("kumquat valve"), await home.graph.search_entities("kumquat")):
        [hit] = engine_says.items
        assert (hit.page, hit.id) == (333, done.items[1].id)
        assert "**kumquat**" in hit.snippet
    read = await home.graph.read_content(done.items[1].id, page=333)
    assert (read.id, read.pages) == (done.items[0].id, 400)
    assert read.text.startswith("[page 333]\nPage 333\n")
    await home.graph.undo(ANN)
    assert (await home.graph.search_entities("kumquat")).items == ()


async def test_search_says_the_page_that_has_the_sentence_and_not_the_first_that_has_a_word(home):
    pages = ["The lamp and the pump.", "The lamp blinks.", "When the lamp blinks red, clean the pump.", "The pump."]
    (home.inbox / "four.pdf").write_bytes(a_pdf(pages))
    await home.graph.add_device_manual(ANN, "Dishwasher", "Four", file="four.pdf")
    [hit] = (await home.graph.search_entities("lamp blinks red pump")).items
    assert hit.page == 3
    assert "**lamp** **blinks** **red**, clean the **pump**" in hit.snippet
    assert [each.page for each in (await home.graph.search_entities("Dishwasher")).items if each.type == "device"] == [
        None
    ]


async def test_a_manual_answers_as_it_was_then(home):
    made = only(await home.graph.add_device_manual(ANN, "Dishwasher", "Manual", file="manual.pdf"))
    then = home.clock.now()
    home.clock.advance(hours=1)
    await home.graph.delete_entity(ANN, made.id)
    assert (await home.graph.search_entities("vinegar")).items == ()
    [hit] = (await home.graph.search_entities("vinegar", at=then)).items
    assert (hit.id, hit.page) == (made.id, 2)
    assert "vinegar" in (await home.graph.read_content(made.id, page=2, at=then)).text


async def test_a_photo_is_a_note_of_the_thing_with_a_smaller_copy(home):
    caption = "The type plate\non the door"
    done = await home.graph.attach_file(ANN, "Dishwasher", file="photo.jpg", caption=caption, wanted="image")
    note = await home.entity(only(done).id)
    assert (note.entity_type, note.name) == ("note", "The type plate")
    said = dict(note.content)
    assert (said["content_type"], said["width"], said["height"]) == ("image/jpeg", 2_000, 1_000)
    assert (await about(home, a_file(PHOTO).sha256))[1] == PHOTO
    preview, data = await about(home, said["preview"]["sha256"])
    assert (preview.content_type, preview.size) == ("image/jpeg", len(data))
    [dishwasher] = await home.store.read(lambda view: view.named("Dishwasher"))
    assert await home.edges_from(dishwasher.id) == [("has_blob", note.id)]
    again = await home.graph.attach_file(ANN, "Dishwasher", file="photo.jpg")
    assert (only(again).action, again.batch) == ("exists", None)


async def test_any_file_is_kept_from_base64(home):
    data = bytes(range(256))
    done = await home.graph.attach_file(ANN, "Dishwasher", data_base64=base64.b64encode(data).decode())
    note = await home.entity(only(done).id)
    assert (note.name, note.content["content_type"]) == ("File of Dishwasher", "application/octet-stream")
    assert (await about(home, a_file(data).sha256))[1] == data


async def test_a_manual_comes_from_an_address(home, tmp_path):
    with web(tmp_path) as server:
        server.pages["/m.pdf"] = sending(MANUAL)
        can_read(home, home.inbox, fetcher=Fetcher(context=server.context, trusted=[server.endpoint]))
        done = await home.graph.add_device_manual(ANN, "Dishwasher", "Manual", url=server.url("/m.pdf"))
        assert (await home.entity(only(done).id)).content["source"] == server.url("/m.pdf")
        again = await home.graph.add_device_manual(retry("k"), "Dishwasher", "Manual", url=server.url("/m.pdf"))
        same = await home.graph.add_device_manual(retry("k"), "Dishwasher", "Manual", url=server.url("/m.pdf"))
        assert (again, len(server.asked)) == (same, 2)


async def test_p02_a_retry_is_done_once_even_when_the_file_is_gone(home):
    by = retry("key")
    first = await home.graph.attach_file(by, "Dishwasher", file="photo.jpg")
    (home.inbox / "photo.jpg").unlink()
    assert await home.graph.attach_file(by, "Dishwasher", file="photo.jpg") == first
    with pytest.raises(InvalidInput) as misused:
        await home.graph.attach_file(by, "Dishwasher", file="other.jpg")
    assert misused.value.argument == "idempotency_key"


@pytest.mark.parametrize(
    ("call", "error", "argument"),
    [
        (lambda graph, by: graph.add_device_manual(by, "Dishwasher", "x"), InvalidInput, "text"),
        (lambda graph, by: graph.add_device_manual(by, "Dishwasher", "x", text="a", file="b"), InvalidInput, "file"),
        (lambda graph, by: graph.attach_file(by, "Dishwasher"), InvalidInput, "file"),
        (lambda graph, by: graph.attach_file(by, "Dishwasher", file="a", data_base64="b"), InvalidInput, "data_base64"),
        (lambda graph, by: graph.add_device_manual(by, "Dishwaster", "x", url="https://a.test/"), NotFound, "device"),
        (lambda graph, by: graph.attach_file(by, "Nobody", file="photo.jpg"), NotFound, "entity"),
        (lambda graph, by: graph.attach_file(by, "Dishwasher", file="nothing"), NotFound, "file"),
        (lambda graph, by: graph.attach_file(by, "Dishwasher", file="../x"), Forbidden, "file"),
        (lambda graph, by: graph.add_device_manual(by, "Dishwasher", "x", url="http://x/"), InvalidInput, "url"),
        (lambda graph, by: graph.add_device_manual(by, "Dishwasher", "x", url="https://127.0.0.1/"), Forbidden, "url"),
        (lambda graph, by: graph.add_device_manual(by, "Dishwasher", "x", file="photo.jpg"), InvalidInput, "file"),
        (lambda graph, by: graph.add_device_manual(by, "Dishwasher", " ", file="manual.pdf"), InvalidInput, "title"),
        (lambda graph, by: graph.attach_file(by, "Dishwasher", file="manual.pdf", wanted="image"),
         InvalidInput, "file"),
        (lambda graph, by: graph.attach_file(by, "Dishwasher", file="bomb.png", wanted="image"), TooLarge, "file"),
        (lambda graph, by: graph.attach_file(by, "Dishwasher", file="photo.jpg", content_type="image/png"),
         InvalidInput, "content_type"),
        (lambda graph, by: graph.attach_file(by, "Dishwasher", file="photo.jpg", caption=" "), InvalidInput, "caption"),
    ],
)  # fmt: skip
async def test_what_cannot_be_kept_is_refused_and_leaves_nothing(home, call, error, argument):
    (home.inbox / "bomb.png").write_bytes(a_png(50_000, 50_000))
    before = (await home.status()).feed
    with pytest.raises(error) as refused:
        await call(home.graph, retry("k"))
    assert refused.value.argument == argument
    assert (await home.status()).feed == before
    for data in (MANUAL, PHOTO):
        assert await about(home, a_file(data).sha256) == (None, b"")


async def test_a_file_that_changes_while_it_is_kept_leaves_nothing(home):
    """Between the look into it and the writing of it a scanner may go on."""
    reading = home.graph._reading()

    class Changing:
        def take(self, source, wanted, progress=None):
            taking = reading.take(source, wanted, progress)
            entered = taking.__aenter__

            async def changed():
                intake = await entered()
                with (home.inbox / "manual.pdf").open("ab") as file:
                    file.write(b"one more page")
                return intake

            return _Around(changed, taking.__aexit__)

    home.graph._reading = Changing
    before = (await home.status()).feed
    with pytest.raises(InvalidInput):
        await home.graph.add_device_manual(ANN, "Dishwasher", "Manual", file="manual.pdf")
    assert (await home.status()).feed == before
    assert await about(home, a_file(MANUAL).sha256) == (None, b"")


class _Around:
    def __init__(self, enter, leave):
        self._enter, self._leave = enter, leave

    async def __aenter__(self):
        return await self._enter()

    async def __aexit__(self, *error):
        return await self._leave(*error)


async def test_a_home_that_may_not_read_says_so(desk):
    await desk.make("device", "Dishwasher")
    with pytest.raises(Forbidden, match="no files"):
        await desk.graph.attach_file(ANN, "Dishwasher", file="x")
    assert only(await desk.graph.add_device_manual(ANN, "Dishwasher", "Words", text="x")).action == "created"


async def test_undo_takes_a_manual_back_and_its_file_stays_for_the_history(home):
    by = Writer("undoer", "test")
    await home.graph.add_device_manual(by, "Dishwasher", "Manual", file="manual.pdf")
    await home.graph.undo(by)
    assert (await home.graph.search_entities("vinegar")).items == ()
    assert (await about(home, a_file(MANUAL).sha256))[1] == MANUAL
    with pytest.raises((Conflict, InvalidInput, NotFound)):
        await home.graph.undo(by)


async def test_details_leave_the_pages_to_who_reads_them(home):
    made = only(await home.graph.add_device_manual(ANN, "Dishwasher", "Manual", file="manual.pdf"))
    details = await home.graph.get_entity_details(made.id)
    assert "pages" not in details.content
    assert details.content["page_count"] == 2
    assert "read_content" in details.note
