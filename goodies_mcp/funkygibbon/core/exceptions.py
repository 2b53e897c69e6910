"""Errors as HTTP shows them: one table from code to status, and the body that goes with it (PROTOCOL.md, V3-10.1)."""

from collections.abc import Mapping
from types import MappingProxyType

from goodies_mcp.errors import GoodiesError, Unauthorized

STATUSES: Mapping[str, int] = MappingProxyType(
    {
        "invalid_input": 400,
        "remote_protocol_error": 400,
        "unsupported_protocol": 400,
        "ambiguous": 400,
        "unauthorized": 401,
        "forbidden": 403,
        "not_found": 404,
        "conflict": 409,
        "too_large": 413,
        "rate_limited": 429,
        "local_protocol_error": 500,
        "storage_corrupt": 500,
        "internal": 500,
        "unavailable": 503,
        "storage_full": 507,
    }
)

_CODES = MappingProxyType(
    {
        400: "invalid_input",
        401: "unauthorized",
        403: "forbidden",
        404: "not_found",
        405: "method_not_allowed",
        413: "too_large",
        415: "unsupported_media_type",
        416: "range_not_satisfiable",
    }
)


class UnsupportedProtocol(GoodiesError):
    """The request is written in an edition of the protocol that this hub does not speak (V3-12.2)."""

    code = "unsupported_protocol"


class NotAuthenticated(Unauthorized):
    """There was no token at all; the answer says which kind is wanted."""


def status_of(error: GoodiesError) -> int:
    """The HTTP status of an error."""
    return STATUSES.get(error.code, 500)


def code_of(status: int) -> str:
    """The code for a status that the framework itself gave."""
    return _CODES.get(status, "internal" if status >= 500 else "invalid_input")


def body_of(error: GoodiesError) -> dict[str, object]:
    """The body: ours under ``error``, and ``detail`` for whoever speaks v2."""
    return said_body(error.as_dict())


def said_body(said: Mapping[str, object]) -> dict[str, object]:
    """The same for an error that comes as its JSON values."""
    return {"error": dict(said), "detail": said["message"]}
