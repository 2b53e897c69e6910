"""Import and export of a whole home as JSON lines: the commands, whole processes, beside the rows alone."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter

from tools.bench.homes import SIZES
from tools.bench.lines import Line, against
from tools.bench.plain_import import plain_import
from tools.bench.running import Run
from tools.stdio_client import environment, program

_ENTITIES = 20_000
"""About so many are carried in all rounds together: a large home once, a small one often."""
_TIMES = 2.0


def transfer(run: Run) -> Iterator[Line]:
    """At the largest size, in turns. The floor of both is a plain import: the targets say so."""
    size = run.largest
    folder = run.homes.folder / "transfer"
    source = run.homes.of(size)
    rounds = []
    for _ in range(max(1, min(5, _ENTITIES // SIZES[size]))):
        folder.mkdir(mode=0o700)
        rounds.append(_round(source, folder))
        shutil.rmtree(folder)
    exported, floor, imported = zip(*rounds, strict=True)
    rate = f"{SIZES[size] / min(imported):,.0f} entities/s"
    yield against("`goodies-mcp import`", size, imported, floor, "plain sqlite3", times=_TIMES, note=rate)
    rate = f"{SIZES[size] / min(exported):,.0f} entities/s"
    yield against("`goodies-mcp export`", size, exported, floor, "plain sqlite3 import", times=_TIMES, note=rate)


def _round(source: Path, folder: Path) -> tuple[float, float, float]:
    """Seconds of an export, of the plain import of what came out, and of ours."""
    file = folder / "home.jsonl"
    return (
        _timed(lambda: _command("export", str(file), "--data-dir", str(source))),
        _timed(lambda: plain_import(file, folder / "plain.db")),
        _timed(lambda: _command("import", str(file), "--data-dir", str(folder / "imported"))),
    )


def _timed(work: Callable[[], object]) -> float:
    started = perf_counter()
    work()
    return perf_counter() - started


def _command(*words: str) -> None:
    subprocess.run(program(*words), check=True, stdout=subprocess.DEVNULL, env=environment())
