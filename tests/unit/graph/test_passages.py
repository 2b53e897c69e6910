import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodies_mcp.graph.passages import Quest

PAGES = ["Nothing here.", "Descaling.\nThe pump\nfilter is behind the door", "pump", "the pump filter", "Übergröße"]


def test_pages_come_by_how_much_of_it_they_say():
    assert Quest("descale the pump filter").pages(PAGES) == [1, 3, 2]
    assert Quest("the pump filter").pages(PAGES) == [1, 3, 2]
    assert Quest("ubergroße").pages(PAGES) == [4]
    assert Quest("zebra").pages(PAGES) == []
    assert Quest("!?").pages(PAGES) == []


def test_a_page_has_all_or_not():
    quest = Quest("pump filter")
    assert [quest.has_all(page) for page in PAGES] == [False, True, False, True, False]


def test_an_excerpt_is_where_the_words_stand_together():
    text = "The pump is new. " + "x " * 200 + "To descale, open the Pump and take the filters out." + " y" * 200
    excerpt = Quest("descale the pump filter").excerpt(text)
    assert "To **descale**, open the **Pump** and take the **filters** out." in excerpt
    assert excerpt.startswith("…")
    assert excerpt.endswith("…")
    assert len(excerpt) < 300


@pytest.mark.parametrize(
    ("query", "text", "excerpt"),
    [
        ("kuche", "In der Küche ist es warm", "In der **Küche** ist es warm"),
        ("STRASSE", "an der Straße", "an der **Straße**"),
        ("e24", "Error E24: no water", "Error **E24**: no water"),
        ("at", "water at", "water **at**"),
        ("zebra", "Plain text", "Plain text"),
        ("", "Plain text", "Plain text"),
        ("ﬁlter", "the ﬁlters", "the **ﬁlters**"),
        ("按钮", "按下红色按钮五秒。", "按下红色**按钮**五秒。"),
    ],
)
def test_words_are_marked_whatever_their_form(query, text, excerpt):
    assert Quest(query).excerpt(text) == excerpt


@given(st.text(max_size=60), st.lists(st.text(max_size=200), max_size=5))
def test_any_text_can_be_looked_for_in_any_other(query, pages):
    quest = Quest(query)
    for at in quest.pages(pages):
        assert quest.excerpt(pages[at])
    for page in pages:
        assert len(quest.excerpt(page)) < 400
