"""Cursors: while data stands still every thing comes exactly once, and what goes or comes disturbs only itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodies_mcp.errors import InvalidInput
from goodies_mcp.graph.paging import by_name, cut, open_page

NAMES = st.lists(st.text(max_size=5) | st.sampled_from(["Lamp", "lamp", "Lämp"]), max_size=40)


def _key(thing):
    return by_name(*thing)


def _things(names):
    return sorted(((name, f"id-{number:02}") for number, name in enumerate(names)), key=_key)


@given(NAMES, st.lists(st.integers(1, 9), min_size=1, max_size=5))
def test_everything_comes_once_whatever_the_sizes_of_the_pages(names, limits):
    things = _things(names)
    seen, cursor, turn = [], None, 0
    while True:
        page = open_page("things", ["kitchen"], limits[turn % len(limits)], cursor)
        shown, cursor = cut(page, things, _key)
        seen += shown
        turn += 1
        if cursor is None:
            break
    assert seen == things


@given(NAMES, st.data())
def test_what_stays_is_seen_once_though_others_come_and_go(names, data):
    things = _things(names)
    staying = [each for each in things if data.draw(st.booleans())]
    seen, cursor, present = [], None, things
    while True:
        shown, cursor = cut(open_page("things", [], 3, cursor), present, _key)
        seen += shown
        if cursor is None:
            break
        present = staying if present is things else things
    assert [each for each in seen if each in staying] == staying
    assert len(seen) == len(set(seen))


@given(st.text(max_size=60), st.text(max_size=5))
def test_any_text_as_a_cursor_is_refused_as_one(cursor, question):
    with pytest.raises(InvalidInput) as refused:
        open_page("things", [question], 5, cursor)
    assert refused.value.argument == "cursor"
