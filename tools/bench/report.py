"""Measured lines for a terminal, for a program and for docs/performance.md."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

from tools.bench.lines import Line

_PAGE = """# Performance

<!-- Made by `make bench ARGS=--write`: every figure on this page was printed by that command. -->

Speed is what a person feels as an assistant that answers at once, so it is measured as a host sees it: real processes,
the real server, raw JSON lines over stdio. Each figure stands beside a floor that was measured in the same run, turn by
turn (A B A B), so that a busy machine slows both: read the ratios, the times are this machine's. Figures are medians;
p95, least and most stand beside them.

```console
$ make bench                             # the standard set
$ make bench ARGS="--size 10k --only tools"
```

## Measured on
"""

_FLOORS = """
## The floors

- **bare Python**: `python -c pass` of the same interpreter, from spawn to exit.
- **no-op tool**: a tool that does nothing, on the same server, over the same pipe. What is above it is ours.
- **SDK server**: a server of the MCP SDK alone, with one tool that does nothing, over the SDK's own stdio.
- **plain sqlite3**: the same statements on the store's own schema through Python's `sqlite3`, as durable
  (`synchronous=FULL`), with no graph, no versions to think about and no second thread.

Homes come from a seed (`tools/demo/generate.py`): about 1,000 entities each, 2 edges an entity, 1.3 versions, 400 bytes
of content.
"""


def heading(facts: Mapping[str, str]) -> str:
    """The machine, for a terminal."""
    return "\n".join(f"{name:<14} {value}" for name, value in facts.items())


def text_of(line: Line) -> str:
    """One line, for a terminal."""
    parts = [f"{line.what:<44} {line.size:>5} {_number(line.figure, line.unit):>14}"]
    if line.spread is not None and line.spread.count > 1:
        spread = line.spread
        parts.append(f"p95 {spread.p95:.2f}  {spread.low:.2f}..{spread.high:.2f}  n={spread.count}")
    if line.floor is not None:
        parts.append(f"floor {_number(line.floor, line.unit)} ({line.floor_name})  {line.ratio or 0:.2f} x")
    if line.note:
        parts.append(line.note)
    if line.target:
        verdict = "MISSED" if line.verdict == "missed" else line.verdict
        parts.append(f"target {line.target} {verdict}".rstrip())
    return "  | ".join(parts)


def json_of(facts: Mapping[str, str], lines: Iterable[Line]) -> str:
    """Everything, for a program."""
    told = [{**asdict(line), "ratio": line.ratio, "verdict": line.verdict} for line in lines]
    return json.dumps({"machine": dict(facts), "lines": told}, indent=2)


def page_of(facts: Mapping[str, str], sections: Mapping[str, Sequence[Line]], titles: Mapping[str, str]) -> str:
    """docs/performance.md."""
    parts = [_PAGE + _table(("", ""), [(name, value) for name, value in facts.items() if name != "load at start"])]
    for name, lines in sections.items():
        rows = [_row(line) for line in lines]
        head = ("what", "size", "figure", "p95 (least..most, n)", "floor", "ratio", "target", "")
        parts.append(f"## {titles[name]}\n\n{_table(head, rows)}")
    parts.append(_FLOORS.strip())
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _row(line: Line) -> tuple[str, ...]:
    spread = line.spread
    seen = ""
    if spread is not None and spread.count > 1:
        seen = f"{spread.p95:.2f} ({spread.low:.2f}..{spread.high:.2f}, {spread.count})"
    floor = f"{_number(line.floor, line.unit)}, {line.floor_name}" if line.floor is not None else ""
    ratio = f"{line.ratio:.2f} x" if line.ratio is not None else ""
    if line.note:
        ratio = f"{ratio}; {line.note}" if ratio else line.note
    verdict = f"**{line.verdict}**" if line.verdict == "missed" else line.verdict
    return (line.what, line.size, _number(line.figure, line.unit), seen, floor, ratio, line.target, verdict)


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _number(value: float, unit: str) -> str:
    shown = f"{value:,.0f}" if value >= 1000 or (value == int(value) and unit != "ms") else f"{value:.3g}"
    return f"{shown}{'' if unit.startswith('/') else ' '}{unit}".rstrip()
