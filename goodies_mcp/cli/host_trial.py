"""Starts the server the way a desktop host does, with next to no environment, and asks it the first questions."""

import json
import subprocess
import threading
from collections.abc import Sequence
from time import perf_counter
from typing import Any, NamedTuple

PATIENCE = 30.0
_PROTOCOL = "2025-11-25"


class Trial(NamedTuple):
    """How the start went: what is wrong (empty: nothing), how long it took and how many tools there are."""

    wrong: str
    seconds: float
    tools: int


def try_to_start(command: Sequence[str], home: str) -> Trial:
    """Run this command, ask it ``initialize`` and ``tools/list``, and end it by closing its stdin."""
    started = perf_counter()
    pipe = subprocess.PIPE
    with subprocess.Popen(  # noqa: S603 - our own program, by its full path
        list(command), stdin=pipe, stdout=pipe, stderr=pipe, env={"PATH": "/usr/bin:/bin", "HOME": home}, cwd=home
    ) as server:
        watchdog = threading.Timer(PATIENCE, server.kill)
        watchdog.start()
        try:
            return _conversation(server, started)
        except (OSError, ValueError) as error:
            return Trial(f"it broke off: {str(error) or type(error).__name__}", perf_counter() - started, 0)
        finally:
            watchdog.cancel()
            server.kill()


def _conversation(server: "subprocess.Popen[bytes]", started: float) -> Trial:
    hello = {"protocolVersion": _PROTOCOL, "capabilities": {}, "clientInfo": {"name": "doctor", "version": "0"}}
    _send(server, {"id": 1, "method": "initialize", "params": hello})
    first = _answer(server)
    _send(server, {"method": "notifications/initialized"})
    _send(server, {"id": 2, "method": "tools/list"})
    tools = _answer(server).get("tools", ())
    seconds = perf_counter() - started
    _, complaints = server.communicate()
    wrong = ""
    if "serverInfo" not in first or not tools:
        wrong = "its answers are not those of an MCP server"
    elif server.returncode:
        wrong = f"it ended with {server.returncode} when its stdin was closed: {_last_line(complaints)}"
    return Trial(wrong, seconds, len(tools))


def _send(server: "subprocess.Popen[bytes]", message: dict[str, object]) -> None:
    if server.stdin is not None:
        server.stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
        server.stdin.flush()


def _answer(server: "subprocess.Popen[bytes]") -> dict[str, Any]:
    line = server.stdout.readline() if server.stdout is not None else b""
    if not line:
        complaints = server.stderr.read() if server.stderr is not None else b""
        message = _last_line(complaints) or "no answer"
        raise ValueError(message)
    message = json.loads(line)
    result = message.get("result") if isinstance(message, dict) else None
    return result if isinstance(result, dict) else {}


def _last_line(said: bytes) -> str:
    lines = [line for line in said.decode("utf-8", "replace").splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("error:")]
    return (errors or lines or [""])[-1]
