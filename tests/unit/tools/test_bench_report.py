import json

from tools.bench.lines import Line, against
from tools.bench.report import json_of, page_of, text_of

FACTS = {"processor": "a fast one", "load at start": "9.99"}
MET = against("quick", "1k", [0.001, 0.002, 0.003], [0.002], "floor", times=1.6, note="a note")
MISSED = Line("large", "100k", 12_345, "characters", "12,000", 12_000, 12_345)


def test_a_line_tells_figure_spread_floor_ratio_and_verdict():
    told = text_of(MET)
    for part in (
        "quick",
        "1k",
        "2 ms",
        "p95 3.00",
        "n=3",
        "floor 2 ms (floor)",
        "1.00 x",
        "a note",
        "target 1.6 x met",
    ):
        assert part in told
    assert "12,345 characters" in text_of(MISSED)
    assert "target 12,000 MISSED" in text_of(MISSED)


def test_json_holds_every_line_with_ratio_and_verdict():
    told = json.loads(json_of(FACTS, [MET, MISSED]))
    assert told["machine"] == FACTS
    assert [(line["what"], line["verdict"]) for line in told["lines"]] == [("quick", "met"), ("large", "missed")]
    assert told["lines"][0]["ratio"] == 1.0


def test_the_page_has_every_section_and_not_the_load_of_the_moment():
    page = page_of(FACTS, {"a": [MET], "b": [MISSED]}, {"a": "Quick things", "b": "Large things"})
    for part in ("## Quick things", "## Large things", "a fast one", "**missed**", "| quick | 1k | 2 ms |"):
        assert part in page
    assert "9.99" not in page
