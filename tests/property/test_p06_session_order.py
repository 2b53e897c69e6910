"""P6: pages may come in any order and any number of times; what is held and shown is the same (V3-4.1, V3-4.3)."""

from hypothesis import given, settings
from hypothesis import strategies as st

from goodies_mcp.inbetweenies.actions import ApplyPage
from goodies_mcp.inbetweenies.verdicts import Policy
from tests.support.histories import histories
from tests.support.sync import Home


@given(histories(), st.integers(1, 4), st.data())
@settings(max_examples=50, deadline=None)
def test_pages_of_a_feed_commute(history, size, data):
    home = Home(3)
    for version in history:
        home.disks[0].edit(version)
    home.sync(1)
    talk = home.talk(2, policy=Policy(page_rows=size))
    talk.run()
    pages = [ApplyPage(rows=page.rows) for page in talk.pages]
    order = data.draw(st.permutations(pages)) + data.draw(st.lists(st.sampled_from(pages), max_size=4))
    for page in order:
        home.disks[2].apply_page(page, None)
    straight, mixed = home.disks[1], home.disks[2]
    assert mixed.digest() == straight.digest() == home.hub.digest()
    assert mixed.heads == straight.heads
    assert {key: mixed.shown(key) for key in mixed.heads} == {key: straight.shown(key) for key in straight.heads}
