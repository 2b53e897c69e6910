"""A server process over a small home in memory: python -m tests.support.served_home {stdio|http} [OPTION=VALUE ...].

It is what ``goodies-mcp serve`` does, without a database file: the tests of the MCP edge are about the edge.
"""

import asyncio
import logging
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from goodies_mcp.clock import RandomIds, SystemClock
from goodies_mcp.errors import StorageCorrupt
from goodies_mcp.graph.home_graph import HomeGraph
from goodies_mcp.graph.results import Writer
from goodies_mcp.mcpserver.catalogue import catalogue
from goodies_mcp.mcpserver.http_server import OAuth, serve_http
from goodies_mcp.mcpserver.stdio_server import serve_stdio
from goodies_mcp.reading.fetching import Fetcher
from goodies_mcp.reading.files import FileGuard
from goodies_mcp.reading.reader import Reader
from goodies_mcp.reading.threaded import ThreadedReading
from goodies_mcp.storage.interface import GraphStore
from goodies_mcp.storage.memory import MemoryStore
from goodies_mcp.storage.sqlite import open_store
from tests.support.spans import write_spans

FURNITURE = (
    ("home", "Our house", None, {}),
    ("zone", "Ground floor", "Our house", {"zone_type": "floor", "level": 0}),
    ("room", "Kitchen", "Ground floor", {}),
    ("room", "Hall", "Ground floor", {}),
    ("room", "Bedroom", "Ground floor", {}),
    ("device", "Ceiling light", "Kitchen", {"device_type": "light", "capabilities": {"on_off": {}, "brightness": {}}}),
    ("device", "Lamp", "Kitchen", {"device_type": "light", "capabilities": {"on_off": {}}}),
    ("device", "Lamp", "Bedroom", {"device_type": "light", "capabilities": {"on_off": {}}}),
    ("door", "Kitchen door", "Kitchen", {"accessible": True}),
)
EDGES = (("Kitchen door", "connects_to", "Kitchen"), ("Kitchen door", "connects_to", "Hall"))


@asynccontextmanager
async def furnished_home(database: str | None = None) -> AsyncIterator[HomeGraph]:
    """A home with a floor, three rooms, a door between two of them, and two lamps of one name."""
    clock, ids = SystemClock(), RandomIds()
    store: GraphStore = (
        await open_store(Path(database), clock=clock, ids=ids) if database else MemoryStore(clock=clock, ids=ids)
    )
    with TemporaryDirectory(prefix="goodies-inbox-") as aside:
        inbox = Path(database).with_name("inbox") if database else Path(aside)
        reader = Reader(FileGuard(inbox, most=1 << 28), Fetcher())
        home = HomeGraph(store, clock, ids, reading=lambda: ThreadedReading(reader))
        await _furnish(home)
        yield home
        await store.close()


async def _furnish(home: HomeGraph) -> None:
    by = Writer(client="furniture", tool="test")
    for entity_type, name, place, content in FURNITURE:
        where = {"part_of": place} if entity_type in {"zone", "room"} else {"located_in": place}
        await home.create_entity(by, entity_type, name, content=content, **(where if place else {}))
    for start, relationship_type, goal in EDGES:
        await home.create_relationship(by, start, goal, relationship_type)


@asynccontextmanager
async def broken_home() -> AsyncIterator[HomeGraph]:
    """A home that cannot be opened."""
    raise StorageCorrupt("goodies.db is damaged", hint="`goodies-mcp restore` puts a backup in its place")
    yield


@asynccontextmanager
async def noisy_home() -> AsyncIterator[HomeGraph]:
    """A home whose libraries print, and start programs that do."""
    print("a stray print", flush=True)  # noqa: T201  this is what must not reach the wire
    subprocess.run(["echo", "a stray line from a child"], check=True)  # noqa: ASYNC221  as above
    async with furnished_home() as home:
        yield home


def main(words: list[str]) -> None:
    """Serve until standard input ends or a signal comes; over HTTP the first line on stdout is the base URL."""
    options = dict(word.split("=", 1) for word in words[1:])
    if "spans" in options:
        write_spans(options["spans"])
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    tools = catalogue().select(options.get("toolsets", "all"), read_only="read_only" in options)
    home = broken_home if "broken" in options else partial(furnished_home, options.get("database"))
    if words[0] == "stdio":
        asyncio.run(serve_stdio(tools, noisy_home if "prints" in options else home))
        return
    given = {key: options[key] for key in ("host", "token", "transport") if key in options}
    asyncio.run(
        serve_http(
            tools,
            home,
            port=int(options.get("port", "0")),
            allowed_hosts=options.get("allowed_hosts", "").split(",") if "allowed_hosts" in options else (),
            oauth=OAuth(options["issuer"]) if "issuer" in options else None,
            announce=lambda url: print(url, flush=True),  # noqa: T201  this is how the tests learn it
            **given,
        )
    )


if __name__ == "__main__":
    main(sys.argv[1:])
