"""``make bench``: measure, and print hardware, sizes and the distribution."""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from time import perf_counter

from tools.bench.homes import SIZES, Homes
from tools.bench.lines import Line
from tools.bench.machine import machine
from tools.bench.peers.table import in_page
from tools.bench.peers.work import beside_others
from tools.bench.report import heading, json_of, page_of, text_of
from tools.bench.running import Run
from tools.bench.running_long import memory, sharing, sizes
from tools.bench.start_up import start_up
from tools.bench.syncing import syncing
from tools.bench.tool_calls import growth, tool_calls
from tools.bench.transfer import transfer
from tools.bench.writing import writing

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "performance.md"
README = ROOT / "README.md"

BENCHES: dict[str, tuple[str, Callable[[Run], Iterator[Line]]]] = {
    "start": ("Starting", start_up),
    "tools": ("Asking", tool_calls),
    "growth": ("Growing", growth),
    "write": ("Writing", writing),
    "share": ("Sharing one file", sharing),
    "transfer": ("Importing and exporting", transfer),
    "sync": ("Syncing", syncing),
    "memory": ("Memory", memory),
    "size": ("Sizes", sizes),
    "peers": ("Beside others", beside_others),
}


def main(words: Sequence[str] | None = None) -> int:
    """Measure what was asked for; the exit code tells whether measuring worked, or with ``--gate`` whether all targets
    were met.
    """
    arguments = _arguments(words)
    chosen = arguments.only or list(BENCHES)
    facts = machine()
    if not arguments.json:
        print(heading(facts), flush=True)
    measured: dict[str, list[Line]] = {}
    started = perf_counter()
    with tempfile.TemporaryDirectory(prefix="goodies-bench-") as folder:
        run = Run(Homes(Path(folder)), tuple(sorted(arguments.size, key=SIZES.__getitem__)), arguments.patience)
        for name in chosen:
            title, bench = BENCHES[name]
            if not arguments.json:
                print(f"\n{title}", flush=True)
            measured[name] = []
            for line in bench(run):
                measured[name].append(line)
                if not arguments.json:
                    print(text_of(line), flush=True)
    lines = [line for found in measured.values() for line in found]
    if arguments.json:
        print(json_of(facts, lines))
    else:
        print(f"\n{_summary(lines)} in {perf_counter() - started:.0f} s")
    if arguments.write:
        PAGE.write_text(page_of(facts, measured, {name: title for name, (title, _) in BENCHES.items()}), "utf-8")
        README.write_text(in_page(README.read_text("utf-8"), measured["peers"]), "utf-8")
    return 1 if arguments.gate and any(line.verdict == "missed" for line in lines) else 0


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.bench", description=__doc__)
    parser.add_argument("--size", action="append", choices=list(SIZES), help="entities; given twice: from and to")
    parser.add_argument("--only", action="append", choices=list(BENCHES), help="only this part; can be given again")
    parser.add_argument("--patience", type=float, default=1.0, help="scales how many samples are taken")
    parser.add_argument("--standard", action="store_true", help="1k and 100k, every sample: what `make bench` prints")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--write", action="store_true", help=f"write docs/{PAGE.name} from what was measured")
    parser.add_argument("--gate", action="store_true", help="fail when a target is missed")
    arguments = parser.parse_args(words)
    if arguments.write and (arguments.only or arguments.size or not arguments.standard):
        parser.error("--write takes the whole standard set")
    if not arguments.standard:
        arguments.patience /= 4
    arguments.size = arguments.size or ["1k", "100k" if arguments.standard else "10k"]
    return arguments


def _summary(lines: Sequence[Line]) -> str:
    met = sum(line.verdict == "met" for line in lines)
    missed = sum(line.verdict == "missed" for line in lines)
    return f"{len(lines)} lines: {met} targets met, {missed} missed"


if __name__ == "__main__":
    sys.exit(main())
