"""What ``doctor --repair`` puts right in a database before it looks inside."""

from collections.abc import Iterator
from pathlib import Path

from goodies_mcp.cli.finding import Finding
from goodies_mcp.clock import SystemClock
from goodies_mcp.errors import GoodiesError
from goodies_mcp.storage.repairing import repair

_SAID = {"index": "made the indexes of search anew", "counts": "counted everything anew"}


def put_right(database: Path) -> Iterator[Finding]:
    """Repair, and tell what came of it."""
    try:
        done = repair(database, SystemClock().now())
    except GoodiesError as error:
        yield Finding("repair", "note" if error.retryable else "wrong", error.message, error.hint)
        return
    for code in done.codes:
        yield Finding("repair", "ok", _SAID[code])
    if done.dropped.numbers:
        files = "1 file" if len(done.dropped.numbers) == 1 else f"{len(done.dropped.numbers)} files"
        room = f"{done.dropped.size >> 10} KiB"
        yield Finding(
            "repair", "ok", f"took away {files} that nothing speaks of ({room})", "`goodies-mcp compact` frees the room"
        )
    if not done.codes and not done.dropped.numbers:
        yield Finding("repair", "ok", "nothing to repair")
