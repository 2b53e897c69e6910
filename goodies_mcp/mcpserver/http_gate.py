"""What every HTTP request passes before it is heard: who names us, which web page speaks to us, and what its token
grants.

The answers to who may not are those of RFC 6750 and of the MCP authorization specification: 401 where no token is
good, 403 ``insufficient_scope`` with the scopes that would do, so that a client can ask its person for more.
"""

import json
import logging
from collections.abc import Callable
from typing import Any

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from mcp.server.transport_security import TransportSecurityMiddleware, TransportSecuritySettings
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from goodies_mcp.errors import Unavailable
from goodies_mcp.mcpserver.authority import METADATA_PATH, READ, SCOPES, WRITE, Authority, Grant

logger = logging.getLogger(__name__)


class Gate:
    """Nothing gets past it that carries a foreign Host or Origin, or no grant for what it asks.

    ``writes`` tells of a tool's name whether the tool writes.
    """

    def __init__(
        self,
        app: ASGIApp,
        security: TransportSecuritySettings,
        authority: Authority | None,
        writes: Callable[[str], bool],
        largest_body: int,
    ) -> None:
        self._app = app
        self._security = TransportSecurityMiddleware(security)
        self._authority = authority
        self._writes = writes
        self._largest_body = largest_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or refuse it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # no WebSocket is served; the server in front answers for us
        request = Request(scope)
        refusal = await self._security.validate_request(request)
        if refusal is None and self._authority is not None:
            refusal, receive = await self._judged(self._authority, request, receive)
        await (refusal or self._app)(scope, receive, send)

    async def _judged(
        self, authority: Authority, request: Request, receive: Receive
    ) -> tuple[Response | None, Receive]:
        """The refusal, if any, and how the body is read from here on."""
        metadata = authority.metadata()
        if metadata is not None and request.url.path == METADATA_PATH:
            return JSONResponse(metadata, headers={"Cache-Control": "max-age=3600"}), receive
        found = await _grant(authority, request)
        if isinstance(found, Response):
            return found, receive
        if found.issuer is not None:
            # Bound to the token's principal, so that nobody goes on with a session that another began.
            request.scope["user"] = AuthenticatedUser(_as_the_sdk_has_it(found))
        if WRITE in found.scopes or request.method != "POST":
            return None, receive
        return await self._reading(authority, receive)

    async def _reading(self, authority: Authority, receive: Receive) -> tuple[Response | None, Receive]:
        """As :meth:`_judged`, of a request that may only read: its body is looked into."""
        body = await _body(receive, self._largest_body)
        if body is None:
            return PlainTextResponse("Payload too large", 413), receive
        if self._would_write(body):
            return _insufficient(authority, SCOPES), receive
        return None, _replayed(body, receive)

    def _would_write(self, body: bytes) -> bool:
        """Whether the message calls a tool that writes. What cannot be read, the server behind refuses."""
        try:
            said: Any = json.loads(body)
        except (ValueError, RecursionError):
            return False
        return any(self._is_a_write(message) for message in (said if isinstance(said, list) else [said]))

    def _is_a_write(self, message: Any) -> bool:  # noqa: ANN401  whatever somebody sent
        if not isinstance(message, dict) or message.get("method") != "tools/call":
            return False
        params = message.get("params")
        name = params.get("name") if isinstance(params, dict) else None
        return isinstance(name, str) and self._writes(name)


async def _grant(authority: Authority, request: Request) -> Grant | Response:
    """What the request's token grants, which is at least to read; or the refusal."""
    given = request.headers.get("authorization", "")
    scheme, _, token = given.partition(" ")
    try:
        grant = await authority.judge(token.strip()) if scheme.lower() == "bearer" and token.strip() else None
    except Unavailable as error:
        logger.warning("%s", error.message)
        return PlainTextResponse(error.message, 503, {"Retry-After": "5"})
    if grant is None:
        logger.warning("refused a request without a token that is good here")
        return _challenge(authority, 401, "A bearer token is needed", "invalid_token" if given else None)
    return grant if READ in grant.scopes else _insufficient(authority, (READ,))


def _as_the_sdk_has_it(grant: Grant) -> AccessToken:
    """For its sessions, which compare whose they are; the token itself goes no further."""
    claims = {"iss": grant.issuer}
    return AccessToken(
        token="", client_id=grant.client, scopes=sorted(grant.scopes), subject=grant.subject, claims=claims
    )


def _insufficient(authority: Authority, scopes: tuple[str, ...]) -> Response:
    return _challenge(authority, 403, "The token does not grant this", "insufficient_scope", scopes)


def _challenge(
    authority: Authority, status: int, text: str, error: str | None, scopes: tuple[str, ...] = (READ,)
) -> Response:
    parts = ['Bearer realm="goodies-mcp"']
    parts += [f'error="{error}"'] if error else []
    where = authority.resource_metadata_url()
    parts += [f'scope="{" ".join(scopes)}"', f'resource_metadata="{where}"'] if where else []
    return PlainTextResponse(text, status, {"WWW-Authenticate": ", ".join(parts)})


async def _body(receive: Receive, most: int) -> bytes | None:
    """The whole body, which the transport behind would read too; None where it is too large for that."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return bytes(body)
        body += message.get("body", b"")
        if len(body) > most:
            return None
        if not message.get("more_body"):
            return bytes(body)


def _replayed(body: bytes, receive: Receive) -> Receive:
    told = False

    async def again() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
