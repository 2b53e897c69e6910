"""A raw MCP client over a child's stdin and stdout: the lines that a host sends, with no SDK's own time in them."""

import json
import os
import select
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import perf_counter
from types import TracebackType
from typing import IO, Any, Self

PROTOCOL = "2025-11-25"
PATIENCE = 60.0
"""Seconds after which a silent server counts as dead."""

Message = dict[str, Any]


class ServerGone(Exception):
    """The server ended, or said nothing for too long."""


class Refused(Exception):
    """A tool answered with an error; ``said`` is its structured content."""

    def __init__(self, said: Mapping[str, Any]) -> None:
        super().__init__(f"{said.get('code')}: {said.get('message')}")
        self.said = said

    @property
    def code(self) -> str:
        """The error's code."""
        return str(self.said.get("code"))


def program(*words: str) -> list[str]:
    """The command line of ``goodies-mcp`` as it is installed beside this interpreter."""
    script = Path(sysconfig.get_path("scripts")) / "goodies-mcp"
    start = [str(script)] if script.exists() else [sys.executable, "-m", "goodies_mcp"]
    return [*start, *words]


def environment() -> dict[str, str]:
    """The environment of a child: nobody's settings reach it."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("GOODIES_", "XDG_"))}


class StdioClient:
    """One server process and the conversation with it. Not for several threads. What it says on stderr is heard where
    ours is, unless a file is given for it: a server that dies says why.
    """

    def __init__(
        self, command: Sequence[str], *, stderr: IO[bytes] | None = None, environ: Mapping[str, str] | None = None
    ) -> None:
        self.started = perf_counter()
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=stderr, bufsize=0, env={**environment(), **(environ or {})}
        )
        if self.process.stdin is None or self.process.stdout is None:
            raise ServerGone
        self._in = self.process.stdin.fileno()
        self._out = self.process.stdout.fileno()
        os.set_blocking(self._in, False)
        self._buffer = bytearray()
        self._searched = 0
        self._next = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None and self.process.poll() is None:
            self.close()
        else:
            self.kill()
            self._release()

    # Lines

    def write(self, data: bytes) -> None:
        """Send bytes; what the server says meanwhile is kept, so that two full pipes cannot block each other."""
        view = memoryview(data)
        while view:
            try:
                view = view[os.write(self._in, view) :]
            except BlockingIOError:
                ready, _, _ = select.select([self._out], [self._in], [], PATIENCE)
                if ready:
                    self._fill()
            except BrokenPipeError as error:
                raise ServerGone("the server no longer reads") from error

    def line(self, seconds: float = PATIENCE) -> bytes:
        """The next line from the server."""
        deadline = perf_counter() + seconds
        while (end := self._buffer.find(b"\n", self._searched)) < 0:
            self._searched = len(self._buffer)
            left = deadline - perf_counter()
            if left <= 0 or not select.select([self._out], [], [], left)[0]:
                raise TimeoutError
            self._fill()
        found = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        self._searched = 0
        return found

    def _fill(self) -> None:
        data = os.read(self._out, 1 << 18)
        if not data:
            raise ServerGone(f"the server closed its output, exit code {self.process.poll()}")
        self._buffer += data

    # Messages

    def request(self, method: str, params: Mapping[str, object] | None = None) -> int:
        """Send a request and go on; the number that its answer will carry comes back."""
        self._next += 1
        message = {"jsonrpc": "2.0", "id": self._next, "method": method, "params": params or {}}
        self.write(json.dumps(message).encode() + b"\n")
        return self._next

    def notify(self, method: str) -> None:
        """Send a notification."""
        self.write(json.dumps({"jsonrpc": "2.0", "method": method}).encode() + b"\n")

    def receive(self, seconds: float = PATIENCE) -> Message:
        """The next message, whatever it is."""
        message: Message = json.loads(self.line(seconds))
        return message

    def answer(self, number: int) -> Message:
        """The answer to a request; notices that come before it are passed over."""
        while True:
            message = self.receive()
            if message.get("id") == number and "method" not in message:
                return message

    def call(self, method: str, params: Mapping[str, object] | None = None) -> Message:
        """A request and its result."""
        message = self.answer(self.request(method, params))
        if "error" in message:
            raise Refused(message["error"])
        result: Message = message["result"]
        return result

    def greet(self, client: str = "raw") -> None:
        """The handshake of every host in the field."""
        who = {"name": client, "version": "1"}
        self.call("initialize", {"protocolVersion": PROTOCOL, "capabilities": {}, "clientInfo": who})
        self.notify("notifications/initialized")

    def start_tool(self, name: str, arguments: Mapping[str, object]) -> int:
        """Send a tool call and go on."""
        return self.request("tools/call", {"name": name, "arguments": arguments})

    def tool(self, name: str, arguments: Mapping[str, object]) -> Message:
        """A tool's structured answer."""
        return outcome(self.answer(self.start_tool(name, arguments)))

    def timed(self, line: bytes) -> float:
        """Seconds from sending a prepared request to having its whole answer, unparsed."""
        started = perf_counter()
        self.write(line)
        self.line()
        return perf_counter() - started

    # Ends

    def kill(self) -> None:
        """End it at once, as a power button would end the process. What it had said can still be read."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def last_words(self) -> list[Message]:
        """Whatever the dead server had written before it died; a torn last line is no message."""
        while data := os.read(self._out, 1 << 18):
            self._buffer += data
        whole, _, _ = bytes(self._buffer).rpartition(b"\n")
        self._buffer.clear()
        return [json.loads(line) for line in whole.split(b"\n") if line]

    def close(self) -> int:
        """End as a host does, by closing its input; the exit code comes back."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
            raise ServerGone("the server did not end when its input did") from None
        finally:
            self._release()

    def _release(self) -> None:
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()


def outcome(message: Message) -> Message:
    """The structured content of an answered tool call.

    Raises:
        Refused: the tool or the protocol answered with an error.
    """
    if "error" in message:
        raise Refused(message["error"])
    result = message["result"]
    structured: Message = result.get("structuredContent") or {}
    if result.get("isError"):
        raise Refused(structured or {"code": "unsaid", "message": str(result.get("content"))})
    return structured


def prepared(name: str, arguments: Mapping[str, object], number: int = 1) -> bytes:
    """A tool call as the line that goes over the wire."""
    params = {"name": name, "arguments": arguments}
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params}).encode() + b"\n"
