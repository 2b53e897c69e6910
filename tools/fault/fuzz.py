"""Random and mutated messages at a real server: it never dies, never answers with a trace, and owes no answer.

Most messages are well-formed JSON-RPC with odd values here and there, the others mutated bytes. After each handful an
ordinary request must be answered by the same process.
"""

import argparse
import json
import random
import re
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

from goodies_mcp.config import DATABASE
from goodies_mcp.mcpserver.catalogue import catalogue
from goodies_mcp.mcpserver.listing import listed
from tools.bench.homes import build
from tools.fault.fuzz_http import HttpServer, still_serves, strange_request
from tools.fault.messages import Strange
from tools.stdio_client import Message, ServerGone, StdioClient, program

HANDFUL = 25
ENTITIES = 200
TRACE = re.compile(r'Traceback|File \\?"|site-packages|\.py\b|line \d+, in |errors\.pydantic\.dev')
_INTERNAL = re.compile(r'"code": ?"internal"|-32603')
_NAMES = ("House 1", "Kitchen 1", "Hall 1", "Door 1", "Note 7", "light", "filter", "nobody", "Bedroom 1", "device")


@dataclass
class Tally:
    """What the run came to."""

    sent: int = 0
    answers: int = 0
    faults: list[str] = field(default_factory=list)


class Conversation:
    """Strange messages to one server, and what it makes of them."""

    def __init__(self, server: StdioClient, strange: Strange, tally: Tally, chance: random.Random) -> None:
        self._server = server
        self._strange = strange
        self._tally = tally
        self._chance = chance
        self._owed: dict[int, bytes] = {}
        self._number = 1_000_000

    def handful(self, count: int) -> None:
        """Send so many messages, then a ping, and read until it is answered."""
        sent = []
        for _ in range(count):
            self._number += 1
            if self._chance.random() < 0.6:
                line, owed = self._strange.well_formed(self._number)
                if owed:
                    self._owed[self._number] = line
            else:
                line = self._strange.mutated(self._number)
            sent.append(line)
            self._server.write(line)
        self._tally.sent += count
        try:
            self._read_until(self._server.request("ping"), sent)
        except (ServerGone, TimeoutError) as error:
            shown = b"".join(line[:2000] for line in sent)
            self._tally.faults.append(f"{error!r} after {shown!r}")
            raise

    def settle(self) -> None:
        """Whatever is owed comes, or is a fault."""
        try:
            while self._owed:
                self._take(self._server.line(20), [])
        except TimeoutError:
            self._tally.faults += [f"never answered: {line[:500]!r}" for line in self._owed.values()]

    def _read_until(self, ping: int, sent: list[bytes]) -> None:
        while self._take(self._server.line(), sent).get("id") != ping:
            pass

    def _take(self, line: bytes, sent: list[bytes]) -> Message:
        self._tally.answers += 1
        text = line.decode("utf-8", "replace")
        message = _parsed(line)
        number = message.get("id")
        cause = self._owed.pop(number, b"") if isinstance(number, int) else b""
        if not message or _tells_too_much(text):
            known = cause or b"".join(each[:500] for each in sent)
            self._tally.faults.append(f"answered {text[:600]} to {known[:3000]!r}")
        return message


def _tells_too_much(text: str) -> bool:
    return bool(TRACE.search(text) or _INTERNAL.search(text))


def _parsed(line: bytes) -> Message:
    try:
        message = json.loads(line)
    except ValueError:
        return {}
    return message if isinstance(message, dict) else {}


def over_stdio(folder: Path, *, messages: int, seed: int, talk: bool = False) -> Tally:
    """So many messages to one server process."""
    tally = Tally()
    build(folder / DATABASE, ENTITIES)
    chance = random.Random(seed)
    command = program("serve", "--data-dir", str(folder), "--toolsets", "all")
    with (folder / "stderr").open("w+b") as said, StdioClient(command, stderr=said) as server:
        server.greet("fuzz")
        tools = server.call("tools/list")["tools"]
        conversation = Conversation(server, Strange(seed, tools, _NAMES), tally, chance)
        try:
            while tally.sent < messages and len(tally.faults) < 20:
                conversation.handful(min(HANDFUL, messages - tally.sent))
                if talk and tally.sent % 10_000 == 0:
                    print(f"  {tally.sent} sent, {tally.answers} answers", flush=True)
            conversation.settle()
        except (ServerGone, TimeoutError):
            said.seek(0)
            tally.faults.append(f"its last words: {said.read()[-2000:].decode(errors='replace')}")
    return tally


def over_http(folder: Path, *, messages: int, seed: int, talk: bool = False) -> Tally:
    """So many requests to one server process, one after the other."""
    tally = Tally()
    build(folder / DATABASE, ENTITIES)
    chance = random.Random(seed)
    with HttpServer(folder) as server:
        strange = Strange(seed, [listed(tool) for tool in catalogue()], _NAMES)
        while tally.sent < messages and len(tally.faults) < 20:
            tally.sent += 1
            status, body, sent = strange_request(server, strange, chance, tally.sent)
            tally.answers += status > 0
            text = body.decode(errors="replace")
            if status >= 500 or _tells_too_much(text) or b"Traceback" in body:
                tally.faults.append(f"answered {status} {body[:600]!r} to {sent[:2000]!r}")
            if tally.sent % HANDFUL == 0 and not still_serves(server):
                tally.faults.append(f"it serves no more after {sent[:2000]!r}; its last words: {server.last_words}")
                break
            if talk and tally.sent % 10_000 == 0:
                print(f"  {tally.sent} sent, {tally.answers} answers", flush=True)
    return tally


OVER = {"stdio": over_stdio, "http": over_http}


def main(words: Sequence[str] | None = None) -> int:
    """The full run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    parser.add_argument("--over", choices=list(OVER), default="stdio")
    arguments = parser.parse_args(words)
    print(f"fuzzed messages over {arguments.over}: seed {arguments.seed}, {arguments.messages} messages", flush=True)
    started = perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        tally = OVER[arguments.over](Path(folder), messages=arguments.messages, seed=arguments.seed, talk=True)
    for fault in tally.faults:
        print(f"FAULT {fault}")
    print(f"{tally.sent} sent, {tally.answers} answers in {perf_counter() - started:.0f} s, {len(tally.faults)} faults")
    print("FAILED" if tally.faults else "passed: the server neither died nor answered with a trace")
    return 1 if tally.faults else 0


if __name__ == "__main__":
    sys.exit(main())
