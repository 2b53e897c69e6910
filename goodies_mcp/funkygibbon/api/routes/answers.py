"""What the OpenAPI document says about errors, so that it says it of every route alike."""

from typing import Any

from fastapi import Depends
from fastapi.security import HTTPBearer

from goodies_mcp.funkygibbon.core.models import ErrorBody

# For the document alone: the guard of the route looks at the token.
BEARER = Depends(HTTPBearer(auto_error=False, description="The access token of a login."))

_WORDS = {
    400: "Something in the request is wrong; `error.argument` names it.",
    401: "No token, or one that is not valid any more.",
    403: "The token's role does not allow this.",
    404: "There is no such thing in this household.",
    408: "The body took too long to arrive.",
    409: "It is there already, or has moved on.",
    413: "The body, or the whole, is too large.",
    415: "The body is not application/json.",
    416: "The range lies outside.",
    429: "Too many attempts; `Retry-After` says when.",
    500: "A fault of the hub; its log has more under the request's id.",
    503: "Busy, or damaged on its way; try again.",
    507: "The hub's disk is full.",
}


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """These errors as they stand in the document; 500 and 503 can always happen."""
    return {status: {"model": ErrorBody, "description": _WORDS[status]} for status in sorted({*statuses, 500, 503})}


FORM = (400, 408, 413, 415)
KNOWN = (401, 403)
