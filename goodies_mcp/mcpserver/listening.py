"""Where the HTTP server listens, and what that asks for: a port of its own, and a token beyond this machine."""

import errno
import ipaddress
import socket

from goodies_mcp.errors import Forbidden, GoodiesError, InvalidInput, Unavailable

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
"""Names under which a program on this machine reaches us, as they stand in a Host header."""


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.rstrip(".").lower() == "localhost"


def require_token(host: str, token: str | None) -> None:
    """Refuse to listen beyond this machine without a token.

    Raises:
        Forbidden: the address reaches further and there is none.
    """
    if token or is_loopback(host):
        return
    raise Forbidden(
        f"listening on {host} lets others reach this home, and there is no token to keep them out",
        argument="host",
        hint="set GOODIES_TOKEN or --token-file to a long random text "
        "(python3 -c 'import secrets; print(secrets.token_urlsafe(32))' makes one), name an --oauth-issuer, "
        "or listen on 127.0.0.1",
    )


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 takes a free one.

    Raises:
        Unavailable: the port is taken.
        Forbidden: the system keeps the port for others.
        InvalidInput: this machine has no such address.
    """
    name = "127.0.0.1" if host.lower() == "localhost" else host.strip("[]")
    try:
        family, _, _, _, address = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)[0]
        listening = socket.create_server(address, family=family, backlog=256)
        # Connections inherit it. asyncio would set it, but not on sockets that do not name their protocol, as these: an
        # answer in two pieces would then wait 40 ms for the client's delayed acknowledgement.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listening
    except (OSError, UnicodeError) as cause:
        raise _refused(host, port, cause) from cause


def _refused(host: str, port: int, cause: OSError | UnicodeError) -> GoodiesError:
    code = cause.errno if isinstance(cause, OSError) else None
    if code == errno.EADDRINUSE:
        return Unavailable(
            f"port {port} on {host} is taken by another program",
            argument="port",
            hint="choose another with --port; 0 takes a free one",
        )
    if code in (errno.EACCES, errno.EPERM):
        return Forbidden(
            f"port {port} may not be used by this user", argument="port", hint="choose one above 1023 with --port"
        )
    return InvalidInput(f"{host} is no address of this machine", argument="host", hint="127.0.0.1 always is")


def in_url(host: str) -> str:
    """The host as it stands in a URL and in a Host header."""
    return f"[{host}]" if ":" in host and not host.startswith("[") else host
