"""A household's transaction as the session sees it."""

import pytest

from goodies_mcp.funkygibbon.sync.view import ReadingView, WritingView
from goodies_mcp.inbetweenies.rows import Name, row_of
from goodies_mcp.inbetweenies.server_session import RecordDot
from tests.support.build import Device, record
from tests.support.hub import hub_in

MAKER = Device(1)
ONE, TWO = MAKER.entity(record(1), "Küche \x00"), MAKER.entity(record(2))


@pytest.fixture
async def home(tmp_path):
    async with hub_in(tmp_path) as inside:
        yield await inside.store.home((await inside.household()).id)


async def test_what_is_applied_is_held_paged_and_in_the_digest(home):
    rows = [row_of(ONE), row_of(TWO)]
    before = await home.read(lambda view: ReadingView(view, "e").buckets())
    await home.write(lambda transaction: WritingView(transaction, "e").apply([*rows, rows[0]]))

    def look(view):
        hub = ReadingView(view, "e")
        return (
            hub.held([rows[0].name, Name(record(9), ONE.version)]),
            hub.dots([RecordDot(record(2), TWO.dot), RecordDot(record(1), TWO.dot)]),
            hub.page(0, without=None, limit=1),
            hub.page(1, without=None, limit=9),
            hub.page(0, without=MAKER.incarnation, limit=9),
            hub.last_seq(),
            hub.epoch(),
            hub.buckets(),
        )

    held, dots, first, rest, none, last, epoch, after = await home.read(look)
    assert {name: row.content_hash for name, row in held.items()} == {rows[0].name: rows[0].content_hash}
    assert dots == {RecordDot(record(2), TWO.dot): TWO.version}
    assert [(each.seq, each.row.version, each.row.text) for each in first.rows] == [(1, ONE, rows[0].text)]
    assert (first.upto, first.more) == (1, True)
    assert [each.row.version for each in rest.rows] == [TWO]
    assert (rest.upto, rest.more, none.rows, none.upto) == (2, False, [], 2)
    assert (last, epoch) == (2, "e")
    assert list(after) != list(before)


async def test_a_reading_view_does_not_write(home):
    await home.read(lambda view: ReadingView(view, "e").apply([]))
    with pytest.raises(TypeError):
        await home.read(lambda view: ReadingView(view, "e").apply([row_of(ONE)]))
