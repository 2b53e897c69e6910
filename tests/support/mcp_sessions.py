"""Real clients on real server processes: the SDK's over every transport, and a raw one that may say anything."""

import json
import os
import select
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from time import monotonic
from typing import Any

import httpx2
from mcp.client import Client
from mcp.client.sse import sse_client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import Implementation

ROOT = Path(__file__).parents[2]
PATIENCE = 30.0
ERAS = {"legacy": "2025-11-25", "auto": "2026-07-28"}


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "tests.support.served_home", *words]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}


@asynccontextmanager
async def over_stdio(*options: str, era: str = "legacy", name: str = "tests", **hears: Any) -> AsyncIterator[Client]:
    """The SDK's client with a server process of its own; ``hears`` are callbacks of the client's."""
    program, *words = command("stdio", *options)
    with Path(os.devnull).open("w") as nowhere:  # noqa: ASYNC230  opens at once
        parameters = StdioServerParameters(command=program, args=words, cwd=ROOT, env=environment())
        transport = stdio_client(parameters, errlog=nowhere)
        async with Client(transport, mode=era, client_info=_named(name), **hears) as client:
            yield client


@asynccontextmanager
async def over_http(
    url: str, *, era: str = "legacy", name: str = "tests", token: str | None = None, auth: Any = None, **hears: Any
) -> AsyncIterator[Client]:
    """The SDK's client on streamable HTTP."""
    async with httpx2.AsyncClient(headers=_bearer(token), timeout=PATIENCE, auth=auth) as http:
        transport = streamable_http_client(f"{url}/mcp", http_client=http)
        async with Client(transport, mode=era, client_info=_named(name), **hears) as client:
            yield client


@asynccontextmanager
async def over_sse(url: str, *, name: str = "tests", token: str | None = None, **hears: Any) -> AsyncIterator[Client]:
    """The SDK's client on SSE, which only the older era knows."""
    transport = sse_client(f"{url}/sse", headers=_bearer(token))
    async with Client(transport, mode="legacy", client_info=_named(name), **hears) as client:
        yield client


def _bearer(token: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


def _named(name: str) -> Implementation:
    return Implementation(name=name, version="1")


class HttpServer:
    """A server process that listens on a free port."""

    def __init__(self, process: "subprocess.Popen[str]", url: str, log: Path) -> None:
        self.process = process
        self.url = url
        self._log = log

    def log(self) -> str:
        """What it wrote on stderr so far."""
        return self._log.read_text()

    def end(self) -> int:
        """Ask it to end, as a service manager does; its exit code."""
        self.process.terminate()
        return self.process.wait(PATIENCE)


@contextmanager
def http_server(log: Path, *options: str) -> Iterator[HttpServer]:
    """A server over HTTP and SSE for as long as the context lasts; ``log`` takes its stderr."""
    with (
        log.open("w") as errors,
        subprocess.Popen(
            command("http", *options), cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=errors, text=True
        ) as process,
    ):
        assert process.stdout is not None
        try:
            yield HttpServer(process, process.stdout.readline().strip(), log)
        finally:
            process.kill()


class RawClient:
    """A conversation in lines with a server process: any bytes can be said."""

    def __init__(self, *options: str) -> None:
        self.process = subprocess.Popen(
            command("stdio", *options),
            cwd=ROOT,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
        )
        self._buffer = b""
        self._next = 0

    def say(self, line: bytes) -> None:
        """Send one line."""
        assert self.process.stdin is not None
        rest = memoryview(line + b"\n")
        while rest:
            rest = rest[self.process.stdin.write(rest) or 0 :]

    def hear(self) -> dict[str, Any]:
        """The next line, which must be JSON."""
        said: dict[str, Any] = json.loads(self.line())
        return said

    def line(self) -> bytes:
        """The next line; b"" at the end."""
        assert self.process.stdout is not None
        until = monotonic() + PATIENCE
        while b"\n" not in self._buffer:
            ready, _, _ = select.select([self.process.stdout], [], [], until - monotonic())
            assert ready, "the server says nothing"
            chunk = os.read(self.process.stdout.fileno(), 65_536)
            if not chunk:
                break
            self._buffer += chunk
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """Ask and wait for the answer with the same id."""
        self._next += 1
        self.say(json.dumps({"jsonrpc": "2.0", "id": self._next, "method": method, "params": params}).encode())
        while (said := self.hear()).get("id") != self._next:
            pass
        return said

    def greet(self) -> dict[str, Any]:
        """The handshake of the older era."""
        about = {"name": "raw", "version": "1"}
        said = self.ask("initialize", protocolVersion="2025-11-25", capabilities={}, clientInfo=about)
        self.say(b'{"jsonrpc":"2.0","method":"notifications/initialized"}')
        return said

    def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """The result of a tool."""
        result: dict[str, Any] = self.ask("tools/call", name=tool, arguments=arguments)["result"]
        return result

    def close(self) -> tuple[int, str]:
        """End the input; exit code and stderr come back."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        assert self.process.stderr is not None
        errors = self.process.stderr.read().decode(errors="replace")
        code = self.process.wait(PATIENCE)
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()
        return code, errors


@contextmanager
def raw_client(*options: str) -> Iterator[RawClient]:
    """A raw client whose server is gone afterwards, whatever happened."""
    client = RawClient(*options)
    try:
        yield client
    finally:
        if client.process.poll() is None:
            client.process.kill()
        client.process.wait()
        for stream in (client.process.stdin, client.process.stdout, client.process.stderr):
            if stream is not None:
                with suppress(BrokenPipeError):
                    stream.close()
