"""uvicorn as both our servers use it: quiet, and ended by a signal without a word. Imported by who serves HTTP only."""

import asyncio
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import uvicorn
from starlette.types import ASGIApp


class _Server(uvicorn.Server):
    """Ends on a signal without raising it again: being asked to end is no failure."""

    announce: Callable[[], object] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer, and say so: from here on a signal is heard between two steps."""
        await super().startup(sockets)
        if self.announce is not None and self.started:
            self.announce()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Listen to signals for as long as the context lasts."""
        loop, caught = asyncio.get_running_loop(), (signal.SIGINT, signal.SIGTERM)
        for each in caught:
            with suppress(RuntimeError, ValueError):  # only the main thread hears signals
                loop.add_signal_handler(each, self.handle_exit, each, None)
        try:
            yield
        finally:
            for each in caught:
                with suppress(RuntimeError, ValueError):
                    loop.remove_signal_handler(each)


async def serve_app(
    app: ASGIApp, listening: socket.socket, *, grace: int, announce: Callable[[], object] | None = None
) -> None:
    """Serve until SIGINT or SIGTERM; open connections then get ``grace`` seconds. ``announce`` is called once it
    answers."""
    settings: dict[str, Any] = {
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "ws": "none",
        # Whose X-Forwarded-For is believed, an application decides itself.
        "proxy_headers": False,
    }
    config = uvicorn.Config(app, lifespan="on", timeout_graceful_shutdown=grace, **settings)
    server = _Server(config)
    server.announce = announce
    await server.serve(sockets=[listening])
