"""What surrounds every request: its id, its address, its one line in the log, safe headers, and a smaller answer."""

import asyncio
import ipaddress
import logging
import re
import time
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from goodies_mcp.funkygibbon.api.hub import Hub, Line
from goodies_mcp.inbetweenies.content_coding import encoded

logger = logging.getLogger(__name__)

_SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
_WORTH_PACKING = 1_024
_LARGE = 131_072


class Surroundings:
    """The outermost layer: nothing that goes wrong inside goes further than here."""

    def __init__(self, app: ASGIApp, hub: Hub) -> None:
        self._app = app
        self._hub = hub

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        headers = Headers(scope=scope)
        line = Line(self._request_id(headers), address_of(scope, headers, self._hub.trusted_proxies))
        scope.setdefault("state", {})["line"] = line
        sizes = _Sizes()

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                sizes.status = message["status"]
                made = MutableHeaders(scope=message)
                made["X-Request-ID"] = line.request
                for name, value in _SAFE.items():
                    made.setdefault(name, value)
            elif message["type"] == "http.response.body":
                sizes.out += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception:
            # The application has answered it and raises it for whoever logs: that is done, with its trace.
            if not sizes.status:
                raise
            if line.outcome == "ok":
                line.outcome = "cut_off"
                logger.exception("request %s was cut off", line.request)
        finally:
            self._tell(scope, line, sizes, (time.perf_counter() - started) * 1000)

    def _request_id(self, headers: Headers) -> str:
        given = headers.get("x-request-id", "")
        return given if _REQUEST_ID.fullmatch(given) else self._hub.ids.new_id()

    def _tell(self, scope: Scope, line: Line, sizes: "_Sizes", milliseconds: float) -> None:
        route = getattr(scope.get("route"), "path", "-")
        self._hub.counts.add("request", scope["method"], route, str(sizes.status))
        who = line.principal
        told = {
            "id": line.request,
            "from": line.address,
            **({"household": who.household, "role": who.role.value} if who else {}),
            **({"device": who.device} if who and who.device else {}),
            "outcome": line.outcome,
            "out": sizes.out,
            **line.counts,
        }
        logger.info(
            "%s %s %s %.1fms %s",
            scope["method"],
            route,
            sizes.status,
            milliseconds,
            " ".join(f"{key}={_word(value)}" for key, value in told.items()),
        )


class _Sizes:
    """What is known of an answer as it goes out."""

    def __init__(self) -> None:
        self.status = 0
        self.out = 0


class Packing:
    """Packs answers for whoever unpacks them: JSON that comes in one piece and is not tiny."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        coding = _wanted(Headers(scope=scope)) if scope["type"] == "http" else None
        if coding is None:
            await self._app(scope, receive, send)
            return
        held: Message | None = None

        async def sending(message: Message) -> None:
            nonlocal held
            if message["type"] == "http.response.start" and _is_json(message):
                held = message
                return
            if held is not None:
                start, held = held, None
                if message["type"] == "http.response.body":
                    message = await _packed(start, message, coding)
                await send(start)
            await send(message)

        await self._app(scope, receive, sending)


def address_of(scope: Scope, headers: Headers, trusted: Sequence[IPv4Network | IPv6Network]) -> str:
    """Where a request comes from: the peer, or what proxies that are believed say, the nearest first."""
    client = scope.get("client")
    address = str(client[0]) if client else "unknown"
    forwarded = [part.strip() for value in headers.getlist("x-forwarded-for") for part in value.split(",")]
    while forwarded and _is_in(address, trusted):
        claimed = forwarded.pop()
        try:
            address = str(ipaddress.ip_address(claimed.strip("[]")))
        except ValueError:
            break  # the proxy passed on what is no address: the last that is known stands
    return address


def _is_in(address: str, networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(known in network for network in networks)


def _wanted(headers: Headers) -> str | None:
    """The coding that the client likes best of ours."""
    offered = {}
    for part in headers.get("accept-encoding", "").split(","):
        name, _, quality = part.strip().lower().partition(";")
        offered[name.strip()] = quality.strip().replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return next((coding for coding in ("zstd", "gzip") if offered.get(coding)), None)


def _is_json(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    return headers.get("content-type", "").startswith("application/json") and "content-encoding" not in headers


async def _packed(start: Message, message: Message, coding: str) -> Message:
    headers = MutableHeaders(scope=start)
    headers.add_vary_header("Accept-Encoding")
    body = message.get("body", b"")
    if message.get("more_body") or len(body) < _WORTH_PACKING:
        return message
    small = await asyncio.to_thread(encoded, body, coding) if len(body) > _LARGE else encoded(body, coding)
    headers["Content-Encoding"] = coding
    headers["Content-Length"] = str(len(small))
    return {**message, "body": small}


def _word(value: object) -> str:
    """A value as one word: a device names itself, and a log has lines."""
    text = str(value)
    return text if text.isascii() and text.isprintable() and " " not in text else ascii(text).replace(" ", "_")
