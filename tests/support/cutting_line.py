"""A line to a hub that breaks when a test wants it to: real sockets, bytes counted on their way up."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit


class CuttingLine:
    """Passes everything on to ``target`` (an address as URL). After ``cut_after`` more bytes upwards it calls ``cut``,
    drops every connection, and is whole again."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.cut_after: int | None = None
        self.cut: Callable[[], None] = lambda: None
        self.cuts = 0
        self.up = 0
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """No more connections."""
        self._listening.close()
        self._drop()

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                near, _ = self._listening.accept()
                address = urlsplit(self.target)
                try:
                    far = socket.create_connection((address.hostname, address.port), timeout=30)
                except OSError:
                    near.close()
                    continue
                self._open |= {near, far}
                for source, sink, upwards in ((near, far, True), (far, near, False)):
                    threading.Thread(target=self._pass_on, args=(source, sink, upwards), daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket, upwards: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                sink.sendall(data)
                if upwards and self._is_enough(len(data)):
                    self.cut()
                    self._drop()
                    return
        for each in (source, sink):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _is_enough(self, size: int) -> bool:
        with self._lock:
            self.up += size
            if self.cut_after is None:
                return False
            self.cut_after -= size
            if self.cut_after > 0:
                return False
            self.cut_after = None
            self.cuts += 1
            return True

    def _drop(self) -> None:
        for each in tuple(self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        self._open.clear()


@contextmanager
def line_to(url: str) -> Iterator[CuttingLine]:
    """A line to this address, for as long as the context lasts."""
    line = CuttingLine(url)
    try:
        yield line
    finally:
        line.close()
