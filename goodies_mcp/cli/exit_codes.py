"""What went wrong, for a shell and for a person: one table of exit codes, one way to print an error."""

import errno
import sys
from collections.abc import Mapping

from goodies_mcp.cli.output import one_line
from goodies_mcp.cli.streams import BROKEN_PIPE, INTERRUPTED
from goodies_mcp.core.text import visible
from goodies_mcp.errors import Forbidden, GoodiesError, Internal, InvalidInput, NotFound, StorageFull, TooLarge

WHERE = "this is a fault of goodies-mcp; the same command with -v shows where"

OK = 0
FAULT = 1
USAGE = 2

EXIT_CODES: dict[str, tuple[int, str]] = {
    "internal": (FAULT, "a fault of goodies-mcp itself; `doctor` ends with it too when it finds something wrong"),
    "invalid_input": (USAGE, "a command, flag, setting, file or argument is wrong or unknown"),
    "not_found": (3, "no thing, file or tool has that name"),
    "ambiguous": (4, "several things have that name; the candidates are listed"),
    "conflict": (5, "it has changed meanwhile, or is there already"),
    "too_large": (6, "a value exceeds a limit"),
    "unauthorized": (7, "no valid credential was given"),
    "forbidden": (8, "not allowed: a read-only home, a place that may not be used, an answer of no"),
    "rate_limited": (9, "too many requests; try again later"),
    "unavailable": (10, "busy, locked or down; try again later"),
    "storage_full": (11, "the disk or the quota is full; nothing was kept"),
    "storage_corrupt": (12, "the file is damaged or no database at all"),
    "local_protocol_error": (13, "a fault of goodies-mcp itself, in a conversation with a peer"),
    "remote_protocol_error": (14, "a peer or an imported file broke the protocol; what it said was refused"),
}
OTHER_EXITS: dict[int, str] = {
    OK: "done; also when `serve` was asked to end",
    INTERRUPTED: "interrupted with Ctrl-C",
    BROKEN_PIPE: "whoever read the output went away",
}


def exit_code_of(code: str) -> int:
    """The exit code of an error code."""
    return EXIT_CODES.get(code, EXIT_CODES["internal"])[0]


_OF_THE_SYSTEM: dict[int, type[GoodiesError]] = {
    errno.ENOSPC: StorageFull,
    errno.EDQUOT: StorageFull,
    errno.EACCES: Forbidden,
    errno.EPERM: Forbidden,
    errno.EROFS: Forbidden,
    errno.ENOENT: NotFound,
}


def in_house_terms(error: Exception) -> GoodiesError:
    """The error itself when it is the house's; else one of the house's for it, with it as the cause."""
    if isinstance(error, GoodiesError):
        return error
    made: GoodiesError = Internal("something unexpected happened")
    if isinstance(error, OSError):
        kind = _OF_THE_SYSTEM.get(error.errno or 0, InvalidInput)
        made = kind(_named(error), hint="free some space, then try again" if kind is StorageFull else None)
    elif isinstance(error, MemoryError):
        made = TooLarge("there is not enough memory")
    made.__cause__ = error
    return made


def print_error(error: GoodiesError, *, as_json: bool = False) -> None:
    """``error: …`` with the chain of causes in one line, the candidates if any, and ``hint: …``, on stderr; for a
    program all of it as one line of JSON, ``{"error": {code, message, …}}``."""
    said = {**error.as_dict(), "message": ": ".join(_chain(error))}
    text = _as_json(said) if as_json else "\n".join(_as_lines(said))
    if sys.stderr is not None:
        print(text, file=sys.stderr)


def _as_json(said: Mapping[str, object]) -> str:
    import json  # start-up: text needs none

    return json.dumps({"error": said})


def _as_lines(said: Mapping[str, object]) -> list[str]:
    lines = [f"error: {_shown(said['message'])}"]
    found = said.get("candidates")
    for candidate in found if isinstance(found, list) else ():
        shown = [_shown(candidate[key]) for key in ("id", "type", "name", "where") if candidate.get(key)]
        lines.append("  " + "  ".join(shown))
    if said.get("hint"):
        lines.append(f"hint: {_shown(said['hint'])}")
    return lines


def _chain(error: GoodiesError) -> list[str]:
    """Each cause once, outermost first; a cause whose words were said already adds nothing."""
    told = [error.message]
    cause = error.__cause__
    met: set[int] = {id(error)}
    # An error that was raised from itself is its own cause.
    while cause is not None and id(cause) not in met:
        met.add(id(cause))
        text = _named(cause)
        if not any(text in earlier for earlier in told):
            told.append(text)
        cause = cause.__cause__
    return told


def _named(error: BaseException) -> str:
    if isinstance(error, GoodiesError):
        return error.message
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    return str(error) or type(error).__name__


def _shown(text: object) -> str:
    # What people named may hold escape sequences, and this goes to a terminal.
    return visible(one_line(text))
