from goodies_mcp.core.intake import Writing
from goodies_mcp.core.models import RecordId
from goodies_mcp.graph.kept_pages import continued, first_page, own_pages, parts_of, said_of, sections_of


def test_pages_are_kept_in_as_few_parts_as_hold_them():
    [one] = parts_of(["a", "b"])
    assert (one.first, one.last, one.pages) == (1, 2, ("a", "b"))
    pages = ["x" * 100_000] * 14
    parts = parts_of(pages)
    assert [(part.first, part.last) for part in parts] == [(1, 5), (6, 10), (11, 14)]
    assert [page for part in parts for page in part.pages] == pages
    [empty] = parts_of([])
    assert empty.pages == ()


def test_what_takes_many_bytes_makes_small_parts():
    parts = parts_of(["\N{SNOWMAN}" * 50_000] * 8)
    assert [len(part.pages) for part in parts] == [3, 3, 2]


def test_what_is_said_of_a_text_is_what_it_has():
    assert said_of(Writing(("a",), 1)) == {"page_count": 1}
    said = said_of(Writing(("Model: XY 1200",), 7, (("Care", 3),)))
    assert said == {"page_count": 7, "sections": [{"title": "Care", "page": 3}], "models": ["XY 1200"]}
    assert list(sections_of(said)) == [("Care", 3)]


def test_content_that_somebody_else_wrote_is_read_as_far_as_it_goes():
    for strange in (None, "text", 7, {"a": 1}):
        assert own_pages({"pages": strange}) == ()
        assert list(sections_of({"sections": strange})) == []
    assert own_pages({"pages": ["a", None, 3]}) == ["a", "", ""]
    assert list(sections_of({"sections": [{"title": "x"}, 3, {"title": 1, "page": 2}]})) == []
    assert [first_page({"first_page": n}) for n in (3, 0, "x", None)] == [3, 1, 1, 1]
    [_, second] = parts_of(["x" * 500_000, "y" * 500_000])
    assert first_page(continued(RecordId("head"), second)) == 2
