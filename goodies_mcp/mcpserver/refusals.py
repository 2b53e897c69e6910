"""Errors of the home as errors of the protocol, for requests that have no result to say them in."""

from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR, INVALID_PARAMS
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from goodies_mcp.errors import GoodiesError, NotFound, StorageCorrupt, StorageFull, Unavailable
from goodies_mcp.mcpserver.render import failure

NO_RESOURCE = -32002
"""What the older era says of a resource that is not there; the newer one says INVALID_PARAMS of it."""

_OURS = (Unavailable, StorageFull, StorageCorrupt)
"""Where the caller is not to blame."""


def refusal(error: GoodiesError) -> MCPError:
    """The error with its hint in its message, and everything that a program can act on in its data."""
    said = failure(error)
    code = INTERNAL_ERROR if isinstance(error, _OURS) or error.code == "internal" else INVALID_PARAMS
    return MCPError(code=code, message=said.text.partition("\n")[0].partition(": ")[2], data=said.structured)


def resource_refusal(error: GoodiesError, uri: str, version: str) -> MCPError:
    """As :func:`refusal`, for a request about a resource in this version of the protocol."""
    refused = refusal(error)
    if isinstance(error, NotFound) and version not in MODERN_PROTOCOL_VERSIONS:
        refused.error.code = NO_RESOURCE
    refused.error.data["uri"] = uri[:1_000].encode("utf-8", "replace").decode()
    return refused
