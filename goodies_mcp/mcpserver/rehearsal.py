"""The opening of a conversation held with the SDK's server once, so that the preamble can repeat what it said.

Every opening request is asked in every protocol version, through the same streams that carry a host's. The home is not
there: an answer that would need it depends on more than the code, and is never remembered.
"""

import json
import logging
import os
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import distribution
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any

from mcp.server.runner import serve_dual_era_loop
from mcp_types import METHOD_NOT_FOUND
from mcp_types.version import MODERN_PROTOCOL_VERSIONS, SUPPORTED_PROTOCOL_VERSIONS

from goodies_mcp import __version__
from goodies_mcp.errors import Unavailable
from goodies_mcp.mcpserver.plain_messages import APP_TYPE, APPS
from goodies_mcp.mcpserver.preamble import WITH_APPS
from goodies_mcp.mcpserver.registry import Registry
from goodies_mcp.mcpserver.server import build_server
from goodies_mcp.mcpserver.stdio_streams import Incoming, Outgoing

if TYPE_CHECKING:
    from goodies_mcp.graph.home_graph import HomeGraph

logger = logging.getLogger(__name__)

ASKED = (
    "server/discover",
    "tools/list",
    "prompts/list",
    "resources/list",
    "resources/templates/list",
    "ping",
)
"""What hosts ask before anybody asks them for something."""

_WHO = {"name": "rehearsal", "version": "1"}
_ENVELOPE = "io.modelcontextprotocol/"

_SHOWS_APPS = {"extensions": {APPS: {"mimeTypes": [APP_TYPE]}}}

Tails = dict[str, str]


async def rehearse(registry: Registry, *, synced: bool) -> dict[str, dict[str, Tails]]:
    """What a server of these tools says to each opening request, by era and version, from behind the id on."""
    stage = _Stage(registry, synced=synced)
    return {
        "handshake": {version: await stage.greeted(version) for version in SUPPORTED_PROTOCOL_VERSIONS},
        "modern": {version: await stage.enveloped(version) for version in MODERN_PROTOCOL_VERSIONS},
    }


class _Stage:
    """The server over no home at all."""

    def __init__(self, registry: Registry, *, synced: bool) -> None:
        self._needed_home = False
        sync: Any = _NoSync(self._missed) if synced else None
        self._server = build_server(registry, self._no_home, sync)
        self._server.middleware.clear()  # nobody asked any of this: no trace may show it

    async def greeted(self, version: str) -> Tails:
        return _both(await self._greeted(version, {}), await self._greeted(version, _SHOWS_APPS))

    async def enveloped(self, version: str) -> Tails:
        return _both(await self._enveloped(version, {}), await self._enveloped(version, _SHOWS_APPS))

    async def _greeted(self, version: str, can: dict[str, Any]) -> Tails:
        params = {"protocolVersion": version, "capabilities": can, "clientInfo": _WHO}
        asked = [("initialize", params), *((method, {}) for method in ASKED)]
        return await self._told(asked)

    async def _enveloped(self, version: str, can: dict[str, Any]) -> Tails:
        envelope = {"protocolVersion": version, "clientInfo": _WHO, "clientCapabilities": can}
        meta = {_ENVELOPE + key: value for key, value in envelope.items()}
        return await self._told([(method, {"_meta": meta}) for method in ASKED])

    async def _told(self, asked: list[tuple[str, dict[str, Any]]]) -> Tails:
        lines = iter(self._lines(asked))
        tails: Tails = {}

        async def read() -> bytes:
            await outgoing.rest()  # one after another, so that each knows whether it needed the home
            self._needed_home = False
            return next(lines, b"")

        async def write(line: bytes) -> None:
            message = json.loads(line)
            number = message.get("id")
            settled = "result" in message or message.get("error", {}).get("code") == METHOD_NOT_FOUND
            head = f'{{"jsonrpc":"2.0","id":{number}'
            if settled and not self._needed_home and line.startswith(head.encode()):
                tails[asked[number][0]] = line.decode()[len(head) :].rstrip("\n")

        outgoing = Outgoing(write)
        options = self._server.create_initialization_options()
        incoming = Incoming(read, outgoing)
        await serve_dual_era_loop(self._server, incoming, outgoing, lifespan_state={}, init_options=options)
        return tails

    @staticmethod
    def _lines(asked: list[tuple[str, dict[str, Any]]]) -> Iterator[bytes]:
        for number, (method, params) in enumerate(asked):
            yield json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}).encode() + b"\n"

    async def _no_home(self) -> "HomeGraph":
        raise self._missed()

    def _missed(self) -> Unavailable:
        self._needed_home = True
        return Unavailable("this is a rehearsal")


class _NoSync:
    """Stands where a ``SyncControl`` stands; news of it may be asked for, and there are none."""

    def __init__(self, missed: Callable[[], Unavailable]) -> None:
        self._missed = missed

    def subscribe(self, _news: object) -> Callable[[], None]:
        return lambda: None

    def __getattr__(self, _name: str) -> object:
        raise self._missed()


def _both(plain: Tails, with_apps: Tails) -> Tails:
    """What all hosts are told, and beside it what those that show apps are told instead, where that is different."""
    others = {method + WITH_APPS: tail for method, tail in with_apps.items() if tail != plain.get(method)}
    # What one of them is not told from memory must not be told to the other as if it were the same.
    shared = {method: tail for method, tail in plain.items() if method in with_apps}
    return {**shared, **others}


async def remember(file: str, registry: Registry, *, synced: bool) -> None:
    """Rehearse, and keep what was said for the next start. What stands in the way is nobody's loss but a second's."""
    try:
        said = await rehearse(registry, synced=synced)
        _replace(Path(file), json.dumps({"version": __version__, "made_of": _made_of(), **said}))
    except Exception:
        logger.debug("the opening could not be rehearsed", exc_info=True)


def _made_of() -> list[tuple[str, int, int]]:
    """Every file of ours and of the SDK's that had a part in the answers, with its time and size."""
    ours = (getattr(module, "__file__", None) for name, module in sys.modules.items() if _has_part(name))
    # Its name holds its version, and installers may give all files of all versions one time.
    releases = (distribution(name) for name in ("mcp", "mcp-types"))
    metadata = (d.locate_file(f"{d.name.replace('-', '_')}-{d.version}.dist-info/METADATA") for d in releases)
    files = sorted({str(file) for file in (*ours, *metadata) if file})
    return [(file, (about := Path(file).stat()).st_mtime_ns, about.st_size) for file in files]


def _has_part(module: str) -> bool:
    return module.partition(".")[0] in {"goodies_mcp", "mcp", "mcp_types"}


def _replace(file: Path, text: str) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with NamedTemporaryFile("w", encoding="utf-8", dir=file.parent, suffix=".new", delete=False) as new:
        new.write(text)
    try:
        os.replace(new.name, file)  # noqa: PTH105 - one call that every system does at once
    except OSError:
        Path(new.name).unlink(missing_ok=True)
        raise
