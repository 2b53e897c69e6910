"""``goodies-mcp serve`` on a home, as a host has it, for tests that look at what hosts and hubs hear of it."""

import subprocess

from tests.support.command import Command
from tests.support.mcp_sessions import RawClient


class ServedDevice(RawClient):
    """One server process on one home, and the conversation with it; ``environ`` adds to the home's own settings."""

    def __init__(self, home, **environ):
        served = Command(home.data_dir, **{**home.environ, **environ})
        served.program = home.program
        self.process = served.started("serve", "--toolsets", "all", stderr=subprocess.DEVNULL, bufsize=0)
        self._buffer = b""
        self._next = 0

    def notice(self, method):
        """The next notice of this kind."""
        while (said := self.hear()).get("method") != method:
            pass
        return said["params"]

    def tool(self, name, /, **arguments):
        """A tool's structured answer, which must be a success."""
        result = self.call(name, **arguments)
        assert not result["isError"], result
        return result["structuredContent"]

    def __enter__(self):
        self.capabilities = self.greet()["result"]["capabilities"]
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            stream.close()
