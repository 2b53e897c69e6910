"""The processes of a run: the hub, which may be killed and comes back on another port, and devices, which may be killed
and come back too.
"""

import asyncio
import json
import os
import re
import sys
import sysconfig
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from tools.chaos.rules import Rule

PASSWORD = "correct horse battery staple"  # noqa: S105
"""Of a hub that lives for one run."""

PATIENCE = 120.0
_LINE = 16 * 1_048_576
ROOT = Path(__file__).parents[2]

Process = asyncio.subprocess.Process


class Died(Exception):
    """A process ended that was to answer."""


def environment(**more: str) -> dict[str, str]:
    """Nobody's settings reach a child, and it finds the tools."""
    own = {
        name: value for name, value in os.environ.items() if not name.startswith(("GOODIES_", "FUNKYGIBBON_", "XDG_"))
    }
    return {**own, "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, [own.get("PYTHONPATH")])]), **more}


async def run(program: str, environ: Mapping[str, str], *words: str, stdin: str = "") -> tuple[int, str, str]:
    """A command to its end: exit code, stdout and stderr."""
    script = Path(sysconfig.get_path("scripts")) / program
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(
        script, *words, stdin=pipe, stdout=pipe, stderr=pipe, env=dict(environ)
    )
    try:
        out, err = await asyncio.wait_for(child.communicate(stdin.encode()), PATIENCE)
    except BaseException:
        with suppress(ProcessLookupError):
            child.kill()
        raise
    return child.returncode or 0, out.decode(), err.decode()


class HubProcess:
    """``funkygibbon serve``."""

    def __init__(self, folder: Path, rule: Rule) -> None:
        self.port = 0
        self.kills = 0
        self._rule = rule
        self._environ = environment(FUNKYGIBBON_DATA_DIR=str(folder), FUNKYGIBBON_LOG_LEVEL="error")
        self._folder = folder
        self._log = folder.with_name("hub.log")
        self._process: Process | None = None
        self._restarting: asyncio.Task[None] | None = None

    @property
    def home(self) -> Path:
        """The file of its one household."""
        (home,) = (self._folder / "households").glob("*/home.db")
        return home

    @property
    def said(self) -> str:
        """All that it wrote on stderr."""
        return self._log.read_text("utf-8", "replace")

    async def make(self) -> None:
        """Make the hub, and start it."""
        code, _, err = await run("funkygibbon", self._environ, "init", "--password-stdin", stdin=PASSWORD + "\n")
        if code:
            raise Died(err)
        await self.start()

    async def start(self) -> None:
        """Start it on a free port."""
        words = [sys.executable, "-m", "tools.chaos.rules", self._rule, "serve", "--port", "0"]
        with self._log.open("ab") as log:
            begun = log.tell()
            self._process = await asyncio.create_subprocess_exec(
                *words, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log, env=self._environ
            )
        async with asyncio.timeout(PATIENCE):
            while (found := re.search(r"Serving the hub on http://\S+:(\d+)\n", self.said[begun:])) is None:
                if self._process.returncode is not None:
                    raise Died(self.said[begun:])
                await asyncio.sleep(0.02)
        self.port = int(found[1])

    def kill(self) -> None:
        """End it at once; it comes back by itself."""
        if self._process is not None and self._restarting is None:
            self.kills += 1
            self._process.kill()
            self._restarting = asyncio.ensure_future(self._restarted(self._process))

    async def is_back(self) -> None:
        """Wait until it serves again."""
        if self._restarting is not None:
            await self._restarting

    async def end(self) -> None:
        """End it for good."""
        await self.is_back()
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def _restarted(self, killed: Process) -> None:
        try:
            await killed.wait()
            await self.start()
        finally:
            self._restarting = None


class DeviceProcess:
    """A device's process, and what it says."""

    def __init__(self, folder: Path, seed: str, rule: Rule) -> None:
        self.folder = folder
        self.kills = 0
        self._seed = seed
        self._rule = rule
        self._process: Process | None = None

    async def ask(self, verb: str, *words: object, patience: float = PATIENCE) -> dict[str, Any]:
        """Let it do something; what it answers. It is started where it does not run.

        Raises:
            Died: it ended instead.
        """
        if self._process is None:
            # A process that comes back draws other things than the one before it.
            command = (
                sys.executable,
                "-m",
                "tools.chaos.device",
                self.folder,
                f"{self._seed}/{self.kills}",
                self._rule,
            )
            pipe = asyncio.subprocess.PIPE
            self._process = await asyncio.create_subprocess_exec(
                *command, stdin=pipe, stdout=pipe, env=environment(), limit=_LINE
            )
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise Died
        stdin.write(json.dumps([verb, *words]).encode() + b"\n")
        line = await asyncio.wait_for(stdout.readline(), patience)
        if not line:
            raise Died(f"{self.folder.name} ended with {await self._process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    async def kill(self) -> None:
        """End it at once; the next question starts it again."""
        if self._process is not None:
            self.kills += 1
            await self._ended(self._process)

    async def end(self) -> None:
        """End it for good."""
        if self._process is not None:
            await self._ended(self._process)

    async def cli(self, *words: str) -> tuple[int, str, str]:
        """``goodies-mcp`` on the same file, beside the process."""
        return await run("goodies-mcp", environment(GOODIES_DATA_DIR=str(self.folder)), *words)

    async def _ended(self, process: Process) -> None:
        self._process = None
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
