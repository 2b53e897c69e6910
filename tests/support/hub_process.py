"""``funkygibbon`` as people run it, and a hub that serves on a free port, asked over real sockets."""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2

from goodies_mcp.core.models import Version
from goodies_mcp.inbetweenies.limits import MAX_PAGE_ROWS
from goodies_mcp.inbetweenies.messages import (
    SYNC_PATH,
    Limits,
    SyncResponse,
    content_digest,
    parse_sync_response,
)
from tests.support.command import Command
from tests.support.hub import bearer, sync_body

PROGRAM = (sys.executable, "-m", "goodies_mcp.cli.hub.main")
PASSWORD = "correct horse battery"
PATIENCE = 60.0


class HubCommand(Command):
    """``funkygibbon`` on one data folder."""

    def __init__(self, data_dir: Path, **environ: str) -> None:
        super().__init__(data_dir)
        self.program = PROGRAM
        self.environ = {"FUNKYGIBBON_DATA_DIR": str(data_dir), **environ}

    def started(self, *words: object, **how: Any) -> "subprocess.Popen[bytes]":
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **how}
        return subprocess.Popen([*self.program, *map(str, words)], env={**os.environ, **self.environ}, **pipes)

    def init(self, *words: str) -> None:
        """Make the hub."""
        self("init", "--password-stdin", *words, stdin=PASSWORD + "\n")

    @contextmanager
    def serving(self, *words: str) -> Iterator["HubProcess"]:
        """The hub on a free port, for as long as the context lasts."""
        with self.started("serve", "--port", "0", *words, stdin=subprocess.DEVNULL) as process:
            try:
                yield HubProcess(process)
            finally:
                process.kill()


class HubProcess:
    """A hub that serves."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        assert process.stderr is not None
        self.process = process
        self._stderr = process.stderr
        first = self._stderr.readline().decode()
        found = re.fullmatch(r"Serving the hub on (http://\S+)\n", first)
        assert found, first + self._stderr.read().decode()
        self.url = found[1]
        self._log = first
        self._more = threading.Condition()
        # A pipe that nobody empties would stop the hub.
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with suppress(ValueError, OSError):  # it was closed with the process
            for line in self._stderr:
                with self._more:
                    self._log += line.decode()
                    self._more.notify_all()

    def log(self, awaited: str = "") -> str:
        """What it wrote on stderr so far, and at least until it said what is awaited."""
        with self._more:
            assert self._more.wait_for(lambda: awaited in self._log, PATIENCE), self._log
            return self._log

    def kill(self) -> None:
        """End it as a power cut would, as far as a process goes."""
        self.process.kill()
        self.process.wait(PATIENCE)

    def end(self) -> int:
        """Ask it to end, as a service manager does; its exit code."""
        self.process.terminate()
        return self.process.wait(PATIENCE)

    @contextmanager
    def client(self, token: str | None = None) -> Iterator[httpx2.Client]:
        """An HTTP client, with a token."""
        headers = bearer(token) if token else {}
        with httpx2.Client(base_url=self.url, headers=headers, timeout=PATIENCE, trust_env=False) as http:
            yield http

    def login(self, **said: str) -> dict[str, Any]:
        """Log in; the answer."""
        with self.client() as http:
            answer = http.post("/api/v1/auth/login", json={"password": PASSWORD, **said})
        assert answer.status_code == 200, answer.text
        return answer.json()

    @contextmanager
    def device(self, name: str, **said: str) -> Iterator["SyncingDevice"]:
        """A device that has logged in and knows the hub's epoch."""
        token = self.login(device_id=name, **said)["access_token"]
        with self.client(token) as http:
            yield SyncingDevice(http, name)


class SyncingDevice:
    """The wire side of a device: pushes and pulls pages, and keeps its cursor."""

    def __init__(self, http: httpx2.Client, name: str) -> None:
        self.http = http
        self.name = name
        first = self.ask(None)
        assert first.cursor is None
        self.epoch = first.epoch
        self.seq = 0

    def ask(self, after: tuple[str, int] | None, *push: Version, **how: Any) -> SyncResponse:
        """One request."""
        body = sync_body(self.name, *push, after=after, incarnation=f"incarnation-{self.name}", **how)
        headers = {"Content-Type": "application/json", "Content-Digest": content_digest(body)}
        answer = self.http.post(SYNC_PATH, content=body, headers=headers)
        assert answer.status_code == 200, (answer.status_code, answer.text)
        return parse_sync_response(answer.content)

    def push(self, versions: Sequence[Version]) -> SyncResponse:
        """Push, and read no page."""
        return self.ask((self.epoch, self.seq), *versions, limits=Limits(rows=1))

    def pull(self, rows: int = MAX_PAGE_ROWS, *, own: bool = False) -> SyncResponse:
        """The next page; the cursor moves behind it."""
        answer = self.ask((self.epoch, self.seq), limits=Limits(rows=rows), own=own)
        assert answer.cursor is not None
        self.seq = answer.cursor.seq
        return answer

    def pull_all(self, rows: int = MAX_PAGE_ROWS, *, own: bool = False) -> list[Version]:
        """Everything behind the cursor."""
        found: list[Version] = []
        while True:
            answer = self.pull(rows, own=own)
            found += [row.version for row in answer.changes]
            if not answer.more:
                return found
