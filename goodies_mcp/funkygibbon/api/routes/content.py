"""Binary content by its hash: sent in parts that can be resumed, kept once, fetched whole or in ranges (V3-9)."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, StreamingResponse

from goodies_mcp.core.models import Content, Sha256
from goodies_mcp.errors import InvalidInput, NotFound, TooLarge
from goodies_mcp.funkygibbon.api.access import GuardedRoute
from goodies_mcp.funkygibbon.api.bodies import pieces
from goodies_mcp.funkygibbon.api.hub import Hub, hub_of, line_of, principal_of
from goodies_mcp.funkygibbon.api.ranges import Part, Unsatisfiable, asked_range, sent_part
from goodies_mcp.funkygibbon.api.routes.answers import BEARER, KNOWN, errors
from goodies_mcp.funkygibbon.core.accounts import HouseholdId
from goodies_mcp.funkygibbon.core.models import Received
from goodies_mcp.funkygibbon.core.validators import is_sha256
from goodies_mcp.funkygibbon.storage.interface import Home

router = APIRouter(route_class=GuardedRoute, tags=["content"], dependencies=[BEARER])

PATH = "/api/v1/content/{sha256}"
UPLOAD_OFFSET = "Upload-Offset"
_PIECE = 1_048_576
_PLAIN = "application/octet-stream"
_BYTES = {"content": {_PLAIN: {"schema": {"type": "string", "format": "binary"}}}}

Named = Annotated[str, Path(description="SHA-256 of the bytes, lower-case hexadecimal.", pattern="^[0-9a-f]{64}$")]


@router.head(
    PATH,
    response_class=Response,
    # An answer to HEAD has no body, so none is promised.
    responses={status: {"description": said["description"]} for status, said in errors(400, *KNOWN, 404).items()},
)
async def look(request: Request, sha256: Named) -> Response:
    """Whether it is here. Where it is not, `Upload-Offset` says how many bytes of it have arrived."""
    hub, household = hub_of(request), principal_of(request).household
    found = await _known(await hub.store.home(household), _checked(sha256))
    if found is None:
        received = await hub.store.received(household, Sha256(sha256))
        return Response(status_code=404, headers={UPLOAD_OFFSET: str(received)})
    return Response(headers={**_headers(found), "Content-Length": str(found.size)}, media_type=found.content_type)


@router.get(
    PATH,
    response_class=Response,
    responses={
        200: {"description": "All bytes.", **_BYTES},
        206: {"description": "The range that was asked for.", **_BYTES},
        304: {"description": "What the client has is it."},
        **errors(400, *KNOWN, 404, 416),
    },
)
async def fetch(request: Request, sha256: Named) -> Response:
    """The bytes, or one `Range` of them."""
    hub = hub_of(request)
    home = await hub.store.home(principal_of(request).household)
    found = await _known(home, _checked(sha256))
    if found is None:
        raise NotFound("there is no content of this hash in this household", argument="sha256")
    headers = _headers(found)
    if headers["ETag"] in {tag.strip() for tag in request.headers.get("if-none-match", "").split(",")}:
        return Response(status_code=304, headers=headers)
    try:
        part = asked_range(request.headers.get("range"), found.size)
    except Unsatisfiable:
        raise HTTPException(416, "the range lies outside", {"Content-Range": f"bytes */{found.size}"}) from None
    if part is None:
        part = Part(0, found.size, found.size)
        status = 200
    else:
        headers["Content-Range"] = f"bytes {part.start}-{part.end - 1}/{part.total}"
        status = 206
    headers["Content-Length"] = str(part.end - part.start)
    return StreamingResponse(_read(home, found.sha256, part), status, headers, found.content_type)


@router.put(
    PATH,
    status_code=201,
    response_model=Received,
    responses={
        200: {"model": Received, "description": "It was here before."},
        202: {"model": Received, "description": "A part has arrived, and more is to come."},
        **errors(400, *KNOWN, 408, 409, 413, 507),
    },
    openapi_extra={"requestBody": {"required": True, **_BYTES}},
)
async def send(request: Request, sha256: Named) -> Response:
    """Send the bytes, or with `Content-Range` a part of them that goes on where the last one ended."""
    hub, household = hub_of(request), principal_of(request).household
    sha = _checked(sha256)
    known = await _known(await hub.store.home(household), sha)
    if known is not None:
        return _received(sha, known.size, 200)
    part = _announced(request, hub.max_content)
    arrived = await _receive(request, hub, household, sha, part)
    line_of(request).counts["received"] = arrived
    if arrived < part.total:
        return _received(sha, arrived, 202)
    content = Content(sha, part.total, _kind(request))
    new = await hub.store.complete(household, content)
    return _received(sha, part.total, 201 if new else 200)


async def _receive(request: Request, hub: Hub, household: HouseholdId, sha: Sha256, part: Part) -> int:
    """Put what arrives where it belongs, piece by piece: what came before a broken line counts."""
    offset, held = part.start, bytearray()
    arrived = await hub.store.received(household, sha)
    if part.start > arrived:
        arrived = await hub.store.receive(household, sha, part.start, b"")
    try:
        async for piece in pieces(request, part.end - part.start):
            held += piece
            if len(held) >= _PIECE:
                arrived = await hub.store.receive(household, sha, offset, bytes(held))
                offset += len(held)
                held.clear()
    finally:
        arrived = await hub.store.receive(household, sha, offset, bytes(held))
    if offset + len(held) != part.end:
        raise InvalidInput("the body holds other bytes than it announced", argument="Content-Range")
    return arrived


def _announced(request: Request, most: int) -> Part:
    header = request.headers.get("content-range")
    if header is None:
        size = request.headers.get("content-length", "")
        if not size.isdecimal() or len(size) > 18:
            raise InvalidInput("Content-Length is missing", argument="Content-Length")
        part = Part(0, int(size), int(size))
    else:
        part = sent_part(header)
    if part.total > most:
        raise TooLarge(f"content holds at most {most} bytes", argument="Content-Length")
    return part


async def _known(home: Home, sha: Sha256) -> Content | None:
    return await home.read(lambda view: view.content(sha))


async def _read(home: Home, sha: Sha256, part: Part) -> AsyncIterator[bytes]:
    at = part.start
    while at < part.end:
        start, size = at, min(_PIECE, part.end - at)
        piece = await home.read(lambda view, start=start, size=size: view.content_bytes(sha, start, size))  # type: ignore[misc]
        at += len(piece)
        yield piece


def _headers(content: Content) -> dict[str, str]:
    # What a browser is given to keep, it must not run as a page of ours.
    return {"ETag": f'"{content.sha256}"', "Accept-Ranges": "bytes", "Content-Disposition": "attachment"}


def _kind(request: Request) -> str:
    kind = request.headers.get("content-type", _PLAIN).strip()
    return kind if len(kind) <= 200 and kind.isascii() and kind.isprintable() else _PLAIN


def _received(sha: Sha256, received: int, status: int) -> Response:
    said = Received(sha256=sha, received=received, complete=status != 202)
    return JSONResponse(said.model_dump(), status, {UPLOAD_OFFSET: str(received)})


def _checked(sha256: str) -> Sha256:
    if not is_sha256(sha256):
        raise InvalidInput("the name of content is its SHA-256 in lower-case hexadecimal", argument="sha256")
    return Sha256(sha256)
