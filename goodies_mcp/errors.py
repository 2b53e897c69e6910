"""The one error tree: what can go wrong, named once, for every room and every edge.

Each error carries a stable ``code`` that programs match, a message that says what was wrong, the argument it
concerns, a hint that says what to do next, and whether trying again later can help. Edges translate codes to
their own answers (HTTP status, exit code, MCP result) in one table each; nothing here knows an edge.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar


class GoodiesError(Exception):
    """Base of everything that goodies-mcp raises on purpose.

    ``details`` holds JSON values that a caller can act on, such as candidates of an ambiguous name.
    """

    code: ClassVar[str] = "internal"
    retryable: ClassVar[bool] = False

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        argument: str | None = None,
        details: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.argument = argument
        self.details: Mapping[str, object] = details or {}

    def as_dict(self) -> dict[str, object]:
        """The error as JSON values: ``code``, ``message`` and whatever else is known."""
        said: dict[str, object] = {"code": self.code, "message": self.message, "retryable": self.retryable}
        if self.argument is not None:
            said["argument"] = self.argument
        if self.hint is not None:
            said["hint"] = self.hint
        return {**said, **self.details}


class InvalidInput(GoodiesError):
    """An argument is unknown, missing, of the wrong type or out of bounds."""

    code = "invalid_input"


class NotFound(GoodiesError):
    """Nothing has that id or name; ``details["nearest"]`` lists what is close."""

    code = "not_found"


class Ambiguous(GoodiesError):
    """Several things have that name; ``details["candidates"]`` lists them with id, type and place."""

    code = "ambiguous"

    def __init__(
        self, message: str, *, candidates: Sequence[Mapping[str, object]], argument: str | None = None
    ) -> None:
        super().__init__(
            message,
            hint="call again with one of the ids",
            argument=argument,
            details={"candidates": list(candidates)},
        )


class Conflict(GoodiesError):
    """The thing has moved on since the caller looked; ``details`` names the current version."""

    code = "conflict"


class TooLarge(GoodiesError):
    """A value exceeds a limit that ``message`` names."""

    code = "too_large"


class Unauthorized(GoodiesError):
    """No valid credential was given."""

    code = "unauthorized"


class Forbidden(GoodiesError):
    """The caller is known and may not do this."""

    code = "forbidden"


class RateLimited(GoodiesError):
    """Too many requests; try again later."""

    code = "rate_limited"
    retryable = True


class Unavailable(GoodiesError):
    """Something outside is busy, locked or down; trying again later can help."""

    code = "unavailable"
    retryable = True


class StorageFull(GoodiesError):
    """The disk or the quota is full; nothing of the write was kept."""

    code = "storage_full"
    retryable = True


class StorageCorrupt(GoodiesError):
    """The database file is damaged or no database at all."""

    code = "storage_corrupt"


class LocalProtocolError(GoodiesError):
    """Our side broke a protocol: a bug of ours."""

    code = "local_protocol_error"


class RemoteProtocolError(GoodiesError):
    """The peer broke a protocol: their message is refused."""

    code = "remote_protocol_error"


class Internal(GoodiesError):
    """A bug. The user is told so; the operator finds the trace in the log."""

    code = "internal"
