"""uvicorn as both our servers use it: quiet, and ended by a signal without a word. Imported by who serves HTTP only."""

import asyncio
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import uvicorn
from starlette.types import ASGIApp


class _Server(uvicorn.Server):
    """Ends on a signal without raising it again: being asked to end is no failure."""

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


async def serve_app(app: ASGIApp, listening: socket.socket, *, grace: int) -> None:
    """Serve until SIGINT or SIGTERM; open connections then get ``grace`` seconds."""
    settings: dict[str, Any] = {
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "ws": "none",
        # Whose X-Forwarded-For is believed, an application decides itself.
        "proxy_headers": False,
    }
    config = uvicorn.Config(app, lifespan="on", timeout_graceful_shutdown=grace, **settings)
    await _Server(config).serve(sockets=[listening])
