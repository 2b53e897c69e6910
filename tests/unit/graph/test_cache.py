from goodies_mcp.graph.cache import GraphCache
from goodies_mcp.graph.paging import open_page


async def test_a_value_is_derived_once_for_each_state_of_the_feed(desk):
    cache, derived = GraphCache(), []

    def work(view):
        return cache.remembered(view, "rooms", lambda: derived.append(view.feed()) or view.counts().get("room", 0))

    await desk.make("room", "Kitchen")
    assert [await desk.store.read(work) for _ in range(3)] == [1, 1, 1]
    assert len(derived) == 1
    await desk.make("room", "Hall")
    assert await desk.store.read(work) == 2
    assert len(derived) == 2


async def test_moments_and_keys_are_kept_apart(desk):
    cache = GraphCache()
    await desk.make("room", "Kitchen")
    before = desk.clock.now()
    await desk.make("room", "Hall")

    def rooms(view):
        return cache.remembered(view, "rooms", lambda: view.counts().get("room", 0))

    assert [await desk.store.read(rooms, at=at) for at in (None, before, None, before)] == [2, 1, 2, 1]
    assert await desk.store.read(lambda view: cache.remembered(view, "other", lambda: 7)) == 7


async def test_it_never_grows_without_bound(desk):
    cache = GraphCache()
    for number in range(3_000):
        await desk.store.read(lambda view, key=number: cache.remembered(view, key, lambda: key))
    assert len(cache._held[1]) <= 1_024


async def test_short_pages_are_derived_once_and_long_ones_each_time(desk):
    cache, derived = GraphCache(), []
    await desk.make("room", "Kitchen")
    for limit in (20, 20, 50, 51, 51):
        page = open_page("rooms", ["Kitchen"], limit, None)
        await desk.store.read(lambda view, page=page: cache.page(view, page, lambda: derived.append(page.limit)))
    assert derived == [20, 50, 51, 51]


async def test_pages_that_are_not_to_be_kept_are_derived_each_time(desk):
    cache, derived = GraphCache(), []
    await desk.make("room", "Kitchen")
    page = open_page("rooms", ["Kitchen"], 20, None)

    def work(view):
        return cache.page(
            view, page, lambda: derived.append("once") or "word " * len(derived), lambda text: len(text) > 9
        )

    assert [await desk.store.read(work) for _ in range(3)] == ["word ", "word word ", "word word "]
