from hashlib import sha256

import pytest

from goodies_mcp.core.models import Content, Sha256
from goodies_mcp.graph.house_book import MOST_TEXT
from goodies_mcp.graph.shown import Shown


@pytest.fixture
async def home(desk):
    await desk.make("home", "Home", content={"built": 1968, "alarm_code": "4711", "people": ["Ada", "Jonas"]})
    await desk.make("room", "Hall", located_in="Home", content={"area_m2": 9})
    router = {"device_type": "network", "model": "R6", "wifi": {"name": "Nest", "password": "hunter2"}}
    await desk.make("device", "Router", located_in="Hall", content=router)
    return desk


async def test_it_tells_rooms_with_devices_and_what_is_known_of_them(home):
    book = await home.graph.get_house_book()
    (hall,) = book.rooms
    assert (hall.name, hall.where, hall.facts) == ("Hall", "Home", (("area m²", "9"),))
    assert [(d.name, d.kind, d.facts) for d in hall.devices] == [
        ("Router", "network", (("model", "R6"), ("wifi name", "Nest"))),
    ]
    assert book.facts == (("built", "1968"), ("people", "Ada, Jonas"))


async def test_what_is_private_is_told_only_when_it_is_asked_for(home):
    await home.make("note", "Safe", content={"text": "left, right, left", "private": True})
    await home.make("note", "Bins", content={"text": "on Mondays", "private": {"text": "the neighbour forgets"}})
    spoken = str(await home.graph.get_house_book())
    assert "on Mondays" in spoken
    assert not [secret for secret in ("4711", "hunter2", "left, right", "Safe", "neighbour") if secret in spoken]
    everything = str(await home.graph.get_house_book(private=True))
    assert [s for s in ("4711", "hunter2", "left, right", "Safe", "neighbour") if s not in everything] == []


async def test_papers_know_what_they_are_about_and_things_know_their_papers(home):
    await home.make(
        "procedure", "Restart", content={"steps": ["Pull the plug", {"text": "Wait"}], "tools_needed": ["time"]}
    )
    await home.tie("Restart", "Router", "procedure_for")
    await home.make("contact", "Oskar", content={"phone": "0144"})
    await home.tie("Oskar", "Router", "manages")
    await home.make("scene", "Night", content={"description": "all off"})
    await home.tie("Night", "Router", "automates")
    book = await home.graph.get_house_book()
    (paper,) = book.papers
    assert (paper.about, paper.steps, paper.tools) == (("Router",), ("Pull the plug", "Wait"), ("time",))
    assert book.rooms[0].devices[0].papers == (paper.id,)
    assert [(c.name, c.facts, c.about) for c in book.contacts] == [("Oskar", (("phone", "0144"),), ("Router",))]
    assert [(r.name, r.state, r.about) for r in book.routines] == [("Night", "all off", ("Router",))]


async def test_long_manuals_are_cut_at_a_page_and_say_how_much_is_missing(home):
    pages = ["a" * (MOST_TEXT - 100), "b" * 90, "c" * 500, "d"]
    await home.make("manual", "Manual", content={"pages": pages})
    await home.make("manual", "One page", content={"pages": ["e" * (MOST_TEXT + 1), "f"]})
    long, one = (await home.graph.get_house_book()).papers
    assert (len(long.text), long.left_out) == (MOST_TEXT - 100 + 2 + 90, 2)
    assert (one.text[-3:], one.left_out) == ("e …", 1)


async def test_what_is_nowhere_has_a_place_of_its_own_and_what_is_due_is_told(home):
    await home.make("device", "In a box", content={"warranty_until": "2026-06-01", "due_on": "2027-06-01"})
    book = await home.graph.get_house_book()
    assert [(item.name, item.what, item.due) for item in book.due] == [("In a box", "warranty ends", "2026-06-01")]
    assert [(room.name, [d.name for d in room.devices]) for room in book.rooms][-1] == ("Without a room", ["In a box"])


async def test_the_book_of_one_of_two_homes_leaves_the_other_alone(home):
    await home.make("home", "Cottage")
    await home.make("room", "Attic", located_in="Cottage")
    await home.make("note", "Rope", content={"text": "pull gently"})
    await home.tie("Attic", "Rope", "documented_by")
    await home.make("note", "About nothing", content={"text": "of no home"})
    book = await home.graph.get_house_book("Cottage")
    assert [room.name for room in book.rooms] == ["Attic"]
    assert [(paper.name, paper.about) for paper in book.papers] == [("Rope", ("Attic",))]
    assert [paper.name for paper in (await home.graph.get_house_book("Home")).papers] == []


async def test_photos_are_told_by_their_small_pictures_and_others_are_not_taken_for_such(home):
    data, page = b"\x89PNG small", b"<html>"
    for kept, content_type in ((data, "image/png"), (page, "text/html")):
        content = Content(Sha256(sha256(kept).hexdigest()), len(kept), content_type)
        await home.store.write(lambda tx, content=content, kept=kept: tx.put_content(content, kept))
    shas = {"Photo": sha256(data).hexdigest(), "Page": sha256(page).hexdigest(), "Lost": "0" * 64, "Odd": 7}
    for name, told in shas.items():
        content = {"sha256": "f" * 64, "preview": {"sha256": told, "content_type": "image/png"}, "caption": f"a {name}"}
        await home.make("note", name, content=content)
    await home.tie("Router", "Photo", "has_blob")
    papers = {paper.name: paper for paper in (await home.graph.get_house_book()).papers}
    assert papers["Photo"].picture == Shown("image/png", data)
    assert (papers["Photo"].about, papers["Photo"].text) == (("Router",), "a Photo")
    assert [papers[name].picture for name in ("Page", "Lost", "Odd")] == [None, None, None]
