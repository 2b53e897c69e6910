"""The measured lines as the one table that the README shows."""

from collections.abc import Sequence

from tools.bench.lines import Line

BEGIN, END = "<!-- peers: made by `make bench ARGS=--write` -->", "<!-- /peers -->"
_TIMED = ("start", "search", "open", "create")
_COUNTED = ("two writers, acked and lost", "two writers, refused", "killed, acked and lost")


def in_page(page: str, lines: Sequence[Line]) -> str:
    """The page with the table between its marks. Without lines, because the others were not fetched, it stays."""
    if not lines:
        return page
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table(lines)}\n{END}{after}"


def table(lines: Sequence[Line]) -> str:
    """A row for each server. Times at each size, ``1 / 41 / 450 ms``; what was lost, of how much."""
    found = {(line.what, line.size): line for line in lines}
    servers = list(dict.fromkeys(line.what.partition(": ")[0] for line in lines))
    sizes = list(dict.fromkeys(line.size for line in lines if line.what == f"{servers[0]}: search"))
    rows = []
    for server in servers:
        cells = [server]
        for what in _TIMED:
            times = [_short(found[f"{server}: {what}", size].figure) for size in sizes]
            cells.append(f"{' / '.join(times)} ms")
        for what in _COUNTED:
            line = found[f"{server}: {what}", sizes[0]]
            cells.append(f"{line.figure:.0f} {line.note}")
        rows.append(cells)
    heads = ["", *(f"{what}, {' / '.join(sizes)}" for what in _TIMED), *_COUNTED]
    return "\n".join("| " + " | ".join(row) + " |" for row in (heads, ["---"] * len(heads), *rows))


def _short(milliseconds: float) -> str:
    return f"{milliseconds:.1f}" if milliseconds < 10 else f"{milliseconds:.0f}"
