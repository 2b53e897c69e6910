import base64

import pytest

from goodies_mcp.errors import InvalidInput
from goodies_mcp.graph.paging import MOST, by_name, cut, open_page


def _numbers(page, count=7):
    return cut(page, range(count), lambda n: (n,))


def test_pages_follow_each_other():
    first = open_page("list", ["a"], 3, None)
    shown, cursor = _numbers(first)
    assert list(shown) == [0, 1, 2]
    shown, cursor = _numbers(open_page("list", ["a"], 3, cursor))
    assert list(shown) == [3, 4, 5]
    shown, cursor = _numbers(open_page("list", ["a"], 3, cursor))
    assert list(shown) == [6]
    assert cursor is None


def test_a_full_last_page_has_no_next():
    assert _numbers(open_page("list", [], 7, None))[1] is None


def test_the_next_page_begins_after_what_was_shown_even_if_that_is_gone():
    _, cursor = cut(open_page("list", [], 2, None), [1, 3, 5], lambda n: (n,))
    shown, _ = cut(open_page("list", [], 2, cursor), [1, 2, 4, 5], lambda n: (n,))
    assert list(shown) == [4, 5]


@pytest.mark.parametrize("limit", [0, -1, MOST + 1, True])
def test_limits_outside_of_one_to_two_hundred_are_refused(limit):
    with pytest.raises(InvalidInput) as refused:
        open_page("list", [], limit, None)
    assert refused.value.argument == "limit"


def test_a_cursor_of_another_question_is_refused():
    _, cursor = _numbers(open_page("list", ["kitchen", frozenset("ab")], 3, None))
    assert open_page("list", ["kitchen", frozenset("ba")], 5, cursor).position == (2,)
    for tool, arguments in (("list", ["hall", frozenset("ab")]), ("other", ["kitchen", frozenset("ab")])):
        with pytest.raises(InvalidInput) as refused:
            open_page(tool, arguments, 3, cursor)
        assert refused.value.argument == "cursor"


def test_broken_cursors_are_refused():
    _, good = _numbers(open_page("list", [], 3, None))
    raw = base64.urlsafe_b64decode(good + "=" * (-len(good) % 4))
    forged = base64.urlsafe_b64encode(raw.replace(b"2", b"3")).decode()
    for broken in ("", "x", "!!!!", good[:-2], forged, "ü", "\ud800", "A" * 100_000):
        with pytest.raises(InvalidInput) as refused:
            open_page("list", [], 3, broken)
        assert refused.value.__cause__ is None, "the command line would tell what Python said"
        assert refused.value.argument == "cursor"


def test_names_of_any_length_make_short_cursors():
    page = open_page("list", [], 1, None)
    _, cursor = cut(page, [by_name("\ufdfa" * 1_000, str(n)) for n in range(2)], lambda key: key)
    assert len(cursor) < 1_000
    assert open_page("list", [], 1, cursor).position == by_name("\ufdfa" * 1_000, "0")
