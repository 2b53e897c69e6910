import gc
import json
import weakref

import pytest

from goodies_mcp.graph.results import (
    ConnectionPage,
    Done,
    EntityDetails,
    GuideItem,
    GuidePage,
    Hit,
    Ref,
    SearchPage,
    WriteResult,
)
from goodies_mcp.mcpserver.fitting import MOST, fitted


class Library:
    """A list of ``count`` things with ``size`` characters each, answered in pages."""

    def __init__(self, count, size):
        self.count, self.size, self.asked = count, size, []

    def page(self, limit, cursor=None):
        self.asked.append(limit)
        start = int(cursor or 0)
        items = tuple(
            Hit(f"id{n}", "note", f"Note {n}", None, "x" * self.size, 1.0)
            for n in range(start, min(start + limit, self.count))
        )
        more = start + limit < self.count
        return SearchPage(items, next_cursor=str(start + limit) if more else None)

    async def fit(self, limit, cursor=None):
        async def ask(fewer):
            return self.page(fewer, cursor)

        return await fitted(self.page(limit, cursor), limit, ask)


async def test_a_small_answer_is_asked_for_once_and_left_alone():
    library = Library(20, 100)
    outcome = await library.fit(20)
    assert library.asked == [20]
    assert "cut" not in outcome.structured


@pytest.mark.parametrize("size", [500, 3_000, 9_000, 15_000])
async def test_a_large_answer_is_cut_at_an_item_and_the_cursor_goes_on_right_behind_it(size):
    library = Library(40, size)
    seen, cursor, calls = [], None, 0
    while calls == 0 or cursor:
        calls += 1
        outcome = await library.fit(40, cursor)
        assert outcome.size <= MOST
        seen += [item["id"] for item in outcome.structured["items"]]
        assert all(len(item["snippet"]) == size for item in outcome.structured["items"])
        if cursor := outcome.structured.get("next_cursor"):
            assert outcome.structured["cut"] in outcome.text
            assert f"cursor={cursor}" in outcome.text
    assert seen == [f"id{n}" for n in range(40)], "none lost, none twice"


async def test_not_more_is_cut_away_than_must_be():
    outcome = await Library(40, 900).fit(40)
    assert outcome.size > MOST / 2


async def test_a_single_item_that_is_too_large_is_shortened_and_says_so():
    outcome = await Library(2, 200_000).fit(2)
    assert outcome.size <= MOST
    (item,) = outcome.structured["items"]
    assert item["id"] == "id0"
    assert item["snippet"].endswith("…")
    assert outcome.structured["next_cursor"] == "1"
    assert "shortened" in outcome.text


async def test_long_content_of_one_entity_is_shortened_and_the_rest_kept():
    content = {"text": "word " * 100_000, "model": "X1"}
    details = EntityDetails("i1", "note", "A note", None, "v1", content, "t1", "t2", "me", "manual")

    async def ask(limit):
        return details

    outcome = await fitted(details, 20, ask)
    assert outcome.size <= MOST
    assert outcome.structured["content"]["model"] == "X1"
    assert outcome.structured["version"] == "v1"
    assert len(outcome.structured["content"]["text"]) >= 4_000


@pytest.mark.parametrize(
    "content",
    [
        {f"key{n}": "x" * 50 for n in range(20_000)},
        {"k" * 100_000: 1},
        {"rows": [list(range(100)) for _ in range(1_000)]},
        {"deep": json.loads("[" * 60 + '"' + "y" * 900_000 + '"' + "]" * 60)},
        {"n": 10**4000},
        {"numbers": [10**300] * 3_000},
    ],
    ids=["keys", "one-key", "rows", "deep", "number", "numbers"],
)
async def test_content_of_any_shape_fits_in_the_end(content):
    details = EntityDetails("i1", "note", "A note", None, "v1", content, "t1", "t2", "me", "manual")

    async def ask(limit):
        return details

    outcome = await fitted(details, 20, ask)
    assert outcome.size <= MOST
    assert (outcome.structured["id"], outcome.structured["version"]) == ("i1", "v1")


async def test_a_write_is_never_done_again_to_make_its_answer_smaller():
    done = tuple(Done("created", "entity", f"id{n}", "device", "Lamp " * 20, f"v{n}") for n in range(500))

    async def ask(limit):
        pytest.fail("a write was repeated")

    outcome = await fitted(WriteResult(done, "b1"), None, ask)
    assert outcome.size <= MOST
    assert outcome.structured["batch"] == "b1"
    assert outcome.structured["items"][0]["id"] == "id0"
    assert f"only the first {len(outcome.structured['items'])} of items" in outcome.text


async def test_an_answer_that_will_not_shrink_ends_all_the_same():
    """A list that does not follow the limit, in a home where every text is huge."""
    item = GuideItem("i" * 200, "note", "n" * 1_000, "b" * 1_000, ("s" * 1_000,) * 50, "t" * 9_000)
    page = GuidePage(Ref("d", "device", "n" * 30_000), (item,) * 200)

    async def ask(limit):
        return page

    outcome = await fitted(page, 200, ask)
    assert outcome.size <= MOST


async def test_what_the_graph_gives_again_is_not_put_into_words_again_and_is_forgotten_with_it():
    def room(name):
        return ConnectionPage(Ref("r", "room", name, None), ())

    async def ask(_fewer):
        raise AssertionError

    result = room("Kitchen")
    shown = await fitted(result, 20, ask)
    assert await fitted(result, 20, ask) is shown
    assert await fitted(room("Kitchen"), 20, ask) is not shown
    assert await fitted(result, 20, ask, lambda item: item) is not shown
    dying = weakref.ref(result)
    del result
    gc.collect()
    assert dying() is None
    # Whoever comes to stand where it stood is shown as he is.
    for number in range(1_000):
        other = await fitted(room(f"Room {number}"), 20, ask)
        assert other.structured["room"]["name"] == f"Room {number}"
