"""A hub as people run it, on a free port, and homes that log in to it: real processes, real sockets."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from goodies_mcp.clock import RandomIds, SystemClock
from goodies_mcp.sync.credentials import CredentialsFile
from goodies_mcp.sync.http_transport import Wish, login
from tools.stdio_client import ServerGone, environment

_PROGRAM = (sys.executable, "-m", "goodies_mcp.cli.hub.main")
_PASSWORD = "correct horse battery"  # noqa: S105 - of a hub that lives for a minute
_PATIENCE = 60.0
_SAID = "Serving the hub on "


@contextmanager
def new_hub(folder: Path) -> Iterator[str]:
    """A new hub in this folder; its address, for as long as the context lasts."""
    # It says little: nobody reads on behind its first line.
    where = {**environment(), "FUNKYGIBBON_DATA_DIR": str(folder), "FUNKYGIBBON_LOG_LEVEL": "error"}
    making = [*_PROGRAM, "init", "--password-stdin"]
    subprocess.run(making, input=_PASSWORD.encode(), env=where, check=True, stdout=subprocess.DEVNULL)
    serving = [*_PROGRAM, "serve", "--port", "0"]
    with subprocess.Popen(serving, env=where, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        try:
            line = process.stderr.readline().decode().strip() if process.stderr else ""
            if not line.startswith(_SAID):
                raise ServerGone(f"the hub did not begin to serve: {line}")
            yield line.removeprefix(_SAID)
        finally:
            process.terminate()
            process.wait(_PATIENCE)


def log_in(data_dir: Path, address: str) -> None:
    """Let the home in this folder belong to the hub at this address."""
    wish = Wish(_PASSWORD, RandomIds().new_id(), data_dir.name)
    CredentialsFile(data_dir).save(asyncio.run(login(address, wish, clock=SystemClock())))
