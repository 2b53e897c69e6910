"""The one guard for every address that comes in as an argument, and the one way to fetch what is there.

The name is looked up once, every address that it has is checked, and the connection is made to the address that was
checked: a name that changes its mind in between changes nothing. Each redirect begins anew. No proxy, cookie or
credential of this machine has a part in it, and nothing that comes back is unpacked.
"""

import re
import socket
import ssl
import threading
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse, HTTPSConnection
from time import monotonic
from typing import BinaryIO, TypeAlias
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from goodies_mcp import __version__
from goodies_mcp.errors import Forbidden, GoodiesError, InvalidInput, NotFound, TooLarge, Unavailable
from goodies_mcp.reading.addresses import Address, is_public, parsed
from goodies_mcp.reading.endings import Ending

Resolve: TypeAlias = Callable[[str, int], list[str]]
Endpoint: TypeAlias = tuple[str, int]

SECONDS = 45.0
"""For all of it, redirects included: hosts give a tool about a minute."""

MOST_BYTES = 64 << 20
_STEP_SECONDS = 15.0
_MOST_REDIRECTS = 5
_MOST_ADDRESSES = 8
_LONGEST_URL = 2_000
_PIECE = 65_536
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_GONE = frozenset({404, 410})
_ODD = re.compile(r"[\x00-\x20\x7f\\]")
_PLAIN_NAME = re.compile(r"[\w .()+,-]{1,120}")


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came: the address it came from in the end, what the server calls it, and a name to show."""

    url: str
    content_type: str | None
    file_name: str | None


class Fetcher:
    """Fetches over HTTPS from the open internet.

    ``trusted`` endpoints are let through although they are not of the open internet, and ``context`` decides which
    certificates are believed; both are for tests, which have no other place to fetch from.
    """

    def __init__(
        self,
        *,
        most: int = MOST_BYTES,
        seconds: float = SECONDS,
        context: ssl.SSLContext | None = None,
        trusted: Collection[Endpoint] = (),
        resolve: Resolve | None = None,
    ) -> None:
        self._most = most
        self._seconds = seconds
        self._context = context
        self._trusted = trusted
        self._resolve = resolve or _resolved

    def fetch(self, url: str, into: BinaryIO, ending: Ending) -> Fetched:
        """Write what is at the address into a file.

        Raises:
            InvalidInput: it is no https address, or what is there is no document.
            Forbidden: it leads, directly or over a redirect, to what is not the open internet.
            NotFound: there is nothing at the address.
            TooLarge: it is larger than is taken.
            Unavailable: it does not answer, or not in time.
        """
        deadline = monotonic() + self._seconds
        try:
            for _ in range(_MOST_REDIRECTS + 1):
                ending.check()
                address = _checked(url)
                connection = _Guarded(address, self._endpoint(address, deadline), self._tls(), deadline)
                with ending.within(max(0.0, deadline - monotonic()), connection.cut_off):
                    try:
                        answer = connection.asked(address)
                        if answer.status not in _REDIRECTS:
                            return self._taken(url, answer, into)
                        url = urljoin(url, answer.headers.get("Location") or _nowhere())
                    finally:
                        connection.end()
        except GoodiesError:
            raise
        except (OSError, HTTPException, ValueError) as cause:
            ending.check()
            raise _failed(cause, late=monotonic() >= deadline) from cause
        raise Unavailable(f"the address was moved more than {_MOST_REDIRECTS} times", argument="url")

    def _endpoint(self, address: SplitResult, deadline: float) -> list[Endpoint]:
        """Where to connect to. One closed address among many open ones is enough to refuse them all."""
        host, port = address.hostname or "", address.port or 443
        found = [(parsed(each), port) for each in self._looked_up(host, port, deadline)[:_MOST_ADDRESSES]]
        if not found:
            raise Unavailable(
                f"there is no host {host[:200]}", argument="url", hint="look whether the address is right"
            )
        for each, _ in found:
            if not self._may(each, port):
                raise Forbidden(
                    f"{host[:200]} is not a place on the open internet",
                    argument="url",
                    hint="download it yourself, put it into the inbox, and give it as file",
                )
        return [(str(each), port) for each, port in found]

    def _may(self, address: Address, port: int) -> bool:
        return is_public(address) or (str(address), port) in self._trusted

    def _looked_up(self, host: str, port: int, deadline: float) -> list[str]:
        """Looked up in a thread of its own: nobody can end a resolver, so it is left alone when time is over."""
        found: list[str] = []
        failed: list[Exception] = []

        def look_up() -> None:
            try:
                found.extend(self._resolve(host, port))
            except (OSError, UnicodeError) as error:
                failed.append(error)

        thread = threading.Thread(target=look_up, daemon=True)
        thread.start()
        thread.join(max(0.0, min(_STEP_SECONDS, deadline - monotonic())))
        if failed:
            raise Unavailable(f"there is no host {host[:200]}", argument="url") from failed[0]
        return list(found)

    def _tls(self) -> ssl.SSLContext:
        if self._context is not None:
            return self._context
        import truststore  # noqa: PLC0415  the certificates of the system; loaded when something is fetched

        return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

    def _taken(self, url: str, answer: HTTPResponse, into: BinaryIO) -> Fetched:
        if answer.status in _GONE:
            raise NotFound(f"the server has nothing at this address ({answer.status})", argument="url")
        if answer.status != 200:
            raise Unavailable(f"the server answered {answer.status}", argument="url")
        if answer.headers.get("Content-Encoding", "identity").strip().lower() not in {"", "identity"}:
            raise InvalidInput("the server sends it packed, which was not asked for", argument="url")
        announced = answer.headers.get("Content-Length", "")
        if announced.isdecimal() and int(announced[:20]) > self._most:
            raise self._too_large()
        size = 0
        while piece := answer.read1(_PIECE):
            size += len(piece)
            if size > self._most:
                raise self._too_large()
            into.write(piece)
        if announced.isdecimal() and size != int(announced[:20]):
            raise Unavailable("the connection ended before the file did", argument="url", hint="try again")
        return Fetched(url, answer.headers.get("Content-Type"), _name(url))

    def _too_large(self) -> TooLarge:
        return TooLarge(
            f"there are more than {self._most} bytes at this address",
            argument="url",
            hint="download it yourself, put it into the inbox, and give it as file",
        )


class _Guarded(HTTPSConnection):
    """A connection to addresses that were checked; the name is for the certificate and the Host header alone."""

    def __init__(
        self, address: SplitResult, endpoints: list[Endpoint], context: ssl.SSLContext, deadline: float
    ) -> None:
        super().__init__(_ascii(address.hostname or ""), address.port or 443, context=context, timeout=_STEP_SECONDS)
        self._endpoints = endpoints
        self._tls_context = context
        self._deadline = deadline
        self._handle: socket.socket | None = None

    def connect(self) -> None:
        """Connect to the first checked address that answers, and to no other."""
        problem: OSError | None = None
        for endpoint in self._endpoints:
            left = self._deadline - monotonic()
            if left <= 0:
                raise TimeoutError
            try:
                plain = socket.create_connection(endpoint, timeout=min(_STEP_SECONDS, left))
                break
            except OSError as error:
                problem = error
        else:
            raise problem or TimeoutError()
        # A handle of our own: the one below changes hands during the handshake, and again with the answer.
        self._handle = plain.dup()
        # An end that the server did not announce is none: half a file must not pass for a whole one.
        self.sock = self._tls_context.wrap_socket(plain, server_hostname=self.host, suppress_ragged_eofs=False)

    def asked(self, address: SplitResult) -> HTTPResponse:
        """Ask for it, telling no more than who asks."""
        target = quote(address.path or "/", safe="/%:@!$&'()*+,;=~-._")
        query = f"?{quote(address.query, safe='/%:@!$&()*+,;=~-._?')}" if address.query else ""
        headers = {"User-Agent": f"goodies-mcp/{__version__}", "Accept": "*/*", "Accept-Encoding": "identity"}
        self.request("GET", target + query, headers=headers)
        return self.getresponse()

    def cut_off(self) -> None:
        """End whatever waits for the other side."""
        with suppress(OSError):  # it has ended already
            if self._handle is not None:
                self._handle.shutdown(socket.SHUT_RDWR)

    def end(self) -> None:
        """Close it for good. The library calls ``close`` itself, with the answer still to be read."""
        self.close()
        if self._handle is not None:
            self._handle.close()


def _checked(url: str) -> SplitResult:
    """The address in its parts. Raises InvalidInput when it is none of https, or hides something."""
    wrong = "this is no https address"
    if len(url) > _LONGEST_URL or _ODD.search(url):
        raise InvalidInput(wrong, argument="url", hint="an address has no spaces and at most 2,000 characters")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as cause:
        raise InvalidInput(wrong, argument="url") from cause
    if parts.scheme.lower() != "https" or not parts.hostname:
        raise InvalidInput(
            wrong, argument="url", hint="it begins with https://; a file on this machine is given as file"
        )
    if parts.username is not None or parts.password is not None:
        raise InvalidInput("an address with a password in it is not fetched", argument="url")
    if port == 0:
        raise InvalidInput(wrong, argument="url")
    return parts


def _resolved(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(_ascii(host), port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def _ascii(host: str) -> str:
    try:
        return host if host.isascii() else host.encode("idna").decode()
    except UnicodeError as cause:
        raise InvalidInput("this is no name of a host", argument="url") from cause


def _nowhere() -> str:
    raise Unavailable("the server says that it has moved, and not where", argument="url")


def _failed(cause: Exception, *, late: bool) -> GoodiesError:
    if isinstance(cause, ssl.SSLCertVerificationError):
        return Forbidden("the certificate of this server is not one to believe", argument="url")
    if isinstance(cause, ssl.SSLEOFError) and not late:
        return Unavailable("the connection ended before the file did", argument="url", hint="try again")
    if late or isinstance(cause, TimeoutError):
        return Unavailable("the server took too long", argument="url", hint="try again, or download it yourself")
    return Unavailable(f"the server cannot be reached ({type(cause).__name__})", argument="url", hint="try again")


def _name(url: str) -> str | None:
    last = urlsplit(url).path.rpartition("/")[2]
    return last if _PLAIN_NAME.fullmatch(last) else None
