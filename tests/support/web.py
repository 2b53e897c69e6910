"""A web server on this machine, with a certificate of its own and answers that a test thought of."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.support.certificates import self_signed, serves_with

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Web:
    """A running server: where it is, who trusts it, what it was asked, and how many came."""

    port: int
    context: ssl.SSLContext
    pages: dict[str, Answer] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    connections: int = 0

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"https://{host}:{self.port}{path}"

    @property
    def endpoint(self) -> tuple[str, int]:
        return "127.0.0.1", self.port


def sending(body: bytes, status: int = 200, **headers: str) -> Answer:
    """An answer with this body."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in {"Content_Length": str(len(body)), **headers}.items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()
        request.wfile.write(body)

    return answer


def moved(to: str, status: int = 302) -> Answer:
    """An answer that sends the client elsewhere."""
    return sending(b"", status, Location=to)


@contextmanager
def web(folder: Path) -> Iterator[Web]:
    """A server on a free port of 127.0.0.1."""
    pem = self_signed(folder)
    known = Web(0, ssl.create_default_context(cafile=pem))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known.asked.append((self.path, dict(self.headers)))
            known.pages.get(self.path, sending(b"", 404))(self)

        def log_message(self, *_: object) -> None:
            """A test says itself what it wants to know."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def get_request(self):
            known.connections += 1
            plain, address = super().get_request()
            plain.settimeout(30)
            return serves_with(pem).wrap_socket(plain, server_side=True, do_handshake_on_connect=False), address

        def handle_error(self, *_: object) -> None:
            """Clients that hang up are what some tests are about."""

    server = Server(("127.0.0.1", 0), Handler)
    known.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield known
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
