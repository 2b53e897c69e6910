"""The one chain of every error: log it, count it, answer it. No trace and no foreign text leaves the hub."""

import logging

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import compile_path

from goodies_mcp.errors import GoodiesError, Internal, InvalidInput
from goodies_mcp.funkygibbon.api.access import ACCESS
from goodies_mcp.funkygibbon.api.hub import hub_of, line_of
from goodies_mcp.funkygibbon.core.exceptions import NotAuthenticated, body_of, code_of, said_body, status_of

logger = logging.getLogger(__name__)


def add_error_handlers(app: FastAPI) -> None:
    """Let every error of the application end here."""
    for kind in (GoodiesError, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, answer_error)


async def answer_error(request: Request, error: Exception) -> Response:
    """The answer to a request that failed."""
    if isinstance(error, HTTPException):
        return _answer_of_framework(request, error)
    if isinstance(error, RequestValidationError):
        error = _first_of(error)
    if not isinstance(error, GoodiesError):
        logger.error("request %s failed", line_of(request).request, exc_info=error)
        error = Internal("something unexpected happened", details={"request": line_of(request).request})
    status = status_of(error)
    headers = _headers(error)
    if status >= 500 and error.code != "internal":
        logger.warning("request %s: %s", line_of(request).request, error.message, exc_info=error.__cause__)
    _note(request, error.code)
    return JSONResponse(_sayable(body_of(error)), status, headers)


def _answer_of_framework(request: Request, error: HTTPException) -> Response:
    """What the framework refuses by itself: no such path, another method, a body that cannot be read."""
    code = code_of(error.status_code)
    _note(request, code)
    said = {"code": code, "message": str(error.detail), "retryable": error.status_code in {408, 503}}
    headers = dict(error.headers or {})
    if error.status_code == 405:
        # The framework names the methods of the first route that it tried; others may have the same path.
        headers["Allow"] = ", ".join(_methods_at(request.url.path))
    return JSONResponse(said_body(said), error.status_code, headers)


def _methods_at(path: str) -> list[str]:
    return sorted({method for method, template in ACCESS if compile_path(template)[0].fullmatch(path)})


def _first_of(error: RequestValidationError) -> InvalidInput:
    """What FastAPI would answer with 422: the first thing that was wrong, without the value."""
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"] if part != "body") or "body"
    return InvalidInput(f"{place}: {first['msg']}", argument=place)


def _headers(error: GoodiesError) -> dict[str, str]:
    headers: dict[str, str] = {}
    if error.code == "unauthorized":
        problem = "" if isinstance(error, NotAuthenticated) else ', error="invalid_token"'
        headers["WWW-Authenticate"] = f'Bearer realm="funkygibbon"{problem}'
    if error.code == "forbidden":
        headers["WWW-Authenticate"] = 'Bearer realm="funkygibbon", error="insufficient_scope"'
    wait = error.details.get("retry_after", 1 if error.retryable else None)
    if isinstance(wait, int):
        headers["Retry-After"] = str(wait)
    return headers


def _note(request: Request, code: str) -> None:
    line_of(request).outcome = code
    hub_of(request).counts.add("error", code)


def _sayable(body: dict[str, object]) -> dict[str, object]:
    """The body with half characters escaped: a message may quote what nobody can send."""
    try:
        str(body).encode()
    except UnicodeEncodeError:
        return {key: _escaped(value) for key, value in body.items()}
    return body


def _escaped(value: object) -> object:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    return {key: _escaped(each) for key, each in value.items()} if isinstance(value, dict) else value
