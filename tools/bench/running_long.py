"""What a server costs that runs for long, what processes cost each other, and what is paid in characters and bytes."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

from goodies_mcp.config import DATABASE
from tools.bench.homes import SEED, SIZES
from tools.bench.lines import Line, Spread
from tools.bench.running import Run, questions, searches, serve_command
from tools.fault.writers import FAIR, Crowd, faults_in_file
from tools.stdio_client import StdioClient, prepared

_CALLS = 10_000
_SECONDS = 5.0


def memory(run: Run) -> Iterator[Line]:
    """Resident memory of a server that answered every kind of question thousands of times."""
    size = run.largest
    calls = run.rounds(_CALLS)
    with StdioClient([*serve_command(run.homes.of(size)), "--toolsets", "all"]) as server:
        server.greet()
        server.tool("get_home_overview", {})
        fresh = _resident(server.process.pid)
        asking = [*questions(run.homes.things(size)).values(), *searches().values()]
        for number in range(calls):
            server.timed(prepared(*asking[number % len(asking)](number)))
        resident = _resident(server.process.pid)
    note = f"{fresh:.0f} MB after the first call"
    yield Line(f"resident memory after {calls:,} calls", size, resident, "MB", "110 MB", 110, resident, note=note)


def _resident(pid: int) -> float:
    told = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, check=True)
    return int(told.stdout) / 1024


def sharing(run: Run) -> Iterator[Line]:
    """Two servers that write to one file as fast as they can."""
    size = run.largest
    data_dir = run.homes.copy(size)
    crowd = Crowd(data_dir, SEED)
    workers, _ = crowd.run(_SECONDS, ("server", "server"), ())
    lost = len(faults_in_file(data_dir, crowd.lanes))
    refused = sum(len(worker.faults) for worker in workers)
    waits = Spread.of([wait * 1000 for worker in workers for wait in worker.waits])
    note = f"{waits.count} writes, median {waits.median:.1f} ms, p95 {waits.p95:.1f} ms"
    yield Line("two processes writing: lost", size, lost, "", "0", 0, lost)
    yield Line("two processes writing: refused", size, refused, "", "0", 0, refused)
    yield Line(
        "two processes writing: worst wait", size, waits.high, "ms", "250 ms", FAIR * 1000, waits.high, note=note
    )


def sizes(run: Run) -> Iterator[Line]:
    """What a conversation pays for the list of tools, and a disk for an entity."""
    with StdioClient(serve_command(run.homes.of(run.smallest))) as server:
        server.greet()
        result = server.call("tools/list")
    tools = result["tools"]
    characters = len(json.dumps(tools, ensure_ascii=False, separators=(",", ":")))
    note = f"{len(tools)} tools"
    yield Line("default tools/list", "", characters, "characters", "12,000", 12_000, characters, note=note)
    for size in run.sizes:
        bytes_each = _bytes(run.homes.of(size)) / SIZES[size]
        yield Line("database, for each entity", size, bytes_each, "bytes")


def _bytes(data_dir: Path) -> int:
    return sum(path.stat().st_size for path in data_dir.iterdir() if path.name.startswith(DATABASE))
