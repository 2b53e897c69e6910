"""``make demo``: a real stdio session with the real SDK client on the demo home, made readable."""

import argparse
import asyncio
import os
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.types import CallToolResult, TextContent

from goodies_mcp.app import finished, inline_home
from goodies_mcp.config import load
from tools.demo.build import build_demo_home
from tools.demo.session import SESSION, Turn

TOOLSETS = "query,management,content"
MOST_LINES = 14

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def main() -> int:
    """Play the session; with ``--keep DIR`` the demo home stays in that folder for trying things out."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--keep", metavar="DIR", type=Path, help="build the home in DIR and leave it there")
    options = parser.parse_args()
    with _folder(options.keep) as folder:
        built = _build(folder)
        print(f"A demo home of {built} entities and relationships, in one SQLite file.\n")
        surprises = asyncio.run(_play(folder))
    if options.keep:
        print(f"\nThe home is in {folder}. Try: .venv/bin/goodies-mcp --data-dir {folder} tools")
    return 1 if surprises else 0


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        yield keep.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="goodies-demo-") as folder:
        yield Path(folder) / "home"


def _build(folder: Path) -> int:
    settings = load({"data_dir": str(folder)}, {})
    with inline_home(settings, create=True) as home:
        return finished(build_demo_home(home.graph, datetime.now(UTC).date()))


async def _play(folder: Path) -> int:
    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "goodies_mcp", "serve", "--data-dir", str(folder), "--toolsets", TOOLSETS],
        env={"PATH": os.environ.get("PATH", "")},
    )
    known = {"before": datetime.now(UTC).isoformat()}
    surprises = 0
    started = time.perf_counter()
    async with stdio_client(server) as streams, ClientSession(*streams) as session:
        hello = await session.initialize()
        tools = (await session.list_tools()).tools
        took = time.perf_counter() - started
        print(f"{hello.server_info.name} {hello.server_info.version}: {len(tools)} tools, {took * 1000:.0f} ms\n")
        for turn in SESSION:
            surprises += await _exchange(session, turn, known)
    return surprises


async def _exchange(session: ClientSession, turn: Turn, known: dict[str, str]) -> bool:
    arguments = {key: _filled(value, known) for key, value in turn.arguments.items()}
    began = time.perf_counter()
    result = await session.call_tool(turn.tool, arguments)
    took = (time.perf_counter() - began) * 1000
    _show(turn, arguments, result, took)
    structured = result.structured_content or {}
    known.update({name: str(structured.get(key)) for name, key in turn.keep.items()})
    return bool(result.is_error) != turn.fails


def _filled(value: Any, known: dict[str, str]) -> Any:  # noqa: ANN401 - a tool argument is any JSON value
    return value.format_map(known) if isinstance(value, str) else value


def _short(identity: re.Match[str]) -> str:
    """Whole ids are for machines: a reader of the demo only needs to see which is which."""
    return identity[0][:4] + "…"


def _show(turn: Turn, arguments: dict[str, Any], result: CallToolResult, took: float) -> None:
    words = ", ".join(f"{key}: {value}" for key, value in arguments.items())
    print(f"you   {turn.said}\ntool  {turn.tool}({_ID.sub(_short, words)})   {took:.1f} ms")
    lines = [line for block in result.content if isinstance(block, TextContent) for line in block.text.splitlines()]
    for line in lines[:MOST_LINES]:
        print(f"      {_ID.sub(_short, line)}")
    if len(lines) > MOST_LINES:
        print(f"      … {len(lines) - MOST_LINES} more lines")
    print()


if __name__ == "__main__":
    sys.exit(main())
