"""``goodies-mcp serve`` on a demo home, as a person starts it: a process, a folder, and a port."""

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from queue import Queue
from typing import TextIO

from goodies_mcp.app import finished, inline_home
from goodies_mcp.config import load
from tests.support.mcp_sessions import PATIENCE, ROOT, environment
from tools.demo.build import build_demo_home

TODAY = date(2026, 3, 1)


def demo_home(folder: Path) -> Path:
    """A demo home in this folder."""
    with inline_home(load({"data_dir": str(folder)}, {}), create=True) as home:
        finished(build_demo_home(home.graph, TODAY))
    return folder


class _Log(threading.Thread):
    """What a server writes on stderr."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(daemon=True)
        self._stream = stream
        self.first: Queue[str] = Queue()
        self.lines: list[str] = []
        self.start()

    def run(self) -> None:
        for line in self._stream:
            self.lines.append(line)
            if len(self.lines) == 1:
                self.first.put(line)


@contextmanager
def over_http(folder: Path, *options: str, module: str = "goodies_mcp") -> Iterator[str]:
    """The base URL of a server over HTTP and SSE while the context lasts. It must end well, and in silence."""
    words = [sys.executable, "-m", module, "serve", "--transport", "http", "--port", "0", "--data-dir", str(folder)]
    with subprocess.Popen(
        [*words, *options], cwd=ROOT, env=environment(), stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        log = _Log(process.stderr)
        try:
            url = re.search(r"http://[0-9.:]+", log.first.get(timeout=PATIENCE))
            assert url is not None, log.lines
            yield url[0]
        finally:
            process.terminate()
            code = process.wait(PATIENCE)
            log.join(PATIENCE)
        assert code == 0, log.lines
        assert "Traceback" not in "".join(log.lines), log.lines
