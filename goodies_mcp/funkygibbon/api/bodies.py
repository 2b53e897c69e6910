"""Bodies of requests: read up to a limit, unpacked up to a limit, whole, and not nested without end."""

import asyncio
import re
from collections.abc import AsyncIterator

from fastapi import Request
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Message

from goodies_mcp.errors import InvalidInput, TooLarge
from goodies_mcp.inbetweenies.content_coding import decoded
from goodies_mcp.inbetweenies.messages import check_content_digest

SECONDS = 60
"""How long a body may take to arrive."""

DEEPEST = 32
"""Levels of nesting in what is no sync message; those have limits of their own (V3-11.4)."""

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_FORM = 65_536


async def read_json_body(request: Request, most: int) -> Request:
    """The request with its body read, unpacked and looked at.

    Raises:
        HTTPException: it is no JSON by its own words (415), or took too long (408).
        TooLarge: it is larger than ``most``, packed or unpacked.
        RemoteProtocolError: it cannot be unpacked.
        Unavailable: it was damaged on its way.
        InvalidInput: it is nested too deeply.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise HTTPException(415, "the body must be application/json")
    packed = b"".join([piece async for piece in pieces(request, most)])
    coding = request.headers.get("content-encoding", "")
    if coding and len(packed) > _FORM:
        body = await asyncio.to_thread(decoded, packed, coding, most)
    else:
        body = decoded(packed, coding, most)
    check_content_digest(body, request.headers.get("content-digest"))
    if most <= _FORM:
        _check_depth(body)

    async def replay() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return Request(request.scope, replay)


async def pieces(request: Request, most: int) -> AsyncIterator[bytes]:
    """The body as it arrives, at most so many bytes in so much time. Raises TooLarge, or HTTPException (408, 400)."""
    announced = request.headers.get("content-length", "0")
    if announced.isdecimal() and int(announced[:20]) > most:
        raise _too_large(most)
    size = 0
    try:
        async with asyncio.timeout(SECONDS):
            async for piece in request.stream():
                size += len(piece)
                if size > most:
                    raise _too_large(most)
                yield piece
    except TimeoutError as error:
        raise HTTPException(408, "the body took too long to arrive") from error
    except ClientDisconnect as error:
        raise HTTPException(400, "the body ended early") from error


def _check_depth(body: bytes) -> None:
    depth = 0
    for sign in _STRING.sub(b"", body):
        if sign in b"[{":
            depth += 1
            if depth > DEEPEST:
                raise InvalidInput(f"the body is nested deeper than {DEEPEST} levels", argument="body")
        elif sign in b"]}":
            depth -= 1


def _too_large(most: int) -> TooLarge:
    return TooLarge(f"the body holds more than {most} bytes", argument="body")
