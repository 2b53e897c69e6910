"""The same strange messages over HTTP: as bodies of requests whose headers are strange too."""

import http.client
import random
import re
import subprocess
import threading
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from tools.fault.messages import Strange
from tools.stdio_client import PATIENCE, ServerGone, environment, program

_PORT = re.compile(rb"http://127\.0\.0\.1:(\d+)/mcp")
_PATHS = (
    "/mcp",
    "/mcp",
    "/mcp",
    "/mcp",
    "/mcp/",
    "/messages/?session_id=00",
    "/messages/",
    "/",
    "/%00",
    "//",
    "/mcp?x=1",
)
_METHODS = ("POST", "POST", "POST", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH", "BREW")
_ODD_HEADERS: tuple[Mapping[str, str], ...] = (
    {},
    {},
    {},
    {"Accept": "text/html"},
    {"Content-Type": "text/plain"},
    {"Content-Type": "application/json; charset=utf-16"},
    {"Host": "evil.example"},
    {"Origin": "http://evil.example"},
    {"Mcp-Session-Id": "00000000000000000000000000000000"},
    {"Mcp-Session-Id": "../../x"},
    {"Mcp-Protocol-Version": "1999-01-01"},
    {"Mcp-Protocol-Version": "2026-07-28"},
    {"Mcp-Method": "tools/call", "Mcp-Name": "nothing"},
    {"Last-Event-Id": "x"},
    {"Authorization": "Bearer \xff"},
    {"X-Long": "a" * 20_000},
)
_PLAIN = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
_PING = (
    b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},'
    b'"clientInfo":{"name":"fuzz","version":"1"}}}'
)
_MOST_READ = 200_000


class HttpServer:
    """A server on a free port of this machine."""

    def __init__(self, data_dir: Path) -> None:
        words = ("serve", "--transport", "http", "--port", "0", "--data-dir", str(data_dir), "--toolsets", "all")
        self.process = subprocess.Popen(program(*words), stderr=subprocess.PIPE, bufsize=0, env=environment())
        self.port = self._announced()
        self._said: deque[bytes] = deque(maxlen=40)
        # Read on, or the server would wait for room in its stderr.
        self._reader = threading.Thread(target=self._hear, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.terminate()
        self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        if self.process.stderr is not None:
            self.process.stderr.close()

    def _announced(self) -> int:
        stderr = self.process.stderr
        while stderr is not None and (line := stderr.readline()):
            if found := _PORT.search(line):
                return int(found[1])
        raise ServerGone("it never said where it listens")

    def _hear(self) -> None:
        if self.process.stderr is not None:
            self._said.extend(self.process.stderr)

    @property
    def last_words(self) -> str:
        """What it wrote to stderr last."""
        return b"".join(self._said).decode(errors="replace")

    def ask(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """One request on a connection of its own: status and what came first of the body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body, dict(headers))
            answer = connection.getresponse()
            if not answer.getheader("Content-Type", "").startswith("text/event-stream"):
                return answer.status, answer.read(_MOST_READ)
            # A stream that stays open has said enough with its first message, which an empty one may precede.
            body = answer.read1(_MOST_READ)
            while b"data: {" not in body and (more := answer.read1(_MOST_READ)):
                body += more
            return answer.status, body
        finally:
            connection.close()


def strange_request(
    server: HttpServer, strange: Strange, chance: random.Random, number: int
) -> tuple[int, bytes, bytes]:
    """One strange request: status (0: the connection was cut), answer, and what was sent."""
    line = strange.well_formed(number)[0] if chance.random() < 0.6 else strange.mutated(number)
    # A subscription stays open and says nothing, as it should: not over a connection that is waited for.
    line = line.replace(b"subscriptions/listen", b"subscriptions/list")
    headers = {**_PLAIN, **chance.choice(_ODD_HEADERS)}
    method, path = ("POST", "/mcp") if chance.random() < 0.8 else (chance.choice(_METHODS), chance.choice(_PATHS))
    sent = f"{method} {path} {headers} ".encode(errors="replace")[:500] + line
    with suppress(http.client.HTTPException, ConnectionError):
        status, body = server.ask(method, path, line, headers)
        return status, body, sent
    return 0, b"", sent


def still_serves(server: HttpServer) -> bool:
    """Whether an ordinary host would still be served, by the same process."""
    if server.process.poll() is not None:
        return False
    status, body = server.ask("POST", "/mcp", _PING, _PLAIN)
    return status == 200 and b"protocolVersion" in body
