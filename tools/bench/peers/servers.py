"""Ours and the servers of others: how each is started on a home, filled, and asked for the same four things.

Only what a host sees differs here; what is measured stands in ``work.py``.
"""

import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeAlias

from goodies_mcp.config import DATABASE
from goodies_mcp.core.models import Entity, RecordId
from goodies_mcp.core.text import fold
from goodies_mcp.storage.interface import ReadView
from tools.bench.homes import Homes
from tools.home_file import seen
from tools.stdio_client import Message, Refused, StdioClient, outcome, program

FOLDER = Path(os.environ.get("GOODIES_BENCH_PEERS", Path(__file__).parents[3] / ".cache" / "peers"))

Call: TypeAlias = tuple[str, Mapping[str, object]]
"""A tool and its arguments."""


class Thing(NamedTuple):
    """What every server is told of a thing. Names are unique, because most of the others go by name."""

    id: str
    kind: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Server:
    """One server: ``files`` makes its data in an empty folder, ``start`` runs it there, ``search``, ``read`` and
    ``create`` word its tools, ``holds`` reads the names of all that its files hold when no server runs.
    """

    name: str
    files: Callable[[Path, Sequence[Thing]], None]
    start: Callable[[Path], StdioClient]
    search: Callable[[Thing], Call]
    read: Callable[[Thing], Call]
    create: Callable[[Thing], Call]
    holds: Callable[[Path], frozenset[str]]


def agreed(message: Message) -> None:
    """See that a tool did what it was asked. Raises Refused also where a server words its error as a success."""
    outcome(message)
    texts = message["result"].get("content") or [{}]
    if str(texts[0].get("text", "")).startswith(("Error", "Database error")):
        raise Refused({"code": "said", "message": texts[0]["text"]})


def drawn(homes: Homes, size: str) -> list[Thing]:
    """Everything of the home of this size, as all servers are told it."""
    return seen(homes.of(size) / DATABASE, lambda view: [_thing(each) for each in _all(view)])


def _thing(entity: Entity) -> Thing:
    text = json.dumps(dict(entity.content), ensure_ascii=False)
    return Thing(entity.id, entity.entity_type, f"{entity.name} {entity.id[:8]}", text)


def _all(view: ReadView) -> Iterator[Entity]:
    after: tuple[str, RecordId] | None = None
    while page := view.listed((), after=after, limit=1_000):
        yield from page
        after = (fold(page[-1].name), page[-1].id)


def ours(homes: Homes, size: str) -> Server:
    """This server on the home of this size, with no setting changed."""
    return Server(
        "goodies-mcp",
        files=lambda folder, _things: _copied(homes.of(size), folder),
        start=lambda folder: StdioClient(program("serve", "--data-dir", str(folder))),
        search=lambda thing: ("search_entities", {"query": _spoken(thing)}),
        read=lambda thing: ("get_entity_details", {"entity": thing.id}),
        create=lambda thing: (
            "create_entity",
            {"entity_type": "device", "name": thing.name, "content": {"note": thing.text}},
        ),
        holds=lambda folder: frozenset(seen(folder / DATABASE, lambda view: [each.name for each in _all(view)])),
    )


def _copied(home: Path, folder: Path) -> None:
    shutil.copytree(home, folder, dirs_exist_ok=True)


def _memory_files(folder: Path, things: Sequence[Thing]) -> None:
    lines = (json.dumps({"type": "entity", **_entity(thing)}) + "\n" for thing in things)
    (folder / "memory.jsonl").write_text("".join(lines), "utf-8")


def _memory_holds(folder: Path) -> frozenset[str]:
    found = []
    for line in (folder / "memory.jsonl").read_text("utf-8").splitlines():
        try:
            found.append(json.loads(line)["name"])
        except (ValueError, KeyError):
            continue  # what two writers left of a line
    return frozenset(found)


MEMORY = Server(
    "server-memory",
    files=_memory_files,
    start=lambda folder: _quiet(
        "node",
        FOLDER / "node_modules" / "@modelcontextprotocol" / "server-memory" / "dist" / "index.js",
        MEMORY_FILE_PATH=str(folder / "memory.jsonl"),
    ),
    search=lambda thing: ("search_nodes", {"query": _spoken(thing)}),
    read=lambda thing: ("open_nodes", {"names": [thing.name]}),
    create=lambda thing: ("create_entities", {"entities": [_entity(thing)]}),
    holds=_memory_holds,
)
"""``@modelcontextprotocol/server-memory``: a file of JSON lines, read and written whole."""


def _libsql_files(folder: Path, things: Sequence[Thing]) -> None:
    with LIBSQL.start(folder) as client:  # makes its tables
        client.greet()
        agreed(client.answer(client.start_tool("read_graph", {})))
    with closing(sqlite3.connect(folder / "memory.db")) as connection, connection:
        entities = [(thing.name, thing.kind) for thing in things]
        connection.executemany("INSERT INTO entities (name, entity_type) VALUES (?, ?)", entities)
        texts = [(thing.name, thing.text) for thing in things]
        connection.executemany("INSERT INTO observations (entity_name, content) VALUES (?, ?)", texts)


LIBSQL = Server(
    "mcp-memory-libsql",
    files=_libsql_files,
    start=lambda folder: _quiet(
        "node",
        FOLDER / "node_modules" / "mcp-memory-libsql" / "dist" / "index.js",
        LIBSQL_URL=f"file:{folder / 'memory.db'}",
    ),
    search=lambda thing: ("search_nodes", {"query": _spoken(thing)}),
    read=lambda thing: ("search_nodes", {"query": thing.name, "limit": 1}),  # it has no other way to one thing
    create=lambda thing: ("create_entities", {"entities": [_entity(thing)]}),
    holds=lambda folder: _names(folder / "memory.db", "SELECT name FROM entities"),
)
"""``mcp-memory-libsql``: the same model in a SQLite file, by libSQL."""


def _sqlite_files(folder: Path, things: Sequence[Thing]) -> None:
    with closing(sqlite3.connect(folder / "things.db")) as connection, connection:
        connection.execute("CREATE TABLE things (id TEXT PRIMARY KEY, kind TEXT, name TEXT UNIQUE, text TEXT)")
        connection.executemany("INSERT INTO things VALUES (?, ?, ?, ?)", things)


def _like(thing: Thing) -> str:
    words = _literal(f"%{_spoken(thing)}%")
    return f"SELECT * FROM things WHERE name LIKE {words} OR text LIKE {words} LIMIT 20"  # noqa: S608 - its only tool


SQLITE = Server(
    "mcp-server-sqlite",
    files=_sqlite_files,
    start=lambda folder: _quiet(FOLDER / "sqlite" / "bin" / "mcp-server-sqlite", "--db-path", folder / "things.db"),
    search=lambda thing: ("read_query", {"query": _like(thing)}),
    read=lambda thing: ("read_query", {"query": f"SELECT * FROM things WHERE id = {_literal(thing.id)}"}),  # noqa: S608
    create=lambda thing: (
        "write_query",
        {"query": f"INSERT INTO things VALUES ({', '.join(map(_literal, thing))})"},  # noqa: S608
    ),
    holds=lambda folder: _names(folder / "things.db", "SELECT name FROM things"),
)
"""``mcp-server-sqlite``: SQL as a tool, on a table of our making with an index on the name."""

PEERS = (MEMORY, LIBSQL, SQLITE)


def _spoken(thing: Thing) -> str:
    """Its name as people say it, without what makes it unique."""
    return thing.name.rpartition(" ")[0]


def _entity(thing: Thing) -> dict[str, object]:
    return {"name": thing.name, "entityType": thing.kind, "observations": [thing.text]}


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _names(database: Path, query: str) -> frozenset[str]:
    with closing(sqlite3.connect(database)) as connection:
        return frozenset(name for (name,) in connection.execute(query))


def _quiet(*command: object, **environ: str) -> StdioClient:
    """They greet on stderr."""
    with Path(os.devnull).open("wb") as nowhere:
        return StdioClient([str(word) for word in command], stderr=nowhere, environ=environ)
