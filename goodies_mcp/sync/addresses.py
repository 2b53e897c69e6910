"""Which addresses a hub may have. A token in clear on a network is everybody's, so plain HTTP stays on this machine."""

import ipaddress
from urllib.parse import urlsplit

from goodies_mcp.errors import Forbidden, InvalidInput


def hub_url(text: str, *, allow_http: bool = False) -> str:
    """The hub's address in one form: scheme, host and port, perhaps a path, no slash at its end.

    Raises:
        InvalidInput: it is no address of a hub.
        Forbidden: it is plain HTTP to another machine, and nobody allowed that.
    """
    given = text.strip()
    try:
        parts = urlsplit(given if "://" in given else f"https://{given}")
        host, port = parts.hostname, parts.port
    except ValueError as cause:
        raise _no_address(text) from cause
    if parts.scheme not in {"http", "https"} or not host or parts.query or parts.fragment or not _is_plain(given):
        raise _no_address(text)
    if parts.username is not None or parts.password is not None:
        raise InvalidInput("the address must not hold a name or a password", argument="url")
    if parts.scheme == "http" and not allow_http and not _is_here(host):
        raise Forbidden(
            f"http://{host} would send password and token over the network in clear",
            argument="url",
            hint="use https, or allow it on purpose with --allow-http",
        )
    name = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{name}{'' if port is None else f':{port}'}{parts.path.rstrip('/')}"


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_plain(text: str) -> bool:
    return text.isprintable() and not any(each.isspace() or each == "\\" for each in text)


def _no_address(text: str) -> InvalidInput:
    return InvalidInput(f"{text[:200]!r} is no address of a hub", argument="url", hint="as in https://hub.example:8443")
