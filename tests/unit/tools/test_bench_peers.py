from tools.bench.lines import Line, against
from tools.bench.peers.table import BEGIN, END, in_page, table

LINES = [
    *(
        against(f"{server}: {what}", size, [seconds], [0.001], "ours")
        for what in ("start", "search", "open", "create")
        for size in ("1k", "100k")
        for server, seconds in (("ours", 0.0012), ("theirs", 0.45))
    ),
    *(
        Line(f"{server}: {what}", "1k", lost, "", note="of 200 acked")
        for what in ("two writers, acked and lost", "two writers, refused", "killed, acked and lost")
        for server, lost in (("ours", 0), ("theirs", 94))
    ),
    Line("theirs: tools/list", "", 10_750, "characters"),
]


def test_every_server_has_a_row_with_its_times_and_losses():
    _, _, ours, theirs = table(LINES).splitlines()
    assert ours.startswith("| ours | 1.2 / 1.2 ms |")
    assert theirs.count("450 / 450 ms") == 4
    assert theirs.endswith("| 94 of 200 acked | 94 of 200 acked | 94 of 200 acked |")


def test_the_table_takes_its_place_between_the_marks_again_and_again():
    page = f"# Us\n{BEGIN}\nold\n{END}\nMore\n"
    once = in_page(page, LINES)
    assert "old" not in once
    assert once.startswith("# Us\n")
    assert once.endswith(f"{END}\nMore\n")
    assert in_page(once, LINES) == once
    assert in_page(page, []) == page
