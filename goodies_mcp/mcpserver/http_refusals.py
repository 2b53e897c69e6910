"""What a host hears whose request over HTTP is no message: an error of JSON-RPC, and not the parser's own words."""

import json
from typing import Any

from mcp_types import INVALID_REQUEST, PARSE_ERROR
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_MOST = 65_536
"""Bytes of an answer that is looked at; the SDK's refusals are shorter, but for what they quote."""

_PLAIN = {"Parse error": (PARSE_ERROR, "Parse error"), "Validation error": (INVALID_REQUEST, "Invalid Request")}
"""How the SDK's refusals begin that quote a parser, and what is said instead, as on every other transport."""


class PlainRefusals:
    """The same application; only refusals are looked at, so that answers cost nothing more."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        await self._app(scope, receive, _Refusing(send))


class _Refusing:
    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message | None = None
        self._body = bytearray()

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == 400:
            self._start = message
            return
        if self._start is None:
            await self._send(message)
            return
        self._body += message.get("body", b"")
        if message.get("more_body"):
            return
        body = _plain(bytes(self._body))
        kept = [header for header in self._start["headers"] if header[0].lower() != b"content-length"]
        start, self._start = self._start, None
        await self._send({**start, "headers": [*kept, (b"content-length", b"%d" % len(body))]})
        await self._send({"type": "http.response.body", "body": body})


def _plain(body: bytes) -> bytes:
    try:
        said: Any = json.loads(body) if len(body) <= _MOST else None
        begins = said["error"]["message"].partition(":")[0]
    except (ValueError, LookupError, TypeError, AttributeError):
        return body
    if begins not in _PLAIN:
        return body
    code, message = _PLAIN[begins]
    return json.dumps({"jsonrpc": "2.0", "id": None, "error": {"code": code, "message": message}}).encode()
